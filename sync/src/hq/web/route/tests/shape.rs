//! Answers in shape: the document, pages of lists, odd addresses.

use super::*;

/// Checks a value against the part of JSON Schema that the document uses.
fn fits(schema: &Json, value: &Json, whole: &Json) -> bool {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.strip_prefix("#/components/schemas/").unwrap();
        return fits(&whole["components"]["schemas"][name], value, whole);
    }
    let kind = match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "integer",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    };
    let types = &schema["type"];
    if types != kind && !types.as_array().is_some_and(|types| types.contains(&kind.into())) {
        return false;
    }
    match value {
        Json::Array(items) => items.iter().all(|item| fits(&schema["items"], item, whole)),
        Json::Object(fields) if schema["properties"].is_object() => {
            let known = schema["properties"].as_object().unwrap();
            let mut names: Vec<&str> = fields.keys().map(String::as_str).collect();
            let mut needed: Vec<&str> =
                schema["required"].as_array().unwrap().iter().filter_map(Json::as_str).collect();
            names.sort_unstable();
            needed.sort_unstable();
            names == needed && fields.iter().all(|(name, field)| fits(&known[name], field, whole))
        }
        _ => true,
    }
}

#[tokio::test]
async fn the_api_is_what_its_document_says() {
    let chain = chain();
    let document = chain.get("h", "/api/v1/openapi.json").await;
    let document: Json = serde_json::from_str(&document.text).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut told: Vec<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
    let is_api = |row: &Route| row.path.starts_with("/api/");
    let mut there: Vec<String> = table().into_iter().filter(is_api).map(|row| row.path).collect();
    told.sort();
    there.sort();
    assert_eq!(told, there);
    chain.get("h", "/api/v1/tills").await; // so that the trail has a row
    let yesterday = crate::hq::web::visit::day_text(clock::today() - 1);
    for path in there.iter().filter(|path| !path.ends_with("openapi.json")) {
        let operation = &document["paths"][path]["get"];
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        let got = chain.get("h", path).await;
        let answer: Json = serde_json::from_str(&got.text).unwrap();
        assert!(!answer["rows"].as_array().unwrap().is_empty(), "{path} proves nothing");
        assert!(fits(schema, &answer, &document), "{path}: {answer}");
        for param in operation["parameters"].as_array().unwrap() {
            let name = param["name"].as_str().unwrap();
            let sample = match name {
                "limit" => "1",
                "after" => "zz",
                "store" => &chain.own.store.to_string(),
                "tail" => "6721",
                "from" | "to" => &yesterday,
                "month" => "2026-02",
                "quarter" => "2026Q1",
                _ if param["schema"]["enum"].is_array() => {
                    param["schema"]["enum"][0].as_str().unwrap()
                }
                _ => "x",
            };
            let got = chain.get("h", &format!("{path}?{name}={sample}")).await;
            let expected = if name == "after" { StatusCode::BAD_REQUEST } else { StatusCode::OK };
            assert_eq!(got.status, expected, "{path}?{name}={sample}");
            assert!(serde_json::from_str::<Json>(&got.text).is_ok());
        }
    }
    assert!(!fits(
        &document["components"]["schemas"]["sales"],
        &serde_json::json!({ "rows": [] }),
        &document
    ));
}

#[tokio::test]
async fn pages_of_a_list_go_on_where_the_one_before_ended() {
    let chain = chain();
    for list in LISTS {
        let mut seen = Vec::new();
        let mut path = format!("{}?limit=1", list.path(list::Form::Json));
        for _ in 0..200 {
            let got = chain.get("h", &path).await;
            let answer: Json = serde_json::from_str(&got.text).unwrap();
            let rows = answer["rows"].as_array().unwrap().clone();
            assert!(
                !rows.is_empty() || seen.is_empty() || list.name == "days",
                "{path}: {}",
                got.text
            );
            seen.extend(rows.iter().map(Json::to_string));
            match answer["next"].as_str() {
                Some(next) => {
                    path = format!("{}?limit=1&after={next}", list.path(list::Form::Json))
                }
                None => break,
            }
        }
        // The trail grows with each look, and so do sessions.
        if ["audit", "users"].contains(&list.name) {
            assert!(seen.len() > 3);
            continue;
        }
        let path = format!("{}?limit=400", list.path(list::Form::Json));
        let got = chain.get("h", &path).await;
        let answer: Json = serde_json::from_str(&got.text).unwrap();
        let whole: Vec<String> =
            answer["rows"].as_array().unwrap().iter().map(Json::to_string).collect();
        assert_eq!(seen, whole, "{}", list.name);
    }
}

#[tokio::test]
async fn odd_addresses_are_answered_with_400_and_say_what_is_odd() {
    let chain = chain();
    for list in LISTS {
        let path = list.path(list::Form::Json);
        for odd in [
            "x=1",
            "limit=0",
            "limit=1&limit=1",
            "after=%00",
            "after=-",
            "after=9.9.9.9.9",
            "limit=%ff",
            "limit=",
        ] {
            let got = chain.get("h", &format!("{path}?{odd}")).await;
            assert_eq!(got.status, StatusCode::BAD_REQUEST, "{path}?{odd}");
            assert!(serde_json::from_str::<Json>(&got.text).unwrap()["error"].is_string());
        }
        let big = i64::MAX.to_string();
        for after in [
            big.clone(),
            format!("{big}.{big}"),
            format!("-{big}.{big}.{big}"),
            format!("{big}.-{big}.{big}.{big}"),
        ] {
            let got = chain.get("h", &format!("{path}?after={after}")).await;
            assert!(
                got.status.is_success() || got.status == StatusCode::BAD_REQUEST,
                "{path} {after}"
            );
        }
    }
    for path in
        ["/customers/zz", "/customers/%ff", "/sales/1", "/sales/9999999999999999999-1", "/sales/--"]
    {
        let got = chain.get("h", path).await;
        assert!(got.status.is_client_error(), "{path}: {}", got.status);
    }
}

#[tokio::test]
async fn every_list_is_a_parquet_file_of_the_rows_that_its_json_has() {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    let chain = chain();
    for list in LISTS {
        let json = chain.get("h", &format!("{}?limit=400", list.path(list::Form::Json))).await;
        let json: Json = serde_json::from_str(&json.text).unwrap();
        let path = format!("{}?why=x", list.path(list::Form::Parquet));
        let got = chain.get("h", &path).await;
        assert_eq!(got.status, StatusCode::OK, "{path}");
        assert_eq!(got.headers[header::CONTENT_TYPE], "application/vnd.apache.parquet");
        let file = SerializedFileReader::new(got.bytes).unwrap();
        let names: Vec<String> = file
            .metadata()
            .file_metadata()
            .schema_descr()
            .columns()
            .iter()
            .map(|column| column.name().to_owned())
            .collect();
        assert_eq!(names, list.fields.iter().map(|field| field.name).collect::<Vec<_>>());
        let rows: Vec<_> = file.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        let expected = json["rows"].as_array().unwrap();
        // The trail and sessions grow with each look.
        if !["audit", "users"].contains(&list.name) {
            assert_eq!(rows.len(), expected.len(), "{path}");
        }
        for (row, expected) in rows.iter().zip(expected).filter(|_| list.name != "audit") {
            let said = row.to_string();
            for field in list.fields {
                let text = expected[field.name].as_str().unwrap_or_default();
                assert!(
                    !matches!(field.kind, list::Kind::Text) || said.contains(text),
                    "{path} {}: {said}",
                    field.name
                );
            }
        }
    }
}

/// More rows than one page and one row group hold: the trail of a busy year.
async fn with_a_long_trail() -> (Chain, usize) {
    const LOOKS: usize = 20_750;
    let chain = chain();
    let write = |hq: &mut Hq| {
        let tx = hq.db.transaction().unwrap();
        for n in 0..LOOKS {
            audit::note(&tx, 1_000, "h", "look", &format!("=row {n}"), "").unwrap();
        }
        tx.commit().unwrap();
    };
    chain.desk.with(write).await.unwrap();
    (chain, LOOKS)
}

#[tokio::test]
async fn a_file_holds_its_list_to_the_end_however_long_it_is() {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    let (chain, looks) = with_a_long_trail().await;
    let got = chain.get("h", "/audit.csv").await;
    let rows: Vec<&str> = got.text.lines().filter(|line| line.contains("row ")).collect();
    assert_eq!(rows.len(), looks);
    for (row, n) in rows.iter().zip((0..looks).rev()) {
        assert!(row.contains(&format!(",'=row {n},")), "{row}: the newest first, each once");
    }
    let got = chain.get("h", "/audit.parquet").await;
    let file = SerializedFileReader::new(got.bytes).unwrap();
    assert!(file.num_row_groups() > 1);
    let said: Vec<String> =
        file.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
    for n in [0, 499, 500, 501, 19_999, 20_000, looks - 1] {
        let found = said.iter().filter(|row| row.contains(&format!("\"=row {n}\"")));
        assert_eq!(found.count(), 1, "{n}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_to_its_end_is_not_shown_as_whole() {
    let (chain, _) = with_a_long_trail().await;
    let token = chain.session("h").await;
    let request = Request::builder()
        .uri("/audit.csv")
        .header(header::COOKIE, format!("{}={}", door::SESSION, token.text()))
        .header(header::HOST, "127.0.0.1")
        .body(Body::empty())
        .unwrap();
    let answer = chain.router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let broken = |hq: &mut Hq| hq.db.execute_batch("ALTER TABLE audit RENAME TO gone").unwrap();
    chain.desk.with(broken).await.unwrap();
    axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap_err();
}
