//! Two clients of one provider in one house: somebody of the provider who audits the one and works for the other hears at the
//! one not a byte of the other, whatever they ask for.

use madoguchi_platform::{
    db::Engine,
    testing::{TestDatabase, play},
};
use serde_json::{Value, json};

use crate::{
    access::{another_desk, operations},
    live::Live,
    server::{Client, Desk, Rows, Server},
    walls::{PASSWORD, join, post},
};

const PAT: &str = "pat@provider.example";
/// Stand in everything that the other client has, and in nothing of the first.
const MARKS: [&str; 2] = ["zqx", "乙"];

fn marked(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_lowercase();
    MARKS.iter().any(|mark| text.contains(mark))
}

/// What the other client has: somebody, their organization, what they wrote, with a file, and what was answered.
fn put(other: &mut Client) -> (i64, i64) {
    post(other, "/api/v1/organizations", &json!({ "name": "乙社 ZQX", "domains": ["zqx.example"] }));
    let file = other.send("POST", "/api/v1/attachments?name=zqx.txt", "text/plain", "乙の見積".as_bytes());
    let file = file.expect("an answer").json()["id"].as_i64().expect("an id");
    let ticket = json!({
        "subject": "乙社の秘密 ZQX-77", "requester": { "name": "乙山 乙子", "email": "otsu@zqx.example", "phone": "03-9876-5432" },
        "message": { "text": "乙社だけの話です。ZQX" }, "attachments": [file], "tags": ["zqx"],
    });
    let ticket = post(other, "/api/v1/tickets", &ticket)["id"].as_i64().expect("an id");
    post(other, &format!("/api/v1/tickets/{ticket}/notes"), &json!({ "text": "乙社 社内メモ ZQX" }));
    post(other, "/api/v1/teams", &json!({ "name": "乙社担当 ZQX" }));
    post(other, "/api/v1/walls", &json!({ "name": "乙社 ZQX 人事" }));
    (ticket, file)
}

/// Pat works for the other client as well, with the same account.
fn join_other(server: &Server, other: &mut Client) -> Client {
    let made = post(other, "/api/v1/invitations", &json!({ "email": PAT, "roles": ["agent"] }));
    let word = made["link"].as_str().expect("a link").split_once("#token=").expect("a word").1;
    let body = json!({ "token": word, "name": "Pat", "password": PASSWORD }).to_string();
    let path = "/t/other/api/v1/invitations/accept";
    let answer = Client::nobody(server.address).send("POST", path, "application/json", body.as_bytes());
    assert_eq!(answer.expect("an answer").status, 200);
    Client::sign_in_at(server.address, "other", PAT, PASSWORD)
}

/// Everything that may be looked at, by every id that there is, and by every word that the other client uses.
fn asked(document: &Value, ids: &[i64]) -> Vec<String> {
    let mut paths = Vec::new();
    for operation in operations(document).iter().filter(|operation| operation.method == "GET") {
        if operation.path.contains("{id}") {
            paths.extend(ids.iter().map(|id| operation.path_to(*id)));
            continue;
        }
        let path = operation.path_to(0);
        for query in
            ["", "?q=ZQX", "?q=%E4%B9%99", "?q=5432", "?view=all", "?after=0&limit=200", "?email=otsu@zqx.example"]
        {
            paths.push(format!("{path}{query}"));
        }
    }
    paths
}

fn story(desk: &Desk) {
    let foreign = another_desk(desk);
    let server = desk.serve();
    let (mut admin, mut other) = (server.client(), Client::at(server.address, &foreign));
    join(&server, &mut admin, PAT, "auditor");
    let mut there = join_other(&server, &mut other);
    let mut audits = Client::sign_in(server.address, PAT, PASSWORD);
    let ours =
        json!({ "subject": "甲社の件", "requester": { "email": "kou@kou.example" }, "message": { "text": "甲" } });
    let ours = post(&mut admin, "/api/v1/tickets", &ours)["id"].as_i64().expect("an id");
    let mut screen = Live::open(&audits);
    let (ticket, file) = put(&mut other);

    let mut document = admin.get("/api/openapi.json").json();
    // The paths of the interface alone; its own description speaks of no client.
    document["paths"].as_object_mut().expect("paths").retain(|path, _| path.starts_with("/api/v1/"));
    let paths = asked(&document, &[ours, ticket, file, 1]);
    let mut answered = 0;
    for path in &paths {
        let answer = audits.get(&format!("/t/acme{path}"));
        assert!(!marked(&answer.body), "{path}: {}", String::from_utf8_lossy(&answer.body));
        answered += usize::from(answer.status == 200);
    }
    assert!(answered > 30, "only {answered} were answered at all");
    for path in [format!("/t/acme/api/v1/tickets/{ticket}/letters.mbox"), format!("/t/acme/api/v1/attachments/{file}")]
    {
        assert_eq!(audits.get(&path).status, 404, "{path}");
    }
    // Neither by the door of the other client with the word of this one, nor to be changed here.
    assert_eq!(audits.get("/t/other/api/v1/tickets").status, 401);
    assert_eq!(audits.send("PATCH", "/t/acme/api/v1/desk", "application/json", b"{}").expect("an answer").status, 403);
    // The socket is silent of the other: the next that it tells is ours.
    post(&mut admin, &format!("/api/v1/tickets/{ours}/notes"), &json!({ "text": "甲のメモ" }));
    assert_eq!(screen.hints("ticket"), [ours]);

    // The same questions at the other desk, by the same person, are full of it.
    let full = paths.iter().filter(|path| marked(&there.get(&format!("/t/other{path}")).body)).count();
    assert!(full > 10, "only {full} would have shown it");
}

#[test]
fn who_audits_one_client_hears_nothing_of_another() {
    let folder = tempfile::tempdir().expect("a folder");
    story(&Desk::set_up(&folder.path().join("data"), Rows::File));
}

#[test]
fn on_postgres_who_audits_one_client_hears_nothing_of_another() {
    play(Engine::Postgres, async |_: Engine| {
        let database = TestDatabase::create_empty().await;
        let folder = tempfile::tempdir().expect("a folder");
        story(&Desk::set_up(&folder.path().join("data"), Rows::Database(database)));
    });
}
