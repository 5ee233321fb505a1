//! What the till has printed itself: a note neither repeats nor contradicts it.
//!
//! Not here: reading amounts and members off a receipt (`sale`).

use super::Scene;

/// Labels of a tier, and tiers that a card may have.
const TIER_WORDS: [&str; 22] = [
    "会员等级",
    "会员级别",
    "卡类型",
    "卡级别",
    "會員等級",
    "會員級別",
    "普卡",
    "银卡",
    "金卡",
    "白金",
    "铂金",
    "钻石",
    "黑卡",
    "銀卡",
    "鑽石",
    "Tier",
    "Level",
    "SILVER",
    "GOLD",
    "PLATINUM",
    "DIAMOND",
    "VIP等级",
];
/// What greets.
const GREETINGS: [&str; 12] = [
    "尊敬", "您好", "欢迎", "感谢", "谢谢", "亲爱", "歡迎", "感謝", "謝謝", "Dear", "Thank",
    "Welcome",
];
/// Labels of a member's name.
const NAME_LABELS: [&str; 8] = [
    "会员姓名",
    "会员名",
    "顾客姓名",
    "客户姓名",
    "會員姓名",
    "Member name",
    "Customer name",
    "姓名",
];
/// What only somebody who explains washing says.
const WASHING: [&str; 22] = [
    "手洗",
    "机洗",
    "機洗",
    "可水洗",
    "不可水洗",
    "阴干",
    "陰乾",
    "晾干",
    "低温熨",
    "低溫熨",
    "中温熨",
    "不可漂白",
    "不漂白",
    "干洗",
    "乾洗",
    "洗涤说明",
    "洗涤方法",
    "洗护",
    "hand wash",
    "dry clean",
    "machine wash",
    "do not bleach",
];
/// Digits of numbers that are dialled without an area code and are short enough to be met by chance: 12315, 95588.
const SHORT: usize = 7;
/// What makes it a term of return: 洗涤后不退.
const RETURN_TERMS: [&str; 5] = ["退", "换", "換", "return", "exchange"];

/// What the till printed, folded once for a note.
#[derive(Debug)]
pub(super) struct Already<'a> {
    /// Rows that are not of the things bought.
    rows: Vec<&'a str>,
    /// The digits of every row.
    digits: Vec<String>,
    /// Every row.
    printed: &'a [String],
}

impl<'a> Already<'a> {
    pub(super) fn of(scene: &Scene<'a>) -> Self {
        let sold = |row: &str| {
            let names = scene.items.iter().map(|item| item.name.trim());
            names.filter(|name| !name.is_empty()).any(|name| row.contains(name))
        };
        let rows = scene.printed.iter().map(String::as_str).filter(|row| !sold(row)).collect();
        let digits = |row: &String| row.chars().filter(char::is_ascii_digit).collect();
        Self { rows, digits: scene.printed.iter().map(digits).collect(), printed: scene.printed }
    }

    fn says(&self, words: &[&str]) -> bool {
        self.rows.iter().any(|row| words.iter().any(|word| row.contains(word)))
    }

    /// The till's own word on her card stands; ours beside it could only repeat or contradict it.
    pub(super) fn says_tier(&self, tier: &str) -> bool {
        self.says(&TIER_WORDS) || self.says(&[tier])
    }

    /// It greets her by her name.
    pub(super) fn greets(&self, surname: &str, title: &str) -> bool {
        let names = [format!("{surname}{title}"), format!("{title} {surname}")];
        self.rows.iter().any(|row| {
            let named = !surname.is_empty() && names.iter().any(|name| row.contains(name));
            named && GREETINGS.iter().any(|word| row.contains(word))
        })
    }

    /// It prints a member's name that is not hers: one of us is wrong.
    pub(super) fn names_another(&self, surname: &str) -> bool {
        self.rows.iter().any(|row| {
            let after = NAME_LABELS.iter().find_map(|label| row.split_once(label));
            let Some((_, name)) = after else { return false };
            let name = name.trim_start_matches([':', '\u{FF1A}', ' ']);
            !name.is_empty() && !name.contains(surname)
        })
    }

    /// Its own washing advice.
    pub(super) fn says_washing(&self) -> bool {
        self.rows.iter().any(|row| {
            let row = row.to_lowercase();
            let says = |words: &[&str]| words.iter().any(|word| row.contains(word));
            says(&WASHING) && !says(&RETURN_TERMS)
        })
    }

    /// Its own terms of return.
    pub(super) fn says_returns(&self) -> bool {
        self.says(&[
            "退",
            "换货",
            "调换",
            "換貨",
            "Return",
            "RETURN",
            "return policy",
            "Exchange",
            "refund",
        ])
    }

    /// This number, however it set the dashes.
    pub(super) fn says_number(&self, phone: &str) -> bool {
        let phone: String = phone.chars().filter(char::is_ascii_digit).collect();
        match phone.len() {
            ..5 => false,
            // 11:23:15 is no 12315.
            5..SHORT => self.printed.iter().any(|row| {
                row.split(|symbol: char| !symbol.is_ascii_digit() && !"-:.".contains(symbol))
                    .any(|run| run.trim_matches(['-', ':', '.']) == phone)
            }),
            _ => self.digits.iter().any(|row| row.contains(&phone)),
        }
    }
}
