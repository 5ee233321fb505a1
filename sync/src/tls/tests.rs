//! Handshakes in memory: right keys, wrong keys, wrong clocks.

use super::*;
use rustls::{ClientConnection, ServerConnection};
use std::io::{Read as _, Write as _};

const NOW_S: i64 = 1_795_000_000;

fn hq() -> SigningKey {
    SigningKey::from_seed([1; 32])
}

fn till() -> SigningKey {
    SigningKey::from_seed([2; 32])
}

/// Shakes hands in memory; returns both ends, or what went wrong.
fn shaken(
    client: ClientConfig,
    server: ServerConfig,
) -> Result<(ClientConnection, ServerConnection), Error> {
    let name = ServerName::try_from("hq.example").unwrap();
    let mut client = ClientConnection::new(Arc::new(client), name)?;
    let mut server = ServerConnection::new(Arc::new(server))?;
    while client.is_handshaking() || server.is_handshaking() {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        server.read_tls(&mut &wire[..]).unwrap();
        server.process_new_packets()?;
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        client.read_tls(&mut &wire[..]).unwrap();
        client.process_new_packets()?;
    }
    Ok((client, server))
}

fn pinned() -> Pinned {
    Pinned::Key(hq().verifying())
}

#[test]
fn both_ends_know_each_other_by_their_keys_and_what_is_said_arrives() {
    let client = client(pinned(), Some(&till()), NOW_S).unwrap();
    let (mut client, mut server) = shaken(client, server(&hq(), NOW_S).unwrap()).unwrap();
    assert_eq!(server.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
    let shown = peer_key(server.peer_certificates().unwrap());
    assert_eq!(shown, Some(till().verifying()));
    client.writer().write_all(b"a batch").unwrap();
    let mut wire = Vec::new();
    client.write_tls(&mut wire).unwrap();
    assert!(!wire.windows(7).any(|bytes| bytes == b"a batch"));
    server.read_tls(&mut &wire[..]).unwrap();
    server.process_new_packets().unwrap();
    let mut said = [0; 7];
    server.reader().read_exact(&mut said).unwrap();
    assert_eq!(&said, b"a batch");
}

#[test]
fn a_clock_of_1970_and_certificates_that_ended_years_ago_keep_nobody_out() {
    let year = 365 * DAY_S;
    for (till_s, hq_s) in
        [(0, NOW_S), (NOW_S, 0), (NOW_S - 10 * year, NOW_S), (NOW_S, NOW_S + 10 * year)]
    {
        let client = client(pinned(), Some(&till()), till_s).unwrap();
        assert!(shaken(client, server(&hq(), hq_s).unwrap()).is_ok(), "{till_s} {hq_s}");
    }
}

#[test]
fn somebody_else_s_key_is_not_hq_whatever_its_certificate_says() {
    let other = SigningKey::from_seed([3; 32]);
    let connect =
        |pinned| shaken(client(pinned, None, NOW_S).unwrap(), server(&other, NOW_S).unwrap());
    assert!(connect(pinned()).is_err());
    assert!(connect(Pinned::Fingerprint(Fingerprint::of(&hq().verifying()))).is_err());
    assert!(connect(Pinned::Key(other.verifying())).is_ok());
}

#[test]
fn before_enrolment_the_code_s_fingerprint_is_enough_and_the_till_is_nobody() {
    let pinned = Pinned::Fingerprint(Fingerprint::of(&hq().verifying()));
    let client = client(pinned, None, NOW_S).unwrap();
    let (_, server) = shaken(client, server(&hq(), NOW_S).unwrap()).unwrap();
    assert!(server.peer_certificates().is_none());
}

#[test]
fn a_certificate_of_another_kind_of_key_names_nobody() {
    let pair = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let certificate = params(NOW_S).unwrap().self_signed(&pair).unwrap();
    assert_eq!(peer_key(&[certificate.der().clone()]), None);
    assert_eq!(peer_key(&[CertificateDer::from(vec![0; 40])]), None);
    assert_eq!(peer_key(&[]), None);
}

#[test]
fn a_peer_that_shows_a_certificate_without_its_key_is_refused() {
    // HQ's certificate, signed for with another key: what a thief of the certificate alone can do.
    let provider = rustls::crypto::ring::default_provider();
    let stolen = certified(&hq(), &provider, NOW_S).unwrap().cert;
    let own = certified(&till(), &provider, NOW_S).unwrap().key;
    let mut config = server(&hq(), NOW_S).unwrap();
    config.cert_resolver = Arc::new(SingleCertAndKey::from(CertifiedKey::new(stolen, own)));
    assert!(shaken(client(pinned(), None, NOW_S).unwrap(), config).is_err());
}
