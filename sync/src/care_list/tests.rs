//! A page opens for whoever asked, for what was asked, and not twice.

use super::*;
use crate::event::{LocalSeconds, OfferKind};
use crate::hex;
use crate::money::Minor;

const TERMINAL: TerminalId = TerminalId([0x11; 16]);
const CURSOR: Version = Version { hq_epoch: HqEpoch([5; 16]), n: 3 };
const REQUEST: CareRequest =
    CareRequest { cursor: CURSOR, nonce: [6; 16], software: None, packed: None, held: None };

fn hq() -> SigningKey {
    SigningKey::from_seed([1; 32])
}

fn secret() -> SealingSecret {
    SealingSecret::from_bytes(1, [3; 32])
}

fn page() -> CarePage {
    let profile = Profile {
        customer: CustomerId([7; 16]),
        phone: Phone::parse("13800006721").unwrap(),
        spend: vec![DatedAmount { day: 20_778, amount: Minor::new(129_900) }],
        marks: vec![Mark { terminal: TERMINAL, epoch: Epoch([2; 16]), seq: Seq(46) }],
        tier: Some("银卡".into()),
        name: Some(Name { surname: "李".into(), title: "女士".into() }),
        card: None,
    };
    CarePage {
        from: CURSOR,
        to: Version { n: 5, ..CURSOR },
        snapshot: false,
        more: true,
        entries: vec![CareEntry::Customer(profile), CareEntry::Erased(CustomerId([8; 16]), None)],
        policy: Some(TierPolicy::default()),
        contact: BTreeMap::from([("service_phone".into(), "400-800-1234".into())]),
        sealing: Some(secret().public()),
        peers: None,
        words: None,
        styles: None,
        lacks: None,
        counted: None,
        tasks: None,
    }
}

fn sealed(page: &CarePage) -> Vec<u8> {
    page.seal(&hq(), &TERMINAL, &secret().public(), &REQUEST).unwrap()
}

fn open(bytes: &[u8], request: &CareRequest) -> Result<CarePage, PageError> {
    CarePage::open(&hq().verifying(), &TERMINAL, &secret(), request, bytes)
}

/// Frozen: do not change the test. Tills of the version before read these pages.
#[test]
fn a_page_of_the_first_version_still_opens() {
    assert_eq!(
        open(
            &hex::bytes(
                "\
        d28443a10127a059014500000001b8f7d302d0ede7f6ffcadfbbee29a1fbce4a2902d546b9752cbe5654\
        ece12e010bc65db1a32ae8a34b1d99f8e8a48f5b06dd0ca0d44dcb904a8aa9465f8900dd61927a047d0e\
        949e513402c26aaa8af27eefcda4825b17c76ae012b6d16c5046bafd6adee4c88523aee2b45edae5b508\
        fcd0178b0859302cb1c3f340ac4969ae4db1e162ca8b78489030bf1c47b666d474a859dca3e34d9b8928\
        9f9de9d3d5aec58dbdfdd4a8613f8d350f61e37cf098334b79b4cdf810ab4b56665ebbbefa01bd7cec48\
        580a510962abf1f848c26200c208e3bc19d5e471b6febfc20e38925758038566290496f93e4815289a98\
        190ea9991b71314299b1f1c74420b7aa259c0629a5cf9ea00137e47a669ad348e6a3402735741da025da\
        ee3ff6192584c5d81e383506272cc5d693e0ef1d24c8beed6285d3835d165fc6e6f2be8148187470da58\
        405506757969a5dcdadd8dfb13ca50d73e5fc52cf80527833fb5d64efa149aa1d2066953deef39388707\
        fca1e28a69c862f5b61c57cb0b2d2e082012bebef3dd03"
            ),
            &REQUEST
        ),
        Ok(page())
    );
}

fn with_tasks() -> CarePage {
    let task = Task {
        id: 7,
        kind: TaskKind::Call,
        due_day: 20_785,
        at: Some(LocalSeconds(1_795_860_000)),
        customer: Some(CustomerId([7; 16])),
        name: Some(Name { surname: "李".into(), title: "女士".into() }),
        tail: Some("6721".into()),
        tier: Some("金卡".into()),
        assignee: Some("小陈".into()),
        rules: vec!["big_sale".into()],
        about: Some("真丝连衣裙".into()),
        words_zh: "喜欢吗?".into(),
        words_en: "Do you like it?".into(),
        number: Some(vec![1, 2, 3].into()),
        styles: Some(vec!["DR2301".into()]),
        needs_reason: false,
        wears: None,
    };
    let tasks = Tasks { tasks: vec![task], from_minute: 480, until_minute: 1_260, offers: None };
    CarePage { more: false, tasks: Some(tasks), ..page() }
}

/// Frozen: do not change the test. Tills of the version before read these pages.
#[test]
fn a_page_with_tasks_still_opens() {
    let bytes = hex::bytes(
        "\
        d28443a10127a05901cb00000001a15841192f0a3323ae4c737b7dc35a65a1d65704cd06f94cb9b407ad\
        71369b1c82ffaa874163ece7ac35e035f2224ae179c77abe44f0f245c9bdaf7c1ee318038298b1e90a01\
        8e93bb26331bfbbb1d27a18c432e5706c6905c1d1d6cfab368471d7dcc938c77eefcf05cd664e3782839\
        ae057fe4fe03399434eb77482406738328b528a4980dbbe21fb09b7ab846d9311c0e12ebdbac3411d650\
        f54bf5669d686b22d809f2392092d38aecc74cb9eaf557a2fb6564e3cae482a9bc6d7e7a2cd9f1c03f5a\
        9916f1b1846e4c28385c90f753e7a3f756f93d6a3767a2758eefe14cb9e27c464a8ac37ea7af4430b7aa\
        139321726af590b89e701b15ce87bb6608e05d686ea669bbefd7f1c4cf5e7d627efa54bfffeff411a27a\
        57ceaf5720ec18c219a83294a76eb01bca9d1c3faccda9d879484f22895f4fbbd0069c71bd7585bad7a8\
        965eec8bba0dac4bbec03a7d41bbd286024cefe831e51af6f4a06156984d997246939179b19654440621\
        a2b6e7f2aea853887b728d70730097b8fd9042090ff6bbe02eca0c00a9c36416d4a978c58367e1949088\
        ff14a3eb7bd8a48fce1d1123f91255445f9925b8bdbc668de34badb7abeda0fcc75f0ef550388fcdf73d\
        0f5eb925b87ff3584049bda3bdce8cfe2df2d10f0bae59ba3d33849c4d5b87ea9402c0a55155bc115bfe\
        37af6d7c0264db692c95021db84533dddfb041f044011525d8379c73d80001",
    );
    assert_eq!(open(&bytes, &REQUEST), Ok(with_tasks()));
}

/// The page as the version before knew it.
#[derive(Debug, Decode)]
#[cbor(array)]
struct PageBefore {
    #[n(0)]
    from: Version,
    #[n(4)]
    entries: Vec<CareEntry>,
    #[n(8)]
    peers: Option<Vec<ByteArray<32>>>,
}

#[test]
fn a_till_of_the_version_before_reads_a_page_with_tasks() {
    let before: PageBefore = minicbor::decode(&to_cbor(&with_tasks())).unwrap();
    assert_eq!((before.from, before.entries), (CURSOR, page().entries));
    assert!(before.peers.is_none());
}

#[test]
fn a_tasks_debug_shows_neither_name_nor_words() {
    let shown = format!("{:?}", with_tasks().tasks);
    assert!(!shown.contains('李') && !shown.contains("喜欢"), "{shown}");
}

/// Frozen: do not change the test.
#[test]
fn the_request_has_not_changed() {
    assert_eq!(
        hex::text(&REQUEST.sign(&hq())),
        "\
        d28443a10127a05825828250050505050505050505050505050505050350060606060606060606060606\
        060606065840a1b24088e2474ca12ee28354c90ced34fa831ae243547c87039f27752651f06d69ba5f0e\
        5901e63bea6dd142574e0dcecfad4980036d5c7f7fc53a13797f4c04"
    );
    assert_eq!(CareRequest::verify(&hq().verifying(), &REQUEST.sign(&hq())), Ok(REQUEST));
}

#[test]
fn a_recorded_page_does_not_answer_a_later_request() {
    let later = CareRequest { nonce: [7; 16], ..REQUEST };
    assert_eq!(open(&sealed(&page()), &later), Err(PageError::Open(OpenError::Broken)));
}

#[test]
fn a_page_for_another_till_does_not_open() {
    let other = TerminalId([0x12; 16]);
    let bytes = page().seal(&hq(), &other, &secret().public(), &REQUEST).unwrap();
    assert_eq!(open(&bytes, &REQUEST), Err(PageError::Open(OpenError::Broken)));
}

#[test]
fn a_till_that_reads_packed_pages_gets_them_and_reads_plain_ones_too() {
    let packing = CareRequest { packed: Some(true), ..REQUEST };
    let profile = page().entries[0].clone();
    let page = CarePage { entries: vec![profile; 200], ..page() };
    let sealed =
        |request: &CareRequest| page.seal(&hq(), &TERMINAL, &secret().public(), request).unwrap();
    let (packed, plain) = (sealed(&packing), sealed(&REQUEST));
    assert!(packed.len() * 4 < plain.len(), "{} of {}", packed.len(), plain.len());
    assert_eq!(open(&packed, &packing), Ok(page.clone()));
    assert_eq!(open(&plain, &packing), Ok(page.clone()), "from an HQ of the version before");
    assert_eq!(open(&packed, &REQUEST), Err(PageError::Open(OpenError::Broken)));
}

#[test]
fn a_page_that_would_fill_the_tills_memory_is_refused() {
    let packing = CareRequest { packed: Some(true), ..REQUEST };
    let packed = zstd::bulk::compress(&vec![0; PAGE_BYTES_MAX + 1], PACKED_LEVEL).unwrap();
    let aad = aad(&TERMINAL, &REQUEST.nonce);
    let sealed = seal::seal_to(&secret().public(), PACKED_INFO, &aad, &packed).unwrap();
    let bytes = sign::sign(&hq(), PAGE_CONTEXT, sealed);
    assert_eq!(open(&bytes, &packing), Err(PageError::Malformed));
}

#[test]
fn a_page_that_skips_or_goes_back_is_refused() {
    let skips = CarePage { from: Version { n: 4, ..CURSOR }, ..page() };
    assert_eq!(open(&sealed(&skips), &REQUEST), Err(PageError::Cursor));
    let back = CarePage { snapshot: true, to: Version { n: 2, ..CURSOR }, ..page() };
    assert_eq!(open(&sealed(&back), &REQUEST), Err(PageError::Cursor));
}

#[test]
fn a_restored_hq_may_only_send_a_snapshot() {
    let restored = Version { hq_epoch: HqEpoch([9; 16]), n: 1 };
    let delta = CarePage { to: restored, ..page() };
    assert_eq!(open(&sealed(&delta), &REQUEST), Err(PageError::Cursor));
    let snapshot = CarePage { snapshot: true, ..delta };
    assert_eq!(open(&sealed(&snapshot), &REQUEST), Ok(snapshot));
}

/// Frozen: do not change the test. Tills of the version before ask like this.
#[test]
fn a_request_of_the_first_version_is_understood() {
    #[derive(Encode, Decode)]
    #[cbor(array)]
    struct First {
        #[n(0)]
        cursor: Version,
        #[cbor(n(1), with = "minicbor::bytes")]
        nonce: [u8; 16],
    }
    let first = First { cursor: CURSOR, nonce: [6; 16] };
    let asked = sign::sign(&hq(), REQUEST_CONTEXT, to_cbor(&first));
    assert_eq!(CareRequest::verify(&hq().verifying(), &asked), Ok(REQUEST));

    let now = CareRequest { software: Some("huitou 9.9".into()), ..REQUEST };
    let bytes = now.sign(&hq());
    assert_eq!(CareRequest::verify(&hq().verifying(), &bytes), Ok(now.clone()));
    let read: First = minicbor::decode(&to_cbor(&now)).unwrap();
    assert_eq!(
        (read.cursor, read.nonce),
        (CURSOR, [6; 16]),
        "an HQ of the version before reads it"
    );
}

/// The list as the version before knew it: what came after is skipped, and what is missing reads as none.
#[test]
fn tasks_with_offers_are_read_by_the_version_before_and_its_own_by_this_one() {
    #[derive(Debug, Decode, Encode)]
    #[cbor(array)]
    struct Before {
        #[n(0)]
        tasks: Vec<Task>,
        #[n(1)]
        from_minute: u16,
        #[n(2)]
        until_minute: u16,
    }
    let offer = Offer {
        kind: OfferKind::Gift,
        id: 3,
        from_day: 20_785,
        until_day: 20_785,
        zh: "康乃馨".into(),
        en: "carnations".into(),
    };
    let offers = Some(vec![offer]);
    let now = Tasks { tasks: Vec::new(), from_minute: 480, until_minute: 1_260, offers };
    let before: Before = minicbor::decode(&to_cbor(&now)).unwrap();
    assert_eq!((before.from_minute, before.until_minute), (480, 1_260));
    let read: Tasks = minicbor::decode(&to_cbor(&before)).unwrap();
    assert_eq!(read, Tasks { offers: None, ..now });
}

/// S67.
#[test]
fn s67_another_size_is_one_of_the_same_kind_that_is_written_otherwise() {
    assert!(is_another_size("M", "L") && is_another_size("38", "37.5"));
    assert!(!is_another_size("M", " m ") && !is_another_size("M", "38"));
    assert!(!is_another_size("", "M") && !is_another_size("M", ""));
}
