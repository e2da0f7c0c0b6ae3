//! A desk's own fields: made at the door, held by every door that opens, changes or solves a ticket, and told by facts.

use axum::{Router, http::Method};
use madoguchi_platform::{
    both_engines,
    house::fact,
    http::{App, HttpSettings},
    search::shelf::Shelf,
};
use madoguchi_tickets::{
    TicketId,
    actions::{self, NewMessage, Patch},
    facts::Fields,
    rights,
    testing::{Desk, words},
    views,
};
use serde_json::{Value, json};

use crate::files::{AGENT, Friendly, Reply, ask, served, store};

pub fn doors(desk: &Desk) -> Router {
    let doorman = std::sync::Arc::new(Friendly(desk.agent().clone()));
    served(App::with_shelf(desk.house(), doorman, store(desk), HttpSettings::default(), Shelf::nowhere()))
}

pub async fn send(doors: &Router, method: Method, url: &str, body: &Value) -> Reply {
    let headers = [AGENT, ("content-type", "application/json")];
    ask(doors, method, url, &headers, &body.to_string()).await
}

async fn made(doors: &Router, field: Value) -> Value {
    let reply = send(doors, Method::POST, "/api/v1/ticket-fields", &field).await;
    assert_eq!(reply.status.as_u16(), 201, "{}", reply.json());
    reply.json()
}

fn ticket(fields: &Value) -> Value {
    json!({
        "subject": "冷えない", "requester": { "email": "a@kaisha.example" }, "message": { "text": "電話で" }, "type": "incident",
        "fields": fields,
    })
}

/// What was wrong, by field and code.
pub fn wrong(reply: &Reply) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let errors = reply.json()["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| (text(&error["field"]), text(&error["code"]))).collect()
}

pub fn one(field: &str, code: &str) -> Vec<(String, String)> {
    vec![(field.to_owned(), code.to_owned())]
}

async fn changed(desk: &Desk, id: TicketId, fields: Value) {
    let given: Fields = serde_json::from_value(fields).expect("fields");
    desk.change(id, None, Patch { fields: Some(given), ..Patch::default() }).await.expect("changed");
}

both_engines! {
    async fn a_field_is_made_changed_ordered_and_put_away(desk: Desk) {
        let doors = doors(&desk);
        let model = made(&doors, json!({ "key": "model", "holds": "text", "label": { "ja": "型番", "en": "Model" } })).await;
        let cause = json!({ "holds": "choice", "label": { "ja": "原因" }, "choices": [{ "label": { "ja": "落下" } }, { "label": { "ja": "水濡れ" } }] });
        let cause = made(&doors, cause).await;
        assert_eq!((&cause["key"], &cause["choices"][1]["key"], &cause["required"]), (&json!("field_1"), &json!("c2"), &json!("never")));

        for (field, at, code) in [
            (json!({ "key": "model", "holds": "text", "label": { "ja": "再" } }), "key", "taken"),
            (json!({ "key": "Model", "holds": "text", "label": { "ja": "再" } }), "key", "field_key"),
            (json!({ "holds": "text", "label": {} }), "label", "required"),
            (json!({ "holds": "text", "label": { "ja": "再" }, "requird": "solve" }), "requird", "no_such_field"),
            (json!({ "holds": "text", "label": { "ja": "再", "de": "x" } }), "de", "no_such_field"),
            (json!({ "holds": "text", "label": { "ja": "再" }, "when": { "field": "fields.none", "op": "empty" } }), "when.field", "unknown"),
        ] {
            let refused = send(&doors, Method::POST, "/api/v1/ticket-fields", &field).await;
            assert_eq!((refused.status.as_u16(), wrong(&refused)), (422, one(at, code)), "{field}");
        }

        // A choice that is no longer named is put away: whoever has it keeps it.
        let path = format!("/api/v1/ticket-fields/{}", cause["id"]);
        let shape = json!({ "label": { "ja": "原因" }, "choices": [{ "key": "c2", "label": { "ja": "浸水" } }] });
        let after = send(&doors, Method::PUT, &path, &shape).await.json();
        assert_eq!(after["choices"], json!([
            { "key": "c2", "label": { "ja": "浸水", "en": "" }, "archived": false },
            { "key": "c1", "label": { "ja": "落下", "en": "" }, "archived": true },
        ]));
        let headers = [AGENT, ("content-type", "application/json"), ("if-match", "\"1\"")];
        let late = ask(&doors, Method::PUT, &path, &headers, &shape.to_string()).await;
        assert_eq!(late.status.as_u16(), 412);

        let order = json!({ "fields": [cause["id"]] });
        let listed = send(&doors, Method::PUT, "/api/v1/ticket-fields/order", &order).await.json();
        assert_eq!((&listed["items"][0]["id"], &listed["items"][1]["id"]), (&cause["id"], &model["id"]));
        let strange = send(&doors, Method::PUT, "/api/v1/ticket-fields/order", &json!({ "fields": [1] })).await;
        assert_eq!(wrong(&strange), one("fields", "unknown"));
    }

    async fn what_a_ticket_holds_has_one_form_and_what_is_wrong_is_named(desk: Desk) {
        let doors = doors(&desk);
        made(&doors, json!({ "key": "bought", "holds": "date", "label": { "ja": "購入日" } })).await;
        made(&doors, json!({ "key": "who", "holds": "person", "label": { "ja": "承認者" } })).await;
        made(&doors, json!({ "key": "photo", "holds": "file", "label": { "ja": "写真" } })).await;
        let me = desk.agent().id;
        let opened = send(&doors, Method::POST, "/api/v1/tickets", &ticket(&json!({ "bought": "令和元年5月1日", "who": me }))).await;
        assert_eq!(opened.json()["fields"], json!({ "bought": "2019-05-01", "who": me }), "{}", opened.json());
        let path = format!("/api/v1/tickets/{}", opened.json()["id"]);

        for (fields, at, code) in [
            (json!({ "bought": "平成元年1月7日" }), "fields.bought", "field_date"),
            (json!({ "who": 12 }), "fields.who", "unknown"),
            (json!({ "photo": 12 }), "fields.photo", "unknown"),
            (json!({ "colour": "red" }), "fields.colour", "no_such_field"),
        ] {
            let refused = send(&doors, Method::PATCH, &path, &json!({ "subject": "別の件", "fields": fields })).await;
            assert_eq!((refused.status.as_u16(), wrong(&refused)), (422, one(at, code)));
        }
        let after = send(&doors, Method::PATCH, &path, &json!({ "fields": { "bought": null } })).await.json();
        assert_eq!((&after["fields"], &after["subject"]), (&json!({ "who": me }), &json!("冷えない")));
    }

    async fn every_door_asks_for_what_has_to_be_filled(desk: Desk) {
        let doors = doors(&desk);
        made(&doors, json!({ "key": "model", "holds": "text", "label": { "ja": "型番" }, "types": ["incident"], "required": "open" })).await;
        let refused = send(&doors, Method::POST, "/api/v1/tickets", &ticket(&json!({}))).await;
        assert_eq!((refused.status.as_u16(), wrong(&refused)), (422, one("fields.model", "required")));
        let opened = send(&doors, Method::POST, "/api/v1/tickets", &ticket(&json!({ "model": "AB-1" }))).await.json();
        assert_eq!(opened["fields"]["model"], json!("AB-1"));

        assert_eq!(opened["applying"], json!(["model"]));
        let draft = |kind: &str| json!({ "type": kind, "fields": { "model": "AB-1", "none": 1 } });
        for (kind, applying) in [("incident", json!(["model"])), ("question", json!([]))] {
            let said = send(&doors, Method::POST, "/api/v1/ticket-fields/applying", &draft(kind)).await;
            assert_eq!(said.json()["applying"], applying, "{}", said.json());
        }

        // A customer's letter is never refused; whoever solves what came of it is asked.
        made(&doors, json!({ "key": "cause", "holds": "text", "label": { "ja": "原因" }, "required": "solve",
            "when": { "field": "fields.model", "op": "begins", "value": "ab" } })).await;
        let heard = desk.hear(None, "b@kaisha.example", "動きません").await.expect("heard").ticket;
        desk.reply(heard.id, "確認します。").await.expect("an answer");
        let path = format!("/api/v1/tickets/{}", heard.id.number());
        let solve = json!({ "state": "solved" });
        assert_eq!(send(&doors, Method::PATCH, &path, &solve).await.status.as_u16(), 200, "a question needs neither");
        send(&doors, Method::PATCH, &path, &json!({ "state": "open", "type": "incident" })).await;
        assert_eq!(wrong(&send(&doors, Method::PATCH, &path, &solve).await), one("fields.model", "required"));
        changed(&desk, heard.id, json!({ "model": "ＡＢ-9" })).await;
        assert_eq!(wrong(&send(&doors, Method::PATCH, &path, &solve).await), one("fields.cause", "required"));
        let answer = json!({ "text": "直りました。", "state": "solved" });
        let replied = send(&doors, Method::POST, &format!("{path}/replies"), &answer).await;
        assert_eq!(wrong(&replied), one("fields.cause", "required"));
        assert_eq!(desk.stored(heard.id).await.messages_count, 2, "nothing was said");

        let unfilled = send(&doors, Method::GET, "/api/v1/ticket-fields/unfilled", &json!(null)).await.json();
        let counts: Vec<_> = unfilled["items"].as_array().expect("items").iter().map(|one| (&one["open"], &one["done"])).collect();
        assert_eq!(counts, [(&json!(0), &json!(0)), (&json!(2), &json!(0))]);
        let condition: String = unfilled["items"][1]["condition"].to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
        let listed = ask(&doors, Method::GET, &format!("/api/v1/tickets?where={condition}"), &[AGENT], "").await;
        assert_eq!(listed.json()["items"].as_array().map(Vec::len), Some(2));

        let done = json!({ "state": "solved", "fields": { "cause": "落下" } });
        let solved = send(&doors, Method::PATCH, &path, &done).await.json();
        assert_eq!((&solved["status"], &solved["fields"]["cause"]), (&json!("solved"), &json!("落下")));
        // What is solved already may lose it again; nobody is asked twice.
        assert_eq!(send(&doors, Method::PATCH, &path, &json!({ "fields": { "cause": "" } })).await.status.as_u16(), 200);
    }

    async fn what_people_wrote_freely_stands_beside_the_facts(desk: Desk) {
        let doors = doors(&desk);
        made(&doors, json!({ "key": "model", "holds": "text", "label": { "ja": "型番" } })).await;
        made(&doors, json!({ "key": "count", "holds": "number", "label": { "ja": "台数" } })).await;
        let opened = send(&doors, Method::POST, "/api/v1/tickets", &ticket(&json!({ "model": "秘密の型番", "count": 2 }))).await.json();
        let id = TicketId::new(opened["id"].as_i64().expect("an id"));
        changed(&desk, id, json!({ "model": "別の型番", "count": 3 })).await;
        changed(&desk, id, json!({ "model": null })).await;

        let tenant = desk.tenant_id();
        let facts = desk.read(tenant, async move |tx| fact::stream(tx, tenant, id.number(), 0, 9).await).await.expect("facts");
        assert!(facts.iter().all(|fact| !fact.data.contains("型番")), "erasable text stands in no fact");
        for (revision, fields) in [
            (1, json!({ "model": "秘密の型番", "count": 2 })),
            (2, json!({ "model": "別の型番", "count": 3 })),
            (3, json!({ "count": 3 })),
        ] {
            let may = desk.may::<rights::Read>();
            let then = desk.read(desk.tenant_id(), async move |tx| views::rebuild(tx, &may, id, revision).await).await.expect("then");
            assert_eq!(serde_json::to_value(then.fields).expect("JSON"), fields);
        }
        let told = send(&doors, Method::GET, &format!("/api/v1/tickets/{}/timeline", id.number()), &json!(null)).await.json();
        let change = told["items"].as_array().expect("items").iter().find(|item| item["seq"] == 2).expect("the change");
        assert_eq!(change["changes"][0]["before"], json!({ "model": "秘密の型番", "count": 2 }));
        assert_eq!(change["changes"][0]["after"], json!({ "model": "別の型番", "count": 3 }));
    }

    async fn machines_are_not_asked(desk: Desk) {
        let doors = doors(&desk);
        made(&doors, json!({ "key": "model", "holds": "text", "label": { "ja": "型番" }, "required": "open" })).await;
        let heard = desk.hear(None, "b@kaisha.example", "動きません").await.expect("heard").ticket;
        assert!(heard.fields.is_empty());
        let (may, id) = (desk.may::<rights::Note>(), heard.id);
        let new = NewMessage { state: Some("solved".to_owned()), ..words("済み") };
        let noted = desk.write(desk.tenant_id(), async move |tx| actions::note(tx, &may, id, &new).await).await;
        assert_eq!(noted.err().expect("somebody is").fields[0].field, "fields.model");
    }
}
