//! Which advice an item gets, and that all of it fits.

use super::*;
use crate::note::fit::cells;

fn titles(item: &str) -> Option<(String, String)> {
    let book = AdviceBook::shipped();
    let found = book.find(item)?;
    Some((found.advice.key.clone(), found.title(Language::Chinese)))
}

#[test]
fn a_piece_goes_before_a_fibre_and_that_before_a_garment() {
    for (item, key, title) in [
        ("女款羊毛大衣 驼色", "wool-coat", "羊毛大衣"),
        ("羊毛衫", "wool", "羊毛衫"),
        ("羊绒围巾 米白", "cashmere", "羊绒围巾"),
        ("真丝连衣裙 M", "silk", "真丝连衣裙"),
        ("SILK DRESS", "silk", "真丝裙子"),
        ("羽绒大衣", "down", "羽绒大衣"),
        ("高腰牛仔裤 29", "denim", "牛仔裤"),
        ("仿真丝衬衫", "polyester", "仿真丝衬衫"),
        ("真皮短靴", "leather-shoes", "短靴"),
        ("丝绒旗袍", "velvet", "丝绒旗袍"),
        ("大衣", "coat", "大衣"),
        ("连帽卫衣", "t-shirt", "卫衣"),
        ("棉袜三双", "cotton", "棉袜"),
        ("羊皮手套", "leather-gloves", "羊皮手套"),
        ("包臀裙", "dress", "裙子"),
        ("That blouse", "shirt", "衬衫"),
        ("羊绒大衣", "wool-coat", "羊绒大衣"),
        ("毛呢半身裙", "wool-cloth", "毛呢半身裙"),
        ("双面呢大衣", "wool-coat", "双面呢大衣"),
        ("加厚棉服", "down", "棉服"),
        ("缎面吊带裙", "silk", "缎面吊带裙"),
        ("百褶裙", "polyester", "百褶裙"),
        ("男士内裤", "briefs", "内裤"),
        ("保暖内衣套装", "briefs", "保暖内衣"),
        ("西装裤", "suit-trousers", "西装裤"),
        ("休闲西装", "suit", "西装"),
        ("正装衬衫", "shirt", "衬衫"),
        ("绣花鞋", "shoes", "鞋"),
        ("真丝刺绣旗袍", "sequins", "刺绣旗袍"),
        ("貉子毛领羽绒服", "down", "羽绒"),
        ("瑜伽裤", "sport", "瑜伽裤"),
        ("盘扣上衣", "shirt", "上衣"),
        ("baggy jeans", "denim", "牛仔"),
    ] {
        assert_eq!(titles(item), Some((key.into(), title.into())), "{item}");
    }
    let english = AdviceBook::shipped().find("真丝连衣裙").unwrap().title(Language::English);
    assert_eq!(english, "Silk dress");
}

#[test]
fn what_is_no_garment_gets_none_and_a_shopping_bag_is_not_even_unknown() {
    let book = AdviceBook::shipped();
    assert!(titles("神秘商品").is_none() && titles("购物袋").is_none());
    assert!(
        book.needs_none("大号购物袋")
            && book.needs_none("Paper bag")
            && !book.needs_none("神秘商品")
    );
}

/// S27: each kind of thing that a Chinese clothes shop sells has advice.
#[test]
fn the_usual_goods_of_a_clothes_shop_are_covered() {
    let goods = "纯棉T恤 亚麻衬衫 真丝连衣裙 羊毛衫 羊绒衫 羽绒服 皮衣 麂皮外套 皮草 牛仔裤 莫代尔打底衫 粘胶半裙 天丝裤 \
                 醋酸衬衫 涤纶上衣 锦纶夹克 瑜伽裤 雪纺衫 蕾丝裙 丝绒裙 灯芯绒裤 亮片裙 刺绣上衣 西装 西裤 衬衫 卫衣 毛衣 \
                 风衣 泳衣 文胸 袜子 围巾 棒球帽 手套 皮鞋 运动鞋 凉鞋 手提包 双肩包 童装 旗袍 晚礼服 皮带 睡衣 领带 冲锋衣 \
                 摇粒绒 丝袜 腈纶衫 马甲 披肩 短靴 百褶裙 POLO衫";
    let missing: Vec<&str> =
        goods.split_whitespace().filter(|item| titles(item).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_advice_is_whole_and_fits_the_narrow_paper() {
    let book = AdviceBook::shipped();
    let mut keys: Vec<&str> = book.keys().collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), book.all().count(), "a key stands twice");
    for advice in book.all() {
        for language in [Language::Chinese, Language::English] {
            let (text, key) = (advice.text(language), &advice.key);
            assert!((1..=2).contains(&text.lines.len()), "{key}");
            assert!(text.lines.iter().all(|line| cells(line) <= 31), "{key}: {:?}", text.lines);
            let colon = language.pick(":", ": ");
            let row = format!(" {}{colon}{}", text.title, text.short());
            assert!(text.short.is_some() && cells(&row) <= 32, "{key}: {row} is {}", cells(&row));
        }
        for word in advice.words() {
            assert!(book.find(word).is_some(), "{word}");
        }
    }
}
