//! Whole lists into a whole HQ: a dry run and the import say the same, the same list twice changes
//! nothing, and what came in goes out again. Nothing fails hard.
//!
//! The first byte chooses the list's kind and whether its usual header is put before the rest, so that
//! nothing has to guess the names of columns.
//!
//! Not here: how a file becomes rows (`lists`).
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use sync::hq::Hq;
use sync::hq::import::{Kind, Report, import, undo};
use sync::hq::store::Founding;
use sync::tier::TierPolicy;

/// After so many lists an HQ is founded anew.
const LISTS: u32 = 5_000;

thread_local! {
    static HQ: RefCell<Option<(Hq, tempfile::TempDir, u32)>> = const { RefCell::new(None) };
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, rest)) = bytes.split_first() else { return };
    let kind = Kind::ALL[usize::from(choice) % Kind::ALL.len()];
    let list = match choice & 0x80 {
        0 => [header(kind).as_bytes(), rest].concat(),
        _ => rest.to_vec(),
    };
    HQ.with_borrow_mut(|hq| {
        let spent = hq.as_ref().is_none_or(|(.., left)| *left == 0);
        if spent {
            *hq = Some(founded());
        }
        let (hq, _, left) = hq.as_mut().expect("founded");
        *left -= 1;
        brought(hq, kind, &list);
    });
});

fn founded() -> (Hq, tempfile::TempDir, u32) {
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let policy = TierPolicy::default();
    let founding = Founding { name: "x".into(), currency_exponent: 2, policy };
    let hq = Hq::create(dir.path(), &founding).expect("a new HQ");
    hq.db.pragma_update(None, "synchronous", "OFF").expect("only this run's");
    (hq, dir, LISTS)
}

fn header(kind: Kind) -> &'static str {
    match kind {
        Kind::Members => {
            "手机号,姓名,性别,生日,尺码,会员等级,积分,入会日期,导购,门店,营销同意,凭证\n"
        }
        Kind::Staff => "工号,姓名,门店,职位,手机号\n",
        Kind::Stores => "门店,编号,大区,城市,开业日期,客服电话\n",
        Kind::Styles => "款号,品名,品类,面料,洗涤,季节\n",
        Kind::Sales => "日期,门店,小票号,金额,手机号,品名,款号,数量,行金额\n",
    }
}

fn counts(report: &Report) -> [usize; 4] {
    [report.added, report.changed, report.same, report.problems.len()]
}

fn brought(hq: &mut Hq, kind: Kind, list: &[u8]) {
    let Ok(told) = import(hq, kind, "list.csv", list, &[], None) else { return };
    assert_eq!(told.import, None, "a dry run writes nothing");
    let done = import(hq, kind, "list.csv", list, &[], Some(9_000)).expect("what was read is read");
    assert_eq!(counts(&done), counts(&told), "a dry run says what is done");
    let again = import(hq, kind, "list.csv", list, &[], Some(9_001)).expect("read before");
    assert_eq!((again.added, again.changed), (0, 0), "the same list twice");
    let Some(id) = done.import else { return };
    undo(hq, id, 9_002).expect("the newest goes out");
    let told_again = import(hq, kind, "list.csv", list, &[], None).expect("read before");
    assert_eq!(counts(&told_again), counts(&told), "as if it had never been");
}
