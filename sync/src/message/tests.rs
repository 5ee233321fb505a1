//! Frozen forms of every message, and what each refuses.

use super::*;
use crate::chain::Hash;
use crate::event::{Epoch, Seq, TerminalId};
use crate::hex;
use crate::receiver::HighWater;
use crate::seal::{OpenError, SealingSecret};
use crate::sign::{SigningKey, VerifyError, VerifyingKey};
use crate::tier::TierPolicy;
use proptest::prelude::*;

const TERMINAL: TerminalId = TerminalId([0x11; 16]);
const EPOCH: Epoch = Epoch([0x22; 16]);
const MARK: HighWater = HighWater { seq: Seq(46), hash: Hash([0x33; 32]) };

fn hq() -> SigningKey {
    SigningKey::from_seed([1; 32])
}

fn hq_sealing() -> SealingSecret {
    SealingSecret::from_bytes(1, [2; 32])
}

fn till_sealing() -> SealingSecret {
    SealingSecret::from_bytes(1, [3; 32])
}

fn code() -> EnrolCode {
    EnrolCode { fingerprint: Fingerprint::of(&hq().verifying()), token: Token([0x5A; 16]) }
}

fn keys() -> HqKeys {
    HqKeys { signing: hq().verifying(), sealing: vec![hq_sealing().public()] }
}

fn request() -> EnrolRequest {
    EnrolRequest {
        token: code().token,
        signing: VerifyingKey([4; 32]),
        sealing: till_sealing().public(),
        store: "杭州湖滨店".into(),
        till: "1号".into(),
        software: "huitou 0.1.0".into(),
    }
}

fn reply() -> EnrolReply {
    EnrolReply {
        terminal: TERMINAL,
        store: StoreId([6; 16]),
        store_name: "杭州湖滨店".into(),
        currency_exponent: 2,
        policy: TierPolicy::default(),
    }
}

fn receipt() -> Receipt {
    Receipt { terminal: TERMINAL, epoch: EPOCH, mark: MARK }
}

fn refusal(reason: RefusalReason, mark: Option<HighWater>) -> Refusal {
    Refusal { terminal: TERMINAL, epoch: EPOCH, reason, mark }
}

/// Frozen: do not change the test. A till in a drawer holds these for months.
#[test]
fn what_hq_signs_has_not_changed() {
    assert_eq!(
        hex::text(&keys().sign(&hq())),
        "\
        d28443a10127a058488258208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f\
        6f5c8182015820ce8d3ad1ccb633ec7b70c17814a5c76ecd029685050d344745ba05870e587d59584041\
        b0f071e02c1c0923ddbb522574b87972978349a005f9ec4b292f48ecfd92cf8ae1d8a908d58510c0d96f\
        8852e0c2943811fae71a1407cc1e88a435ba5f0f0f"
    );
    assert_eq!(
        hex::text(&receipt().sign(&hq())),
        "\
        d28443a10127a05848835011111111111111111111111111111111502222222222222222222222222222\
        222282182e5820333333333333333333333333333333333333333333333333333333333333333358408d\
        dcc54d9dd3401135516dee69116d67237883b89a98a184282489768f71ecce7ac76614125ac262fb9637\
        a28b76f5abdd9d296503a4a4b0ceafd164a7822e03"
    );
    let mismatch = refusal(RefusalReason::MarkMismatch, Some(MARK));
    assert_eq!(
        hex::text(&mismatch.sign(&hq())),
        "\
        d28443a10127a0584b845011111111111111111111111111111111502222222222222222222222222222\
        222282008082182e58203333333333333333333333333333333333333333333333333333333333333333\
        5840abb21c0fffc2838b0d6f81f256af4ac81676bad576011cce13468555f630adb7802fb5ec32bdde1e\
        16ec0a3849bca17aa5c63ccc2ed138d4ecbca5c15fb29901"
    );
    let fork = refusal(RefusalReason::Fork { at: Seq(7) }, None);
    assert_eq!(
        hex::text(&fork.sign(&hq())),
        "\
        d28443a10127a05827835011111111111111111111111111111111502222222222222222222222222222\
        2222820381075840539535d375d60766a633134e96fb826c9690be7b9933221f32534ccc02655a6e6989\
        b032a3a1cc673f3f7177b8975c4e246b40ba8b79b694be8bf31b8fcd4c05"
    );
}

/// Frozen: do not change the test.
#[test]
fn what_the_first_version_sealed_still_opens() {
    let sealed = hex::bytes(
        "\
        0000000173d0265290c988719bbcb49a33facc17388d4412e9fc83837610bc2f3d04c64cd2102a4c6b48\
        765601b8089895daa836580f21c9e397f4ee0759aff473d2882e0b10ea331f15ee3d67a034954f8003ac\
        35d8ad761d1cef603ccdd73a03b2b27f32175f3f53cf5b0e9a35cb57281dd4add6317145c94e7013861e\
        dcd241b473feb4fb3dd7cb2a117f41918d7624677b7661bf1af953e4cf30e373fc9ac188a6363f2fb00c\
        68b073cec8e1",
    );
    assert_eq!(EnrolRequest::open(&hq_sealing(), &sealed), Ok(request()));
    let answered = hex::bytes(
        "\
        d28443a10127a05897000000016aea622a43e0f0da18fce17b24418d9a904966723cb17b7b4944f0fe9a\
        f3d60cfc881b2b73a053e1246d8b6c1c3f9d873fef7703bc8d9512d600aa848365eb0e8cba8b6fa08b79\
        9f5494d08aec33228f216cbcb1b2d64a2e32b080c0e4a4848e6ca76cd7a927aa785b40545d3605777f09\
        d2ab40d4cd8c9ae49873598aec597f63d4514fce532d676b60e3de7ae99a909d314a5840054b30725b08\
        4d12ffeb37b08f69c70e8d0ab28604e5d1986fcff83cc0df732127ef411c20a68aa4be7260b6b624e02b\
        3566ef87433da12316ec8b3363e70301",
    );
    assert_eq!(EnrolReply::open(&hq().verifying(), &till_sealing(), &answered), Ok(reply()));
}

/// Frozen: do not change the test. Codes are printed on paper.
#[test]
fn the_code_on_paper_has_not_changed() {
    assert_eq!(
        code().to_string(),
        "6HTG-Z65X-B7YF-S53D-MHDA-NFMK-7DD5-MPJT-B9D5-MPJT-B9D5-MPJT-B9D0-="
    );
}

#[test]
fn a_code_is_read_as_people_type_it() {
    let text = code().to_string();
    let sloppy = text.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
    assert_eq!(sloppy.parse(), Ok(code()));
    assert_eq!(text.replace('1', "I").replace('-', "").parse(), Ok(code()));
    assert_eq!("".parse::<EnrolCode>(), Err(CodeError::Length { found: 0 }));
    assert_eq!(text[..20].parse::<EnrolCode>(), Err(CodeError::Length { found: 16 }));
    let strange = format!("{}!{}", &text[..5], &text[6..]);
    assert_eq!(strange.parse::<EnrolCode>(), Err(CodeError::Symbol { group: 2 }));
}

#[test]
fn every_wrong_symbol_and_every_swap_of_neighbours_is_noticed() {
    let typed: Vec<char> = code().to_string().replace('-', "").chars().collect();
    for at in 0..typed.len() - 1 {
        for other in "0123456789ABCDEFGHJKMNPQRSTVWXYZ".chars().filter(|c| *c != typed[at]) {
            let mut wrong = typed.clone();
            wrong[at] = other;
            assert!(wrong.iter().collect::<String>().parse::<EnrolCode>().is_err());
        }
        let mut swapped = typed.clone();
        swapped.swap(at, at + 1);
        let swapped: String = swapped.into_iter().collect();
        assert!(typed[at] == typed[at + 1] || swapped.parse::<EnrolCode>().is_err());
    }
}

#[test]
fn keys_of_another_hq_are_refused_however_well_signed() {
    let other = SigningKey::from_seed([9; 32]);
    let theirs = HqKeys { signing: other.verifying(), ..keys() }.sign(&other);
    assert_eq!(HqKeys::verify(&code().fingerprint, &theirs), Err(EnrolError::OtherHq));
    let unsigned = keys().sign(&other);
    let wrong = Err(EnrolError::Signature(VerifyError::Signature));
    assert_eq!(HqKeys::verify(&code().fingerprint, &unsigned), wrong);
    let none = HqKeys { sealing: Vec::new(), ..keys() }.sign(&hq());
    assert_eq!(HqKeys::verify(&code().fingerprint, &none), Err(EnrolError::NoSealingKey));
    assert_eq!(HqKeys::verify(&code().fingerprint, &keys().sign(&hq())), Ok(keys()));
}

#[test]
fn an_enrolment_is_for_one_reader_each_way() {
    let sealed = request().seal(&hq_sealing().public()).unwrap();
    let other = SealingSecret::from_bytes(1, [8; 32]);
    assert_eq!(EnrolRequest::open(&other, &sealed), Err(EnrolError::Open(OpenError::Broken)));
    let answered = reply().seal(&hq(), &till_sealing().public()).unwrap();
    let opened = EnrolReply::open(&hq().verifying(), &other, &answered);
    assert_eq!(opened, Err(EnrolError::Open(OpenError::Broken)));
}

#[test]
fn an_answer_counts_for_its_till_and_epoch_only() {
    let (key, signed) = (hq().verifying(), receipt().sign(&hq()));
    assert_eq!(Receipt::verify(&key, TERMINAL, EPOCH, &signed), Ok(receipt()));
    let other = TerminalId([0x12; 16]);
    assert_eq!(Receipt::verify(&key, other, EPOCH, &signed), Err(AnswerError::NotOurs));
    let refused = refusal(RefusalReason::Revoked, None).sign(&hq());
    let later = Epoch([0x23; 16]);
    assert_eq!(Refusal::verify(&key, TERMINAL, later, &refused), Err(AnswerError::NotOurs));
    let crossed = Receipt::verify(&key, TERMINAL, EPOCH, &refused);
    assert_eq!(crossed, Err(AnswerError::Signature(VerifyError::Signature)));
}

proptest! {
    /// Any key and token survive paper and keyboard.
    #[test]
    fn a_code_reads_back(fingerprint in any::<[u8; 16]>(), token in any::<[u8; 16]>()) {
        let code = EnrolCode { fingerprint: Fingerprint(fingerprint), token: Token(token) };
        prop_assert_eq!(code.to_string().parse(), Ok(code));
    }
}
