//! What a cashier sees of a customer, and what paper may know of her.
//!
//! # Invariants
//!
//! - No answer holds her number in clear. What is missing to the next tier, and why this tier is hers,
//!   is on the screen always, on paper only if she agreed.
//! - A file that cannot be read must not keep a sale from being taken: she is one whom we do not know.
//!
//! Not here: which hints there are (`hints`), finding her by a few digits (`desk`).

use std::collections::BTreeMap;

use serde::Serialize;
use sync::care_list::Card;
use sync::event::{Field, Name, OfferKind, Purpose};
use sync::money::Minor;
use sync::phone::Phone;
use sync::tier::{DatedAmount, HeldOut, Standing, held_out};

use super::hand_out::Offered;
use super::hints::{self, Hint};
use super::serving::Buyer;
use super::{Agent, AttributeError};
use crate::clock::Moment;
use crate::config::{Language, TierSource};
use crate::customers::{Customer, CustomersError};
use crate::note;

/// What the cashier sees of a customer.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Guest {
    /// Her row, to choose her by; none before her first sale.
    pub row: Option<i64>,
    /// Her number, masked.
    pub phone: String,
    /// Surname and title.
    pub name: Option<String>,
    /// Others who share the number.
    pub persons: Vec<Person>,
    /// Her tier.
    pub tier: Option<String>,
    /// The next tier and what is missing to it.
    pub next: Option<(String, String)>,
    /// Why this tier and what keeps it, in one sentence.
    pub why: Option<String>,
    /// What her tier brings, in the chain's own words (S14).
    pub brings: Option<String>,
    /// She is in this store's memory.
    pub known: bool,
    /// She has bought before.
    pub regular: bool,
    /// She agreed to have on paper what is missing to the next tier.
    pub gap_on_paper: bool,
    /// All of it in one large line.
    pub line: String,
    /// What to know or say now; at most three, the most urgent first.
    pub hints: Vec<Hint>,
    /// The one thing that may be asked at this visit.
    pub ask: Option<&'static str>,
    /// What she may tell by herself, also where nothing is to be asked any more.
    pub tell: Option<&'static str>,
    /// Somebody brought her.
    pub came: bool,
    /// Her number is staff's.
    pub is_staff: bool,
    /// What may be handed to her today, and what of it she had.
    pub offers: Vec<Offered>,
}

/// Somebody else of the same number.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Person {
    /// Family name.
    pub surname: String,
    /// Form of address.
    pub title: String,
    /// As the page shows it.
    pub shown: String,
}

/// Where a customer stands today.
struct Footing {
    /// She has bought before.
    regular: bool,
    /// Her number counts for no tier: staff, a stop-gap, or one that is typed for everybody.
    held_out: Option<HeldOut>,
    /// By our own rules, unless her number is held out of them.
    standing: Option<Standing>,
    tier: Option<String>,
    /// What it brings, in the chain's own words.
    brings: Option<String>,
    /// The next tier and what is missing to it.
    next: Option<(String, String)>,
    /// What she spent, and when.
    amounts: Vec<DatedAmount>,
}

impl Person {
    fn of(name: Name, language: Language) -> Self {
        Self { shown: addressed(&name, language), surname: name.surname, title: name.title }
    }
}

impl Agent {
    /// Who has this number.
    ///
    /// # Errors
    ///
    /// [`AttributeError`] if the memory cannot be read.
    pub fn look_up(&self, phone: &Phone) -> Result<Guest, AttributeError> {
        match self.memory().find(&self.connection, phone)? {
            Some(customer) => Ok(self.seen(&customer, self.now())?),
            None => Ok(self.stranger(phone)),
        }
    }

    fn stranger(&self, phone: &Phone) -> Guest {
        let masked = phone.masked();
        let line = self.config.language.pick("新顾客", "New customer");
        Guest { line: format!("{line} · {masked}"), phone: masked, ..Guest::default() }
    }

    /// A newcomer who has just said how she is addressed.
    pub(super) fn named(&self, guest: Guest, name: &Name) -> Guest {
        let name = addressed(name, self.config.language);
        let line = match guest.known {
            true => format!("{name} {}", guest.line),
            false => format!("{name} · {}", guest.line),
        };
        Guest { name: Some(name), line, ..guest }
    }

    /// A customer as the cashier sees her.
    pub(super) fn seen(&self, customer: &Customer, now: Moment) -> Result<Guest, CustomersError> {
        let (language, today) = (self.config.language, now.day());
        let card = customer.card();
        let Footing { regular, held_out, standing, tier, brings, next, .. } =
            self.footing(customer, today)?;
        let name = customer.name.as_ref().map(|name| addressed(name, language));
        let persons = customer.persons();
        let birthday = self.on_her_birthday(&card, tier.as_deref(), today);
        let untold = hints::ask(&card, regular).map(Field::word);
        let offers = self.offered(&card, today, birthday)?;
        let birthday = offers.iter().find(|offer| offer.kind == OfferKind::Birthday.word());
        let gift = offers.iter().find(|offer| offer.kind == OfferKind::Gift.word() && !offer.had);
        let sold = customer.visit().filter(|visit| visit.day == today);
        let mut guest = Guest {
            row: self.memory().row(&self.connection, &customer.phone)?,
            gap_on_paper: card.agreed.contains(&Purpose::GapOnPaper),
            phone: customer.phone.masked(),
            persons: persons.into_iter().map(|name| Person::of(name, language)).collect(),
            why: standing
                .as_ref()
                .map(|standing| standing.sentence(words(language), self.keys.currency_exponent)),
            brings,
            known: true,
            regular,
            hints: hints::hints(&hints::Scene {
                card: &card,
                tier: tier.as_deref(),
                next: next.as_ref(),
                last_day: customer.last_day(),
                today,
                language,
                held_out,
                gift: gift.filter(|_| tier.is_some()).map(|gift| gift.text.as_str()),
                sold_size: sold.and_then(|visit| visit.size.as_deref()),
                birthday: birthday.map(|offer| match offer.had {
                    true => offer.text.clone(),
                    false => format!(
                        "{}{}",
                        offer.text,
                        language.pick("(按 + 勾掉)", " (tick it off with +)")
                    ),
                }),
            }),
            ask: untold.filter(|_| customer.may_be_asked(today)),
            tell: untold,
            came: card.came,
            is_staff: held_out == Some(HeldOut::Staff),
            line: String::new(),
            offers,
            name,
            tier,
            next,
        };
        guest.line = self.line(&guest, &card);
        Ok(guest)
    }

    /// The chain's levels, where they are ours.
    pub(super) fn levels(&self) -> Vec<String> {
        match self.config.tier.from {
            TierSource::Huitou => {
                self.policy.levels(words(self.config.language), self.keys.currency_exponent)
            }
            TierSource::Till => Vec::new(),
        }
    }

    /// What may be handed to her on `day`.
    pub(super) fn offers(
        &self,
        customer: &Customer,
        day: i32,
    ) -> Result<Vec<Offered>, CustomersError> {
        let (card, footing) = (customer.card(), self.footing(customer, day)?);
        let birthday = self.on_her_birthday(&card, footing.tier.as_deref(), day);
        Ok(self.offered(&card, day, birthday)?)
    }

    /// What her tier brings on `day`, if that is her birthday (S62).
    fn on_her_birthday(&self, card: &Card, tier: Option<&str>, day: i32) -> Option<String> {
        let is_today = hints::told_birthday(card)?.days_until(day) == 0;
        let language = words(self.config.language);
        is_today.then(|| self.policy.birthday_words(tier?, language))?
    }

    /// `李女士 金卡 · 小陈的老顾客 · 常穿M · 上次真丝裙`
    fn line(&self, guest: &Guest, card: &Card) -> String {
        let language = self.config.language;
        let who = guest.name.clone().unwrap_or_else(|| guest.phone.clone());
        let separator = language.pick(" ", ", ");
        let head = [Some(who), guest.tier.clone()];
        let mut parts = vec![head.into_iter().flatten().collect::<Vec<_>>().join(separator)];
        let regular = match (&card.associate, guest.regular) {
            (Some(who), true) => match language {
                Language::Chinese => Some(format!("{who}的老顾客")),
                Language::English => Some(format!("{who}'s regular")),
            },
            (None, true) => Some(language.pick("老顾客", "regular").to_owned()),
            (_, false) => Some(language.pick("第一次来", "first visit").to_owned()),
        };
        parts.extend(regular);
        let size = card.value(Field::Size).map(str::to_owned).or_else(|| card.size.clone());
        parts.extend(size.map(|size| format!("{}{size}", language.pick("常穿", "wears "))));
        let item = card.last_item.as_deref().map(short);
        parts.extend(item.map(|item| format!("{}{item}", language.pick("上次", "last "))));
        parts.join(" · ")
    }

    /// Where she stands, looked up once for the screen or the paper.
    fn footing(&self, customer: &Customer, today: i32) -> Result<Footing, CustomersError> {
        let memory = self.memory();
        let (mut regular, mut uses) = (customer.has_bought(), BTreeMap::<i32, u32>::new());
        for number in memory.numbers(&self.connection, customer)? {
            for sale in crate::sales::of_customer(&self.connection, number)? {
                regular = true;
                if sale.amount > Minor::ZERO {
                    *uses.entry(sale.day).or_default() += 1;
                }
            }
        }
        let uses: Vec<(i32, u32)> = uses.into_iter().collect();
        let held_out = held_out(&customer.phone, customer.card().held_out, &uses);
        let amounts = memory.amounts(&self.connection, customer)?;
        let standing = match held_out {
            Some(_) => None,
            None => sync::tier::tier(&self.policy, &amounts, today),
        };
        let tier = self.tier_name(customer, standing.as_ref());
        let next = match held_out {
            None if self.config.tier.from == TierSource::Huitou => {
                self.missing(&amounts, standing.as_ref(), today)
            }
            _ => None,
        };
        let brings = tier.as_deref().and_then(|tier| self.policy.brings(tier)).map(str::to_owned);
        Ok(Footing { regular, held_out, standing, tier, brings, next, amounts })
    }

    /// What is missing to the next tier, for who has none yet too.
    fn missing(
        &self,
        amounts: &[DatedAmount],
        standing: Option<&Standing>,
        today: i32,
    ) -> Option<(String, String)> {
        let next = match standing {
            Some(standing) => standing.next.clone(),
            None => {
                let spend = sync::tier::net_spend(&self.policy, amounts, today);
                sync::tier::next_tier(&self.policy, spend)
            }
        }?;
        let decimals = self.keys.currency_exponent;
        Some((next.name, next.gap.with_decimals(decimals).to_string()))
    }

    /// Whether paper may ask how it fits.
    fn is_seen(&self, item: &str) -> bool {
        self.books.advice.find(item).is_some_and(|found| found.is_seen())
    }

    fn tier_name(&self, customer: &Customer, standing: Option<&Standing>) -> Option<String> {
        match self.config.tier.from {
            TierSource::Till => customer.printed_tier().map(str::to_owned),
            TierSource::Huitou => standing.map(|standing| standing.name.clone()),
        }
    }

    /// What paper may know of her: it is what was true before this sale. What is missing to the next tier she
    /// reads under what she just paid, so that is taken off.
    pub(super) fn guest(&self, buyer: &Buyer, bought: Minor, now: Moment) -> Option<note::Guest> {
        let Buyer::Known { phone, name, referrer, .. } = buyer else { return None };
        let unknown = || note::Guest {
            name: name.clone(),
            first_visit: true,
            owes_consent: true,
            ..note::Guest::default()
        };
        let known = self.remembered(phone, name.clone(), bought, now).ok().flatten();
        Some(note::Guest { came: referrer.is_some(), ..known.unwrap_or_else(unknown) })
    }

    fn remembered(
        &self,
        phone: &Phone,
        name: Option<Name>,
        bought: Minor,
        now: Moment,
    ) -> Result<Option<note::Guest>, CustomersError> {
        let Some(customer) = self.memory().find(&self.connection, phone)? else { return Ok(None) };
        // Who wants no more care is told nothing that we know of her.
        if customer.card().declined.contains(&Purpose::Care) {
            return Ok(Some(note::Guest::default()));
        }
        let today = now.day();
        let Footing { regular, standing, tier, brings, next, mut amounts, .. } =
            self.footing(&customer, today)?;
        amounts.push(DatedAmount { day: today, amount: bought });
        let after = sync::tier::tier(&self.policy, &amounts, today);
        let left = self.missing(&amounts, after.as_ref(), today);
        // Who has reached the next one with this sale reads so on her next receipt.
        let left = left.filter(|left| next.is_some_and(|next| next.0 == left.0));
        let card = customer.card();
        let mut known = note::Guest {
            regular,
            first_visit: !regular,
            owes_consent: !regular || customer.owes_consent(),
            tier_brings: brings,
            tier,
            tier_until: standing.and_then(|standing| standing.until),
            next: left,
            gap_on_paper: card.agreed.contains(&Purpose::GapOnPaper),
            birthday: hints::told_birthday(&card),
            last_visit: customer.last_day(),
            brought: customer.brought_on() == Some(today),
            came: false,
            last_item: card.last_item.as_deref().map(short).filter(|item| self.is_seen(item)),
            follow_up_due: card.notices.iter().any(|notice| notice.kind == "follow_up"),
            associate: card.associate,
            associate_phone: None,
            shown: customer.shown().to_vec(),
            name: name.clone().or_else(|| customer.name.clone()),
        };
        // Another one of the family: what is known of the file's owner is not hers.
        if name.is_some() && customer.name.is_some() && name != customer.name {
            known.of_another();
        }
        Ok(Some(known))
    }
}

/// The same language, as the crate that HQ shares has it.
pub(super) const fn words(language: Language) -> sync::language::Language {
    match language {
        Language::Chinese => sync::language::Language::Zh,
        Language::English => sync::language::Language::En,
    }
}

/// `李女士`, or `Ms Li` where people read English.
pub(super) fn addressed(name: &Name, language: Language) -> String {
    let Name { surname, title } = name;
    match (language, title.as_str()) {
        (Language::Chinese, _) => format!("{surname}{title}"),
        (Language::English, "女士") => format!("Ms {surname}"),
        (Language::English, "先生") => format!("Mr {surname}"),
        (Language::English, _) => format!("{title} {surname}").trim().to_owned(),
    }
}

/// The first words of an item's name: what a person would call it.
fn short(item: &str) -> String {
    const CHARS_MAX: usize = 14;
    let words = item.split_whitespace();
    let first: String = item.split_whitespace().next().unwrap_or(item).to_owned();
    // A Latin word alone says little: as many as there is room for.
    let latin =
        words.take_while(|word| word.is_ascii()).fold(String::new(), |said, word| {
            match said.len() + word.len() < CHARS_MAX {
                true if said.is_empty() => word.to_owned(),
                true => format!("{said} {word}"),
                false => said,
            }
        });
    let words = if latin.len() > first.len() { latin } else { first };
    words.chars().filter(|symbol| !symbol.is_control()).take(CHARS_MAX).collect()
}
