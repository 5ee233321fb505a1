//! What a note says, and that it fits.

use super::*;
use proptest::prelude::*;

fn store() -> StoreConfig {
    StoreConfig {
        name: "测试店".into(),
        till: "1".into(),
        phone: Some("0571-8765-4321".into()),
        associate: Some("小陈".into()),
        service_phone: Some("400-800-1234".into()),
        complaint_phone: Some("12315".into()),
    }
}

fn li() -> Guest {
    let name = Name { surname: "李".into(), title: "女士".into() };
    Guest { name: Some(name), regular: true, tier: Some("金卡".into()) }
}

fn texts(scene: &Scene<'_>) -> Vec<String> {
    compose(scene, &AdviceBook::shipped()).into_iter().map(|row| row.text).collect()
}

fn scene<'a>(store: &'a StoreConfig, guest: Option<&'a Guest>, items: &'a [String]) -> Scene<'a> {
    Scene {
        columns: 32,
        lines_max: 8,
        language: Language::Chinese,
        store,
        guest,
        items,
        is_return: false,
        printed: &[],
    }
}

#[test]
fn a_regular_reads_her_name_her_tier_and_how_to_wash_it() {
    let (store, guest, items) = (store(), li(), ["真丝连衣裙 M".to_owned()]);
    assert_eq!(
        texts(&scene(&store, Some(&guest), &items)),
        [
            "李女士,谢谢您又来看我们",
            "您是金卡会员",
            "[真丝 养护,以洗标为准]",
            " 30度内手洗,中性洗涤剂,不拧",
            " 反面阴干,低温熨,别喷香水",
            "不合身不会洗,找小陈,当天回您",
            " 小陈/门店 0571-8765-4321",
            "客服400-800-1234 投诉12315",
        ]
    );
}

#[test]
fn who_gave_no_number_gets_care_without_a_greeting() {
    let (store, items) = (store(), ["羊毛大衣".to_owned()]);
    let rows = texts(&scene(&store, None, &items));
    assert!(rows[0].starts_with("[羊毛"), "{rows:?}");
    assert!(!rows.iter().any(|row| row.contains("会员") || row.contains("谢谢")));
}

#[test]
fn a_return_gets_the_service_rows_only_and_an_unknown_thing_no_advice() {
    let (store, guest, items) = (store(), li(), ["神秘商品".to_owned()]);
    let sale = scene(&store, Some(&guest), &items);
    assert!(!texts(&sale).iter().any(|row| row.contains("养护")));
    assert_eq!(
        texts(&Scene { is_return: true, ..sale }),
        [" 小陈/门店 0571-8765-4321", "客服400-800-1234 投诉12315"]
    );
}

#[test]
fn what_the_till_printed_is_not_repeated() {
    let (store, guest) = (store(), li());
    let printed = ["会员等级:金卡".to_owned(), "电话:(0571)87654321".to_owned()];
    let rows = texts(&Scene { printed: &printed, ..scene(&store, Some(&guest), &[]) });
    assert!(!rows.iter().any(|row| row.contains("金卡") || row.contains("0571")), "{rows:?}");
}

#[test]
fn with_little_room_the_greeting_and_the_telephone_stay() {
    let (store, guest, items) = (store(), li(), ["真丝裙".to_owned()]);
    let rows = texts(&Scene { lines_max: 3, ..scene(&store, Some(&guest), &items) });
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows[0].starts_with("李女士") && rows[2].starts_with("客服"), "{rows:?}");
}

#[test]
fn a_hostile_name_is_left_out() {
    let store = store();
    let name = Name { surname: "\x1bi长长长长长长长长".into(), title: "女士".into() };
    let guest = Guest { name: Some(name), ..Guest::default() };
    assert_eq!(texts(&scene(&store, Some(&guest), &[]))[0], "顾客您好,很高兴认识您");
}

#[test]
fn every_shipped_advice_fits_the_narrow_paper_in_both_languages() {
    let store = store();
    for item in AdviceBook::shipped().words() {
        for language in [Language::Chinese, Language::English] {
            let items = [item.clone()];
            let scene = Scene { language, ..scene(&store, None, &items) };
            let rows = compose(&scene, &AdviceBook::shipped());
            assert!(rows.len() <= 8, "{item}: {rows:?}");
            assert!(rows[0].text.starts_with('['), "{item} finds its own advice");
            assert!(rows.iter().all(|row| columns(&row.text) <= 32), "{item}: {rows:?}");
        }
    }
}

#[test]
fn latin_words_are_broken_at_spaces() {
    assert_eq!(
        wrap("Hand wash below 30 degrees, dry flat", 20),
        ["Hand wash below 30", "degrees, dry flat"]
    );
    assert_eq!(wrap("一二三四五六", 5), ["一二", "三四", "五六"]);
}

proptest! {
    /// Whatever the words, no row is wider than the paper, and nothing but spaces is lost.
    #[test]
    fn wrapped_rows_fit_and_keep_every_character(text in "[a-z 一-鿿,。0-9]{0,80}", width in 4usize..50) {
        let rows = wrap(&text, width);
        prop_assert!(rows.iter().all(|row| columns(row) <= width));
        let squeezed = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
        prop_assert_eq!(squeezed(&rows.concat()), squeezed(&text));
    }
}
