//! A ticket by telephone or at the counter: who it is of, and when somebody is recognized; through the front door, on
//! both engines.

use axum::http::StatusCode;
use madoguchi_platform::both_engines;
use serde_json::{Value, json};

use crate::{desk::Desk, doors::Doors};

/// A note of what was said, by this requester; the ticket.
async fn opened(doors: &Doors, requester: Value, channel: &str) -> Value {
    let new = json!({
        "subject": "折り返しの依頼", "requester": requester, "channel": channel,
        "message": { "text": "三時以降に折り返す。", "internal": true },
    });
    let answer = doors.all("POST", "/tickets", Some(new)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.body
}

/// Whose ticket becomes of it.
async fn asker(doors: &Doors, requester: Value) -> i64 {
    opened(doors, requester, "phone").await["requester"]["id"].as_i64().expect("an id")
}

async fn contact(doors: &Doors, id: i64) -> Value {
    doors.all("GET", &format!("/contacts/{id}"), None).await.body
}

both_engines! {
    async fn a_caller_without_an_address_is_a_contact_with_a_number(desk: Desk) {
        let doors = Doors::of(&desk);
        let ticket = opened(&doors, json!({ "name": " 山田 太郎 ", "phone": "０９０−１２３４−５６７８" }), "phone").await;
        assert_eq!((&ticket["channel"], &ticket["requester"]["name"]), (&json!("phone"), &json!("山田 太郎")));
        let known = contact(&doors, ticket["requester"]["id"].as_i64().expect("an id")).await;
        assert_eq!(known["phones"], json!([{ "number": "+819012345678", "label": null }]));
        assert_eq!((&known["emails"], &known["revision"]), (&json!([]), &json!(1)));
        let shown = doors.all("GET", &format!("/tickets/{}?include=messages", ticket["id"]), None).await.body;
        assert_eq!((&shown["channel"], &shown["messages"][0]["channel"]), (&json!("phone"), &json!("web")), "a note is ours");
        // The customer's own words come by the same road as the matter.
        let spoken = json!({
            "subject": "来店", "requester": { "name": "来店の方" }, "channel": "in_person", "message": { "text": "部品がほしい。" },
        });
        let spoken = doors.all("POST", "/tickets", Some(spoken)).await.body;
        let shown = doors.all("GET", &format!("/tickets/{}?include=messages", spoken["id"]), None).await.body;
        assert_eq!((&shown["messages"][0]["channel"], &shown["messages"][0]["direction"]), (&json!("in_person"), &json!("in")));
    }

    async fn a_number_recognizes_only_together_with_the_name(desk: Desk) {
        let doors = Doors::of(&desk);
        let ask = async |requester: Value| asker(&doors, requester).await;
        let taro = ask(json!({ "name": "山田 太郎", "phone": "03-1234-5678" })).await;
        assert_eq!(ask(json!({ "name": "山田太郎", "phone": "+81 3 1234 5678" })).await, taro, "both agree");
        let hanako = ask(json!({ "name": "山田 花子", "phone": "03-1234-5678" })).await;
        assert_ne!(hanako, taro, "a household shares a number");
        assert_eq!(ask(json!({ "name": "山田 花子", "phone": "0312345678" })).await, hanako);
        let nameless = ask(json!({ "phone": "03-1234-5678" })).await;
        assert!(![taro, hanako].contains(&nameless), "a number alone is nobody whom we know by name");
        assert_eq!(contact(&doors, nameless).await["name"], "+81312345678");
        assert_eq!(ask(json!({ "phone": "03-1234-5678" })).await, nameless);
        let walk_in = ask(json!({ "name": "山田 太郎" })).await;
        assert!(walk_in != taro && ask(json!({ "name": "山田 太郎" })).await != walk_in, "a name recognizes nobody");
        assert_eq!(contact(&doors, taro).await["revision"], 1, "none of it changed whom we know");
    }

    async fn two_who_are_called_the_same_and_share_a_number_are_not_guessed_at(desk: Desk) {
        let doors = Doors::of(&desk);
        let tanaka = json!({ "name": "田中", "phones": [{ "number": "06-1111-2222", "label": null }] });
        let mut known = Vec::new();
        for _ in 0..2 {
            let added = doors.all("POST", "/contacts", Some(tanaka.clone())).await;
            assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
            known.push(added.body["id"].as_i64().expect("an id"));
        }
        assert!(!known.contains(&asker(&doors, json!({ "name": "田中", "phone": "06-1111-2222" })).await));
        assert_eq!(asker(&doors, json!({ "id": known[1] })).await, known[1], "the agent knows better");
    }

    async fn an_address_decides_alone(desk: Desk) {
        let doors = Doors::of(&desk);
        let taro = asker(&doors, json!({ "name": "山田 太郎", "phone": "03-1234-5678" })).await;
        let mailed = json!({ "name": "山田 太郎", "email": "taro@kaisha.example", "phone": "03-1234-5678" });
        let other = asker(&doors, mailed).await;
        assert_ne!(other, taro, "a number does not lend somebody an address");
        let known = contact(&doors, other).await;
        assert_eq!((&known["emails"][0]["address"], &known["phones"][0]["number"]), (&json!("taro@kaisha.example"), &json!("+81312345678")));
        let again = json!({ "email": "Taro@kaisha.example", "phone": "090-9999-0000" });
        assert_eq!(asker(&doors, again).await, other);
        assert_eq!(contact(&doors, other).await["phones"].as_array().expect("numbers").len(), 1, "nothing is added unseen");
    }

    async fn what_is_wrong_is_said_of_its_field(desk: Desk) {
        let doors = Doors::of(&desk);
        for (requester, field, code) in [
            (json!({}), "requester", "nobody_named"),
            (json!({ "name": "　", "email": "", "phone": " " }), "requester", "nobody_named"),
            (json!({ "name": "太郎", "phone": "電話なし" }), "requester.phone", "phone"),
            (json!({ "name": "太郎", "email": "taro" }), "requester.email", "address"),
            (json!({ "name": "長".repeat(201) }), "requester.name", "too_long"),
            (json!({ "id": 1 }), "requester", "unknown"),
        ] {
            let new = json!({ "subject": "件", "requester": requester, "message": { "text": "…", "internal": true } });
            let refused = doors.all("POST", "/tickets", Some(new)).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
            let error = &refused.body["errors"][0];
            assert_eq!((&error["field"], &error["code"]), (&json!(field), &json!(code)), "{}", refused.text);
            assert!(error["detail"].as_str().expect("a sentence").ends_with('。'));
        }
    }

    async fn a_contact_is_found_by_the_beginning_of_a_number(desk: Desk) {
        let doors = Doors::of(&desk);
        let taro = asker(&doors, json!({ "name": "山田 太郎", "phone": "03-1234-5678" })).await;
        asker(&doors, json!({ "name": "別の方", "phone": "090-1234-5678" })).await;
        for typed in ["03-12", "%EF%BC%90%EF%BC%93%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94", "%2B8131", "%E5%B1%B1%E7%94%B0"] {
            let found = doors.all("GET", &format!("/contacts?q={typed}"), None).await.body;
            let ids: Vec<&Value> = found["items"].as_array().expect("items").iter().map(|item| &item["id"]).collect();
            assert_eq!(ids, [&json!(taro)], "{typed}");
        }
    }
}
