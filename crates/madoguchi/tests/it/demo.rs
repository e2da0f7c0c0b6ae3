//! The demonstration: a desk that one can sign in to at once, and again the next day.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
};

use serde_json::{Value, json};

use crate::{
    program::{Said, on, program},
    server::Client,
};

/// The demonstration under way, and what it said until it had said how to sign in.
fn demo(data: &Path) -> (Child, String) {
    let mut command = program("en_US.UTF-8", &["demo", "--listen", "127.0.0.1:0", "--data"]);
    // Nobody wants to take anything back here.
    command.env("MADOGUCHI_MAIL_UNDO_SECONDS", "0");
    let mut child = command.arg(data).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map(|line| line.expect("text"));
    let mut said = String::new();
    for line in lines.by_ref() {
        said.push_str(line.trim());
        said.push('\n');
        if line.trim().starts_with("Password: ") {
            break;
        }
    }
    (child, said)
}

fn after<'a>(said: &'a str, name: &str) -> &'a str {
    said.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name} in {said}"))
}

fn end(mut child: Child) {
    child.kill().expect("it runs");
    child.wait().expect("it ends");
}

#[test]
fn the_demonstration_says_how_to_sign_in_and_says_it_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let (first, said) = demo(&data);
    let address = after(&said, "URL: http://").trim_end_matches("/t/demo/").parse().expect("an address");
    let mut client = Client::nobody(address);
    let sign_in = json!({ "email": after(&said, "E-mail: "), "password": after(&said, "Password: ") }).to_string();
    let session = client.send("POST", "/t/demo/api/v1/session", "application/json", sign_in.as_bytes());
    let session = session.expect("an answer");
    assert_eq!(session.status, 200, "{}", String::from_utf8_lossy(&session.body));
    assert_eq!(session.json()["tenant"]["slug"], "demo");
    client.more.push(("Cookie", session.headers["set-cookie"].split(';').next().expect("a session").to_owned()));
    what_is_answered_waits(&mut client);
    let doctor: Said = on(&data, &["doctor"]);
    assert_eq!(doctor.code, 0, "{}{}", doctor.out, doctor.err);
    assert!(doctor.out.contains("<support@example.jp> is switched off."), "{}", doctor.out);
    assert!(doctor.out.contains("<support@example.jp>: 1 letter waits to leave"), "{}", doctor.out);
    end(first);
    let (second, again) = demo(&data);
    assert_eq!(after(&again, "Password: "), after(&said, "Password: "), "the desk of yesterday");
    end(second);
}

/// The sample's mailbox rests, so an answer waits and says why; the answers of the sample's past claim nothing.
fn what_is_answered_waits(client: &mut Client) {
    let mailboxes = client.get("/t/demo/api/v1/mailboxes").json();
    assert_eq!(mailboxes["items"][0]["state"], "off");
    let tickets = client.get("/t/demo/api/v1/tickets?view=open&limit=1").json();
    let ticket = format!("/t/demo/api/v1/tickets/{}", tickets["items"][0]["id"]);
    let way = client.get(&format!("{ticket}/way-out")).json();
    assert_eq!((&way["leaves"], &way["problem"]["code"]), (&json!("later"), &json!("mail.mailbox_off")));
    let said = json!({ "text": "確認します。" }).to_string();
    let said = client.send("POST", &format!("{ticket}/replies"), "application/json", said.as_bytes());
    assert_eq!(said.expect("an answer").status, 201);
    loop {
        let messages = client.get(&format!("{ticket}?include=messages")).json()["messages"].take();
        let deliveries: Vec<&Value> =
            messages.as_array().expect("messages").iter().map(|message| &message["delivery"]).collect();
        let (now, past) = deliveries.split_last().expect("there is the answer");
        assert!(past.iter().all(|delivery| delivery.is_null()));
        if now["code"] == "mail.mailbox_off" {
            assert_eq!(now["state"], "queued");
            return;
        }
    }
}
