//! A desk's own states: made at the door, of a category that clocks and filters know, and left to the tickets that are in them.

use axum::http::Method;
use madoguchi_platform::both_engines;
use madoguchi_tickets::{
    actions::{NewMessage, Patch},
    rights,
    testing::{Desk, words},
    views,
    words::{Status, TicketType},
};
use serde_json::{Value, json};

use crate::fields::{doors, one, send, wrong};

both_engines! {
    async fn a_state_is_made_chosen_and_put_away(desk: Desk) {
        let doors = doors(&desk);
        let new = json!({ "key": "checking", "status": "on_hold", "label": { "ja": "社内確認中", "en": "Checking" }, "types": ["incident", "question"] });
        let made = send(&doors, Method::POST, "/api/v1/ticket-states", &new).await;
        assert_eq!(made.status.as_u16(), 201, "{}", made.json());
        for (state, at, code) in [
            (json!({ "key": "checking", "status": "open", "label": { "ja": "再" } }), "key", "taken"),
            (json!({ "key": "solved", "status": "open", "label": { "ja": "再" } }), "key", "taken"),
            (json!({ "key": "X", "status": "open", "label": { "ja": "再" } }), "key", "field_key"),
            (json!({ "status": "new", "label": { "ja": "再" } }), "status", "unknown"),
            (json!({ "status": "open", "label": { "ja": "再" }, "color": "red" }), "color", "no_such_field"),
            (json!({ "status": "open", "label": { "ja": " " } }), "label", "required"),
        ] {
            let refused = send(&doors, Method::POST, "/api/v1/ticket-states", &state).await;
            assert_eq!((refused.status.as_u16(), wrong(&refused)), (422, one(at, code)), "{state}");
        }
        let listed = async |kind: &str| {
            let states = send(&doors, Method::GET, &format!("/api/v1/ticket-states{kind}"), &json!(null)).await.json();
            let key = |state: &Value| state["key"].as_str().expect("a key").to_owned();
            states["items"].as_array().expect("items").iter().map(key).collect::<Vec<_>>()
        };
        assert_eq!(listed("?type=question").await, ["new", "open", "pending", "on_hold", "checking", "solved", "closed"]);
        assert!(!listed("?type=request").await.contains(&"checking".to_owned()));

        let ticket = desk.ticket("a@kaisha.example", "冷えない").await;
        let path = format!("/api/v1/tickets/{}", ticket.id.number());
        let held = send(&doors, Method::PATCH, &path, &json!({ "state": "checking" })).await.json();
        assert_eq!((&held["state"], &held["status"]), (&json!("checking"), &json!("on_hold")));
        // The customer's word wakes it like any other that waits.
        desk.hear(Some(ticket.id), "a@kaisha.example", "急いでいます").await.expect("heard");
        assert_eq!(desk.stored(ticket.id).await.state, "open");

        // Put away, it stays where it is, and nothing comes into it.
        send(&doors, Method::PATCH, &path, &json!({ "state": "checking" })).await;
        let shape = json!({ "label": { "ja": "社内確認中" }, "types": ["incident", "question"], "archived": true });
        let at = format!("/api/v1/ticket-states/{}", made.json()["id"]);
        assert_eq!(send(&doors, Method::PUT, &at, &shape).await.json()["archived"], json!(true));
        assert_eq!(desk.stored(ticket.id).await.state, "checking");
        assert_eq!(send(&doors, Method::PATCH, &path, &json!({ "state": "checking", "priority": "high" })).await.status.as_u16(), 200);
        send(&doors, Method::PATCH, &path, &json!({ "state": "open" })).await;
        assert_eq!(wrong(&send(&doors, Method::PATCH, &path, &json!({ "state": "checking" })).await), one("state", "unknown"));
        assert!(listed("").await.contains(&"checking".to_owned()));
    }

    async fn an_answer_leaves_it_there_and_another_type_takes_it_to_its_category(desk: Desk) {
        let doors = doors(&desk);
        let new = json!({ "key": "part", "status": "pending", "label": { "ja": "部品待ち" }, "types": ["incident"] });
        send(&doors, Method::POST, "/api/v1/ticket-states", &new).await;
        let id = desk.ticket("a@kaisha.example", "冷えない").await.id;
        let path = format!("/api/v1/tickets/{}", id.number());
        let answer = json!({ "text": "部品を取り寄せます。", "state": "part" });
        let refused = send(&doors, Method::POST, &format!("{path}/replies"), &answer).await;
        assert_eq!(wrong(&refused), one("state", "unknown"), "a question has no parts");
        desk.change(id, None, Patch { ticket_type: Some(TicketType::Incident), ..Patch::default() }).await.expect("changed");
        let replied = send(&doors, Method::POST, &format!("{path}/replies"), &answer).await;
        assert_eq!(replied.status.as_u16(), 201, "{}", replied.json());
        assert_eq!(desk.stored(id).await.state, "part");

        let searched = send(&doors, Method::GET, "/api/v1/tickets?view=all&q=%E7%8A%B6%E6%85%8B:%E9%83%A8%E5%93%81%E5%BE%85%E3%81%A1", &json!(null)).await;
        assert_eq!(searched.json()["items"][0]["state"], json!("part"), "{}", searched.json());

        let after = desk.change(id, None, Patch { ticket_type: Some(TicketType::Request), ..Patch::default() }).await.expect("changed");
        assert_eq!((after.state.as_str(), after.status), ("pending", Status::Pending));
        let may = desk.may::<rights::Read>();
        let revision = after.revision;
        let then = desk.read(desk.tenant_id(), async move |tx| views::rebuild(tx, &may, id, revision).await).await.expect("rebuilt");
        assert_eq!(then, after);
    }

    async fn an_answer_that_is_taken_back_brings_its_state_back(desk: Desk) {
        let doors = doors(&desk);
        send(&doors, Method::POST, "/api/v1/ticket-states", &json!({ "key": "part", "status": "pending", "label": { "ja": "部品待ち" } })).await;
        let id = desk.ticket("a@kaisha.example", "冷えない").await.id;
        desk.change(id, None, Patch { state: Some("part".to_owned()), ..Patch::default() }).await.expect("changed");
        let (reply, read) = (desk.may::<rights::Reply>(), desk.may::<rights::Read>());
        let new = NewMessage { state: Some("solved".to_owned()), ..words("直りました。") };
        let ticket = desk.write(desk.tenant_id(), async move |tx| {
            let (_, message) = madoguchi_tickets::actions::reply(tx, &reply, id, &new).await?;
            madoguchi_tickets::actions::withdraw(tx, &reply, &read, id, message.id).await
        });
        assert_eq!(ticket.await.expect("taken back").state, "part");
    }
}
