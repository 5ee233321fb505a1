//! The API's document, OpenAPI 3.1: made from the lists themselves.
//!
//! Not here: the answers (`list`); that they are as the document says is a test's work (`route::tests`).

use super::list::{Form, List};
use super::pages::LISTS;
use super::visit::{LIMIT_MAX, Param, Refused, Shape, TEXT_MAX, Visit};
use crate::hq::Hq;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value as Json, json};

/// `GET /api/v1/openapi.json`.
pub(super) fn document(_: &mut Hq, _: &Visit) -> Result<Response, Refused> {
    Ok(axum::Json(whole()).into_response())
}

/// The document.
pub(super) fn whole() -> Json {
    let mut paths: Map<String, Json> = LISTS
        .iter()
        .map(|list| (list.path(Form::Json), json!({ "get": operation(list) })))
        .collect();
    paths.insert(
        "/api/v1/openapi.json".into(),
        json!({ "get": {
            "operationId": "document",
            "summary": "This document.",
            "responses": {
                "200": content("OpenAPI 3.1.", &json!({ "type": "object" })),
                "401": error("Nobody is logged in."),
                "400": error("A parameter is unknown.")
            }
        } }),
    );
    let schemas: Map<String, Json> =
        LISTS.iter().map(|list| (list.name.to_owned(), page_schema(list))).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Huitou headquarters",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The lists that the pages show, for whom may see them, numbers masked. Log in at /log-in; the session's cookie opens these. Each answer is in the audit trail."
        },
        "security": [{ "session": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "session": { "type": "apiKey", "in": "cookie", "name": super::door::SESSION }
            },
            "schemas": schemas
        }
    })
}

fn operation(list: &List) -> Json {
    let params: Vec<Json> = list.params.iter().chain(Form::Json.params()).map(parameter).collect();
    let schema = json!({ "$ref": format!("#/components/schemas/{}", list.name) });
    json!({
        "operationId": list.name,
        "summary": list.en,
        "description": list.about_en,
        "parameters": params,
        "responses": {
            "200": content("A page of the list.", &schema),
            "400": error("A parameter is unknown, there twice or out of shape; the text names it."),
            "401": error("Nobody is logged in."),
            "403": error("Not for this role."),
            "404": error("A store that is not there, or not hers.")
        }
    })
}

fn parameter(param: &Param) -> Json {
    let schema = match param.shape {
        Shape::Limit => json!({ "type": "integer", "minimum": 1, "maximum": LIMIT_MAX }),
        Shape::After => {
            json!({ "type": "string", "pattern": "^[0-9a-f.-]+$", "maxLength": 80 })
        }
        Shape::Day => json!({ "type": "string", "format": "date" }),
        Shape::Month => json!({ "type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$" }),
        Shape::Quarter => json!({ "type": "string", "pattern": "^[0-9]{4}Q[1-4]$" }),
        Shape::Id => json!({ "type": "string", "pattern": "^[0-9a-f]{32}$" }),
        Shape::LastFour => json!({ "type": "string", "pattern": "^[0-9]{4}$" }),
        Shape::Word(words) => json!({ "type": "string", "enum": words }),
        Shape::Text => json!({ "type": "string", "maxLength": TEXT_MAX }),
    };
    json!({
        "name": param.name, "in": "query", "required": false,
        "description": param.about, "schema": schema
    })
}

fn page_schema(list: &List) -> Json {
    let names: Vec<&str> = list.fields.iter().map(|field| field.name).collect();
    let fields: Map<String, Json> = list
        .fields
        .iter()
        .map(|field| {
            let mut schema = field.kind.schema();
            schema["title"] = json!(field.en);
            (field.name.to_owned(), schema)
        })
        .collect();
    json!({
        "type": "object",
        "required": ["rows", "next"],
        "additionalProperties": false,
        "properties": {
            "rows": { "type": "array", "items": {
                "type": "object", "required": names, "additionalProperties": false,
                "properties": fields
            } },
            "next": { "type": ["string", "null"], "description": "For `after`; null at the end." }
        }
    })
}

fn content(about: &str, schema: &Json) -> Json {
    json!({ "description": about, "content": { "application/json": { "schema": schema } } })
}

fn error(about: &str) -> Json {
    let schema = json!({
        "type": "object", "required": ["error"], "properties": { "error": { "type": "string" } }
    });
    content(about, &schema)
}
