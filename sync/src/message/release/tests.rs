//! Frozen forms of both messages, and what an answer does not open for.

use super::*;
use crate::hex;

const TERMINAL: TerminalId = TerminalId([0x11; 16]);

fn hq() -> SigningKey {
    SigningKey::from_seed([1; 32])
}

fn till() -> SigningKey {
    SigningKey::from_seed([4; 32])
}

fn till_sealing() -> SealingSecret {
    SealingSecret::from_bytes(0, [3; 32])
}

fn request(purpose: Purpose) -> ReleaseRequest {
    ReleaseRequest { terminal: TERMINAL, nonce: [0x22; 16], purpose }
}

fn release() -> Release {
    Release { key: [0x77; 32] }
}

/// Frozen: do not change the test. A till in a drawer asks like this after months.
#[test]
fn what_a_till_signs_has_not_changed() {
    assert_eq!(
        hex::text(&request(Purpose::Wrap).sign(&till())),
        "\
        d28443a10127a05824835011111111111111111111111111111111502222222222222222222222222222\
        2222005840b2ce3595ea681120781a0d7913342ed55d9730c6f9727198003c13f9cbd24e1dba29e10017\
        29ea4edb1c6738174a9cbc143717020a2647f2763fc6503a1fda07"
    );
    assert_eq!(
        hex::text(&request(Purpose::Open).sign(&till())),
        "\
        d28443a10127a05824835011111111111111111111111111111111502222222222222222222222222222\
        2222015840964ffbd0df335290ede491e0ef9e5c51da07daf8397d27a60490e161b134552f9940f9d818\
        d8cd39e553d2b00b9caf4d58bcd3538565a9ff98abc26b055d020f"
    );
}

/// Frozen: do not change the test.
#[test]
fn what_the_first_version_released_still_opens() {
    let answer = hex::bytes(
        "\
        d28443a10127a0585700000000ebef0cbe41023839ffc2f3cc4c9278ee9ed78804e7b6aa5da170ec28ed\
        5de9669ec47835794394b924f99e11b29ca0d9fab2532d6f442769ab022d6fac2d130bd7907cddafa01d\
        728e1cdb5f9d101ad51c41685840851f7663aad3d1c6e22299f4d02542fdfcd4a8533eb589c883643c90\
        8b1a211f9755014893c3192383e26d18ec9d08fbeadf49297acd08489cd310dddb343a07",
    );
    let opened =
        Release::open(&hq().verifying(), &till_sealing(), &request(Purpose::Open), &answer);
    assert_eq!(opened, Ok(release()));
}

#[test]
fn a_request_is_read_as_it_was_signed_and_by_its_signer_only() {
    let asked = request(Purpose::Open);
    let signed = asked.sign(&till());
    assert_eq!(ReleaseRequest::claimed(&signed), Ok(TERMINAL));
    assert_eq!(ReleaseRequest::verify(&till().verifying(), &signed), Ok(asked));
    let other = ReleaseRequest::verify(&hq().verifying(), &signed);
    assert_eq!(other, Err(VerifyError::Signature));
    let care = sign::sign(&till(), "huitou care request v1", to_cbor(&asked));
    let crossed = ReleaseRequest::verify(&till().verifying(), &care);
    assert_eq!(crossed, Err(VerifyError::Signature));
}

#[test]
fn an_answer_opens_for_its_till_and_request_only() {
    let asked = request(Purpose::Open);
    let answer = release().seal(&hq(), &till_sealing().public(), &asked).unwrap();
    let key = hq().verifying();
    assert_eq!(Release::open(&key, &till_sealing(), &asked, &answer), Ok(release()));
    let broken = Err(ReleaseError::Open(OpenError::Broken));
    let later = ReleaseRequest { nonce: [0x23; 16], ..asked };
    assert_eq!(Release::open(&key, &till_sealing(), &later, &answer), broken);
    let elsewhere = ReleaseRequest { terminal: TerminalId([0x12; 16]), ..asked };
    assert_eq!(Release::open(&key, &till_sealing(), &elsewhere, &answer), broken);
    let other = SealingSecret::from_bytes(0, [9; 32]);
    assert_eq!(Release::open(&key, &other, &asked, &answer), broken);
    let unsigned = Release::open(&till().verifying(), &till_sealing(), &asked, &answer);
    assert_eq!(unsigned, Err(ReleaseError::Signature(VerifyError::Signature)));
}

#[test]
fn what_is_shown_of_a_release_is_not_the_key() {
    assert_eq!(format!("{:?}", release()), "Release(…)");
}
