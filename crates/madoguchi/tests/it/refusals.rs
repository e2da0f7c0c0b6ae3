//! What is refused, in words, with nothing lost or kept by half.

use std::fs;

use serde_json::json;

use crate::server::{Desk, Rows};

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
    assert_eq!(client.get("/api/v1/tickets?q=%00").status, 422);
}
