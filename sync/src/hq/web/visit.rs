//! One request of somebody who is logged in: who, what was asked, and what may be answered.
//!
//! # Invariants
//!
//! - What the address and the form say was checked against the route's own parameters before a page
//!   sees it: what is unknown, there twice or out of shape is answered with 400 and its name.
//! - A store that is not hers is as unknown to her as one that does not exist.
//!
//! Not here: who may open which route (`route`), the database behind it (`list`, `pages`).

use super::frame::Page;
use super::html::{Html, Lang};
use crate::calendar::Date;
use crate::care_list::CustomerId;
use crate::event::LocalSeconds;
use crate::hq::customer::person;
use crate::hq::figures::contest::Quarter;
use crate::hq::user::{Role, Scope, User};
use crate::hq::{arrivals::Watch, table};
use crate::message::StoreId;
use crate::money::grouped;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// Rows of a list, unless another number is asked for.
pub(super) const LIMIT: u32 = 50;
/// The most rows that one answer holds.
pub(super) const LIMIT_MAX: u32 = 500;
/// The longest text in a form or an address, in characters.
pub(super) const TEXT_MAX: usize = 500;
/// SQLite and our calendar agree on days within ±2.7 million years; people need these.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2999;

/// What a parameter looks like.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Shape {
    /// A whole number from 1 to [`LIMIT_MAX`].
    Limit,
    /// Where the page before ended, as the answer's `next` says it.
    After,
    /// `YYYY-MM-DD`.
    Day,
    /// `YYYY-MM`.
    Month,
    /// `YYYYQ1` to `YYYYQ4`.
    Quarter,
    /// 32 hexadecimal digits.
    Id,
    /// Four digits.
    LastFour,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Any text.
    Text,
}

/// A parameter of an address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Param {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    /// For the API's document.
    pub(super) about: &'static str,
}

impl Shape {
    pub(super) fn fits(self, text: &str) -> bool {
        match self {
            Self::Limit => text.parse().is_ok_and(|number| (1..=LIMIT_MAX).contains(&number)),
            Self::After => {
                text.len() <= 80
                    && text.split('.').all(|part| part.parse::<i64>().is_ok() || is_id(part))
            }
            Self::Day => day(text).is_some(),
            Self::Month => day(&format!("{text}-01")).is_some(),
            Self::Quarter => Quarter::parse(text).is_some_and(|of| {
                of.to_string() == text && YEARS.contains(&Date::of(of.days().0).year)
            }),
            Self::Id => is_id(text),
            Self::LastFour => text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()),
            Self::Word(words) => words.contains(&text),
            Self::Text => text.chars().count() <= TEXT_MAX && !text.contains('\0'),
        }
    }
}

fn is_id(text: &str) -> bool {
    text.parse::<CustomerId>().is_ok() && text.bytes().all(|byte| !byte.is_ascii_uppercase())
}

/// A day of our calendar, as days since 1970-01-01.
fn day(text: &str) -> Option<i32> {
    let date = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    let shown = date.format("%Y-%m-%d").to_string();
    let days = date.signed_duration_since(chrono::NaiveDate::default()).num_days();
    let days = i32::try_from(days).ok()?;
    (shown == text && YEARS.contains(&Date::of(days).year)).then_some(days)
}

/// `2026-11-21`.
pub(super) fn day_text(day: i32) -> String {
    let shown = table::local_time(LocalSeconds(i64::from(day) * 86_400));
    shown.get(..10).unwrap_or(&shown).to_owned()
}

/// One request of somebody who is logged in.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) user: User,
    pub(super) scope: Scope,
    pub(super) lang: Lang,
    pub(super) now_ms: i64,
    pub(super) watch: Watch,
    pub(super) today: i32,
    /// The chain's name.
    pub(super) chain: String,
    /// Decimals of the currency.
    pub(super) exponent: u8,
    /// The path as it was asked for, without its parameters.
    pub(super) path: String,
    /// Parameters within the path.
    pub(super) parts: BTreeMap<String, String>,
    /// Parameters behind the path: checked.
    pub(super) asked: BTreeMap<String, String>,
    /// What a form sent.
    pub(super) form: BTreeMap<String, String>,
    /// What her forms carry.
    pub(super) token: String,
    /// Of the session: to end it.
    pub(super) session: super::Token,
}

/// Why something asked for is not answered.
#[derive(Debug)]
pub(super) enum Refused {
    /// There is no such thing, or not for her.
    Nothing,
    /// Her role may not.
    NotHers,
    /// What was asked makes no sense; says what, in both languages.
    Odd(String, String),
    /// Ours to mend.
    Broken,
}

impl From<rusqlite::Error> for Refused {
    fn from(_: rusqlite::Error) -> Self {
        Self::Broken
    }
}

impl Refused {
    pub(super) fn odd(zh: &str, en: &str) -> Self {
        Self::Odd(zh.into(), en.into())
    }

    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::Nothing => StatusCode::NOT_FOUND,
            Self::NotHers => StatusCode::FORBIDDEN,
            Self::Odd(..) => StatusCode::BAD_REQUEST,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(super) fn words(&self, lang: Lang) -> String {
        match self {
            Self::Nothing => lang.of("没有这个页面,或不归您看", "nothing here, or not for you"),
            Self::NotHers => lang.of("您的角色看不了这一页", "your role may not open this"),
            Self::Odd(zh, en) => lang.of(zh, en),
            Self::Broken => {
                lang.of("总部出了问题,请稍后再试", "headquarters has a problem; try again later")
            }
        }
        .to_owned()
    }
}

impl Visit {
    /// One of our texts in her language.
    pub(super) const fn of<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        self.lang.of(zh, en)
    }

    /// A page of hers.
    pub(super) fn page(&self, title: &str, here: &str, body: Html) -> Response {
        self.page_back(title, here, body, None)
    }

    /// A page of hers that goes elsewhere by itself.
    pub(super) fn page_back(
        &self,
        title: &str,
        here: &str,
        body: Html,
        back: Option<(u32, String)>,
    ) -> Response {
        let who = Some((self.user.role, self.user.name.as_str(), self.token.as_str()));
        Page { lang: self.lang, chain: &self.chain, title, who, here, body, back }.into_response()
    }

    /// An amount with the currency's decimals.
    pub(super) fn money(&self, units: i64) -> String {
        grouped(&crate::money::Minor::new(units).with_decimals(self.exponent).to_string())
    }

    /// An amount for a chart: `27.6万`, `276k`; small ones in whole units.
    pub(super) fn money_short(&self, units: i64) -> String {
        let whole = units / 10_i64.saturating_pow(self.exponent.into());
        let (unit, name) = match self.lang {
            Lang::Zh => (10_000, "万"),
            Lang::En => (1_000, "k"),
        };
        if whole.unsigned_abs() < 10_000 {
            return grouped(&whole.to_string());
        }
        let tenths = (whole.unsigned_abs().saturating_mul(10) + unit / 2) / unit;
        let sign = if whole < 0 { "-" } else { "" };
        format!("{sign}{}.{}{name}", tenths / 10, tenths % 10)
    }

    pub(super) fn asked(&self, name: &str) -> Option<&str> {
        self.asked.get(name).map(String::as_str)
    }

    /// What a form sent under `name`, without spaces at its ends.
    pub(super) fn typed(&self, name: &str) -> Result<&str, Refused> {
        let text = self.form.get(name).map_or("", |text| text.trim());
        if Shape::Text.fits(text) {
            return Ok(text);
        }
        Err(Refused::odd("输入太长", "that is too long"))
    }

    /// As [`typed`](Self::typed), and something was.
    pub(super) fn needed(&self, name: &str, zh: &str, en: &str) -> Result<&str, Refused> {
        match self.typed(name)? {
            "" => Err(Refused::odd(zh, en)),
            text => Ok(text),
        }
    }

    pub(super) fn limit(&self) -> u32 {
        self.asked("limit").and_then(|limit| limit.parse().ok()).unwrap_or(LIMIT)
    }

    /// Where the page before ended: whole numbers and an identifier, as many as `N`.
    pub(super) fn after<const N: usize>(&self) -> Result<Option<[String; N]>, Refused> {
        let Some(after) = self.asked("after") else { return Ok(None) };
        let parts: Vec<String> = after.split('.').map(str::to_owned).collect();
        match <[String; N]>::try_from(parts) {
            Ok(parts) => Ok(Some(parts)),
            Err(_) => Err(odd("after")),
        }
    }

    pub(super) fn day(&self, name: &str) -> Option<i32> {
        self.asked(name).and_then(day)
    }

    /// The calendar month she asked for, else this one: its year, its number, its first and last day.
    pub(super) fn month(&self) -> (i32, u8, [i32; 2]) {
        let asked = self.asked("month").and_then(|month| day(&format!("{month}-01")));
        let Date { year, month, .. } = Date::of(asked.unwrap_or(self.today));
        let first = |year, month| Date { year, month, day: 1 }.day().unwrap_or_default();
        let next = if month < 12 { first(year, month + 1) } else { first(year + 1, 1) };
        (year, month, [first(year, month), next - 1])
    }

    /// The quarter she asked for, else this one.
    pub(super) fn quarter(&self) -> Quarter {
        let asked = self.asked("quarter").and_then(Quarter::parse);
        asked.unwrap_or_else(|| Quarter::of(self.today))
    }

    /// The store she asked for, one of hers.
    pub(super) fn store(&self) -> Result<Option<StoreId>, Refused> {
        let Some(asked) = self.asked("store") else { return Ok(None) };
        let store: StoreId = asked.parse().map_err(|_| odd("store"))?;
        if self.scope.has(&store) { Ok(Some(store)) } else { Err(Refused::Nothing) }
    }

    /// The store of a list: the one she asked for, or all for whom may see all, or the first of hers.
    pub(super) fn store_of_list(&self) -> Result<Option<StoreId>, Refused> {
        match (self.store()?, &self.scope) {
            (Some(store), _) => Ok(Some(store)),
            (None, Scope::All) => Ok(None),
            (None, Scope::Stores(stores)) => {
                stores.first().copied().map(Some).ok_or(Refused::Nothing)
            }
        }
    }

    /// The part of a WHERE that keeps `column` to the stores she may see, or to one of them; what
    /// belongs to no store is whose who sees all.
    pub(super) fn within(&self, column: &str, one: Option<StoreId>) -> String {
        let blob = |store: &StoreId| format!("x'{store}'");
        match (one, &self.scope) {
            (Some(store), _) => format!("{column} = {}", blob(&store)),
            (None, Scope::All) => "1".to_owned(),
            (None, Scope::Stores(stores)) => {
                let stores: Vec<String> = stores.iter().map(blob).collect();
                format!("{column} IN ({})", stores.join(","))
            }
        }
    }

    /// The number that the path has under `name`.
    pub(super) fn number(&self, name: &str) -> Result<i64, Refused> {
        let number = self.parts.get(name).and_then(|number| number.parse().ok());
        number.filter(|number| *number > 0).ok_or(Refused::Nothing)
    }

    /// How many rows of the list stand before this page, where a list is short enough to count them.
    pub(super) fn skipped(&self) -> Result<usize, Refused> {
        Ok(match self.after::<1>()? {
            Some([at]) => at.parse().unwrap_or(usize::MAX),
            None => 0,
        })
    }

    /// A day that a form sent.
    pub(super) fn typed_day(&self, name: &str) -> Result<Option<i32>, Refused> {
        match self.typed(name)? {
            "" => Ok(None),
            text => day(text).map(Some).ok_or_else(|| odd(name)),
        }
    }

    /// The stores that she may see, by name.
    pub(super) fn stores(&self, db: &Connection) -> rusqlite::Result<Vec<(StoreId, String)>> {
        let mut select = db.prepare_cached("SELECT id, name FROM store ORDER BY name")?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let all: Vec<(StoreId, String)> = rows.collect::<rusqlite::Result<_>>()?;
        Ok(all.into_iter().filter(|(store, _)| self.scope.has(store)).collect())
    }

    /// The person that the path names, under the number that she is found by now, if she is known in a
    /// store of the visitor's.
    pub(super) fn customer(&self, db: &Connection) -> Result<CustomerId, Refused> {
        let asked = self.parts.get("customer").ok_or(Refused::Nothing)?;
        let id: CustomerId = asked.parse().map_err(|_| Refused::Nothing)?;
        let exists = "SELECT EXISTS (SELECT 1 FROM customer WHERE id = ?1)";
        if !db.query_row(exists, [id], |row| row.get(0))? {
            return Err(Refused::Nothing);
        }
        let root = person::root(db, &id)?;
        if self.knows(db, &root)? { Ok(root) } else { Err(Refused::Nothing) }
    }

    /// Whether the person is known in a store of the visitor's.
    pub(super) fn knows(&self, db: &Connection, root: &CustomerId) -> rusqlite::Result<bool> {
        let Scope::Stores(stores) = &self.scope else { return Ok(true) };
        let mut select = db.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM customer_store WHERE store = ?2
                 AND customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1))",
        )?;
        for store in stores {
            if select.query_row(params![root, store], |row| row.get(0))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn is_hq(&self) -> bool {
        self.user.role == Role::Hq
    }
}

/// A parameter that is not what it should be.
pub(super) fn odd(name: &str) -> Refused {
    Refused::Odd(format!("参数不对:{name}"), format!("parameter {name} is not as it should be"))
}

/// Checks what an address says against what its route knows. A browser's form sends fields that were
/// left empty, too; a program has no reason to.
pub(super) fn checked(
    pairs: Vec<(String, String)>,
    params: &[&[Param]],
    is_api: bool,
) -> Result<BTreeMap<String, String>, Refused> {
    let mut asked = BTreeMap::new();
    for (name, value) in pairs {
        let known = params.iter().flat_map(|params| params.iter()).find(|param| param.name == name);
        if !is_api && value.is_empty() && known.is_some_and(|param| param.shape != Shape::Text) {
            continue;
        }
        if !known.is_some_and(|param| param.shape.fits(&value)) {
            return Err(odd(&name.chars().take(40).collect::<String>()));
        }
        if asked.insert(name.clone(), value).is_some() {
            return Err(odd(&name));
        }
    }
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMS: &[Param] = &[
        Param { name: "limit", shape: Shape::Limit, about: "" },
        Param { name: "from", shape: Shape::Day, about: "" },
    ];

    #[test]
    fn what_an_address_says_is_known_once_and_in_shape() {
        let check = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()));
            checked(pairs.collect(), &[PARAMS], false).map(|asked| asked.len()).ok()
        };
        assert_eq!(check(&[("limit", "50"), ("from", "2026-02-28")]), Some(2));
        assert_eq!(check(&[("limit", "")]), Some(0));
        for odd in [
            ("limit", "0"),
            ("limit", "501"),
            ("limit", "-1"),
            ("limit", "1e3"),
            ("from", "2026-02-29"),
            ("from", "0000-01-01"),
            ("from", "+12026-01-01"),
            ("from", "2026-1-1"),
            ("other", "1"),
        ] {
            assert_eq!(check(&[odd]), None, "{odd:?}");
        }
        assert_eq!(check(&[("limit", "1"), ("limit", "2")]), None);
    }

    #[test]
    fn amounts_are_read_by_thousands() {
        for (plain, shown) in
            [("1104.15", "1,104.15"), ("-100.00", "-100.00"), ("1234567", "1,234,567")]
        {
            assert_eq!(grouped(plain), shown);
        }
    }
}
