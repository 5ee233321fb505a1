//! Surveys (S24): staff fill one in before customers do; what people do not like to be asked is marked.
//!
//! Not here: the rules of publishing (`hq::figures::survey`), sending one to customers.

use super::{ALL, beside, complaints};
use crate::hq::figures::survey::{self, Question, Survey, SurveyError, Trial};
use crate::hq::listing::Masking;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, List, Rows, Value, Words, field, moment};
use crate::hq::web::pages::words;
use crate::hq::web::visit::{Refused, Visit, odd};
use crate::hq::{Hq, audit};
use axum::response::{IntoResponse as _, Redirect, Response};

pub(super) const LIST: List = List {
    name: "surveys",
    zh: "问卷",
    en: "Surveys",
    about_zh: "给顾客之前,自己先填一遍。顾客不爱答的问题会标出来。",
    about_en: "Fill it in yourselves before customers do. What people do not like to be asked is marked.",
    who: ALL,
    name_in_navigation: false,
    people: false,
    fields: &[
        field("survey", Kind::Id("/surveys/"), "编号", "Number"),
        field("title", Kind::Text, "题目", "Title"),
        field("questions", Kind::Count, "问题", "Questions"),
        field("trials", Kind::Count, "员工试填", "Filled in by staff"),
        field("open", Kind::Count, "敏感待定", "Sensitive, open"),
        field("made_ms", Kind::Moment, "新建", "Made"),
        field("published_ms", Kind::Moment, "发布", "Published"),
    ],
    params: &[],
    rows,
    above: Some(above),
};

/// What a question touches that people avoid.
const TOUCHES: Words = &[
    ("income", "收入", "income"),
    ("age", "年龄", "age"),
    ("family", "婚育", "family"),
    ("body", "身体", "body and health"),
    ("belief", "信仰民族", "belief and origin"),
    ("identity", "证件住址", "identity and address"),
];

/// Questions of one survey.
const QUESTIONS_MAX: usize = 40;

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let row = |survey: Survey| {
        vec![
            Value::Text(survey.id.to_string()),
            Value::Text(survey.title),
            Value::Int(survey.questions.into()),
            Value::Int(survey.trials.into()),
            Value::Int(survey.open.into()),
            Value::Int(survey.made_ms),
            Value::int(survey.published_ms),
        ]
    };
    let all = survey::all(&hq.db)?;
    complaints::cut(visit, limit, all.into_iter().map(row).collect())
}

fn above(_: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    beside::links(visit, beside::STAFF, "/surveys", body);
    if visit.is_hq() {
        body.raw("<details class=card><summary>").text(visit.of("新的问卷", "A new survey"));
        body.raw("</summary>").form("/surveys/make", &visit.token);
        let label = visit.of("题目", "Title");
        body.field(label, "title", "required maxlength=60", "").raw("<label class=whole>");
        body.text(visit.of("问题,一行一个", "The questions, one a line"));
        body.raw("<textarea name=questions rows=6 required></textarea></label>");
        body.button(visit.of("新建", "Make it")).raw("</form></details>");
    }
    Ok(())
}

fn find(hq: &Hq, visit: &Visit) -> Result<Survey, Refused> {
    let id = visit.number("survey")?;
    survey::all(&hq.db)?.into_iter().find(|survey| survey.id == id).ok_or(Refused::Nothing)
}

/// `GET /surveys/{survey}`.
pub(in crate::hq::web) fn page(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let survey = find(hq, visit)?;
    let questions = survey::questions_of(&hq.db, survey.id)?;
    let mut trials = survey::trials(&hq.db, survey.id)?;
    // What colleagues elsewhere answered is headquarters' to read.
    trials.retain(|trial| visit.is_hq() || trial.staff == visit.user.name);
    let mut body = Html::default();
    body.h1(&survey.title);
    beside::links(visit, beside::STAFF, "", &mut body);
    match survey.published_ms {
        Some(at) => {
            body.raw("<p class=good>").text(visit.of("已发布:", "Published: "));
            body.text(&moment(at)).raw("</p>");
            ask_list(visit, &questions, &mut body);
        }
        None => {
            fill_form(visit, &survey, &questions, &mut body);
            publish_form(visit, &survey, &questions, &mut body);
        }
    }
    answers(visit, &questions, &trials, &mut body);
    Ok(visit.page(visit.of("问卷", "Survey"), "/staff", body))
}

/// What it touches, after the question.
fn mark(visit: &Visit, question: &Question, body: &mut Html) {
    let Some(what) = &question.sensitive else { return };
    let touches = words::of(TOUCHES, what, visit.lang);
    body.raw(if question.allowed { " <span class=soft>" } else { " <span class=warn>" });
    body.text(visit.of("敏感:", "sensitive: ")).text(touches);
    if question.allowed {
        body.text(visit.of(",已允许", ", allowed"));
    }
    body.raw("</span>");
}

fn ask_list(visit: &Visit, questions: &[Question], body: &mut Html) {
    body.raw("<ol>");
    for question in questions {
        body.raw("<li>").text(&question.text);
        mark(visit, question, body);
        body.raw("</li>");
    }
    body.raw("</ol>");
}

/// Fills it in, as a customer would.
fn fill_form(visit: &Visit, survey: &Survey, questions: &[Question], body: &mut Html) {
    body.raw("<div class=card>").form(&format!("/surveys/{}/fill", survey.id), &visit.token);
    body.raw("<p class=\"soft whole\">").text(visit.of(
        "自己先填一遍:有没有不好答的?再填一次会换掉上一次的。",
        "Fill it in yourself first: is anything hard to answer? Filling in again replaces your answers.",
    ));
    body.raw("</p>");
    for question in questions {
        body.raw("<label class=whole><span>").number(question.number).raw(". ");
        body.text(&question.text);
        mark(visit, question, body);
        body.raw("</span><input name=a").number(question.number);
        body.raw(" required maxlength=200 autocomplete=off></label>");
    }
    body.button(visit.of("我填好了", "Done")).raw("</form></div>");
}

/// HQ allows sensitive questions one by one, and publishes.
fn publish_form(visit: &Visit, survey: &Survey, questions: &[Question], body: &mut Html) {
    if !visit.is_hq() {
        return;
    }
    body.raw("<div class=card>");
    let is_open = |question: &&Question| question.sensitive.is_some() && !question.allowed;
    for question in questions.iter().filter(is_open) {
        body.form(&format!("/surveys/{}/allow", survey.id), &visit.token);
        body.raw("<input type=hidden name=number value=").number(question.number).raw("><span>");
        body.number(question.number).raw(". ").text(&question.text).raw("</span>");
        body.button(visit.of("仍然要问", "Ask it all the same")).raw("</form>");
    }
    body.form(&format!("/surveys/{}/publish", survey.id), &visit.token);
    body.button(visit.of("发布", "Publish")).raw("</form><p class=soft>").text(visit.of(
        "至少一位员工试填过、敏感的问题都定了,才能发布;发布后不能再改。",
        "It goes out once one of the staff has filled it in and every sensitive question is decided; then it stays as it is.",
    ));
    body.raw("</p></div>");
}

/// What staff answered, question by question.
fn answers(visit: &Visit, questions: &[Question], trials: &[Trial], body: &mut Html) {
    body.tag("h2", visit.of("员工试填的结果", "What staff answered"));
    if trials.is_empty() {
        body.raw("<p class=none>").text(visit.of("还没有人填。", "Nobody has filled it in yet."));
        body.raw("</p>");
        return;
    }
    body.raw("<div class=scroll><table><thead><tr><th>").text(visit.of("问题", "Question"));
    for trial in trials {
        body.raw("</th><th>").text(&trial.staff);
    }
    body.raw("</th></tr></thead><tbody>");
    for (at, question) in questions.iter().enumerate() {
        body.raw("<tr><td class=said>").text(&question.text).raw("</td>");
        for trial in trials {
            let answer = trial.answers.get(at).map(String::as_str).unwrap_or_default();
            body.raw("<td class=said>").text(answer).raw("</td>");
        }
        body.raw("</tr>");
    }
    body.raw("</tbody></table></div>");
}

fn refused(why: &SurveyError) -> Refused {
    match why {
        SurveyError::None => {
            Refused::odd("没有这份问卷,或已经发布", "there is no such survey, or it is out already")
        }
        SurveyError::NoTrial => Refused::odd(
            "还没有员工试填:自己先填一遍",
            "nobody of the staff has filled it in yet: fill it in yourselves first",
        ),
        SurveyError::Sensitive(_) => Refused::odd(
            "有敏感的问题还没定:改掉,或逐个允许",
            "sensitive questions are undecided: take them out, or allow each",
        ),
        SurveyError::Answers(_) => Refused::odd("每个问题都要答", "answer every question"),
        SurveyError::Sql(_) => Refused::Broken,
    }
}

fn done(hq: &Hq, visit: &Visit, id: i64, deed: &str) -> Result<Response, Refused> {
    let about = format!("{id} {deed}");
    audit::note(&hq.db, visit.now_ms, &visit.user.name, "survey", &about, "")?;
    Ok(Redirect::to(&format!("/surveys/{id}")).into_response())
}

/// `POST /surveys/make`.
pub(in crate::hq::web) fn make(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let title = visit.needed("title", "请写题目", "type a title")?;
    let asked = visit.form.get("questions").map(String::as_str).unwrap_or_default();
    let lines = asked.lines().filter(|line| !line.trim().is_empty());
    if asked.contains('\0') || !(1..=QUESTIONS_MAX).contains(&lines.count()) {
        return Err(Refused::odd("请写 1 到 40 个问题", "type 1 to 40 questions"));
    }
    let id = survey::make(&mut hq.db, title, asked, visit.now_ms)?;
    done(hq, visit, id, "make")
}

/// `POST /surveys/{survey}/fill`.
pub(in crate::hq::web) fn fill(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let survey = find(hq, visit)?;
    let mut answers = Vec::new();
    for question in survey::questions_of(&hq.db, survey.id)? {
        let answer = visit.typed(&format!("a{}", question.number))?;
        if answer.is_empty() {
            return Err(refused(&SurveyError::Answers(answers.len())));
        }
        // One a line: a break within would be another answer.
        answers.push(answer.replace(['\r', '\n'], " "));
    }
    let (staff, text) = (visit.user.name.as_str(), answers.join("\n"));
    survey::fill_in(&hq.db, survey.id, staff, &text, visit.now_ms).map_err(|why| refused(&why))?;
    done(hq, visit, survey.id, "fill")
}

/// `POST /surveys/{survey}/allow`.
pub(in crate::hq::web) fn allow(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let survey = find(hq, visit)?;
    let number = visit.typed("number")?.parse().map_err(|_| odd("number"))?;
    if survey.published_ms.is_some() || !survey::allow(&hq.db, survey.id, number)? {
        return Err(odd("number"));
    }
    done(hq, visit, survey.id, &format!("allow {number}"))
}

/// `POST /surveys/{survey}/publish`.
pub(in crate::hq::web) fn publish(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let survey = find(hq, visit)?;
    survey::publish(&hq.db, survey.id, visit.now_ms).map_err(|why| refused(&why))?;
    done(hq, visit, survey.id, "publish")
}
