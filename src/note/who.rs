//! How she is addressed, and what of a text from outside may stand on paper.
//!
//! Names come off keyboards, off other tills' paper and out of lists; each of those can hold a
//! whole name, a number, or bytes meant for the printer.
//!
//! # Invariants
//!
//! - A surname and a title, or a polite word: never a given name, a digit or a sign.
//! - No control, format, combining or private-use character leaves this module.
//!
//! Not here: where the name goes (`rules`), whether it can be written (`values`).

use sync::event::Name;

use crate::config::Language;

use super::fit::cells;

/// A name longer than this is none: it came off a keyboard or a stream.
const NAME_CELLS_MAX: usize = 12;
/// Digits of a name: 店 1024.
const LABEL_DIGITS_MAX: usize = 4;
/// A telephone longer than this is none.
const PHONE_LEN_MAX: usize = 20;

/// Titles as the page and tills give them, and in English.
const TITLES: [(&str, &str); 14] = [
    ("女士", "Ms"),
    ("先生", "Mr"),
    ("小姐", "Miss"),
    ("太太", "Mrs"),
    ("夫人", "Mrs"),
    ("老师", "Teacher"),
    ("老師", "Teacher"),
    ("医生", "Dr"),
    ("醫生", "Dr"),
    ("阿姨", "Auntie"),
    ("Ms", "Ms"),
    ("Mr", "Mr"),
    ("Mrs", "Mrs"),
    ("Miss", "Miss"),
];

/// Surnames of two characters; any other two are a surname and a given name.
const DOUBLE: &str = "欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 东方 東方 皇甫 尉迟 尉遲 公孙 公孫 慕容 令狐 司徒 夏侯 长孙 長孫 \
                      宇文 轩辕 軒轅 端木 独孤 獨孤 南宫 南宮 西门 西門 百里 呼延 淳于 单于 太史 申屠 仲孙 仲孫 钟离 鍾離 \
                      濮阳 濮陽 公羊 闻人 聞人 赫连 赫連 澹台 澹臺 宗政 第五 拓跋 完颜 完顏 纳兰 納蘭 叶赫 张简 張簡";

/// The usual surnames of one character: what a longer name beginning with one is cut to.
const SINGLE: &str = "王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮于董萧蕭程曹袁邓鄧许許\
                      傅沈曾彭吕呂苏蘇卢盧蒋蔣蔡贾賈丁魏薛叶葉阎閻余潘杜戴夏钟鍾汪田任姜范方石姚谭譚廖邹鄒熊金陆陸郝孔白崔康毛\
                      邱秦江史顾顧侯邵孟龙龍万萬段雷钱錢汤湯尹黎易常武乔喬贺賀赖賴龚龔文庞龐樊兰蘭殷施陶洪翟安颜顏倪严嚴牛温\
                      溫芦季俞章鲁魯葛伍韦韋申尤毕畢聂聶焦向柳邢岳齐齊梅莫庄莊辛管祝左涂谷祁时時舒耿牟卜路詹关關苗凌费費纪紀\
                      靳盛童欧歐甄项項曲成游阳陽裴席卫衛查屈鲍鮑位覃霍翁隋植甘景薄单單包司柏宁寧柯阮桂闵閔";

/// `李女士`, `Ms Li`; `None` where no name is known that may be printed.
#[must_use]
pub fn addressed(name: &Name, language: Language) -> Option<String> {
    let (chinese, english) = TITLES.into_iter().find(|(word, _)| *word == name.title)?;
    let surname = surname(&name.surname)?;
    let han = surname.chars().all(is_han);
    let text = match language {
        Language::Chinese if han && chinese.is_ascii() => return None,
        Language::Chinese if han => format!("{surname}{chinese}"),
        _ => format!("{english} {surname}"),
    };
    (cells(&text) <= NAME_CELLS_MAX + 4).then_some(text)
}

/// A name as a person writes it: `李女士`, `Ms Li`; without a title none that may be printed.
#[must_use]
pub fn parse(text: &str) -> Name {
    let found = TITLES.iter().find_map(|(title, _)| {
        let chinese = text.strip_suffix(title).filter(|_| !title.is_ascii());
        let english = text.strip_prefix(title).and_then(|rest| rest.strip_prefix(' '));
        chinese.or(english).map(|surname| (surname, *title))
    });
    let (surname, title) = found.unwrap_or((text, ""));
    Name { surname: surname.to_owned(), title: title.to_owned() }
}

/// What is said to somebody without a name.
#[must_use]
pub const fn polite(language: Language) -> &'static str {
    language.pick("顾客您好", "Dear customer")
}

/// The family's name alone, however much of a name was typed.
fn surname(typed: &str) -> Option<String> {
    let typed = typed.trim_matches([' ', '\u{3000}']);
    if typed.is_empty() || cells(typed) > NAME_CELLS_MAX || !typed.chars().all(is_name) {
        return None;
    }
    let symbols: Vec<char> = typed.chars().collect();
    match symbols.iter().filter(|&&symbol| is_han(symbol)).count() {
        0 => latin(typed),
        count if count != symbols.len() => None,
        1 => Some(typed.to_owned()),
        _ => {
            let two: String = symbols[..2].iter().collect();
            let known = DOUBLE.split_whitespace().any(|double| double == two);
            let one = || SINGLE.contains(symbols[0]).then(|| symbols[0].to_string());
            if known { Some(two) } else { one() }
        }
    }
}

/// One word: more than one is a whole name.
fn latin(typed: &str) -> Option<String> {
    let word = typed.trim_matches(|symbol| matches!(symbol, '-' | '\''));
    let one = word == typed && !typed.contains(' ') && typed.chars().any(char::is_alphabetic);
    one.then(|| typed.to_owned())
}

const fn is_han(symbol: char) -> bool {
    matches!(symbol, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}')
}

/// Han, Latin, Greek, Cyrillic, kana and Hangul letters: what runs from left to right and stands
/// by itself.
fn is_name(symbol: char) -> bool {
    let script = matches!(symbol, 'A'..='Z' | 'a'..='z' | '-' | '\''
        | '\u{C0}'..='\u{24F}' | '\u{370}'..='\u{481}' | '\u{48A}'..='\u{52F}'
        | '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{AC00}'..='\u{D7A3}');
    (script && (symbol.is_alphabetic() || symbol.is_ascii())) || is_han(symbol)
}

/// A shop's own text, e.g. an associate's name, without what is no plain character.
#[must_use]
pub fn plain(text: &str, cells_max: usize) -> Option<String> {
    let text: String = text.chars().map(narrow).filter(|&symbol| is_plain(symbol)).collect();
    let text = text.trim();
    (!text.is_empty() && cells(text) <= cells_max).then(|| text.to_owned())
}

/// A name of a person, a tier or a shop: a few digits may be in it, a telephone may not.
#[must_use]
pub fn label(text: &str, cells_max: usize) -> Option<String> {
    let digits = |text: &String| text.chars().filter(|symbol| symbol.is_numeric()).count();
    plain(text, cells_max).filter(|text| digits(text) <= LABEL_DIGITS_MAX)
}

/// A shop's telephone: digits and what stands between them.
#[must_use]
pub fn telephone(text: &str) -> Option<String> {
    let text = plain(text, PHONE_LEN_MAX)?;
    let usual = |symbol: char| symbol.is_ascii_digit() || "+-() ".contains(symbol);
    text.chars().all(usual).then_some(text)
}

/// Full-width signs as the usual ones, so that digits cannot hide among them.
const fn narrow(symbol: char) -> char {
    match symbol {
        '\u{FF01}'..='\u{FF5E}' => (symbol as u32 - 0xFEE0) as u8 as char,
        '\u{3000}' => ' ',
        _ => symbol,
    }
}

/// A character that stands by itself, from left to right, and that printers may have.
#[must_use]
pub fn is_plain(symbol: char) -> bool {
    let odd = matches!(symbol, '\u{AD}' | '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}'
        | '\u{590}'..='\u{8FF}' | '\u{180B}'..='\u{180F}' | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202F}'
        | '\u{205F}'..='\u{206F}' | '\u{20D0}'..='\u{20FF}' | '\u{2600}'..='\u{27BF}'
        | '\u{3099}'..='\u{309A}' | '\u{302A}'..='\u{302F}' | '\u{E000}'..='\u{F8FF}'
        | '\u{FB1D}'..='\u{FDFF}' | '\u{FE00}'..='\u{FE2F}' | '\u{FE70}'..='\u{FEFF}'
        | '\u{FFF0}'..='\u{FFFF}');
    !symbol.is_control() && !odd && symbol <= '\u{FFFF}'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(surname: &str, title: &str) -> Option<String> {
        let name = Name { surname: surname.into(), title: title.into() };
        addressed(&name, Language::Chinese)
    }

    #[test]
    fn a_surname_and_a_title_are_what_paper_may_know() {
        assert_eq!(name("李", "女士").as_deref(), Some("李女士"));
        assert_eq!(name("欧阳", "先生").as_deref(), Some("欧阳先生"));
        assert_eq!(name("王小明", "先生").as_deref(), Some("王先生"), "the given name is cut off");
        assert_eq!(name("王明", "先生").as_deref(), Some("王先生"));
        assert_eq!(name("Smith", "女士").as_deref(), Some("Ms Smith"));
        let li = Name { surname: "Li".into(), title: "Ms".into() };
        assert_eq!(addressed(&li, Language::English).as_deref(), Some("Ms Li"));
    }

    #[test]
    fn a_hostile_name_is_none() {
        for surname in [
            "",
            "\x1bi",
            "李\u{202E}",
            "李\u{200B}",
            "１３８",
            "13800138000",
            "Anna Lopez",
            "李😀",
            "e\u{301}",
            "李,",
            "李\n",
            "长长长长长长长长",
            "\u{5D0}",
            "''",
            "佐藤",
            "李Li",
        ] {
            assert_eq!(name(surname, "女士"), None, "{surname:?}");
        }
        assert_eq!(name("李", "小明先生"), None, "a title that is none");
    }

    #[test]
    fn a_shops_own_text_loses_what_is_no_plain_character() {
        assert_eq!(plain(" 小\u{200B}陈\x1b ", 12).as_deref(), Some("小陈"));
        assert_eq!(plain("\u{202E}\x07", 12), None);
        assert_eq!(plain("一二三四五六七", 12), None);
        assert_eq!(label("V5", 12).as_deref(), Some("V5"));
        assert_eq!(label("1３800", 12), None);
        assert_eq!(telephone("(0571) 8765-4321").as_deref(), Some("(0571) 8765-4321"));
        assert_eq!(telephone("４００-800-1234").as_deref(), Some("400-800-1234"));
        assert_eq!(telephone("400-CALL"), None);
    }
}
