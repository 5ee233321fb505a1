//! The tier that the till's own system prints: `会员等级:金卡`, `Tier: Gold`.
//!
//! Not here: whether it or ours is believed (`config`, `guest`).

/// What stands before a tier on paper.
const LABELS: [&str; 9] = [
    "会员等级",
    "会员级别",
    "会员类型",
    "卡级别",
    "卡等级",
    "会员卡类型",
    "Member tier",
    "Tier",
    "Level",
];
/// A longer word is no tier.
const CHARS_MAX: usize = 12;

/// The tier that is printed, if one is.
pub(super) fn printed(rows: &[String]) -> Option<String> {
    rows.iter().find_map(|row| LABELS.iter().find_map(|label| after(row, label)))
}

fn after(row: &str, label: &str) -> Option<String> {
    let rest = row[row.find(label)? + label.len()..].trim_start();
    let rest = rest.strip_prefix([':', '：'])?.trim_start();
    let word: String =
        rest.chars().take_while(|symbol| !symbol.is_whitespace() && !symbol.is_control()).collect();
    let is_tier = !word.is_empty()
        && word.chars().count() <= CHARS_MAX
        && !word.chars().all(|symbol| symbol.is_ascii_digit() || symbol == '*');
    is_tier.then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_is_read_behind_its_label_and_a_card_number_is_none() {
        let printed = |row: &str| printed(&[row.to_owned()]);
        assert_eq!(printed("会员等级:金卡   积分 20").as_deref(), Some("金卡"));
        assert_eq!(printed("  会员级别： 钻石会员").as_deref(), Some("钻石会员"));
        assert_eq!(printed("Tier: Gold").as_deref(), Some("Gold"));
        assert_eq!(printed("会员等级:8800****21"), None);
        assert_eq!(printed("谢谢光临"), None);
    }
}
