//! The ways out, each against a gateway that answers, asks for patience, breaks, or says nothing.

use super::gateway::{Gateway, Reply};
use super::*;
use crate::hq::desk::messages::MessageError;
use crate::hq::desk::messages::export::export;
use crate::hq::desk::messages::outlet::http::{Carrier, Http};
use crate::hq::desk::messages::outlet::webhook::signature;
use crate::hq::desk::messages::outlet::{Heard, Request};
use crate::hq::desk::messages::postman::send_if_due;
use crate::hq::desk::messages::send::{Sent, send};
use std::path::PathBuf;

const WANG: &str = "13911118888";
const MINUTE_MS: i64 = 60_000;

/// 李 (and 王, if so wished) with birthdays today, sent by a gateway's way.
struct Post {
    world: World,
    dir: tempfile::TempDir,
}

impl Post {
    fn by(settings: &str, gateway: &Gateway) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let secret = dir.path().join("secret");
        std::fs::write(&secret, "s3cret\n").unwrap();
        let mut world = celebrating();
        let settings = settings.replace("URL", &gateway.url);
        let settings = settings.replace("SECRET", secret.to_str().unwrap());
        Settings::set(&world.hq.db, &settings).unwrap();
        planned(&mut world, TODAY, 600);
        Self { world, dir }
    }

    fn send(&mut self, after_ms: i64) -> Sent {
        let at = now(TODAY, 600);
        let minute = 600 + u16::try_from(after_ms / MINUTE_MS).unwrap();
        let at = Now { ms: at.ms + after_ms, minute, ..at };
        send(&mut self.world.hq, &Http::new().unwrap(), at).unwrap()
    }

    fn state(&self) -> (String, Option<String>) {
        let (_, state, reason) = states(&self.world).remove(0);
        (state, reason)
    }
}

const WEBHOOK: &str = "outlet = \"webhook\"\n[webhook]\nurl = \"URL\"\nsecret_file = \"SECRET\"\n\
                       timeout_ms = 300\ntries_max = 3\n";
const SMS: &str = "outlet = \"sms\"\n[sms]\nurl = \"URL\"\nform = \"form\"\nphone_field = \"mobile\"\n\
                   text_field = \"content\"\nsecret_file = \"SECRET\"\n\
                   fixed = { apikey = \"{secret}\" }\nstatus_field = \"code\"\naccepted = [\"0\"]\n\
                   id_field = \"sid\"\nreport_url = \"URL?id={id}\"\nreport_field = \"state\"\n\
                   delivered = [\"DELIVRD\"]\ntimeout_ms = 300\ntries_max = 3\n";

fn sent() -> Sent {
    Sent { sent: 1, ..Sent::default() }
}

/// What HQ does by itself while it serves.
#[test]
fn the_postman_sends_what_may_leave_and_asks_nobody_where_there_is_no_way_out() {
    let gateway = Gateway::answering(&[]);
    let post = Post::by(WEBHOOK, &gateway);
    let (folder, mut opened) = (post.world.folder(), None);
    assert!(send_if_due(&mut opened, folder, now(TODAY, 600)).unwrap());
    assert!(send_if_due(&mut opened, folder, now(TODAY, 601)).unwrap());
    assert_eq!(gateway.heard().len(), 1, "once");
    let (world, mut opened) = (celebrating(), None);
    assert!(!send_if_due(&mut opened, world.folder(), now(TODAY, 600)).unwrap());
    assert!(opened.is_none(), "and no key was read");
}

#[test]
fn a_webhook_gets_a_signed_message_with_its_key() {
    let gateway = Gateway::answering(&[]);
    let mut post = Post::by(WEBHOOK, &gateway);
    assert_eq!(post.send(0), sent());
    assert_eq!(post.send(1), Sent::default(), "once");
    let heard = gateway.heard();
    assert_eq!(heard.len(), 1);
    let (asked, body) = (&heard[0], &heard[0].body);
    assert!(asked.line.starts_with("POST /send "));
    let timestamp = asked.header("x-huitou-timestamp");
    assert_eq!(timestamp, (now(TODAY, 600).ms / 1_000).to_string());
    let expected = signature(b"s3cret", timestamp, body.as_bytes());
    assert_eq!(asked.header("x-huitou-signature"), expected);
    let said: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(said["key"], asked.header("idempotency-key"));
    assert_eq!((&said["phone"], &said["kind"]), (&LI.into(), &"birthday".into()));
    assert_eq!(said["associate"], "小陈", "S42");
    assert!(said["text"].as_str().unwrap().starts_with("李女士,今天是您的生日"));
}

#[test]
fn neither_number_nor_text_stays_behind_when_a_message_has_left() {
    let gateway = Gateway::answering(&[]);
    let mut post = Post::by(WEBHOOK, &gateway);
    assert_eq!(post.send(0), sent());
    let db = &post.world.hq.db;
    let entries = log::entries(db, TODAY, TODAY).unwrap();
    let told = serde_json::to_string(&entries).unwrap() + &format!("{entries:?}");
    assert!(!told.contains("6721") && !told.contains("李女士"), "{told}");
    // Nor in any column of what is kept of it.
    let mut select = db.prepare("SELECT * FROM message").unwrap();
    let columns = select.column_count();
    let mut rows = select.query([]).unwrap();
    let row = rows.next().unwrap().unwrap();
    for column in 0..columns {
        let text = match row.get_ref(column).unwrap() {
            rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes) => {
                String::from_utf8_lossy(bytes).into_owned()
            }
            other => format!("{other:?}"),
        };
        assert!(!text.contains(LI) && !text.contains("李女士"), "column {column}");
    }
}

#[test]
fn a_webhook_that_asks_for_patience_breaks_or_is_silent_is_tried_again_with_the_same_key() {
    let patience = Reply::Says(429, "retry-after: 1800\r\n", "");
    for (reply, after_ms) in
        [(patience, 30 * MINUTE_MS), (Reply::Says(500, "", ""), 90_000), (Reply::Hangs, 90_000)]
    {
        let gateway = Gateway::answering(&[reply]);
        let mut post = Post::by(WEBHOOK, &gateway);
        assert_eq!(post.send(0), Sent { again: 1, waiting: 1, ..Sent::default() });
        assert_eq!(post.state(), ("queued".into(), Some("again".into())));
        assert_eq!(post.send(after_ms - 31_000).sent, 0, "too early");
        assert_eq!(post.send(after_ms).sent, 1);
        let keys: Vec<String> =
            gateway.heard().iter().map(|asked| asked.header("idempotency-key").into()).collect();
        assert_eq!((keys.len(), &keys[0]), (2, &keys[1]));
    }
}

#[test]
fn a_webhook_that_stays_broken_is_given_up_and_one_that_refuses_is_not_asked_twice() {
    let broken = Reply::Says(503, "", "");
    let gateway = Gateway::answering(&[broken.clone(), broken.clone(), broken]);
    let mut post = Post::by(WEBHOOK, &gateway);
    for after in [0, 10 * MINUTE_MS, 60 * MINUTE_MS, 120 * MINUTE_MS] {
        post.send(after);
    }
    assert_eq!(post.state(), ("failed".into(), Some("http_503".into())));
    assert_eq!(gateway.heard().len(), 3);
    let gateway = Gateway::answering(&[Reply::Says(400, "", "13800006721")]);
    let mut post = Post::by(WEBHOOK, &gateway);
    assert_eq!(post.send(0).failed, 1);
    assert_eq!(post.state(), ("failed".into(), Some("http_400".into())), "nothing of the answer");
}

#[test]
fn a_way_that_has_no_settings_is_an_error_and_marks_nothing() {
    let gateway = Gateway::answering(&[]);
    let mut post = Post::by("outlet = \"sms\"\n", &gateway);
    let error = send(&mut post.world.hq, &Http::new().unwrap(), now(TODAY, 600)).unwrap_err();
    assert!(matches!(error, MessageError::NoOutlet("sms")));
    assert_eq!(post.state().0, "queued");
}

#[test]
fn an_sms_gateway_takes_it_and_what_became_of_it_is_read_back() {
    let taken = Reply::Says(200, "", r#"{"code":0,"sid":"m-9"}"#);
    let gateway = Gateway::answering(&[taken, Reply::Says(200, "", r#"{"state":"DELIVRD"}"#)]);
    let mut post = Post::by(SMS, &gateway);
    assert_eq!(post.send(0), sent());
    let heard = gateway.heard();
    assert!(
        heard[0].body.contains("apikey=s3cret") && heard[0].body.contains("mobile=13800006721")
    );
    assert!(heard[1].line.starts_with("GET /send?id=m-9 "), "{}", heard[1].line);
    let entry = log::entries(&post.world.hq.db, TODAY, TODAY).unwrap().remove(0);
    assert_eq!((entry.state.as_str(), entry.delivered), ("sent", Some(true)));
}

#[test]
fn an_sms_is_tried_again_only_where_it_surely_was_not_taken() {
    let gateway = Gateway::answering(&[
        Reply::Says(429, "retry-after: 60\r\n", ""),
        Reply::Says(200, "", r#"{"code":0}"#),
    ]);
    let mut post = Post::by(SMS, &gateway);
    assert_eq!((post.send(0).again, post.send(2 * MINUTE_MS).sent), (1, 1));
    for (reply, why) in [(Reply::Says(500, "", ""), "http_5xx"), (Reply::Hangs, "silence")] {
        let gateway = Gateway::answering(&[reply]);
        let mut post = Post::by(SMS, &gateway);
        assert_eq!(post.send(0).unknown, 1);
        assert_eq!(post.state(), ("unknown".into(), Some(why.into())));
        assert_eq!(post.send(120 * MINUTE_MS), Sent::default());
        assert_eq!(gateway.heard().len(), 1, "nobody gets it twice");
    }
    let gateway = Gateway::answering(&[Reply::Says(200, "", r#"{"code":"E7"}"#)]);
    let mut post = Post::by(SMS, &gateway);
    assert_eq!((post.send(0).failed, post.state().1.unwrap()), (1, "gateway_E7".to_owned()));
}

/// Breaks off when the message is on its way, as a power cut does.
struct Cut;

impl Carrier for Cut {
    fn carry(&self, _: &Request) -> Heard {
        panic!("the power is gone")
    }
}

#[test]
fn what_a_crash_left_between_mark_and_settlement_is_said_and_not_sent_again() {
    let gateway = Gateway::answering(&[]);
    let mut post = Post::by(WEBHOOK, &gateway);
    let cut = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
        send(&mut post.world.hq, &Cut, now(TODAY, 600))
    }));
    assert!(cut.is_err());
    assert_eq!(post.state().0, "sending", "the mark is on disk");
    assert_eq!(post.send(MINUTE_MS), Sent::default(), "another run may be at it");
    assert_eq!(post.send(16 * MINUTE_MS), Sent { unknown: 1, ..Sent::default() });
    assert_eq!(post.state(), ("unknown".into(), Some("interrupted".into())));
    assert_eq!(planned(&mut post.world, TODAY, 700), [], "nor planned again");
    assert_eq!(gateway.heard().len(), 0);
}

#[test]
fn s119_an_opt_out_between_plan_and_sending_works() {
    let gateway = Gateway::answering(&[]);
    let mut post = Post::by(WEBHOOK, &gateway);
    let li = root(&post.world, LI);
    let (stream, by) = (Stream::Care, "王经理".to_owned());
    let out = Opt { stream, theme: None, given: false, proof: None, by };
    opt::note(&post.world.hq.db, &li, &out, 0).unwrap();
    assert_eq!(post.send(0), Sent { held: 1, ..Sent::default() });
    assert_eq!(post.state(), ("held".into(), Some("opted_out".into())));
    assert_eq!(gateway.heard().len(), 0);
}

#[test]
fn s119_nothing_leaves_in_quiet_hours() {
    let gateway = Gateway::answering(&[]);
    let mut post = Post::by(WEBHOOK, &gateway);
    let send_at = |post: &mut Post, minute| {
        send(&mut post.world.hq, &Http::new().unwrap(), now(TODAY, minute)).unwrap()
    };
    let waits = Sent { waiting: 1, ..Sent::default() };
    assert_eq!((send_at(&mut post, 539), send_at(&mut post, 1_200)), (waits, waits));
    assert_eq!(gateway.heard().len(), 0);
    assert_eq!(send_at(&mut post, 540), sent());
}

#[test]
fn the_list_is_written_once_for_its_owner_alone_and_its_leaving_is_in_the_audit() {
    let gateway = Gateway::answering(&[]);
    let mut post = Post::by("outlet = \"csv\"\n", &gateway);
    let list: PathBuf = post.dir.path().join("messages.csv");
    let hq = &mut post.world.hq;
    let nowhere = post.dir.path().join("none").join("messages.csv");
    let error = export(hq, &nowhere, "王经理", now(TODAY, 600)).unwrap_err();
    assert!(matches!(error, MessageError::File { .. }));
    assert_eq!(export(hq, &list, "王经理", now(TODAY, 600)).unwrap(), sent(), "still queued");
    let text = std::fs::read_to_string(&list).unwrap();
    assert!(text.contains(",13800006721,") && text.contains("生日快乐"), "{text}");
    assert!(text.lines().nth(1).unwrap().ends_with("09:00,20:00"), "{text}");
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&list).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    assert!(export(hq, &list, "王经理", now(TODAY, 600)).is_err(), "no list is written over");
    let noted = "SELECT count(*) FROM audit WHERE what = 'export_clear' AND who = '王经理'";
    let noted: i64 = hq.db.query_row(noted, [], |row| row.get(0)).unwrap();
    assert_eq!(noted, 3);
    let again = export(hq, &post.dir.path().join("2.csv"), "王经理", now(TODAY, 600)).unwrap();
    assert_eq!(again, Sent::default());
}

/// Caps count what went out by a gateway, for the desk's own tasks too.
#[test]
fn s119_a_message_by_a_gateway_counts_for_the_caps_of_tasks() {
    let gateway = Gateway::answering(&[]);
    let mut post = Post::by(WEBHOOK, &gateway);
    assert_eq!(post.send(0), sent());
    post.world.agrees(WANG);
    let newcomer =
        crate::event::Referral { newcomer: phone(WANG), referrer: phone(LI), undone: false };
    post.world.buys(TODAY, WANG, 1);
    post.world.tell(TODAY, Body::Referral(newcomer));
    let open = post.world.open();
    let thanks = open.iter().find(|(_, rules, _)| rules == "referrer_thanks").unwrap();
    assert_eq!(thanks.2, TODAY + 1, "today she has had her birthday's wishes");
}
