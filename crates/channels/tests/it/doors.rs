//! Mail over HTTP, behind the porch: what is answered, what is never shown, who may.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
    middleware,
};
use futures_util::{FutureExt, future::BoxFuture};
use madoguchi_kernel::problem::Result;
use madoguchi_platform::{
    access::Actor,
    both_engines,
    http::{App, Doorman, HttpSettings, Knock, visited},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::desk::{ADDRESS, Desk};

/// Knows one word for each of three: who may everything, the same who signed in long ago, and who may look at nothing.
struct TestDoorman {
    all: Arc<Actor>,
    long_ago: Arc<Actor>,
    nothing: Arc<Actor>,
}

impl Doorman for TestDoorman {
    fn recognize(&self, knock: Knock) -> BoxFuture<'_, Result<Option<Arc<Actor>>>> {
        let who = match knock.bearer.as_deref() {
            Some("all") => Some(self.all.clone()),
            Some("long ago") => Some(self.long_ago.clone()),
            Some("nothing") => Some(self.nothing.clone()),
            _ => None,
        };
        async move { Ok(who) }.boxed()
    }
}

pub struct Doors {
    router: Router,
}

impl Doors {
    pub fn of(desk: &Desk) -> Self {
        Self::asking(desk, None)
    }

    /// The same, of a house that asks this server what stands in the DNS.
    pub fn asking(desk: &Desk, dns_server: Option<SocketAddr>) -> Self {
        let nothing = Arc::new(Actor { rights: Arc::new(BTreeSet::new()), ..(*desk.actor).clone() });
        let long_ago = Arc::new(Actor { recent: false, ..(*desk.actor).clone() });
        let doorman = Arc::new(TestDoorman { all: desk.actor.clone(), long_ago, nothing });
        let tools = &desk.tools;
        let settings =
            HttpSettings { reached_machines: vec![Ipv4Addr::LOCALHOST.into()], dns_server, ..HttpSettings::default() };
        let app = App::new(desk.house.house(), doorman, tools.keys.clone(), tools.blobs.clone(), settings);
        let routes = madoguchi_people::routes().merge(madoguchi_tickets::http::routes());
        let (routes, _) = routes.merge(madoguchi_channels::routes()).split_for_parts();
        let router = routes.layer(middleware::from_fn_with_state(app.clone(), visited)).with_state(app);
        Self { router }
    }

    pub async fn ask(&self, who: &str, method: &str, path: &str, body: Option<Value>) -> Answered {
        let request = Request::builder()
            .method(method)
            .uri(if path.starts_with("/files/") { path.to_owned() } else { format!("/api/v1{path}") })
            .header(header::AUTHORIZATION, format!("Bearer {who}"))
            .header(header::CONTENT_TYPE, "application/json")
            .extension(ConnectInfo(SocketAddr::from((Ipv4Addr::LOCALHOST, 1))))
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
            .expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let status = response.status();
        let content_type =
            response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let content_type = content_type.to_owned();
        let nosniff = response.headers().contains_key(header::X_CONTENT_TYPE_OPTIONS);
        let bytes = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Answered { status, content_type, nosniff, text, body }
    }

    pub async fn fetch(&self, address: &str) -> Answered {
        self.ask("nobody", "GET", address, None).await
    }

    pub async fn all(&self, method: &str, path: &str, body: Option<Value>) -> Answered {
        self.ask("all", method, path, body).await
    }
}

pub struct Answered {
    pub status: StatusCode,
    content_type: String,
    nosniff: bool,
    pub text: String,
    pub body: Value,
}

pub fn mailbox() -> Value {
    json!({
        "name": "サポート", "address": ADDRESS, "team": null, "state": "ok",
        "imap": { "host": "127.0.0.1", "port": 1, "tls": "none", "user": "desk", "password": "himitsu", "folder": "INBOX" },
        "smtp": { "host": "127.0.0.1", "port": 1, "tls": "none", "user": "desk", "password": "himitsu" },
    })
}

both_engines! {
    async fn where_mail_comes_from_and_goes_to_asks_for_a_recent_sign_in(desk: Desk) {
        let doors = Doors::of(&desk);
        let application = json!({ "name": "Google", "provider": "google", "flow": "authorization_code", "client_id": "c", "client_secret": "s" });
        let made = doors.all("POST", "/oauth-applications", Some(application.clone())).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        let added = doors.all("POST", "/mailboxes", Some(mailbox())).await;
        let (one, app) = (format!("/mailboxes/{}", added.body["id"]), format!("/oauth-applications/{}", made.body["id"]));
        let other = json!({ "name": "Microsoft", "provider": "google", "flow": "authorization_code", "client_id": "d", "client_secret": "s" });
        let grave = [
            ("POST", "/mailboxes", Some(mailbox())),
            ("PATCH", &one, Some(json!({ "name": "別の名前" }))),
            ("DELETE", &one, None),
            ("POST", "/oauth-applications", Some(other.clone())),
            ("PATCH", &app, Some(other)),
            ("DELETE", &app, None),
        ];
        for (method, path, body) in grave {
            let refused = doors.ask("long ago", method, path, body).await;
            assert_eq!((refused.status, &refused.body["code"]), (StatusCode::FORBIDDEN, &json!("access.sign_in_again")), "{method} {path}: {}", refused.text);
        }
        assert_eq!(doors.ask("long ago", "GET", "/mailboxes", None).await.status, StatusCode::OK);
        let style = json!({ "opening": "お世話になっております。" });
        assert_ne!(doors.ask("long ago", "PUT", "/letter-style", Some(style)).await.status, StatusCode::FORBIDDEN);
    }

    async fn a_mailbox_is_kept_and_its_password_never_shown(desk: Desk) {
        let doors = Doors::of(&desk);
        let added = doors.all("POST", "/mailboxes", Some(mailbox())).await;
        assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
        assert_eq!((&added.body["imap"]["has_password"], &added.body["imap"]["folder"], &added.body["state"]), (&json!(true), &json!("INBOX"), &json!("ok")));
        assert!(!added.text.contains("himitsu") && added.body["imap"].get("password").is_none());
        let path = format!("/mailboxes/{}", added.body["id"]);

        let again = doors.all("POST", "/mailboxes", Some(mailbox())).await;
        assert_eq!((again.status, &again.body["errors"][0]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("taken")));
        let wrong = json!({ "name": " ", "address": "nobody", "imap": { "host": "", "tls": "ssl", "port": 99_999 }, "after_crash": "hope", "extra_ca": "no certificate" });
        let wrong = doors.all("POST", "/mailboxes", Some(wrong)).await;
        let fields: Vec<&str> = wrong.body["errors"].as_array().expect("errors").iter().filter_map(|error| error["field"].as_str()).collect();
        assert_eq!(fields, ["name", "address", "imap.host", "imap.tls", "imap.port", "smtp.host", "after_crash", "extra_ca"]);

        // A kept password goes to no other machine, neither for good nor for a test, and not in the clear.
        let elsewhere = json!({ "imap": { "host": "imap.example.jp" } });
        let tried = json!({ "id": added.body["id"], "smtp": { "host": "smtp.example.jp" } });
        for (method, path, input, field) in [("PATCH", path.as_str(), elsewhere, "imap.password"), ("POST", "/mailboxes/test", tried, "smtp.password")] {
            let refused = doors.all(method, path, Some(input)).await;
            let error = &refused.body["errors"][0];
            assert_eq!((refused.status, &error["field"], &error["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field), &json!("password_again")), "{}", refused.text);
        }
        let off = doors.all("PATCH", &path, Some(json!({ "state": "off", "imap": { "host": "imap.example.jp", "password": "himitsu" } }))).await;
        assert_eq!((&off.body["state"], &off.body["revision"], &off.body["imap"]["host"]), (&json!("off"), &json!(2), &json!("imap.example.jp")));
        assert_eq!((&off.body["imap"]["has_password"], &off.body["imap"]["port"]), (&json!(true), &json!(1)));
        assert_eq!(doors.all("GET", "/mailboxes", None).await.body["items"].as_array().expect("items").len(), 1);
        assert_eq!(doors.all("DELETE", &path, None).await.status, StatusCode::NO_CONTENT);
        assert_eq!(doors.all("GET", &path, None).await.status, StatusCode::NOT_FOUND);
        // The address is free again.
        assert_eq!(doors.all("POST", "/mailboxes", Some(mailbox())).await.status, StatusCode::CREATED);
    }

    async fn testing_tells_what_is_wrong_in_words(desk: Desk) {
        let doors = Doors::of(&desk);
        let tested = doors.all("POST", "/mailboxes/test", Some(mailbox())).await;
        for side in ["imap", "smtp"] {
            assert_eq!((&tested.body[side]["ok"], &tested.body[side]["code"]), (&json!(false), &json!("mail.unreachable")), "{}", tested.text);
            assert!(tested.body[side]["detail"].as_str().expect("a sentence").contains("接続できません"));
        }
        let added = doors.all("POST", "/mailboxes", Some(mailbox())).await;
        let kept = doors.all("POST", "/mailboxes/test", Some(json!({ "id": added.body["id"] }))).await;
        assert_eq!((kept.status, &kept.body["smtp"]["code"]), (StatusCode::OK, &json!("mail.unreachable")));
    }

    async fn letters_are_listed_shown_as_text_and_read_again(desk: Desk) {
        let doors = Doors::of(&desk);
        let added = doors.all("POST", "/mailboxes", Some(mailbox())).await;
        let id = madoguchi_kernel::Id::new(added.body["id"].as_i64().expect("an id"));
        let raw = format!("From: 太郎 <taro@example.jp>\r\nTo: {ADDRESS}\r\nSubject: <b>hi</b>\r\n\r\nx\r\n");
        desk.letter(id, 1, &raw).await;
        desk.letter(id, 2, format!("From: {ADDRESS}\r\nSubject: loop\r\n\r\nx\r\n")).await;
        let listed = doors.all("GET", "/letters?limit=1", None).await;
        let first = &listed.body["items"][0];
        assert_eq!((&first["state"], &first["ticket"], &first["can"]), (&json!("quarantine"), &Value::Null, &json!(["retry"])));
        assert_eq!(first["error"], json!("自社のアドレスから送られたメールです。"));
        let next = listed.body["next"].as_str().expect("a next page");
        let second = doors.all("GET", &format!("/letters?limit=1&after={next}"), None).await;
        let read = &second.body["items"][0];
        assert_eq!((&read["state"], &read["from"], &read["mailbox"]["name"]), (&json!("read"), &json!("太郎 <taro@example.jp>"), &json!("サポート")));
        assert!(read["ticket"]["number"].is_i64());
        assert_eq!(second.body["next"], Value::Null);
        assert_eq!(doors.all("GET", "/letters?state=quarantine", None).await.body["items"].as_array().expect("items").len(), 1);

        let source = doors.all("GET", &format!("/letters/{}", read["id"]), None).await;
        assert_eq!(source.body["headers"][0], json!({ "name": "From", "value": "太郎 <taro@example.jp>", "raw": null }));
        assert_eq!((&source.body["structure"]["type"], &source.body["structure"]["read_as"]), (&json!("text/plain"), &json!("UTF-8")));
        assert_eq!((&source.body["text"], &source.body["evidence"]), (&json!("x"), &json!([])));
        let same = doors.all("GET", &format!("/messages/{}/letter", read["message"]), None).await;
        assert_eq!(same.body["id"], read["id"]);
        let address = source.body["raw"].as_str().expect("an address");
        let bytes = doors.fetch(address).await;
        assert_eq!((bytes.text.as_str(), bytes.nosniff), (raw.as_str(), true));
        assert_eq!(bytes.content_type, "message/rfc822");
        assert_eq!(doors.fetch(&address.replace("signature=", "signature=AA")).await.status, StatusCode::NOT_FOUND);
        let counts = doors.all("GET", "/letter-counts", None).await;
        assert_eq!(counts.body["items"], json!([{ "state": "quarantine", "reason": "own-address", "count": 1 }]));

        let retry = format!("/letters/{}/retry", first["id"]);
        assert_eq!(doors.all("POST", &retry, Some(json!({}))).await.status, StatusCode::NO_CONTENT);
        desk.settle().await;
        let again = doors.all("POST", &retry, Some(json!({}))).await;
        assert_eq!((again.status, &again.body["code"]), (StatusCode::CONFLICT, &json!("letter.in_hand")));
        let both = doors.all("GET", "/letters?state=read", None).await;
        assert_eq!(both.body["items"].as_array().expect("items").len(), 2);
    }

    async fn only_who_may_gets_in(desk: Desk) {
        let doors = Doors::of(&desk);
        for (method, path) in [
            ("GET", "/mailboxes"), ("POST", "/mailboxes"), ("GET", "/mailboxes/1"), ("PATCH", "/mailboxes/1"), ("DELETE", "/mailboxes/1"),
            ("POST", "/mailboxes/test"), ("GET", "/letters"), ("POST", "/letters/1/retry"), ("GET", "/letters/1"), ("GET", "/letter-counts"), ("GET", "/messages/1/letter"), ("GET", "/messages/1/delivery"), ("POST", "/messages/1/resend"),
            ("GET", "/tickets/1/way-out"), ("GET", "/way-out"),
        ] {
            let body = (method != "GET").then(|| json!({}));
            assert_eq!(doors.ask("nobody", method, path, body.clone()).await.status, StatusCode::UNAUTHORIZED, "{method} {path}");
            assert_eq!(doors.ask("nothing", method, path, body.clone()).await.status, StatusCode::FORBIDDEN, "{method} {path}");
            if path.contains("/1") {
                assert_eq!(doors.all(method, path, body).await.status, StatusCode::NOT_FOUND, "{method} {path}");
            }
        }
    }
}
