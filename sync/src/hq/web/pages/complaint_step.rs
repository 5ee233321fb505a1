//! The form of each of a complaint's nine steps, and what it sends.
//!
//! Not here: the order of the steps (`hq::desk::complaint`), the page around them (`complaint`).

use super::words;
use crate::hq::desk::complaint::{Said, Step};
use crate::hq::web::html::Html;
use crate::hq::web::list::Words;
use crate::hq::web::visit::{Refused, Visit};

/// Where a complaint came from; `service` decides the words of a later win-back.
const CAUSE: Words = words::CAUSE;

/// A cause as people read it; a reason in own words as it is.
pub(super) fn cause<'a>(visit: &Visit, reason: &'a str) -> &'a str {
    words::of(CAUSE, reason, visit.lang)
}

/// What the next step is for, and its fields.
pub(super) fn form(visit: &Visit, id: i64, step: Step, body: &mut Html) {
    let (zh, en) = hint(step);
    body.raw("<p class=soft>").text(visit.of(zh, en)).raw("</p>");
    body.form(&format!("/complaints/{id}/step"), &visit.token);
    body.raw("<input type=hidden name=step value=").raw(step.word()).raw(">");
    fields(visit, step, body);
    body.button(visit.of("这一步做好了", "This step is done")).raw("</form>");
}

const fn hint(step: Step) -> (&'static str, &'static str) {
    match step {
        Step::Listen => {
            ("让她说完,照原话记下来。", "Let her say everything; write it down as she says it.")
        }
        Step::Talk => ("站在她那边想,安慰她。", "Feel with her before anything else."),
        Step::Apologise => (
            "不论对错都道歉,用自己的话,不用套话。",
            "Right or wrong, apologise in your own words, not in a stock phrase.",
        ),
        Step::Analyse => {
            ("为什么会这样?她说的核实了吗?", "Why did it happen? Was what she says checked?")
        }
        Step::Explain => (
            "把她在意的事复述一遍,说明我们想解决。",
            "Repeat what concerns her; show that we want to solve it.",
        ),
        Step::Handle => {
            ("怎么解决、谁负责、哪天办好。", "What is done, who sees to it, by which day.")
        }
        Step::Compensate => ("送一份心意;不送要写理由。", "Something on top; if nothing, say why."),
        Step::Result => (
            "问她满意吗;不满意,当场给最后的办法。谢谢她。",
            "Is she content? If not, a last offer on the spot. Thank her.",
        ),
        Step::Feedback => {
            ("结案后再问一次:真的解决了吗?", "After closing, ask again: was it done?")
        }
    }
}

fn fields(visit: &Visit, step: Step, body: &mut Html) {
    let text = |body: &mut Html, zh: &str, en: &str, needed: bool| {
        body.raw("<label class=whole>").text(visit.of(zh, en));
        body.raw("<textarea name=text rows=3 maxlength=500");
        body.raw(if needed { " required></textarea></label>" } else { "></textarea></label>" });
    };
    match step {
        Step::Listen => text(body, "她的原话", "Her own words", true),
        Step::Talk => text(body, "说了什么(可空)", "What was said, if you like", false),
        Step::Apologise => text(body, "怎样道歉的", "The apology", true),
        Step::Analyse => {
            let causes = words::options(CAUSE, visit.lang);
            body.choice(visit.of("原因", "Cause"), "reason", &causes, "quality");
            let checked = ("核实了吗", "Was it checked");
            yes_no(
                visit,
                body,
                checked,
                "verified",
                ("属实", "it is so"),
                ("不属实", "it is not so"),
            );
            text(body, "说明(可空)", "More, if you like", false);
        }
        Step::Explain => text(body, "她在意的是", "What concerns her, in our words", true),
        Step::Handle => {
            text(body, "怎么解决", "What is done", true);
            body.field(visit.of("谁负责", "Who sees to it"), "owner", "required maxlength=60", "");
            body.field(visit.of("哪天办好", "By which day"), "by_day", "type=date required", "");
        }
        Step::Compensate => {
            text(body, "送什么", "What she is given", false);
            body.field(visit.of("不送的理由", "Or why nothing"), "reason", "maxlength=200", "");
        }
        Step::Result => {
            content(visit, body);
            let label = visit.of("不满意时最后的办法", "The last offer, if she is not");
            body.field(label, "offer", "maxlength=300", "");
            let thanked = ("谢过她了吗", "Was she thanked");
            yes_no(visit, body, thanked, "thanked", ("谢过了", "yes"), ("还没有", "not yet"));
        }
        Step::Feedback => {
            content(visit, body);
            text(body, "她怎么说(可空)", "What she said, if you like", false);
        }
    }
}

fn content(visit: &Visit, body: &mut Html) {
    let label = ("她满意吗", "Is she content");
    yes_no(visit, body, label, "satisfied", ("满意", "yes"), ("不满意", "no"));
}

pub(super) fn yes_no(
    visit: &Visit,
    body: &mut Html,
    label: (&str, &str),
    name: &'static str,
    yes: (&str, &str),
    no: (&str, &str),
) {
    let options = [
        (String::new(), visit.of("请选择", "please choose").to_owned()),
        ("yes".to_owned(), visit.of(yes.0, yes.1).to_owned()),
        ("no".to_owned(), visit.of(no.0, no.1).to_owned()),
    ];
    body.choice(visit.of(label.0, label.1), name, &options, "");
}

/// What a step's form sent.
pub(super) fn said(visit: &Visit) -> Result<Said, Refused> {
    let text =
        |name| visit.typed(name).map(|text| Some(text.to_owned()).filter(|text| !text.is_empty()));
    let choice = |name| {
        visit.typed(name).map(|said| match said {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        })
    };
    Ok(Said {
        text: text("text")?,
        by: visit.user.name.clone(),
        reason: text("reason")?,
        verified: choice("verified")?,
        owner: text("owner")?,
        by_day: visit.typed_day("by_day")?,
        satisfied: choice("satisfied")?,
        offer: text("offer")?,
        thanked: choice("thanked")?.unwrap_or(false),
    })
}

/// What a step lacks, for whom tried to take it.
pub(super) fn needs(step: Step) -> Refused {
    let (zh, en) = match step {
        Step::Listen => ("请记下她的原话", "write down what she says"),
        Step::Talk => ("还缺一点", "something is missing"),
        Step::Apologise => ("请写怎样道歉的", "write down the apology, in its own words"),
        Step::Analyse => {
            ("请选原因,并说核实了没有", "choose a cause, and say whether it was checked")
        }
        Step::Explain => ("请写她在意的是什么", "write down what concerns her"),
        Step::Handle => {
            ("请写怎么解决、谁负责、哪天办好", "say what is done, who sees to it, and by which day")
        }
        Step::Compensate => ("请写送什么,或不送的理由", "say what she is given, or why nothing"),
        Step::Result => (
            "请选她满意吗;不满意要写最后的办法;并谢谢她",
            "say whether she is content, give a last offer if not, and thank her",
        ),
        Step::Feedback => ("请选她满意吗", "say whether she is content"),
    };
    Refused::odd(zh, en)
}
