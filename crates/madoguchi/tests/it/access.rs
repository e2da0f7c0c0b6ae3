//! Who may do what: every operation of the API, asked for by every role, by nobody, by another desk, by who is
//! not let behind a wall, and by who has left.
//!
//! The table is for people to read: a new operation, or a right that moved, shows up as a changed line.

use std::{collections::BTreeMap, fmt::Write, process::Stdio};

use serde_json::{Value, json};

use crate::{
    server::{Client, Desk, Rows, Server},
    walls::{PASSWORD, Walled, join, leave, post},
};

/// An operation: its id, its method, its path with the collection's name where an id stands.
pub struct Operation {
    id: String,
    pub method: String,
    pub path: String,
}

/// Ids by the name of their collection in a path; 1, which nothing has, for the others.
type Things = BTreeMap<&'static str, i64>;

pub fn operations(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let id = operation["operationId"].as_str().expect("an operation id").to_owned();
            operations.push(Operation { id, method: method.to_uppercase(), path: path.replace("{key}", "agent") });
        }
    }
    operations.sort_by(|a, b| a.id.cmp(&b.id));
    operations
}

impl Operation {
    fn collection(&self) -> &str {
        self.path.trim_start_matches("/api/v1/").split('/').next().unwrap_or_default()
    }
    pub fn path_to(&self, id: i64) -> String {
        self.path.replace("{id}", &id.to_string()).replace("{tenant}", "1")
    }
    /// A body that is refused for what it names, if at all, and not for what it lacks.
    fn body(&self) -> &'static [u8] {
        match self.id.as_str() {
            "reply_to_ticket" | "note_on_ticket" => br#"{"text":"x"}"#,
            "change_ticket" => br#"{"subject":"x"}"#,
            "forward_ticket" => br#"{"text":"x","to":[{"address":"x@example.com"}]}"#,
            "merge_ticket" => br#"{"into":7}"#,
            "split_ticket" => br#"{"message":7}"#,
            _ if self.method == "GET" => b"",
            _ => b"{}",
        }
    }
    fn ask(&self, caller: &mut Caller, id: i64) -> crate::server::Answer {
        // Only the API is asked at a desk; the other addresses are the same for everybody.
        let desk = if self.path.starts_with("/api/") { caller.desk } else { "" };
        let path = format!("{desk}{}", self.path_to(id));
        caller.client.send(&self.method, &path, "application/json", self.body()).expect("an answer")
    }
}

/// Somebody who asks for everything, about these things.
struct Caller {
    name: String,
    client: Client,
    /// Before each path; browsers say the desk.
    desk: &'static str,
    things: Things,
    /// How to come back after signing out.
    address: Option<&'static str>,
}

impl Caller {
    fn program(name: &str, client: Client, things: &Things) -> Self {
        Self { name: name.to_owned(), client, desk: "", things: things.clone(), address: None }
    }
    fn browser(name: &str, server: &Server, address: &'static str, things: &Things) -> Self {
        let client = Client::sign_in(server.address, address, PASSWORD);
        Self { name: name.to_owned(), client, desk: "/t/acme", things: things.clone(), address: Some(address) }
    }
    fn status(&mut self, operation: &Operation, server: &Server) -> u16 {
        let id = self.things.get(operation.collection()).copied().unwrap_or(1);
        let status = operation.ask(self, id).status;
        if let (true, Some(address)) = (operation.id == "sign_out" && status < 300, self.address) {
            self.client = Client::sign_in(server.address, address, PASSWORD);
        }
        status
    }
}

/// A token that may do exactly what a role may.
fn token_of(admin: &mut Client, role: &Value) -> String {
    let made = post(admin, "/api/v1/tokens", &json!({ "name": role["key"], "rights": role["rights"] }));
    made["token"].as_str().expect("a token").to_owned()
}

/// Another desk in the same house, and its token.
pub fn another_desk(desk: &Desk) -> String {
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

/// Everybody who asks, in the order of the columns.
fn callers(server: &Server, foreign: &str, walled: &Walled) -> Vec<Caller> {
    let mut admin = server.client();
    let ticket = json!({ "subject": "印刷できません", "requester": { "email": "a@example.com" }, "message": { "text": "E-72" } });
    let ticket = post(&mut admin, "/api/v1/tickets", &ticket);
    let open = BTreeMap::from([
        ("tickets", ticket["id"].as_i64().expect("an id")),
        ("contacts", ticket["requester"]["id"].as_i64().expect("an id")),
    ]);
    let behind = BTreeMap::from([("tickets", walled.ticket), ("attachments", walled.file)]);
    let program = |name: &str, token: &str| Caller::program(name, Client::at(server.address, token), &open);
    let mut callers = vec![program("nobody", "mdg_nobody")];
    for role in admin.get("/api/v1/roles").json()["items"].as_array().expect("roles") {
        let token = token_of(&mut admin, role);
        callers.push(program(role["key"].as_str().expect("a key"), &token));
    }
    callers.push(program("other_desk", foreign));
    callers.push(Caller::browser("let_in", server, "in@example.com", &behind));
    callers.push(Caller::browser("walled_off", server, "out@example.com", &behind));
    callers.extend(leavers(server, &mut admin, &open));
    callers
}

/// The browser of somebody who left, and the token that they made.
fn leavers(server: &Server, admin: &mut Client, things: &Things) -> [Caller; 2] {
    let agent = join(server, admin, "left@example.com", "admin");
    let mut browser = Caller::browser("left", server, "left@example.com", things);
    let made = post(&mut browser.client, "/t/acme/api/v1/tokens", &json!({ "name": "置き土産" }));
    let mut token =
        Caller::program("left_token", Client::at(server.address, made["token"].as_str().expect("a token")), things);
    assert_eq!(token.client.get("/api/v1/tickets").status, 200, "while they work here");
    leave(admin, agent);
    [Caller { address: None, ..browser }, token]
}

#[test]
fn who_may_do_what() {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::set_up(&folder.path().join("data"), Rows::File);
    let foreign = another_desk(&desk);
    let server = desk.serve();
    let walled = Walled::put(&server);
    let operations = operations(&server.client().get("/api/openapi.json").json());
    let mut callers = callers(&server, &foreign, &walled);
    let mut table = String::new();
    for operation in &operations {
        write!(table, "{:<26}", operation.id).expect("memory");
        for caller in &mut callers {
            let status = caller.status(operation, &server);
            write!(table, " {}={status}", caller.name).expect("memory");
        }
        table.push('\n');
    }
    insta::assert_snapshot!("access", table);
    let of = |callers: Vec<Caller>, name: &str| callers.into_iter().find(|caller| caller.name == name).expect("listed");
    let mut foreign = of(callers, "other_desk");
    let open = foreign.things.clone();
    nothing_shows(&operations, &mut foreign, &open);
    let mut outside = Caller::browser("walled_off", &server, "out@example.com", &Things::new());
    nothing_shows(&operations, &mut outside, &walled.things());
}

/// What a caller may not see is to them as if it were not there, to the byte, whatever they want to do with it.
fn nothing_shows(operations: &[Operation], caller: &mut Caller, things: &Things) {
    let mut asked = 0;
    for operation in operations.iter().filter(|operation| operation.path.contains("{id}")) {
        let Some(&id) = things.get(operation.collection()) else { continue };
        let there = operation.ask(caller, id);
        let nowhere = operation.ask(caller, 7);
        assert_eq!((there.status, nowhere.status), (404, 404), "{} for {}", operation.id, caller.name);
        assert_eq!(there.body, nowhere.body, "{}: what is hidden is as what is not", operation.id);
        asked += 1;
    }
    assert!(asked >= 6, "the document names the operations on these things");
}
