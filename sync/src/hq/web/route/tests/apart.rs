//! What belongs to another store is as unknown as what does not exist.

use super::*;

#[tokio::test]
async fn another_stores_data_is_as_unknown_as_what_does_not_exist() {
    let chain = chain();
    let nobody = CustomerId([9; 16]);
    for name in ["r", "s"] {
        for row in table() {
            let of_all = ["{user}", "{survey}", "{text}"];
            let is_of_all = of_all.iter().any(|part| row.path.contains(part));
            let has_part = row.path.contains('{') && !is_of_all;
            let is_theirs = matches!(row.who, Who::Roles(roles) if roles.contains(&Role::Store));
            if !has_part || !is_theirs {
                continue;
            }
            let mut texts = Vec::new();
            let unknown = Place {
                customer: nobody,
                sale: "77-1".into(),
                task: 99_999,
                case: 99_999,
                question: 99_999,
                ..chain.other.clone()
            };
            for place in [&chain.other, &unknown] {
                let path = filled(&row.path, place);
                let got = chain.as_user(name, &row.method, &path, "why=x&field=size&value=M").await;
                assert_eq!(got.status, StatusCode::NOT_FOUND, "{name} {path}");
                texts.push(got.text.lines().last().map(|line| line.len()));
            }
            assert_eq!(texts[0], texts[1], "{}", row.path);
        }
        for list in
            LISTS.iter().filter(|list| list.params.iter().any(|param| param.name == "store"))
        {
            for form in [list::Form::Page, list::Form::Csv, list::Form::Json] {
                let path = format!("{}?store={}&why=x", list.path(form), chain.other.store);
                let path = if form == list::Form::Page { path.replace("&why=x", "") } else { path };
                assert_eq!(
                    chain.get(name, &path).await.status,
                    StatusCode::NOT_FOUND,
                    "{name} {path}"
                );
                let bare = list.path(form);
                let bare = if form == list::Form::Csv { bare + "?why=x" } else { bare };
                let text = chain.get(name, &bare).await.text;
                assert!(!text.contains("远店") && !text.contains("139****8888"), "{name} {bare}");
                let text = chain.get("h", &bare).await.text;
                assert!(
                    text.contains("远店") || text.contains("139****8888") || list.name == "days",
                    "h {bare}"
                );
            }
        }
        for path in ["/", "/api/v1/customers?tail=8888"] {
            let text = chain.get(name, path).await.text;
            assert!(!text.contains("远店") && !text.contains("139****8888"), "{name} {path}");
        }
        let found =
            chain.as_user(name, &Method::POST, "/customers/find", &format!("what={OTHER}")).await;
        assert!(!found.text.contains("139****8888") && found.status == StatusCode::OK, "{name}");
    }
}
