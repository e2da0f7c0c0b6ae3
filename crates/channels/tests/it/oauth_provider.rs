//! A mailbox that signs in by OAuth 2.0 at real counterparts: npm's `oidc-provider` gives the tokens, and Dovecot and
//! Postfix ask it whether they are good. On both engines.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use madoguchi_channels::mail::{self, mailbox::MailboxId, road::Tls, testing::Counterparts};
use madoguchi_platform::both_engines;
use madoguchi_tickets::{TicketId, words::DeliveryState};
use serde_json::{Value, json};
use url::Url;

use crate::{
    desk::{ADDRESS, Desk},
    doors::Doors,
    whole_road::{DESK, TARO, arrive, send},
};

const HOUR: Duration = Duration::from_secs(3600);

/// The authorization server, and somebody with a browser before it.
struct Provider {
    child: Child,
    asks: ChildStdin,
    hears: BufReader<ChildStdout>,
    port: String,
}

impl Provider {
    fn begin() -> Self {
        let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
        let mut child = Command::new(web.join("node_modules/.bin/node"))
            .args(["tools/oauth-provider.mjs", "http://127.0.0.1:8080/t/desk/oauth/callback"])
            .current_dir(&web)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("needs the packages of web/package.json (npm ci)");
        let (asks, hears) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        let mut provider = Self { child, asks, hears: BufReader::new(hears), port: String::new() };
        provider.port = provider.hear();
        provider
    }

    fn hear(&mut self) -> String {
        let mut line = String::new();
        self.hears.read_line(&mut line).expect("it answers");
        line.trim().to_owned()
    }

    fn ask(&mut self, line: &str) -> String {
        writeln!(self.asks, "{line}").expect("it listens");
        self.hear()
    }

    fn at(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Somebody consents in a browser, and the console hands in what came back.
async fn connect(doors: &Doors, provider: &mut Provider, mailbox: MailboxId) {
    let begun = doors.all("POST", &format!("/mailboxes/{mailbox}/consent"), None).await;
    let page = begun.body["url"].as_str().expect("an address").to_owned();
    let back = provider.ask(&format!("consent {page}"));
    let back = Url::parse(&back).unwrap_or_else(|_| panic!("the provider does not send back: {back}"));
    let came: Value = back.query_pairs().map(|(name, value)| (name.into_owned(), json!(value))).collect();
    assert!(came["iss"].is_string(), "the provider names itself (RFC 9207)");
    let finished = doors.all("POST", "/consents", Some(came)).await;
    assert_eq!(finished.body["consent"]["state"], "granted", "{}", finished.text);
}

async fn connected_mailbox(doors: &Doors, servers: &Counterparts, provider: &Provider) -> MailboxId {
    let application = json!({
        "name": "oidc-provider", "provider": "other", "flow": "authorization_code", "client_id": "desk",
        "client_secret": "a secret: with / signs", "authorize_url": provider.at("/auth"),
        "token_url": provider.at("/token"), "scopes": "openid offline_access mail",
    });
    let added = doors.all("POST", "/oauth-applications", Some(application)).await;
    assert_eq!(added.status, 201, "{}", added.text);
    let at = |server: mail::road::Server, tls: &str| json!({ "host": server.host, "port": server.port, "tls": tls });
    let mailbox = json!({
        "name": "窓口", "address": ADDRESS, "application": added.body["id"], "extra_ca": servers.certificate(),
        "imap": at(servers.imap(Tls::Implicit), "tls"), "smtp": at(servers.smtp(Tls::StartTls), "starttls"),
    });
    let added = doors.all("POST", "/mailboxes", Some(mailbox)).await;
    assert_eq!(added.status, 201, "{}", added.text);
    MailboxId::new(added.body["id"].as_i64().expect("an id"))
}

fn letter(nth: u32) -> String {
    format!("From: {}\r\nTo: {ADDRESS}\r\nSubject: {nth}\r\nMessage-ID: <{nth}@example.jp>\r\n\r\nx\r\n", TARO.address)
}

both_engines! {
    async fn a_mailbox_is_connected_renewed_revoked_and_connected_again(desk: Desk) {
        let mut provider = Provider::begin();
        let introspection = format!("http://dovecot:dovecot@127.0.0.1:{}/token/introspection", provider.port);
        let servers = Counterparts::start_taking_tokens(&[DESK, TARO], &introspection).expect("the servers start");
        let doors = Doors::of(&desk);
        let mailbox = connected_mailbox(&doors, &servers, &provider).await;
        let test = async || doors.all("POST", "/mailboxes/test", Some(json!({ "id": mailbox }))).await.body;
        assert_eq!(test().await["imap"]["code"], "mail.consent_missing");

        connect(&doors, &mut provider, mailbox).await;
        let tested = test().await;
        assert_eq!((&tested["imap"]["ok"], &tested["smtp"]["ok"]), (&json!(true), &json!(true)), "{tested} {}", servers.logs());
        send(&servers, &[ADDRESS], letter(1)).await;
        arrive(&desk, mailbox, 1).await;
        let ticket = TicketId::new(desk.letters().await[0].ticket.expect("a ticket"));
        let message = desk.reply(ticket, "届きました。").await;
        desk.settle().await;
        assert_eq!(desk.delivery(message).await.expect("shown").state, DeliveryState::Sent, "{}", servers.logs());

        // Each renewal gives another refresh token; whoever used an old one would lose everything.
        for nth in [2, 3] {
            desk.house.advance(HOUR);
            send(&servers, &[ADDRESS], letter(nth)).await;
            arrive(&desk, mailbox, 1).await;
        }
        assert_eq!(provider.ask("renewals"), "2");

        // Somebody takes the access away at the provider. The token that we hold looks good to us alone.
        assert_eq!(provider.ask("revoke"), "revoked 1");
        send(&servers, &[ADDRESS], letter(4)).await;
        assert!(mail::look_once(&desk.house, &desk.tools, desk.tenant, mailbox).await.is_err());
        let shown = doors.all("GET", &format!("/mailboxes/{mailbox}"), None).await.body;
        assert_eq!((&shown["state"], &shown["error"]["code"]), (&json!("failing"), &json!("mail.consent_lost")), "{shown}");
        assert_eq!(shown["consent"]["state"], "lost");
        let message = desk.reply(ticket, "お待ちください。").await;
        desk.settle().await;
        assert_eq!(desk.delivery(message).await.expect("shown").state, DeliveryState::Queued);
        assert_eq!(provider.ask("renewals"), "2");

        connect(&doors, &mut provider, mailbox).await;
        arrive(&desk, mailbox, 1).await;
        desk.settle().await;
        assert_eq!(desk.delivery(message).await.expect("shown").state, DeliveryState::Sent, "{}", servers.logs());
        assert_eq!(desk.letters().await.len(), 4);
        let shown = doors.all("GET", &format!("/mailboxes/{mailbox}"), None).await.body;
        assert_eq!((&shown["state"], &shown["consent"]["state"]), (&json!("ok"), &json!("granted")));
    }
}
