//! Layouts of other markets.

use super::*;

#[test]
fn hong_kong_puts_the_quantity_first() {
    check(
        "            利民冰室
單號: 001500
印單時間: 23/06/2026 17:35
經手人: 阿明
數量 食品            單價    銀碼
2    凍檸茶         $20.00  $40.00
1    菠蘿油         $18.00  $18.00
小計                        $58.00
現金                       $100.00
找續                        $42.00",
        &Truth {
            items: &[("凍檸茶", 2_000, 4_000), ("菠蘿油", 1_000, 1_800)],
            total: 5_800,
            tenders: &[10_000],
            change: Some(4_200),
            receipt_no: Some("001500"),
            time: Some("17:35"),
            ..NOTHING
        },
    );
}

#[test]
fn korean_items_put_numbers_below_their_names() {
    let seen = check(
        "          가상서점
1. 예제도서 가나다라
 *9790000000017    17,000   1   17,000
2. 다른도서
 *9790000000024     9,000   2   18,000
------------------------------------------
총수량:  3
합계액        35,000
카드입        35,000
회원성명: 홍길동    회원번호: 01012345
판매일자:2021-07-10  판매시간:13:52  판매자:김
전표번호:2210710030",
        &Truth {
            items: &[("예제도서 가나다라", 1_000, 1_700_000), ("다른도서", 2_000, 1_800_000)],
            total: 3_500_000,
            tenders: &[3_500_000],
            receipt_no: Some("2210710030"),
            time: Some("13:52"),
            ..NOTHING
        },
    );
    assert_eq!(seen.member_name.as_deref(), Some("홍길동"));
    assert_eq!(seen.exponent, 0);
    assert_eq!(seen.known.total, Known::Proved);
}

#[test]
fn european_receipts_read_with_commas() {
    let seen = check(
        "        Boutique Élan
Ticket 000-4711
21/11/2026 10:15
Robe été                     1     59,90
Ceinture                     2     39,80
------------------------------------------
TOTAL EUR                         99,70
TVA 20%                           16,62
Carte bancaire                    99,70",
        &Truth {
            items: &[("Robe été", 1_000, 5_990), ("Ceinture", 2_000, 3_980)],
            total: 9_970,
            tenders: &[9_970],
            receipt_no: Some("000-4711"),
            time: Some("10:15"),
            ..NOTHING
        },
    );
    assert_eq!(seen.tenders[0].kind, TenderKind::Card);
}

#[test]
fn japanese_receipts_have_whole_yen() {
    check(
        "        見本商店
2026年11月21日 15:42
レジ担当 山田
ブラウス          1点    ¥5,500
スカート          1点    ¥7,700
小計                    ¥13,200
合計                    ¥13,200
お預り                  ¥15,000
お釣り                   ¥1,800",
        &Truth {
            items: &[("ブラウス", 1_000, 550_000), ("スカート", 1_000, 770_000)],
            total: 1_320_000,
            tenders: &[1_500_000],
            change: Some(180_000),
            time: Some("15:42"),
            ..NOTHING
        },
    );
}
