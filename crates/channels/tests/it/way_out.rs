//! By which way an answer leaves, and what is told when there is none; through the front door, on both engines.

use axum::http::StatusCode;
use madoguchi_channels::mail::road::Server;
use madoguchi_platform::both_engines;
use serde_json::{Value, json};

use crate::{
    desk::{ADDRESS, Desk, nowhere},
    doors::{Doors, mailbox},
    sending::{Mood, meet, server},
};

fn new_ticket(requester: Value) -> Value {
    json!({ "subject": "修理", "requester": requester, "message": { "text": "電話で聞きました。" } })
}

async fn open(doors: &Doors, requester: Value) -> Value {
    let opened = doors.all("POST", "/tickets", Some(new_ticket(requester))).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.text);
    opened.body["id"].clone()
}

async fn way(doors: &Doors, ticket: &Value) -> Value {
    doors.all("GET", &format!("/tickets/{ticket}/way-out"), None).await.body
}

/// An agent answers; the message's id.
async fn answer(doors: &Doors, ticket: &Value) -> Value {
    let said = doors.all("POST", &format!("/tickets/{ticket}/replies"), Some(json!({ "text": "伺います。" }))).await;
    assert_eq!(said.status, StatusCode::CREATED, "{}", said.text);
    said.body["id"].clone()
}

/// Where the ticket's answer is on its way out, as an agent sees it.
async fn delivery(doors: &Doors, ticket: &Value) -> Value {
    let shown = doors.all("GET", &format!("/tickets/{ticket}?include=messages"), None).await;
    shown.body["messages"].as_array().expect("messages").last().expect("the answer")["delivery"].clone()
}

fn at(server: &Server) -> Value {
    let mut mailbox = mailbox();
    mailbox["smtp"] = json!({ "host": server.host, "port": server.port, "tls": "none", "user": "" });
    mailbox
}

both_engines! {
    async fn an_answer_without_a_mailbox_says_so_and_leaves_once_there_is_one(desk: Desk) {
        let doors = Doors::of(&desk);
        let ticket = open(&doors, json!({ "email": "taro@example.jp", "name": "太郎" })).await;
        let before = way(&doors, &ticket).await;
        assert_eq!((&before["mailbox"], &before["leaves"], &before["problem"]["code"]), (&Value::Null, &json!("never"), &json!("mail.no_mailbox")));
        assert!(before["problem"]["detail"].as_str().expect("a sentence").contains("メールボックス"));

        // The same of a ticket that is yet to be opened, for whoever may open one.
        let first = doors.all("GET", "/way-out", None).await.body;
        assert_eq!((&first["mailbox"], &first["leaves"], &first["problem"]["code"]), (&Value::Null, &json!("never"), &json!("mail.no_mailbox")));

        let message = answer(&doors, &ticket).await;
        desk.settle().await;
        let told = delivery(&doors, &ticket).await;
        assert_eq!((&told["state"], &told["code"]), (&json!("failed"), &json!("mail.no_mailbox")), "{told}");
        assert!(told["error"].as_str().expect("a sentence").contains("メールボックス"));
        let resend = format!("/messages/{message}/resend");
        let refused = doors.all("POST", &resend, Some(json!({}))).await;
        assert_eq!((refused.status, &refused.body["code"]), (StatusCode::CONFLICT, &json!("mail.no_mailbox")));

        let (server, played) = server(Mood::Takes).await;
        let added = doors.all("POST", "/mailboxes", Some(at(&server))).await;
        assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
        let now = way(&doors, &ticket).await;
        assert_eq!((&now["leaves"], &now["problem"], &now["mailbox"]["address"]), (&json!("now"), &Value::Null, &json!(ADDRESS)));
        assert_eq!(now["to"], json!([{ "name": "太郎", "address": "taro@example.jp" }]));
        assert_eq!(doors.all("POST", &resend, Some(json!({}))).await.status, StatusCode::NO_CONTENT);
        let letter = meet(&desk, played).await;
        assert_eq!(delivery(&doors, &ticket).await["state"], "sent");
        assert!(letter.contains("taro@example.jp") && letter.contains(ADDRESS));
        assert!(!letter.contains(madoguchi_channels::mail::compose::RESENT), "it never left before");
    }

    async fn an_answer_to_nobody_says_so(desk: Desk) {
        let doors = Doors::of(&desk);
        let known = doors.all("POST", "/contacts", Some(json!({ "name": "電話の方" }))).await;
        assert_eq!(known.status, StatusCode::CREATED, "{}", known.text);
        let ticket = open(&doors, json!({ "id": known.body["id"] })).await;
        let (server, played) = server(Mood::Takes).await;
        doors.all("POST", "/mailboxes", Some(at(&server))).await;
        let before = way(&doors, &ticket).await;
        assert_eq!((&before["leaves"], &before["problem"]["code"]), (&json!("never"), &json!("mail.no_address")));
        let message = answer(&doors, &ticket).await;
        desk.settle().await;
        assert_eq!(delivery(&doors, &ticket).await["code"], "mail.no_address");
        // Somebody asks for the address and enters it.
        let contact = format!("/contacts/{}", known.body["id"]);
        let entered = doors.all("PATCH", &contact, Some(json!({ "emails": [{ "address": "denwa@example.jp" }] }))).await;
        assert_eq!(entered.status, StatusCode::OK, "{}", entered.text);
        doors.all("POST", &format!("/messages/{message}/resend"), Some(json!({}))).await;
        assert!(meet(&desk, played).await.contains("denwa@example.jp"));
        assert_eq!(delivery(&doors, &ticket).await["state"], "sent");
    }

    async fn an_answer_leaves_from_the_nearest_mailbox_that_works(desk: Desk) {
        let doors = Doors::of(&desk);
        let team = doors.all("POST", "/teams", Some(json!({ "name": "窓口係", "agents": [] }))).await.body["id"].clone();
        let ticket = open(&doors, json!({ "email": "taro@example.jp" })).await;
        let add = async |address: &str, team: &Value| {
            let mut new = mailbox();
            (new["address"], new["team"]) = (json!(address), team.clone());
            doors.all("POST", "/mailboxes", Some(new)).await.body["id"].clone()
        };
        let teams = add("team@help.example.com", &team).await;
        let desks = add("desk@help.example.com", &Value::Null).await;
        let own = add("own@help.example.com", &Value::Null).await;
        let from = async || way(&doors, &ticket).await["mailbox"]["id"].clone();
        let change = async |change: Value| doors.all("PATCH", &format!("/tickets/{ticket}"), Some(change)).await;
        assert_eq!(from().await, desks, "the desk's oldest that belongs to no team");
        assert_eq!(change(json!({ "team": team })).await.status, StatusCode::OK);
        assert_eq!(from().await, teams, "its team's");
        assert_eq!(change(json!({ "mailbox": own })).await.status, StatusCode::OK);
        assert_eq!(from().await, own, "its own");
        let first = async |query: String| doors.all("GET", &format!("/way-out{query}"), None).await.body["mailbox"]["id"].clone();
        assert_eq!(first(String::new()).await, desks, "and so before it is opened");
        assert_eq!(first(format!("?team={team}")).await, teams);
        assert_eq!(first(format!("?team={team}&mailbox={own}")).await, own);
        doors.all("PATCH", &format!("/mailboxes/{own}"), Some(json!({ "state": "off" }))).await;
        let rests = way(&doors, &ticket).await;
        assert_eq!((&rests["mailbox"]["id"], &rests["leaves"], &rests["problem"]["code"]), (&own, &json!("later"), &json!("mail.mailbox_off")));
        answer(&doors, &ticket).await;
        desk.settle().await;
        assert_eq!(delivery(&doors, &ticket).await["state"], "queued");
        doors.all("DELETE", &format!("/mailboxes/{own}"), None).await;
        assert_eq!(from().await, teams);
    }

    async fn a_ticket_names_a_mailbox_that_there_is(desk: Desk) {
        let doors = Doors::of(&desk);
        let other = Desk::on_the_same_house(&desk).await;
        crate::desk::found(&other.house, other.tenant, "other").await;
        let foreign = other.mailbox(nowhere("a@other.example"), "").await.id.number();
        let own = doors.all("POST", "/mailboxes", Some(mailbox())).await.body["id"].clone();
        let ticket = open(&doors, json!({ "email": "taro@example.jp" })).await;
        let named = async |mailbox: &Value| {
            let mut new = new_ticket(json!({ "email": "taro@example.jp" }));
            new["mailbox"] = mailbox.clone();
            let path = format!("/tickets/{ticket}");
            [doors.all("POST", "/tickets", Some(new)).await, doors.all("PATCH", &path, Some(json!({ "mailbox": mailbox }))).await]
        };
        for wrong in [json!(999), json!(foreign)] {
            for answered in named(&wrong).await {
                assert_eq!(answered.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answered.text);
                assert_eq!((&answered.body["errors"][0]["field"], &answered.body["errors"][0]["code"]), (&json!("mailbox"), &json!("unknown")));
            }
        }
        let [opened, changed] = named(&own).await;
        assert_eq!((opened.status, changed.status), (StatusCode::CREATED, StatusCode::OK));
        assert_eq!(doors.all("GET", "/tickets", None).await.body["items"].as_array().expect("items").len(), 2);
    }
}
