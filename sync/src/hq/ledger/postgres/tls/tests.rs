//! What a URL asks for, whom a root file vouches for; a real server is asked in `.ci/postgres`.

use super::*;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

const NOW: UnixTime = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_795_000_000));

fn asked(url: &str) -> (String, Mode, Option<PathBuf>) {
    let (rest, Asked { mode, root }) = parted(url).unwrap();
    (rest, mode, root)
}

#[test]
fn what_is_said_of_tls_is_taken_out_and_the_rest_is_left() {
    let plain = "postgres://huitou@db/ledger";
    assert_eq!(asked(plain), (plain.into(), Mode::Prefer, None));
    let full = format!("{plain}?sslmode=verify-full&sslrootcert=%2Fetc%2Fca%20x.pem");
    assert_eq!(asked(&full), (plain.into(), Mode::VerifyFull, Some("/etc/ca x.pem".into())));
    let more = format!("{plain}?keepalives=1&sslmode=require&target_session_attrs=any");
    let rest = format!("{plain}?keepalives=1&target_session_attrs=any");
    assert_eq!(asked(&more), (rest, Mode::Require, None));
    let odd = "postgres://huitou:a?sslmode=b@db/ledger";
    assert_eq!(asked(odd), (odd.into(), Mode::Prefer, None), "that was the password");
}

#[test]
fn what_is_not_known_is_said_in_words() {
    let said = |url| parted(url).unwrap_err().to_string();
    assert!(said("postgres://db/x?sslmode=verify").contains("verify-ca and verify-full"));
    assert!(said("postgres://db/x?sslrootcert=system").contains("PEM"));
    let connector = |url: &str| {
        let (rest, asked) = parted(url).unwrap();
        asked.connector(&mut rest.parse().unwrap()).map(|made| made.is_some())
    };
    let missing = connector("postgres://db/x?sslmode=verify-full&sslrootcert=/none/ca.pem");
    assert!(missing.unwrap_err().to_string().starts_with("sslrootcert /none/ca.pem: "));
    let file = tempfile::NamedTempFile::new().unwrap();
    let empty = format!("postgres://db/x?sslmode=verify-ca&sslrootcert={}", file.path().display());
    assert!(connector(&empty).unwrap_err().to_string().contains("holds no certificate"));
}

#[test]
fn on_this_machine_nothing_changes_unless_it_is_asked_for() {
    let made = |url: &str| {
        let (rest, asked) = parted(url).unwrap();
        let mut config: Config = rest.parse().unwrap();
        let made = asked.connector(&mut config).unwrap().is_some();
        (made, config.get_ssl_mode())
    };
    for url in
        ["postgres:///x?host=/run/postgresql", "postgres://127.0.0.1/x", "postgres://[::1]/x"]
    {
        assert_eq!(made(url), (false, SslMode::Disable), "{url}");
    }
    assert_eq!(made("postgres://db/x?sslmode=disable"), (false, SslMode::Disable));
    assert_eq!(made("postgres://db/x"), (true, SslMode::Prefer));
    assert_eq!(made("postgres://localhost/x?sslmode=require"), (true, SslMode::Require));
    let socket = "postgres:///x?host=/run/postgresql&sslmode=require";
    assert_eq!(made(socket), (false, SslMode::Disable), "a socket stays on the machine");
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn server(of: &CertifiedIssuer<'static, KeyPair>) -> CertificateDer<'static> {
    let params = CertificateParams::new(["db.example".to_owned()]).unwrap();
    params.signed_by(&KeyPair::generate().unwrap(), of).unwrap().der().clone()
}

fn judged(
    root: &CertificateDer<'_>,
    name: bool,
    shown: &CertificateDer<'_>,
    called: &'static str,
) -> Result<ServerCertVerified, Error> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pem_of(root)).unwrap();
    let vouching = Some(Vouching::read(file.path(), name).unwrap());
    let algorithms = ring::default_provider().signature_verification_algorithms;
    let called = ServerName::try_from(called).unwrap();
    Server { vouching, algorithms }.verify_server_cert(shown, &[], &called, &[], NOW)
}

fn pem_of(certificate: &CertificateDer<'_>) -> String {
    const SYMBOLS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let four = |three: &[u8]| {
        let bits =
            three.iter().enumerate().fold(0, |all, (at, b)| all | usize::from(*b) << (16 - 8 * at));
        let symbol = |at: usize| match at <= three.len() {
            true => char::from(SYMBOLS[bits >> (18 - 6 * at) & 63]),
            false => '=',
        };
        (0..4).map(symbol).collect::<String>()
    };
    let lines: Vec<String> =
        certificate.chunks(48).map(|line| line.chunks(3).map(four).collect()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

#[test]
fn an_authority_vouches_for_its_own_and_for_nobody_else() {
    let (ours, other) = (authority(), authority());
    let shown = server(&ours);
    assert!(judged(ours.der(), false, &shown, "elsewhere.example").is_ok(), "no name is asked");
    assert!(judged(ours.der(), true, &shown, "db.example").is_ok());
    let named = judged(ours.der(), true, &shown, "elsewhere.example").unwrap_err();
    assert!(named.to_string().contains("db.example"), "{named}");
    for name in [false, true] {
        let stranger = judged(other.der(), name, &shown, "db.example").unwrap_err();
        let Error::InvalidCertificate(why) = stranger else { panic!("{stranger}") };
        assert!(reason(&why).contains("no authority"), "{why}");
    }
}

#[test]
fn a_server_that_signed_for_itself_can_be_pinned() {
    let own = authority();
    let mut params = CertificateParams::new(["db.example".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let shown = params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone();
    assert!(judged(&shown, true, &shown, "db.example").is_ok());
    assert!(judged(&shown, true, &shown, "other.example").is_err(), "its name counts all the same");
    assert!(judged(own.der(), false, &shown, "db.example").is_err());
}
