//! Which column is what: by the words that shops use in their headers, or as a person says.
//!
//! # Invariants
//!
//! - A field is one column, a column at most one field; two that could be the same are asked about.
//! - A header that may be a row of values is never shown: only columns' numbers are.
//!
//! Not here: what a field may hold (`value`), which fields an entry needs (`member`, `sale`, …).

use super::Kind;
use super::read::Row;
use super::value::{self, Why};
use std::collections::BTreeMap;

/// One field of a kind of list, and the words that head its column.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) words: &'static [&'static str],
    pub(super) needed: bool,
}

const fn needed(name: &'static str, words: &'static [&'static str]) -> Field {
    Field { name, words, needed: true }
}

const fn field(name: &'static str, words: &'static [&'static str]) -> Field {
    Field { name, words, needed: false }
}

const PHONE: &[&str] = &[
    "手机",
    "手机号",
    "手机号码",
    "电话",
    "电话号码",
    "联系电话",
    "会员手机",
    "会员手机号",
    "mobile",
    "phonenumber",
    "mobilephone",
    "tel",
    "telephone",
];
const STORE: &[&str] =
    &["门店", "门店名称", "店铺", "店名", "所属门店", "开卡门店", "storename", "shop", "branch"];

pub(super) const MEMBERS: &[Field] = &[
    needed("phone", PHONE),
    field("surname", &["姓", "姓氏", "lastname", "familyname"]),
    field("name", &["姓名", "会员姓名", "名字", "客户姓名", "fullname"]),
    field("title", &["称呼", "称谓", "性别", "gender", "sex", "salutation"]),
    field("birthday", &["生日", "出生日期", "会员生日", "birthdate", "dateofbirth"]),
    field("lunar", &["农历", "是否农历", "生日类型", "lunarbirthday"]),
    field("size", &["尺码", "常穿尺码", "码数", "sizes"]),
    field("tier", &["等级", "会员等级", "级别", "level", "grade"]),
    field("points", &["积分", "可用积分", "当前积分", "balance"]),
    field("joined", &["入会日期", "开卡日期", "注册日期", "办卡日期", "joindate", "memberSince"]),
    field("associate", &["导购", "专属导购", "导购员", "服务导购", "advisor"]),
    field("store", STORE),
    field("care", &["建档同意", "服务同意", "careconsent"]),
    field("marketing", &["营销同意", "同意营销", "短信同意", "marketingconsent", "optin"]),
    field("consent_source", &["同意来源", "授权来源", "source"]),
    field("consent_date", &["同意日期", "授权日期", "同意时间", "consentday"]),
    field("consent_text", &["文本版本", "同意文本", "协议版本", "textversion"]),
    field("consent_proof", &["同意凭证", "凭证", "证据", "proof", "evidence"]),
];

pub(super) const STAFF: &[Field] = &[
    needed("code", &["工号", "员工编号", "导购编号", "编号", "id", "staffid", "employeeid"]),
    needed("name", &["姓名", "员工姓名", "导购姓名", "名字", "fullname"]),
    field("store", STORE),
    field("role", &["职位", "岗位", "职务", "position"]),
    field("phone", PHONE),
];

pub(super) const STORES: &[Field] = &[
    needed("name", STORE),
    field("code", &["门店编号", "店铺编号", "店号", "编号", "id", "storeid", "storecode"]),
    field("region", &["大区", "区域", "area"]),
    field("city", &["城市", "所在城市", "town"]),
    field("address", &["地址", "门店地址", "详细地址", "street"]),
    field("opened", &["开业日期", "开店日期", "openingdate"]),
    field("store_phone", &["门店电话", "店铺电话", "电话", "phone", "tel"]),
    field("service_phone", &["客服电话", "服务电话", "hotline"]),
];

pub(super) const STYLES: &[Field] = &[
    needed("code", &["款号", "货号", "款式编号", "sku", "style", "stylenumber", "styleno"]),
    field("name", &["品名", "名称", "商品名称", "款名", "description"]),
    field("category", &["品类", "类别", "大类", "分类", "class"]),
    field("fibre", &["面料", "成分", "面料成分", "材质", "fiber", "material", "composition"]),
    field("care", &["洗涤", "洗涤代码", "洗护", "护理", "洗涤说明", "carecode", "washing"]),
    field("season", &["季节", "季", "年季", "collection"]),
];

pub(super) const SALES: &[Field] = &[
    needed("date", &["日期", "销售日期", "交易日期", "时间", "销售时间", "交易时间", "datetime"]),
    needed("store", STORE),
    needed("receipt", &["小票号", "单号", "销售单号", "流水号", "订单号", "receiptno", "orderno"]),
    needed("amount", &["金额", "实收", "实收金额", "实付金额", "合计", "total", "paid"]),
    field("phone", PHONE),
    field("associate", &["导购", "导购员", "advisor"]),
    field("item", &["品名", "商品", "商品名称", "product", "itemname"]),
    field("style", &["款号", "货号", "sku", "styleno"]),
    field("colour", &["颜色", "color"]),
    field("size", &["尺码", "码数"]),
    field("quantity", &["数量", "件数", "qty"]),
    field("item_amount", &["行金额", "商品金额", "小计", "lineamount"]),
];

/// Why the columns could not be told apart.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ColumnError {
    /// `--map` names no such field.
    #[error("--map: no field {field:?}; there are {known}")]
    NoField {
        /// As typed.
        field: String,
        /// All fields of this kind of list.
        known: String,
    },
    /// `--map` names no such column.
    #[error("--map: no column {column:?}")]
    NoColumn {
        /// As typed.
        column: String,
    },
    /// Two columns could be the same field.
    #[error("columns {} and {} could both be {field}; say which: --map {field}=COLUMN", at.0, at.1)]
    Ambiguous {
        /// The field.
        field: &'static str,
        /// Counted from 1.
        at: (usize, usize),
    },
    /// A field that must be there is in no column.
    #[error(
        "no column for {field} (is the first line the header?); say which: --map {field}=COLUMN, by name or number"
    )]
    Missing {
        /// The field.
        field: &'static str,
    },
}

/// Where each field is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Columns {
    at: BTreeMap<&'static str, usize>,
}

impl Columns {
    /// Finds the columns of `kind` in `header`; `told` are pairs of field and column, by name or number
    /// from 1.
    ///
    /// # Errors
    ///
    /// [`ColumnError`] if a needed one is missing, or it is not clear which is meant.
    pub fn find(
        kind: Kind,
        header: &[String],
        told: &[(String, String)],
    ) -> Result<Self, ColumnError> {
        let mut columns = Self::default();
        for (field, column) in told {
            let known = || kind.fields().iter().map(|field| field.name).collect::<Vec<_>>();
            let found = kind.fields().iter().find(|known| known.name == field);
            let found = found.ok_or_else(|| ColumnError::NoField {
                field: field.clone(),
                known: known().join(", "),
            })?;
            columns.at.insert(found.name, named(header, column)?);
        }
        let taken: Vec<usize> = columns.at.values().copied().collect();
        for field in kind.fields() {
            columns.look_for(field, header, &taken)?;
        }
        Ok(columns)
    }

    fn look_for(
        &mut self,
        field: &Field,
        header: &[String],
        taken: &[usize],
    ) -> Result<(), ColumnError> {
        if self.at.contains_key(field.name) {
            return Ok(());
        }
        let is_it = |name: &String| {
            let name = plain(name);
            name == plain(field.name) || field.words.iter().any(|word| plain(word) == name)
        };
        let mut found = (0..header.len()).filter(|at| !taken.contains(at) && is_it(&header[*at]));
        match (found.next(), found.next()) {
            (Some(one), None) => drop(self.at.insert(field.name, one)),
            (Some(one), Some(other)) => {
                let at = (one + 1, other + 1);
                return Err(ColumnError::Ambiguous { field: field.name, at });
            }
            (None, _) if field.needed => {
                return Err(ColumnError::Missing { field: field.name });
            }
            (None, _) => {}
        }
        Ok(())
    }

    /// `phone=1 surname=2`, and how many columns are left out.
    #[must_use]
    pub fn told(&self, header: &[String]) -> String {
        let mut fields: Vec<_> = self.at.iter().collect();
        fields.sort_by_key(|(_, at)| **at);
        let fields: Vec<_> =
            fields.iter().map(|(field, at)| format!("{field}={}", **at + 1)).collect();
        let used: std::collections::BTreeSet<_> = self.at.values().collect();
        format!("{}; {} columns left out", fields.join(" "), header.len() - used.len())
    }
}

fn named(header: &[String], column: &str) -> Result<usize, ColumnError> {
    let by_name = header.iter().position(|name| plain(name) == plain(column));
    let by_number = || column.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    by_name
        .or_else(by_number)
        .filter(|at| *at < header.len())
        .ok_or_else(|| ColumnError::NoColumn { column: column.into() })
}

/// Without what people add to a header: `手机号 *`, `Phone Number`, `手机号(必填)`.
fn plain(name: &str) -> String {
    let name = name.split(['(', '（', '[', '【']).next().unwrap_or_default();
    let kept = name.chars().filter(|symbol| symbol.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

/// One line of a list, by field.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) row: &'a Row,
    pub(super) columns: &'a Columns,
}

/// What is wrong with a line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// From 1, as an editor shows it.
    pub line: u64,
    /// Which field.
    pub field: &'static str,
    /// Why.
    pub why: Why,
}

impl core::fmt::Display for Problem {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "line {}: {}: {}", self.line, self.field, self.why)
    }
}

impl Line<'_> {
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        let at = self.columns.at.get(field)?;
        self.row.fields.get(*at).and_then(|text| value::bare(text))
    }

    pub(super) fn problem(&self, field: &'static str, why: Why) -> Problem {
        Problem { line: self.row.line, field, why }
    }

    /// The field as `read` understands it, if it is there.
    pub(super) fn read<T>(
        &self,
        field: &'static str,
        read: impl FnOnce(&str) -> Result<T, Why>,
    ) -> Result<Option<T>, Problem> {
        self.text(field).map(read).transpose().map_err(|why| self.problem(field, why))
    }

    /// The same, and it must be there.
    pub(super) fn must<T>(
        &self,
        field: &'static str,
        read: impl FnOnce(&str) -> Result<T, Why>,
    ) -> Result<T, Problem> {
        self.read(field, read)?.ok_or_else(|| self.problem(field, Why::Missing))
    }

    /// A short text, if it is there.
    pub(super) fn short(
        &self,
        field: &'static str,
        characters_max: usize,
    ) -> Result<Option<String>, Problem> {
        self.read(field, |text| value::short(text, characters_max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn told(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(field, column)| ((*field).into(), (*column).into())).collect()
    }

    #[test]
    fn columns_are_found_by_the_words_of_either_language() {
        let zh = header(&["备注", "手机号 *", "姓名(必填)", "生日", "会员等级"]);
        let found = Columns::find(Kind::Members, &zh, &[]).unwrap();
        assert_eq!(found.told(&zh), "phone=2 name=3 birthday=4 tier=5; 1 columns left out");
        let en = header(&["Phone Number", "Last Name", "Birthday", "Level"]);
        let found = Columns::find(Kind::Members, &en, &[]).unwrap();
        assert_eq!(found.told(&en), "phone=1 surname=2 birthday=3 tier=4; 0 columns left out");
    }

    #[test]
    fn a_person_says_which_column_is_meant() {
        let names = header(&["电话", "手机", "x"]);
        let asked = Columns::find(Kind::Members, &names, &[]).unwrap_err();
        assert_eq!(asked, ColumnError::Ambiguous { field: "phone", at: (1, 2) });
        let by_name = Columns::find(Kind::Members, &names, &told(&[("phone", "手机")])).unwrap();
        let by_number = Columns::find(Kind::Members, &names, &told(&[("phone", "2")])).unwrap();
        assert_eq!(by_name, by_number);
        for (field, column) in [("phon", "1"), ("phone", "4"), ("phone", "0"), ("phone", "y")] {
            let wrong = Columns::find(Kind::Members, &names, &told(&[(field, column)]));
            assert!(wrong.unwrap_err().to_string().starts_with("--map: no "), "{field} {column}");
        }
    }

    #[test]
    fn a_list_without_header_is_refused_and_none_of_it_shown() {
        let row = header(&["13800006721", "李"]);
        let refused = Columns::find(Kind::Members, &row, &[]).unwrap_err();
        assert_eq!(refused, ColumnError::Missing { field: "phone" });
        assert!(!refused.to_string().contains("138"));
        let told = Columns::find(Kind::Members, &row, &told(&[("phone", "1")])).unwrap();
        assert!(!told.told(&row).contains("138"));
    }

    #[test]
    fn no_word_heads_two_fields_of_one_list() {
        for kind in Kind::ALL {
            let mut seen = BTreeMap::new();
            for field in kind.fields() {
                for word in field.words.iter().chain([&field.name]) {
                    let before = seen.insert(plain(word), field.name);
                    assert!(before.is_none_or(|name| name == field.name), "{kind:?} {word}");
                }
            }
        }
    }
}
