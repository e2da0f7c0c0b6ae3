//! What is refused, in words, with nothing lost or kept by half.

use std::fs;

use serde_json::json;

use crate::server::{Client, Desk, Rows};

#[test]
fn a_lost_root_key_and_another_one_are_refused_before_anything_is_touched() {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::set_up(&folder.path().join("data"), Rows::File);
    let key = desk.data.join("root.key");
    let kept = fs::read(&key).expect("the key");
    fs::remove_file(&key).expect("lost");
    let said = desk.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_ne!(said.code, 0);
    assert!(said.err.contains("that is not here"), "{}", said.err);
    assert!(!key.exists(), "no new one is made");
    fs::write(&key, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").expect("another");
    let said = desk.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_ne!(said.code, 0);
    assert!(said.err.contains("another root key"), "{}", said.err);
    fs::write(&key, kept).expect("found again");
    let (code, _) = desk.serve().stop();
    assert_eq!(code, 0);
}

#[test]
fn a_further_desk_is_opened_with_the_password_that_one_has() {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::set_up(&folder.path().join("data"), Rows::File);
    let open = |password: &str| {
        let another = ["setup", "--tenant", "Another", "--email", "owner@example.com", "--language", "ja"];
        desk.told(&[another.as_slice(), &["--password-stdin", "--print-token"]].concat(), password)
    };
    let said = open("a long and other phrase");
    assert!(said.code != 0 && said.err.contains("has an account already"), "{}{}", said.out, said.err);
    let said = open("correct horse battery staple 9");
    assert_eq!(said.code, 0, "{}", said.err);
    // It speaks the language that was asked for, whatever the terminal's.
    let token = said.out.lines().last().expect("its token");
    let server = desk.serve();
    assert_eq!(Client::at(server.address, token).get("/api/v1/desk").json()["language"], "ja");
    assert_eq!(server.client().get("/api/v1/desk").json()["language"], "en");
}

#[test]
fn whoever_forgot_their_password_gets_a_new_one_from_whoever_runs_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::set_up(&folder.path().join("data"), Rows::File);
    let give = |email: &str, password: &str| desk.told(&["password", "--email", email, "--password-stdin"], password);
    let said = give("owner@example.com", "short");
    assert!(said.code != 0 && said.err.contains("--password-stdin"), "{}", said.err);
    let said = give("nobody@example.com", "a long and new phrase");
    assert!(said.code != 0 && said.err.contains("Nobody signs in"), "{}", said.err);
    let server = desk.serve();
    let address = server.client().address;
    let mut before = Client::sign_in(address, "owner@example.com", "correct horse battery staple 9");
    assert_eq!(before.get("/t/acme/api/v1/session").status, 200);
    // While the server runs: it does it itself, and knows at once.
    let said = give("owner@example.com", "a long and new phrase");
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(before.get("/t/acme/api/v1/session").status, 401, "whoever was in by the former one is out");
    let mut after = Client::sign_in(address, "owner@example.com", "a long and new phrase");
    assert_eq!(after.get("/t/acme/api/v1/session").status, 200);
    let refused = json!({ "email": "owner@example.com", "password": "correct horse battery staple 9" }).to_string();
    let answer = Client::nobody(address).send("POST", "/t/acme/api/v1/session", "application/json", refused.as_bytes());
    assert_eq!(answer.expect("an answer").status, 401);
    // And while it does not run.
    assert_eq!(server.stop().0, 0);
    assert_eq!(give("owner@example.com", "another phrase that is long").code, 0);
    let server = desk.serve();
    Client::sign_in(server.client().address, "owner@example.com", "another phrase that is long");
}

#[test]
fn whoever_lost_their_authenticator_is_let_in_by_whoever_runs_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::set_up(&folder.path().join("data"), Rows::File);
    let end = |email: &str| desk.told(&["second-step", "--end", "--email", email], "");
    let said = end("owner@example.com");
    assert!(said.code != 0 && said.err.contains("has no second step"), "{}", said.err);
    let server = desk.serve();
    let address = server.client().address;
    let password = "correct horse battery staple 9";
    let mut owner = Client::sign_in(address, "owner@example.com", password);
    let mut post = |path: &str, body: serde_json::Value| {
        let path = format!("/t/acme/api/v1/second-step{path}");
        owner.send("POST", &path, "application/json", body.to_string().as_bytes()).expect("an answer")
    };
    let secret = post("", json!({ "password": password })).json()["secret"].as_str().expect("a secret").to_owned();
    let code = std::process::Command::new("oathtool").args(["--totp", "--base32", &secret]).output().expect("oathtool");
    let code = String::from_utf8(code.stdout).expect("digits");
    assert_eq!(post("/confirmation", json!({ "code": code.trim() })).status, 200);
    let credentials = json!({ "email": "owner@example.com", "password": password }).to_string();
    let sign_in = || {
        let mut nobody = Client::nobody(address);
        nobody.send("POST", "/t/acme/api/v1/session", "application/json", credentials.as_bytes()).expect("an answer")
    };
    assert_eq!(sign_in().status, 401);
    let said = end("owner@example.com");
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(sign_in().status, 200);
}

#[test]
fn a_key_of_one_upload_is_no_key_of_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::set_up(&folder.path().join("data"), Rows::File);
    let server = desk.serve();
    let mut client = server.client();
    client.key = Some("upload".to_owned());
    let mut upload = |name: &str, content: &[u8]| {
        client.send("POST", &format!("/api/v1/attachments?name={name}"), "text/plain", content).expect("an answer")
    };
    let first = upload("a.txt", b"AAAA");
    assert_eq!(first.status, 201);
    assert_eq!(upload("a.txt", b"AAAA").body, first.body, "the same again is the same answer");
    assert_eq!(upload("b.txt", b"BBBB").json()["code"], "idempotency.other_request");
}

#[test]
fn a_nul_is_refused_wherever_text_comes_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::set_up(&folder.path().join("data"), Rows::File);
    let server = desk.serve();
    let mut client = server.client();
    let ticket = json!({ "subject": "x", "requester": { "email": "a@example.com" }, "message": { "text": "a\u{0}b" } });
    let refused =
        client.send("POST", "/api/v1/tickets", "application/json", ticket.to_string().as_bytes()).expect("an answer");
    assert_eq!((refused.status, refused.json()["code"].as_str()), (422, Some("text.nul")));
    assert_eq!(refused.json()["errors"][0]["field"], "message.text");
    let refused = client.get("/api/v1/tickets?q=%00");
    assert_eq!((refused.status, refused.json()["errors"][0]["field"].as_str()), (422, Some("q")));
}

#[test]
fn a_desk_that_lets_nobody_in_is_opened_again_by_whoever_runs_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::set_up(&folder.path().join("data"), Rows::File);
    let reset = |slug: &str| desk.told(&["sign-in-policy", "--reset", "--tenant", slug], "");
    let said = reset("nowhere");
    assert!(said.code != 0 && said.err.contains("--tenant"), "{}", said.err);
    let server = desk.serve();
    let mut owner = Client::sign_in(server.client().address, "owner@example.com", "correct horse battery staple 9");
    let rule = json!({ "second_step": true }).to_string();
    let path = "/t/acme/api/v1/sign-in-policies";
    assert_eq!(owner.send("PATCH", path, "application/json", rule.as_bytes()).expect("an answer").status, 200);
    assert_eq!(owner.get("/t/acme/api/v1/agents").status, 403);
    let said = reset("acme");
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(owner.get("/t/acme/api/v1/agents").status, 200);
}
