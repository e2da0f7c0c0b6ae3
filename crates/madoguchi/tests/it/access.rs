//! Who may do what: every operation of the API, asked for by every role, by nobody, and by another desk.
//!
//! The table is for people to read: a new operation, or a right that moved, shows up as a changed line.

use std::{collections::BTreeMap, fmt::Write, process::Stdio};

use serde_json::{Value, json};

use crate::server::{Client, Desk, Rows};

/// An operation: its id, its method, its path with real ids in it.
struct Operation {
    id: String,
    method: String,
    path: String,
}

fn operations(document: &Value, ids: &BTreeMap<&str, i64>) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let kind = path.trim_start_matches("/api/v1/").split('/').next().unwrap_or_default();
            let id = ids.get(kind).copied().unwrap_or(1).to_string();
            let path = path.replace("{id}", &id).replace("{key}", "agent");
            let id = operation["operationId"].as_str().expect("an operation id").to_owned();
            operations.push(Operation { id, method: method.to_uppercase(), path });
        }
    }
    operations.sort_by(|a, b| a.id.cmp(&b.id));
    operations
}

fn ask(client: &mut Client, operation: &Operation) -> u16 {
    let body: &[u8] = if operation.method == "GET" { b"" } else { b"{}" };
    client.send(&operation.method, &operation.path, "application/json", body).expect("an answer").status
}

/// A token that may do exactly what a role may.
fn token_of(admin: &mut Client, role: &Value) -> String {
    let body = json!({ "name": role["key"], "rights": role["rights"] }).to_string();
    let made = admin.send("POST", "/api/v1/tokens", "application/json", body.as_bytes()).expect("an answer");
    assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
    made.json()["token"].as_str().expect("a token").to_owned()
}

/// Another desk in the same house, and its token.
fn another_desk(desk: &Desk) -> String {
    let mut setup = desk.program(&[
        "setup",
        "--tenant",
        "Other",
        "--email",
        "other@example.com",
        "--password-stdin",
        "--print-token",
    ]);
    let mut setup = setup.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    std::io::Write::write_all(&mut setup.stdin.take().expect("piped"), b"correct horse battery staple 9\n")
        .expect("read");
    let said = setup.wait_with_output().expect("it ends");
    assert!(said.status.success());
    String::from_utf8(said.stdout).expect("text").lines().last().expect("a token").to_owned()
}

#[test]
fn who_may_do_what() {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::set_up(&folder.path().join("data"), Rows::File);
    let foreign = another_desk(&desk);
    let server = desk.serve();
    let mut admin = server.client();
    let ticket = json!({ "subject": "印刷できません", "requester": { "email": "a@example.com" }, "message": { "text": "E-72" } });
    let ticket = admin
        .send("POST", "/api/v1/tickets", "application/json", ticket.to_string().as_bytes())
        .expect("an answer")
        .json();
    let ids = BTreeMap::from([
        ("tickets", ticket["id"].as_i64().expect("an id")),
        ("contacts", ticket["requester"]["id"].as_i64().expect("an id")),
    ]);
    let document = admin.get("/api/openapi.json").json();
    let operations = operations(&document, &ids);
    let roles = admin.get("/api/v1/roles").json();
    let mut callers: Vec<(String, Client)> = vec![("nobody".to_owned(), Client::at(server.address, "mdg_nobody"))];
    for role in roles["items"].as_array().expect("roles") {
        let token = token_of(&mut admin, role);
        callers.push((role["key"].as_str().expect("a key").to_owned(), Client::at(server.address, &token)));
    }
    let mut table = String::new();
    for operation in &operations {
        write!(table, "{:<26}", operation.id).expect("memory");
        for (name, client) in &mut callers {
            write!(table, " {name}={}", ask(client, operation)).expect("memory");
        }
        table.push('\n');
    }
    insta::assert_snapshot!("access", table);
    nothing_crosses(&operations, &ids, Client::at(server.address, &foreign));
}

/// What belongs to one desk is to another as if it were not there, to the byte.
fn nothing_crosses(operations: &[Operation], ids: &BTreeMap<&str, i64>, mut foreign: Client) {
    for operation in operations.iter().filter(|operation| operation.method == "GET") {
        let Some(id) = ids.values().find(|id| operation.path.contains(&id.to_string())) else { continue };
        let there = foreign.get(&operation.path);
        let nowhere = foreign.get(&operation.path.replace(&id.to_string(), "7"));
        if operation.id == "list_contact_tickets" {
            assert_eq!(there.json()["items"], json!([]), "a list of nothing");
            continue;
        }
        assert_eq!(there.status, 404, "{}", operation.id);
        assert_eq!(there.body, nowhere.body, "{}: what is elsewhere is as what is not", operation.id);
    }
}
