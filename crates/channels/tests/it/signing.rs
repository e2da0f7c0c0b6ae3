//! Letters leave under our signature, which programs that we did not write verify; and bounces that name nothing come
//! back by the return path. On both engines.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use axum::http::StatusCode;
use madoguchi_channels::mail::{
    actions::{self, NewDkimKey},
    dkim::{self, Algorithm, PRIVATE_KEY},
    rights::ChangeMailboxes,
    style::LetterStyle,
    testing::{OUTAGE, serve_names},
    token,
};
use madoguchi_platform::both_engines;
use madoguchi_tickets::{TicketId, words::DeliveryState};
use serde_json::{Value, json};

use crate::{
    desk::{ADDRESS, Desk, nowhere},
    doors::Doors,
    sending::{Mood, meet, server},
    styles::set,
};

/// Reads a letter, and for each signature says whether it holds under the records of the arguments (name, value, …).
const VERIFIER: &str = r#"
import sys, dkim
records = {name.encode() + b".": value.encode() for name, value in zip(sys.argv[1::2], sys.argv[2::2])}
letter = sys.stdin.buffer.read()
count = sum(1 for name, _ in dkim.DKIM(letter).headers if name.lower() == b"dkim-signature")
for nth in range(count):
    print(dkim.DKIM(letter).verify(idx=nth, dnsfunc=lambda name, timeout=5: records.get(name)))
"#;

/// What dkimpy says of each signature.
fn verified(letter: &str, records: &[(String, String)]) -> Vec<String> {
    let mut command = Command::new("/usr/bin/python3");
    command.arg("-c").arg(VERIFIER).args(records.iter().flat_map(|(name, value)| [name, value]));
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("needs the package python3-dkim");
    child.stdin.take().expect("piped").write_all(letter.as_bytes()).expect("it reads");
    let said = child.wait_with_output().expect("it ends");
    assert!(said.status.success());
    String::from_utf8_lossy(&said.stdout).lines().map(str::to_owned).collect()
}

/// What OpenDKIM says of a letter whose signature's record is this.
fn opendkim_says(letter: &str, (name, value): &(String, String)) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let [configuration, keys, path] = ["conf", "keys", "letter"].map(|name| folder.path().join(name));
    let keys_path = keys.display();
    std::fs::write(&configuration, format!("Mode v\nSyslog no\nTestPublicKeys {keys_path}\n")).expect("written");
    std::fs::write(&keys, format!("{name} {value}\n")).expect("written");
    std::fs::write(&path, letter).expect("written");
    let mut opendkim = Command::new("/usr/sbin/opendkim");
    let said =
        opendkim.arg("-x").arg(&configuration).arg("-t").arg(&path).output().expect("needs the package opendkim");
    assert!(said.status.success());
    String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned()
}

/// A key of this kind, which signs from now on; its record.
async fn key(desk: &Desk, algorithm: Algorithm, selector: &'static str) -> (String, String) {
    let made = dkim::generate(algorithm).expect("a key");
    let private = desk.tools.keys.seal(desk.tenant, PRIVATE_KEY, &made.private);
    let domain = "help.example.com".to_owned();
    let new = NewDkimKey { domain, selector: selector.to_owned(), algorithm, public: made.public, private };
    let may = desk.actor.may::<ChangeMailboxes>().expect("the right");
    let key = desk.write(async move |tx| {
        let key = actions::add_dkim_key(tx, &may, &new).await?;
        actions::switch_dkim_key(tx, &may, key.id, Some(1), true).await
    });
    let key = key.await.expect("it is kept");
    let record = dkim::record(&key.domain, &key.selector, key.algorithm, &key.public);
    (record.name, record.value)
}

both_engines! {
    async fn what_stands_in_the_dns_is_looked_up_there(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await.id;
        let (name, value) = key(&desk, Algorithm::Ed25519, "s1").await;
        let (other, _) = key(&desk, Algorithm::Ed25519, "s2").await;
        let ours = "help.example.com";
        let states = async |texts: &[(&str, &str)]| {
            let names = serve_names(texts).expect("a server of names");
            let found = Doors::asking(&desk, Some(names)).all("GET", &format!("/mailboxes/{mailbox}/dns-check"), None).await;
            assert_eq!(found.status, StatusCode::OK, "{}", found.text);
            let items = found.body["items"].as_array().expect("a list").clone();
            let told = |item: &Value| (item["purpose"].as_str().unwrap_or_default().to_owned(), item["state"].as_str().unwrap_or_default().to_owned());
            (items.iter().map(told).collect::<Vec<_>>(), items)
        };
        let pairs = |told: &[(&str, &str)]| told.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
        let (found, _) = states(&[]).await;
        assert_eq!(found, pairs(&[("spf", "missing"), ("dmarc", "missing"), ("dkim", "missing"), ("dkim", "missing")]));
        let dmarc = format!("_dmarc.{ours}");
        let (found, items) = states(&[(ours, "v=spf1 -all"), (&dmarc, "v=DMARC1; p=reject"), (&name, &value), (&other, &value)]).await;
        assert_eq!(found, pairs(&[("spf", "other"), ("dmarc", "found"), ("dkim", "found"), ("dkim", "other")]));
        assert_eq!(items[0]["there"], json!(["v=spf1 -all"]));
        let (found, _) = states(&[(ours, OUTAGE), (&dmarc, "hello"), (&name, &value)]).await;
        assert_eq!(found[..3], pairs(&[("spf", "unanswered"), ("dmarc", "missing"), ("dkim", "found")]));
        assert_eq!(Doors::of(&desk).ask("nothing", "GET", &format!("/mailboxes/{mailbox}/dns-check"), None).await.status, StatusCode::FORBIDDEN);
    }

    async fn others_verify_our_signatures(desk: Desk) {
        let (place, played) = server(Mood::Takes).await;
        let mut settings = nowhere(ADDRESS);
        (settings.smtp.host, settings.smtp.port) = (place.host, place.port);
        let mailbox = desk.mailbox(settings, "").await.id;
        let records = [key(&desk, Algorithm::Rsa, "one").await, key(&desk, Algorithm::Ed25519, "two").await];
        let raw = format!("From: 太郎 <taro@example.jp>\r\nTo: {ADDRESS}\r\nMessage-ID: <1@example.jp>\r\nSubject: 修理\r\n\r\n冷えません。\r\n");
        let line = desk.letter(mailbox, 1, raw).await;
        desk.reply(TicketId::new(line.ticket.expect("a ticket")), "お待たせしました。").await;
        let letter = meet(&desk, played).await;
        assert_eq!(verified(&letter, &records), ["True", "True"], "{letter}");
        let forged = letter.replace("Subject: ", "Subject: x");
        assert_eq!(verified(&forged, &records), ["False", "False"]);
    }

    async fn opendkim_verifies_whatever_we_write(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await.id;
        let record = key(&desk, Algorithm::Rsa, "one").await;
        let old = LetterStyle { iso_2022_jp: vec!["old.example".to_owned()], ..LetterStyle::default() };
        set(&desk, old).await;
        let plain = "お待たせしました。\n\nFrom ここから先は .で始まる行です\n.\n..\n行末の空白   \n\n\n";
        let long = "担当の者が伺います。ご都合のよい日をお知らせください。\n".repeat(5_000);
        let wide = "折り返さない長い行です。".repeat(300);
        for (uid, (domain, text, files)) in (1..).zip([
            ("example.jp", plain, &[][..]),
            ("example.jp", &long, &[]),
            ("example.jp", "見積書をお送りします。", &["お見積り（第1版）.xlsx", "plain.txt"]),
            ("old.example", plain, &[]),
            ("old.example", &long, &["日程表①.xls"]),
            ("old.example", &wide, &[]),
        ]) {
            let (place, played) = server(Mood::Takes).await;
            desk.change(mailbox, move |settings| (settings.smtp.host, settings.smtp.port) = (place.host.clone(), place.port)).await;
            let raw = format!("From: 太郎 <taro@{domain}>\r\nTo: {ADDRESS}\r\nMessage-ID: <{uid}@{domain}>\r\nSubject: 【至急】冷蔵庫の修理と、お見積りのご依頼について（再送）\r\n\r\n冷えません。\r\n");
            let line = desk.letter(mailbox, uid, raw).await;
            let mut attached = Vec::new();
            for name in files {
                attached.push(desk.file(name, &[0, 13, 10, 255, 46, 13, 10].repeat(2_000)).await);
            }
            desk.reply_with(TicketId::new(line.ticket.expect("a ticket")), text, attached).await;
            // A line's first dot was doubled for the way.
            let letter = meet(&desk, played).await.replace("\r\n..", "\r\n.");
            let said = opendkim_says(&letter, &record);
            assert!(said.contains("verification (s=one, d=help.example.com") && said.contains("succeeded"), "{said}\n{letter}");
            let from = letter.find("\r\n\r\n").expect("a body") + 4;
            let changed = format!("{}x{}", &letter[..from], &letter[from..]);
            assert!(opendkim_says(&changed, &record).contains("failed"), "{domain}");
        }
    }

    async fn a_bounce_that_names_nothing_comes_back_by_its_return_path(desk: Desk) {
        let (place, played) = server(Mood::Takes).await;
        let mut settings = nowhere(ADDRESS);
        (settings.smtp.host, settings.smtp.port) = (place.host, place.port);
        let mailbox = desk.mailbox(settings, "").await.id;
        let line = desk.letter(mailbox, 1, format!("From: taro@example.jp\r\nTo: {ADDRESS}\r\nMessage-ID: <1@example.jp>\r\nSubject: x\r\n\r\nx\r\n")).await;
        let message = desk.reply(TicketId::new(line.ticket.expect("a ticket")), "x").await;
        meet(&desk, played).await;
        assert_eq!(desk.delivery(message).await.expect("shown").state, DeliveryState::Sent);
        let outgoing = desk.outgoing(message).await.expect("kept").id;
        let keys = desk.tools.mail_keys(desk.tenant);
        let path = token::return_path(outgoing, ADDRESS, &keys[0], desk.tenant).expect("a short address");
        assert_eq!(token::returned([path.as_str()], &keys, desk.tenant), Some(outgoing));
        assert_eq!(token::returned([path.to_uppercase().as_str()], &keys, desk.tenant), Some(outgoing));
        let forged = format!("{}x@help.example.com", path.split('@').next().expect("a local part"));
        assert_eq!(token::returned([forged.as_str(), ADDRESS], &keys, desk.tenant), None);
        let bounce = format!("Return-Path: <>\r\nFrom: MAILER-DAEMON@example.jp\r\nTo: {path}\r\nSubject: failure\r\n\r\nNo such user here.\r\n");
        desk.letter(mailbox, 2, bounce).await;
        assert_eq!(desk.delivery(message).await.expect("shown").state, DeliveryState::Failed);
    }
}
