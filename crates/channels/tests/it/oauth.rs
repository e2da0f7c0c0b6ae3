//! Mailboxes that sign in by OAuth 2.0, on both engines. Whoever gives tokens is played by the test, and so is the mail
//! server that takes them.

use std::{collections::BTreeMap, time::Duration};

use madoguchi_channels::mail::{self, actions::let_out, mailbox::MailboxId, oauth};
use madoguchi_platform::{
    both_engines,
    db::{Engine, Reach, Sql},
    outbound, params,
};
use madoguchi_tickets::{MessageId, TicketId, words::DeliveryState};
use serde_json::{Value, json};
use url::Url;

use crate::{
    desk::{ADDRESS, Desk},
    doors::Doors,
    oauth_played::Played,
};

const HOUR: Duration = Duration::from_secs(3600);
static SECRETS: Sql = Sql::new("mail.test_secrets", "SELECT count(*) FROM secrets WHERE tenant_id = $1");
static FACTS: Sql = Sql::new("mail.test_facts", "SELECT kind, data FROM facts WHERE tenant_id = $1 ORDER BY id");

/// A desk with an application, a mailbox that signs in by it, and a ticket that came to it.
struct Scene {
    desk: Desk,
    doors: Doors,
    played: Played,
    application: i64,
    mailbox: MailboxId,
    ticket: TicketId,
}

impl Scene {
    async fn of(desk: Desk, flow: &str) -> Self {
        let (played, doors) = (Played::begin().await, Doors::of(&desk));
        let application = json!({
            "name": "社内の認可サーバー", "provider": "other", "flow": flow, "client_id": "desk",
            "client_secret": "geheim", "authorize_url": "https://id.example.jp/auth", "token_url": played.token_url,
            "scopes": "offline_access mail",
        });
        let added = doors.all("POST", "/oauth-applications", Some(application)).await;
        assert_eq!(added.status, 201, "{}", added.text);
        assert!(!added.text.contains("geheim"));
        let application = added.body["id"].as_i64().expect("an id");
        let mailbox = json!({
            "name": "窓口", "address": ADDRESS, "application": application,
            "imap": { "host": "127.0.0.1", "port": 1, "tls": "none", "user": "ignored", "password": "ignored" },
            "smtp": { "host": "127.0.0.1", "port": played.smtp_port, "tls": "none" },
        });
        let added = doors.all("POST", "/mailboxes", Some(mailbox)).await;
        assert_eq!(added.status, 201, "{}", added.text);
        let body = &added.body;
        assert_eq!((&body["smtp"]["user"], &body["imap"]["user"]), (&json!(ADDRESS), &json!(ADDRESS)));
        assert_eq!((&body["imap"]["has_password"], &body["application"]["id"]), (&json!(false), &json!(application)));
        let mailbox = MailboxId::new(body["id"].as_i64().expect("an id"));
        let raw =
            format!("From: taro@example.jp\r\nTo: {ADDRESS}\r\nMessage-ID: <1@example.jp>\r\nSubject: x\r\n\r\nx\r\n");
        let line = desk.letter(mailbox, 1, raw).await;
        let ticket = TicketId::new(line.ticket.expect("a ticket"));
        Self { desk, doors, played, application, mailbox, ticket }
    }

    /// Where somebody is sent, and with what.
    async fn begin(&self) -> BTreeMap<String, String> {
        let begun = self.doors.all("POST", &format!("/mailboxes/{}/consent", self.mailbox), None).await;
        assert_eq!(begun.status, 201, "{}", begun.text);
        let page = Url::parse(begun.body["url"].as_str().expect("an address")).expect("an address");
        assert!(page.as_str().starts_with("https://id.example.jp/auth?"));
        page.query_pairs().into_owned().collect()
    }

    async fn finish(&self, input: Value) -> crate::doors::Answered {
        self.doors.all("POST", "/consents", Some(input)).await
    }

    /// Somebody consents.
    async fn connect(&self) {
        let state = self.begin().await["state"].clone();
        let finished = self.finish(json!({ "state": state, "code": "c0de" })).await;
        assert_eq!(
            (finished.status.as_u16(), &finished.body["consent"]["state"]),
            (200, &json!("granted")),
            "{}",
            finished.text
        );
    }

    async fn shown(&self) -> Value {
        self.doors.all("GET", &format!("/mailboxes/{}", self.mailbox), None).await.body
    }

    async fn reply(&self) -> MessageId {
        let message = self.desk.reply(self.ticket, "直りました。").await;
        self.desk.settle().await;
        message
    }

    /// Where an answer stands, how often it was tried, and why it waits.
    async fn state(&self, message: MessageId) -> (DeliveryState, i64, Option<String>) {
        let delivery = self.desk.delivery(message).await.expect("a delivery");
        (delivery.state, delivery.attempts, delivery.code)
    }

    async fn look(&self) {
        // The folder is nowhere; what is looked at is how far it came.
        drop(mail::look_once(&self.desk.house, &self.desk.tools, self.desk.tenant, self.mailbox).await);
    }

    async fn facts(&self) -> Vec<(String, String)> {
        let tenant = self.desk.tenant;
        self.desk.house.read(tenant, async move |tx| tx.all(&FACTS, params![tenant]).await).await.expect("facts")
    }

    async fn secrets(&self) -> i64 {
        let tenant = self.desk.tenant;
        let count: (i64,) = self
            .desk
            .house
            .read(tenant, async move |tx| tx.one(&SECRETS, params![tenant]).await)
            .await
            .expect("a count");
        count.0
    }
}

both_engines! {
    async fn somebody_consents_and_what_waited_leaves(desk: Desk) {
        let scene = Scene::of(desk, "authorization_code").await;
        assert_eq!(scene.shown().await["consent"]["state"], "missing");
        let message = scene.reply().await;
        let waits = (DeliveryState::Queued, 0, Some("mail.consent_missing".to_owned()));
        assert_eq!(scene.state(message).await, waits);
        scene.look().await;
        let shown = scene.shown().await;
        assert_eq!((&shown["state"], &shown["error"]["code"]), (&json!("failing"), &json!("mail.consent_missing")));
        assert!(scene.played.asked().is_empty());

        let query = scene.begin().await;
        let redirect = "http://127.0.0.1:8080/t/desk/oauth/callback";
        assert_eq!((query["redirect_uri"].as_str(), query["login_hint"].as_str()), (redirect, ADDRESS));
        assert_eq!(scene.doors.all("GET", "/oauth-callback", None).await.body["redirect_uri"], redirect);
        scene.played.gives("access-1", Some("refresh-1"));
        let input = json!({ "state": query["state"], "code": "c0de", "iss": "https://id.example.jp" });
        let finished = scene.finish(input.clone()).await;
        assert_eq!(finished.body["consent"]["state"], "granted", "{}", finished.text);
        let asked = scene.played.asked().remove(0);
        assert_eq!((asked["grant_type"].as_str(), asked["code"].as_str()), ("authorization_code", "c0de"));
        assert_eq!(asked["redirect_uri"], redirect);
        assert_eq!(oauth::challenge(&asked["code_verifier"]), query["code_challenge"]);
        assert!(asked["authorization"].starts_with("basic "));
        // It is good once.
        assert_eq!(scene.finish(input).await.body["code"], "consent.unknown");

        scene.desk.settle().await;
        assert_eq!(scene.state(message).await, (DeliveryState::Sent, 1, None));
        assert_eq!(scene.played.world(|world| (world.letters, world.shown.clone())), (1, vec!["access-1".to_owned()]));
        assert_eq!(scene.shown().await["state"], "ok");
        let facts = scene.facts().await;
        assert!(facts.iter().any(|(kind, _)| kind == "mailbox.connected"));
        let told = [format!("{facts:?}"), scene.shown().await.to_string(), finished.text].concat();
        assert!(["access-1", "refresh-1", "c0de", "geheim", query["state"].as_str()].iter().all(|word| !told.contains(word)));
    }

    async fn a_token_is_renewed_once_however_many_ask_and_what_rotates_is_kept(desk: Desk) {
        let scene = Scene::of(desk, "authorization_code").await;
        scene.played.gives("access-1", Some("refresh-1"));
        scene.connect().await;
        scene.look().await;
        assert_eq!(scene.played.asked().len(), 1, "a token that lasts is used");
        // Three minutes before its end, within the margin.
        scene.desk.house.advance(Duration::from_secs(57 * 60));
        scene.played.gives("access-2", Some("refresh-2"));
        tokio::join!(scene.look(), scene.look(), scene.look(), scene.look(), scene.look());
        let asked = scene.played.asked();
        assert_eq!((asked.len(), asked[1]["refresh_token"].as_str()), (2, "refresh-1"));
        scene.desk.house.advance(HOUR);
        // A server that gives no other refresh token means the one before.
        scene.played.gives("access-3", None);
        scene.look().await;
        scene.desk.house.advance(HOUR);
        scene.played.gives("access-4", None);
        let message = scene.reply().await;
        let asked = scene.played.asked();
        let renewed: Vec<&str> = asked[2..].iter().map(|asked| asked["refresh_token"].as_str()).collect();
        assert_eq!(renewed, ["refresh-2", "refresh-2"]);
        assert_eq!(scene.state(message).await.0, DeliveryState::Sent);
        assert_eq!(scene.played.world(|world| world.shown.clone()), ["access-4"]);
        assert_eq!(scene.secrets().await, 3, "the client's secret and two tokens; older ones are forgotten");
    }

    async fn a_token_that_the_server_refuses_is_renewed_and_tried_once_more(desk: Desk) {
        let scene = Scene::of(desk, "authorization_code").await;
        scene.played.gives("access-1", Some("refresh-1"));
        scene.connect().await;
        scene.played.world(|world| world.good.clear());
        scene.played.gives("access-2", None);
        let message = scene.reply().await;
        assert_eq!(scene.state(message).await, (DeliveryState::Sent, 1, None));
        assert_eq!(scene.played.world(|world| world.shown.clone()), ["access-1", "access-2"]);
        // One that is refused though it was just given is no matter of passwords.
        scene.played.world(|world| world.good.clear());
        scene.played.answers(200, json!({ "access_token": "access-3", "token_type": "Bearer" }));
        let message = scene.reply().await;
        assert_eq!(scene.state(message).await, (DeliveryState::Queued, 1, Some("mail.token_refused".to_owned())));
        let tested = scene.doors.all("POST", "/mailboxes/test", Some(json!({ "id": scene.mailbox }))).await;
        assert_eq!(tested.body["imap"]["code"], "mail.unreachable", "{}", tested.text);
    }

    async fn a_consent_that_is_lost_is_shown_and_nothing_is_lost_with_it(desk: Desk) {
        let scene = Scene::of(desk, "authorization_code").await;
        scene.played.gives("access-1", Some("refresh-1"));
        scene.connect().await;
        scene.desk.house.advance(HOUR);
        let said = "Token refresh-1 has been revoked (desk:geheim).";
        scene.played.answers(400, json!({ "error": "invalid_grant", "error_description": said }));
        let message = scene.reply().await;
        assert_eq!(scene.state(message).await, (DeliveryState::Queued, 0, Some("mail.consent_lost".to_owned())));
        scene.look().await;
        // For a day and longer nobody asks in vain, and nothing is given up.
        for _ in 0..40 {
            scene.desk.house.advance(HOUR);
            scene.desk.settle().await;
        }
        assert_eq!(scene.played.asked().len(), 2);
        assert_eq!(scene.state(message).await.0, DeliveryState::Queued);
        let shown = scene.shown().await;
        assert_eq!((&shown["state"], &shown["error"]["code"]), (&json!("failing"), &json!("mail.consent_lost")));
        assert_eq!(shown["consent"]["state"], "lost");
        assert_eq!(shown["consent"]["reason"], "invalid_grant: Token … has been revoked (desk:…).");
        assert!(scene.facts().await.iter().any(|(kind, _)| kind == "mailbox.consent_lost"));
        assert_eq!(scene.secrets().await, 1, "tokens that are no use are forgotten");
        scene.played.gives("access-2", Some("refresh-2"));
        scene.connect().await;
        scene.desk.settle().await;
        assert_eq!(scene.state(message).await, (DeliveryState::Sent, 1, None));
        assert_eq!((scene.shown().await["state"].clone(), scene.played.world(|world| world.letters)), (json!("ok"), 1));
    }

    async fn an_endpoint_that_is_away_is_trouble_that_passes(desk: Desk) {
        let scene = Scene::of(desk, "authorization_code").await;
        scene.played.gives("access-1", Some("refresh-1"));
        scene.connect().await;
        scene.desk.house.advance(HOUR);
        scene.played.answers(503, json!("under repair"));
        let message = scene.reply().await;
        assert_eq!(scene.state(message).await, (DeliveryState::Queued, 1, Some("mail.no_token".to_owned())));
        assert_eq!(scene.shown().await["consent"]["state"], "granted");
        scene.played.gives("access-2", None);
        scene.desk.house.advance(HOUR / 30);
        scene.desk.settle().await;
        assert_eq!(scene.state(message).await, (DeliveryState::Sent, 2, None));
    }

    async fn a_restored_copy_leaves_the_tokens_to_the_original(desk: Desk) {
        let scene = Scene::of(desk, "authorization_code").await;
        scene.played.gives("access-1", Some("refresh-1"));
        scene.connect().await;
        scene.desk.house.advance(HOUR);
        scene.desk.house.write(Reach::House, async |tx| outbound::hold(tx, "restored").await).await.expect("held");
        let message = scene.reply().await;
        scene.look().await;
        assert_eq!(scene.played.asked().len(), 1);
        assert_eq!(scene.state(message).await, (DeliveryState::Queued, 0, Some("mail.held".to_owned())));
        assert_eq!(scene.shown().await["error"]["code"], "mail.no_token");
        scene.played.gives("access-2", None);
        scene.desk.house.write(Reach::House, async |tx| let_out(tx).await).await.expect("let out");
        scene.desk.settle().await;
        assert_eq!(scene.state(message).await, (DeliveryState::Sent, 1, None));
    }

    async fn an_application_of_its_own_needs_nobody(desk: Desk) {
        let scene = Scene::of(desk, "client_credentials").await;
        assert_eq!(scene.shown().await["consent"]["state"], "not_needed");
        let refused = scene.doors.all("POST", &format!("/mailboxes/{}/consent", scene.mailbox), None).await;
        assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("mailbox.needs_no_consent")));
        scene.played.answers(401, json!({ "error": "invalid_client", "error_description": "secret expired" }));
        let message = scene.reply().await;
        assert_eq!(scene.state(message).await, (DeliveryState::Queued, 0, Some("mail.application_refused".to_owned())));
        assert_eq!(scene.shown().await["error"]["code"], "mail.application_refused");
        // Somebody enters the new secret, and what waited leaves.
        scene.played.gives("access-1", None);
        let path = format!("/oauth-applications/{}", scene.application);
        let changed = scene.doors.all("PATCH", &path, Some(json!({ "client_secret": "neu" }))).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        scene.desk.settle().await;
        assert_eq!(scene.state(message).await, (DeliveryState::Sent, 1, None));
        let asked = scene.played.asked();
        assert!(asked.iter().all(|asked| asked["grant_type"] == "client_credentials"));
        assert_ne!(asked[0]["authorization"], asked[1]["authorization"]);
    }

    async fn a_consent_belongs_to_whoever_asked_for_it_and_not_for_long(desk: Desk) {
        let scene = Scene::of(desk, "authorization_code").await;
        let state = scene.begin().await["state"].clone();
        let input = |state: &str| json!({ "state": state, "code": "c0de" });
        assert_eq!(scene.doors.ask("nothing", "POST", "/consents", Some(input(&state))).await.status, 403);
        let other = Doors::of(&Desk::on_the_same_house(&scene.desk).await);
        assert_eq!(other.all("POST", "/consents", Some(input(&state))).await.body["code"], "consent.unknown");
        assert_eq!(scene.finish(input("guessed")).await.body["code"], "consent.unknown");
        scene.desk.house.advance(Duration::from_secs(16 * 60));
        assert_eq!(scene.finish(input(&state)).await.body["code"], "consent.unknown");
        let state = scene.begin().await["state"].clone();
        let foreign = json!({ "state": state, "code": "c0de", "iss": "https://evil.example" });
        assert_eq!(scene.finish(foreign).await.body["code"], "consent.other_issuer");
        assert_eq!(scene.finish(input(&state)).await.body["code"], "consent.unknown", "it was used up");
        let state = scene.begin().await["state"].clone();
        let denied = scene.finish(json!({ "state": state, "error": "access_denied", "error_description": "いいえ" })).await;
        assert_eq!(denied.body["code"], "consent.refused");
        assert!(denied.body["detail"].as_str().expect("a sentence").contains("いいえ"));
        let state = scene.begin().await["state"].clone();
        scene.played.gives("access-1", None);
        assert_eq!(scene.finish(input(&state)).await.body["code"], "consent.no_refresh_token");
        assert_eq!(scene.shown().await["consent"]["state"], "missing");
    }

    async fn what_is_kept_for_one_machine_goes_to_no_other(desk: Desk) {
        let scene = Scene::of(desk, "authorization_code").await;
        scene.played.gives("access-1", Some("refresh-1"));
        scene.connect().await;
        let application = format!("/oauth-applications/{}", scene.application);
        let mut elsewhere = json!({ "token_url": "https://id.evil.example/token" });
        let refused = scene.doors.all("PATCH", &application, Some(elsewhere.clone())).await;
        assert_eq!((&refused.body["errors"][0]["field"], &refused.body["errors"][0]["code"]), (&json!("client_secret"), &json!("password_again")));
        elsewhere["client_secret"] = json!("another");
        assert_eq!(scene.doors.all("PATCH", &application, Some(elsewhere)).await.body["code"], "oauth_application.in_use");
        // Neither a test nor a change hands the token to another mail server: somebody has to consent again.
        let moved = json!({ "smtp": { "host": "localhost" } });
        let tried = json!({ "id": scene.mailbox.number(), "smtp": moved["smtp"] });
        let tried = scene.doors.all("POST", "/mailboxes/test", Some(tried)).await;
        assert_eq!(tried.body["smtp"]["code"], "mail.consent_missing", "{}", tried.text);
        let changed = scene.doors.all("PATCH", &format!("/mailboxes/{}", scene.mailbox), Some(moved)).await;
        assert_eq!(changed.body["consent"]["state"], "missing", "{}", changed.text);
        assert_eq!((scene.secrets().await, scene.played.world(|world| world.shown.len())), (1, 0));
    }

    async fn an_application_is_kept_as_long_as_a_mailbox_needs_it(desk: Desk) {
        let scene = Scene::of(desk, "authorization_code").await;
        let path = format!("/oauth-applications/{}", scene.application);
        let listed = scene.doors.all("GET", "/oauth-applications", None).await;
        assert_eq!(listed.body["items"][0]["has_secret"], true);
        assert!(!listed.text.contains("geheim"));
        assert_eq!(scene.doors.all("DELETE", &path, None).await.body["code"], "oauth_application.in_use");
        assert_eq!(scene.doors.ask("nothing", "GET", "/oauth-applications", None).await.status, 403);
        scene.played.gives("access-1", Some("refresh-1"));
        scene.connect().await;
        assert_eq!(scene.secrets().await, 3);
        // By password again: what was granted is forgotten.
        let by_password = json!({ "application": null, "imap": { "password": "p" }, "smtp": { "password": "p" } });
        let changed = scene.doors.all("PATCH", &format!("/mailboxes/{}", scene.mailbox), Some(by_password)).await;
        assert_eq!((&changed.body["consent"], &changed.body["smtp"]["has_password"]), (&Value::Null, &json!(true)));
        assert_eq!(scene.secrets().await, 3, "two passwords and the client's secret");
        let asked = scene.doors.all("POST", &format!("/mailboxes/{}/consent", scene.mailbox), None).await;
        assert_eq!(asked.body["code"], "mailbox.signs_in_by_password");
        assert_eq!(scene.doors.all("DELETE", &path, None).await.status, 204);
        let unknown = json!({ "application": scene.application });
        let unknown = scene.doors.all("PATCH", &format!("/mailboxes/{}", scene.mailbox), Some(unknown)).await;
        assert_eq!(unknown.body["errors"][0]["field"], "application");
    }

    async fn an_application_that_cannot_work_is_not_kept(desk: Desk) {
        let doors = Doors::of(&desk);
        for (input, field) in [
            (json!({ "provider": "google", "flow": "client_credentials", "client_secret": "s" }), "flow"),
            (json!({ "provider": "google", "flow": "authorization_code" }), "client_secret"),
            (json!({ "provider": "gmail", "flow": "authorization_code" }), "provider"),
            (json!({ "provider": "microsoft", "flow": "client_credentials", "client_secret": "s" }), "directory"),
            (json!({ "provider": "microsoft", "flow": "authorization_code", "client_secret": "s", "directory": "a/b" }), "directory"),
            (json!({ "provider": "other", "flow": "authorization_code", "authorize_url": "https://a.jp", "token_url": "http://a.jp" }), "token_url"),
            (json!({ "provider": "other", "flow": "authorization_code", "authorize_url": "javascript:x", "token_url": "https://a.jp" }), "authorize_url"),
            (json!({ "provider": "other", "flow": "client_credentials", "token_url": "https://a.jp" }), "client_secret"),
        ] {
            let mut whole = json!({ "name": "n", "client_id": "c" });
            whole.as_object_mut().expect("an object").extend(input.as_object().expect("an object").clone());
            let refused = doors.all("POST", "/oauth-applications", Some(whole)).await;
            assert_eq!((refused.status.as_u16(), refused.body["errors"][0]["field"].as_str()), (422, Some(field)), "{}", refused.text);
        }
        let google = json!({ "name": "n", "client_id": "c", "provider": "google", "flow": "authorization_code", "client_secret": "s" });
        let added = doors.all("POST", "/oauth-applications", Some(google)).await;
        assert_eq!(added.body["token_url"], "https://oauth2.googleapis.com/token", "{}", added.text);
    }
}

/// Only PostgreSQL has several nodes: whoever wants a token that another node is renewing waits for that one.
#[test]
fn of_two_nodes_one_renews_at_a_time() {
    madoguchi_platform::testing::play(Engine::Postgres, async move |desk: Desk| {
        let scene = Scene::of(desk, "authorization_code").await;
        scene.played.gives("access-1", Some("refresh-1"));
        scene.connect().await;
        // Before the time passes: a node that has not been heard of for an hour gives its number to the next one.
        let other = scene.desk.house.another_node().await;
        scene.desk.house.advance(HOUR);
        scene.played.gives("access-2", None);
        let lease = format!("token/{}", scene.mailbox);
        assert!(other.lease(&lease).await.expect("a lease"));
        let time_passes = async |steps: u32| {
            for _ in 0..steps {
                scene.desk.house.advance(Duration::from_millis(50));
                // Whatever waits on the database goes on meanwhile.
                scene.desk.letters().await;
            }
        };
        let lets_go = async {
            time_passes(40).await;
            assert_eq!(scene.played.asked().len(), 1, "nobody asks beside the one who renews");
            other.drop_lease(&lease).await.expect("it is given back");
            time_passes(200).await;
        };
        tokio::join!(scene.look(), lets_go);
        assert_eq!(scene.played.asked().len(), 2);
    });
}
