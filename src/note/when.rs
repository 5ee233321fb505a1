//! When a rule holds: conditions of a rule, all of which must hold.
//!
//! Not here: how they are written (`words`), what a scene is (the parent module).

mod words;

use serde::Deserialize;
use sync::calendar::{Date, Holiday, Season};

use super::{Asked, Guest, Scene};
pub use words::{Amount, AnyOf, Day, Within, date, glob};

/// Conditions of a rule; what is not named does not matter.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct When {
    /// Her tier is one of these.
    pub tier: Option<AnyOf<String>>,
    /// Something of one of these advice categories is among the items.
    pub category: Option<AnyOf<String>>,
    /// A style number like one of these: `*` is any characters, `?` is one.
    pub style: Option<AnyOf<String>>,
    /// From this day on.
    pub from: Option<Day>,
    /// Up to this day, itself included.
    pub to: Option<Day>,
    /// The season.
    pub season: Option<AnyOf<Season>>,
    /// A holiday is today.
    pub holiday: Option<AnyOf<Holiday>>,
    /// The weather that the shop has set.
    pub weather: Option<AnyOf<Weather>>,
    /// This is her first receipt with us.
    pub first_visit: Option<bool>,
    /// She has bought before.
    pub regular: Option<bool>,
    /// So many days since she was last here, or more.
    pub absent_days_min: Option<u16>,
    /// Her birthday is today, or within some days.
    pub birthday: Option<Within>,
    /// She brought somebody in, or was brought.
    pub referral: Option<AnyOf<Referral>>,
    /// A call that we promised is due.
    pub follow_up_due: Option<bool>,
    /// This sale is so much or more, in the store's currency.
    pub spend_min: Option<Amount>,
    /// What she agreed to read on paper.
    pub agreed: Option<AnyOf<Agreed>>,
    /// How the question for her number ended.
    pub asked: Option<AnyOf<Asked>>,
    /// Whence the advice is: the garment's own code, or its category only.
    pub care: Option<Care>,
    /// Money went back to her.
    pub returned: Option<bool>,
    /// More than one kind of garment has advice.
    pub several: Option<bool>,
    /// The paper is so wide or wider.
    pub columns_min: Option<usize>,
}

/// What a shop sets on its page.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Weather {
    /// It rains.
    Rain,
    /// It does not.
    Dry,
}

/// Who brought whom.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Referral {
    /// She brought somebody in.
    Brought,
    /// Somebody brought her.
    Came,
}

/// What she agreed to.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Agreed {
    /// What is missing to the next tier may stand on paper.
    Gap,
}

/// Where advice comes from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Care {
    /// The category: the label on the garment goes first.
    Label,
    /// The garment's own care code.
    Code,
}

/// What conditions are about, worked out once for a note.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The scene.
    pub scene: &'a Scene<'a>,
    /// Today's holidays.
    pub holidays: Vec<Holiday>,
    /// The season.
    pub season: Season,
    /// Advice categories of the items.
    pub categories: Vec<&'a str>,
    /// Where the advice is from, if there is any.
    pub care: Option<Care>,
    /// How many pieces of advice.
    pub cares: usize,
}

impl When {
    /// The first condition that does not hold, by its key.
    #[must_use]
    pub fn fails(&self, facts: &Facts<'_>) -> Option<&'static str> {
        let scene = facts.scene;
        let nobody = Guest::default();
        let guest = scene.guest.unwrap_or(&nobody);
        let checks: [(&'static str, bool); 20] = [
            ("tier", has(&self.tier, |tiers| guest.tier.as_ref().is_some_and(|t| tiers.has(t)))),
            (
                "category",
                has(&self.category, |any| {
                    any.0.iter().any(|key| facts.categories.contains(&key.as_str()))
                }),
            ),
            ("style", has(&self.style, |any| sold(scene, &any.0))),
            ("from, to", self.is_the_day(scene.today)),
            ("season", has(&self.season, |any| any.has(&facts.season))),
            (
                "holiday",
                has(&self.holiday, |any| facts.holidays.iter().any(|holiday| any.has(holiday))),
            ),
            (
                "weather",
                has(&self.weather, |any| {
                    any.has(&if scene.rain { Weather::Rain } else { Weather::Dry })
                }),
            ),
            (
                "first_visit",
                has(&self.first_visit, |&wanted| {
                    (scene.guest.is_some() && guest.first_visit) == wanted
                }),
            ),
            ("regular", has(&self.regular, |&wanted| guest.regular == wanted)),
            (
                "absent_days_min",
                has(&self.absent_days_min, |&days| {
                    guest
                        .last_visit
                        .is_some_and(|last| scene.today.saturating_sub(last) >= i32::from(days))
                }),
            ),
            (
                "birthday",
                has(&self.birthday, |within| {
                    let day = guest.birthday;
                    day.is_some_and(|day| match within {
                        Within(0) => day.falls_on(scene.today),
                        // On the day itself a wish that is early would be late.
                        Within(days) => (1..=*days).contains(&day.days_until(scene.today)),
                    })
                }),
            ),
            (
                "referral",
                has(&self.referral, |any| {
                    (guest.brought && any.has(&Referral::Brought))
                        || (guest.came && any.has(&Referral::Came))
                }),
            ),
            ("follow_up_due", has(&self.follow_up_due, |&wanted| guest.follow_up_due == wanted)),
            (
                "spend_min",
                has(&self.spend_min, |least| {
                    scene.total.is_some_and(|total| least.is_met(total, scene.decimals))
                }),
            ),
            ("agreed", has(&self.agreed, |_| guest.gap_on_paper)),
            ("asked", has(&self.asked, |any| any.has(&scene.asked()))),
            ("care", has(&self.care, |wanted| facts.care == Some(*wanted))),
            ("returned", has(&self.returned, |&wanted| scene.is_return == wanted)),
            ("several", has(&self.several, |&wanted| (facts.cares > 1) == wanted)),
            ("columns_min", has(&self.columns_min, |&least| scene.columns >= least)),
        ];
        checks.into_iter().find(|(_, holds)| !holds).map(|(key, _)| key)
    }

    /// Whether `today` is in the window; one that ends before it begins goes over New Year.
    fn is_the_day(&self, today: i32) -> bool {
        let today = Date::of(today);
        let after = |from: Day| from.is_reached(today);
        let before = |to: Day| !to.is_past(today);
        match (self.from, self.to) {
            (Some(from), Some(to)) if from.is_yearly() && to.is_yearly() && to.0 < from.0 => {
                after(from) || before(to)
            }
            (from, to) => from.is_none_or(after) && to.is_none_or(before),
        }
    }
}

fn has<T>(condition: &Option<T>, holds: impl FnOnce(&T) -> bool) -> bool {
    condition.as_ref().is_none_or(holds)
}

fn sold(scene: &Scene<'_>, patterns: &[String]) -> bool {
    let mut styles = scene.items.iter().filter_map(|item| item.style);
    styles.any(|style| patterns.iter().any(|pattern| glob(pattern, style)))
}
