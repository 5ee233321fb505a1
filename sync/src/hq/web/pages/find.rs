//! What the search found: by last four, by the whole number, or by pseudonym.
//!
//! Not here: the form (`customers`).

use super::customers::{self, LIST};
use crate::care_list::CustomerId;
use crate::hq::Hq;
use crate::hq::customer::{id_of, person};
use crate::hq::listing::Masking;
use crate::hq::web::html::Html;
use crate::hq::web::list::html_table;
use crate::hq::web::visit::{Refused, Visit};
use crate::phone::Phone;
use axum::response::{IntoResponse as _, Redirect, Response};

/// `POST /customers/find`.
pub(in crate::hq::web) fn page(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let what = visit.needed(
        "what",
        "请输入尾号、全号或编号",
        "type last digits, a number or a pseudonym",
    )?;
    let found = found(hq, visit, what)?;
    if let [one] = found[..] {
        return Ok(Redirect::to(&format!("/customers/{one}")).into_response());
    }
    let mut body = Html::default();
    body.h1(visit.of("找到的顾客", "Customers found"));
    customers::search(visit, &mut body);
    html_table(visit, LIST.fields, &customers::values(hq, &found, Masking::Masked)?, &mut body);
    Ok(visit.page(visit.of("找顾客", "Find"), "/customers", body))
}

fn found(hq: &Hq, visit: &Visit, what: &str) -> Result<Vec<CustomerId>, Refused> {
    if what.len() == 4 && what.bytes().all(|byte| byte.is_ascii_digit()) {
        return customers::by_tail(hq, visit, what);
    }
    let id = match what.parse::<CustomerId>() {
        Ok(id) => id,
        Err(_) => match Phone::parse(what) {
            Ok(phone) => id_of(&hq.keys, &phone),
            Err(_) => {
                return Err(Refused::odd(
                    "看不懂:要尾号四位、全号或编号",
                    "that is neither last four, number nor pseudonym",
                ));
            }
        },
    };
    let exists = "SELECT EXISTS (SELECT 1 FROM customer WHERE id = ?1)";
    if !hq.db.query_row(exists, [id], |row| row.get(0))? {
        return Ok(Vec::new());
    }
    let root = person::root(&hq.db, &id)?;
    Ok(if visit.knows(&hq.db, &root)? { vec![root] } else { Vec::new() })
}
