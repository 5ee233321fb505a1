//! Her word on messages, as a person at a desk hears it: no marketing, no chosen themes, or nothing at all
//! any more (S79, S112). What she takes back counts at once.
//!
//! Not here: an opt-in, which comes with its proof by console or import (`messages::opt`).

use super::words;
use crate::care_list::CustomerId;
use crate::hq::desk::messages;
use crate::hq::desk::messages::kind::Stream;
use crate::hq::desk::messages::opt::{self, Opt, OptError};
use crate::hq::desk::rules::Rules;
use crate::hq::web::html::Html;
use crate::hq::web::list::Words;
use crate::hq::web::visit::{Refused, Visit, odd};
use crate::hq::{Hq, audit};
use axum::response::{IntoResponse as _, Redirect, Response};

/// What she does not want any more.
const WHAT: Words = &[
    ("marketing", "不要营销信息", "no marketing"),
    ("information", "不要主题知识", "no chosen themes"),
    ("care", "不要问候信息", "no words of care"),
    ("all", "什么都不要,也别打电话", "nothing at all, and no calls"),
];

/// The form on her file.
pub(super) fn draw(visit: &Visit, root: &CustomerId, body: &mut Html) {
    body.raw("<details><summary>").text(visit.of("她说别再发了", "She wants no more messages"));
    body.raw("</summary>").form(&format!("/customers/{root}/opt-out"), &visit.token);
    let options = words::options(WHAT, visit.lang);
    body.choice(visit.of("她说的是", "What she said"), "stream", &options, "marketing");
    body.button(visit.of("记下,马上生效", "Keep; it counts at once")).raw("</form></details>");
}

/// `POST /customers/{customer}/opt-out`.
pub(in crate::hq::web) fn note(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let root = visit.customer(&hq.db)?;
    let word = visit.typed("stream")?;
    let by = visit.user.name.clone();
    let tx = hq.db.transaction()?;
    let kept = match Stream::ALL.into_iter().find(|stream| stream.word() == word) {
        None if word == "all" => opt::leave_alone(&tx, &root, &by, visit.today, visit.now_ms),
        None => return Err(odd("stream")),
        Some(stream) => {
            let opt = Opt { stream, theme: None, given: false, proof: None, by: by.clone() };
            opt::note(&tx, &root, &opt, visit.now_ms)
        }
    };
    // What a store was to send her is taken back with its task, not only what the postman has.
    let rules = Rules::of(&tx).unwrap_or_else(|_| Rules::shipped());
    messages::recall(&tx, &hq.keys, &rules, &root, visit.today)?;
    match kept {
        Ok(()) => {}
        Err(OptError::Sql(error)) => return Err(error.into()),
        Err(error) => return Err(Refused::odd("这样记不下来", &error.to_string())),
    }
    audit::note(&tx, visit.now_ms, &by, "opt_out", &format!("{root} {word}"), "")?;
    tx.commit()?;
    Ok(Redirect::to(&format!("/customers/{root}")).into_response())
}
