//! What stands behind a wall is, for who is not let in, nowhere: not in lists, counts, the feed, nor the hints of
//! the live socket.

use std::collections::BTreeMap;

use madoguchi_platform::{
    db::Engine,
    testing::{TestDatabase, play},
};
use serde_json::{Value, json};

use crate::{
    live::Live,
    server::{Client, Desk, Rows, Server},
};

pub const PASSWORD: &str = "correct horse battery staple 9";

/// Posts and returns what was made.
pub fn post(client: &mut Client, path: &str, body: &Value) -> Value {
    let answer = client.send("POST", path, "application/json", body.to_string().as_bytes()).expect("an answer");
    assert_eq!(answer.status, 201, "{path}: {}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

fn patch(client: &mut Client, path: &str, body: &Value) -> (u16, Value) {
    let answer = client.send("PATCH", path, "application/json", body.to_string().as_bytes()).expect("an answer");
    (answer.status, answer.json())
}

/// Lets somebody join with a role; their id.
pub fn join(server: &Server, admin: &mut Client, email: &str, role: &str) -> i64 {
    let made = post(admin, "/api/v1/invitations", &json!({ "email": email, "roles": [role] }));
    let word = made["link"].as_str().expect("a link").split_once("#token=").expect("a word").1;
    let body = json!({ "token": word, "name": email, "password": PASSWORD }).to_string();
    let mut nobody = Client::nobody(server.address);
    let path = "/t/acme/api/v1/invitations/accept";
    let answer = nobody.send("POST", path, "application/json", body.as_bytes()).expect("an answer");
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()["agent"]["id"].as_i64().expect("an id")
}

/// Somebody works here no more.
pub fn leave(admin: &mut Client, agent: i64) {
    assert_eq!(patch(admin, &format!("/api/v1/agents/{agent}"), &json!({ "state": "left" })).0, 200);
}

/// A ticket behind a wall, with a note and a file, and two administrators, of whom one is let in.
pub struct Walled {
    pub wall: i64,
    pub ticket: i64,
    pub file: i64,
    message: i64,
}

impl Walled {
    pub fn put(server: &Server) -> Self {
        let mut admin = server.client();
        let agent = join(server, &mut admin, "in@example.com", "admin");
        join(server, &mut admin, "out@example.com", "admin");
        let wall = post(&mut admin, "/api/v1/walls", &json!({ "name": "人事", "agents": [agent] }));
        let mut inside = Client::sign_in(server.address, "in@example.com", PASSWORD);
        let ticket = json!({
            "subject": "内密の相談", "requester": { "email": "secret@example.com" }, "message": { "text": "上司のことで" },
            "wall": wall["id"],
        });
        let ticket = post(&mut inside, "/t/acme/api/v1/tickets", &ticket)["id"].as_i64().expect("an id");
        let path = "/t/acme/api/v1/attachments?name=a.txt";
        let file = inside.send("POST", path, "text/plain", b"words").expect("an answer").json();
        let file = file["id"].as_i64().expect("an id");
        let reply = json!({ "text": "承りました", "attachments": [file] });
        let reply = post(&mut inside, &format!("/t/acme/api/v1/tickets/{ticket}/replies"), &reply);
        let id = |value: &Value| value["id"].as_i64().expect("an id");
        Self { wall: id(&wall), ticket, file, message: id(&reply) }
    }

    /// What hides behind it, by the collections of the API.
    pub fn things(&self) -> BTreeMap<&'static str, i64> {
        BTreeMap::from([("tickets", self.ticket), ("attachments", self.file), ("messages", self.message)])
    }
}

/// How many tickets a caller finds by this query.
fn found(client: &mut Client, query: &str) -> usize {
    let list = client.get(&format!("/t/acme/api/v1/tickets?{query}"));
    assert_eq!(list.status, 200, "{query}");
    list.json()["items"].as_array().expect("a list").len()
}

fn told(client: &mut Client, ticket: i64) -> usize {
    let facts = client.get("/t/acme/api/v1/facts?limit=200").json();
    facts["items"].as_array().expect("facts").iter().filter(|fact| fact["stream"]["id"] == ticket).count()
}

fn unsolved(client: &mut Client) -> i64 {
    client.get("/t/acme/api/v1/ticket-counts").json()["open"].as_i64().expect("a count")
}

fn hidden_story(server: &Server) {
    let walled = Walled::put(server);
    let mut inside = Client::sign_in(server.address, "in@example.com", PASSWORD);
    let mut outside = Client::sign_in(server.address, "out@example.com", PASSWORD);
    // The facts are sealed a moment after their commit: the one who may see them says when they are.
    while told(&mut inside, walled.ticket) < 2 {}
    assert_eq!(told(&mut outside, walled.ticket), 0, "the feed hides it");
    let number = inside.get(&format!("/t/acme/api/v1/tickets/{}", walled.ticket)).json()["number"].clone();
    // So is what they say found.
    while found(&mut inside, "q=%E4%B8%8A%E5%8F%B8") == 0 {}
    for query in [
        "view=all",
        "view=open",
        "sort=created",
        "q=%E5%86%85%E5%AF%86",
        "q=%E4%B8%8A%E5%8F%B8",
        &format!("q={number}"),
    ] {
        assert_eq!((found(&mut inside, query), found(&mut outside, query)), (1, 0), "{query}");
    }
    assert_eq!((unsolved(&mut inside), unsolved(&mut outside)), (1, 0));
    let steal = json!({
        "subject": "x", "requester": { "email": "x@example.com" }, "message": { "text": "x" }, "attachments": [walled.file],
    });
    let refused = outside.send("POST", "/t/acme/api/v1/tickets", "application/json", steal.to_string().as_bytes());
    assert!(refused.expect("an answer").status >= 400, "a file of a hidden ticket goes nowhere");
}

#[test]
fn what_stands_behind_a_wall_is_nowhere_for_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::set_up(&folder.path().join("data"), Rows::File);
    hidden_story(&desk.serve());
}

#[test]
fn on_postgres_what_stands_behind_a_wall_is_nowhere_for_others() {
    play(Engine::Postgres, async |_: Engine| {
        let database = TestDatabase::create_empty().await;
        let folder = tempfile::tempdir().expect("a folder");
        let desk = Desk::set_up(&folder.path().join("data"), Rows::Database(database));
        hidden_story(&desk.serve());
    });
}

#[test]
fn a_ticket_that_goes_behind_a_wall_is_gone_from_the_screens_of_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::set_up(&folder.path().join("data"), Rows::File);
    let server = desk.serve();
    let walled = Walled::put(&server);
    let mut inside = Client::sign_in(server.address, "in@example.com", PASSWORD);
    let outside = Client::sign_in(server.address, "out@example.com", PASSWORD);
    let open = json!({ "subject": "x", "requester": { "email": "a@example.com" }, "message": { "text": "x" } });
    let ticket = post(&mut inside, "/t/acme/api/v1/tickets", &open)["id"].as_i64().expect("an id");
    let (mut screen, mut other) = (Live::open(&inside), Live::open(&outside));
    let path = format!("/t/acme/api/v1/tickets/{ticket}");
    let (status, body) = patch(&mut inside, &path, &json!({ "wall": 7 }));
    assert_eq!((status, body["errors"][0]["field"].as_str()), (422, Some("wall")), "there is no such wall");
    let (status, seen) = patch(&mut inside, &path, &json!({ "wall": walled.wall }));
    assert_eq!((status, &seen["wall"]), (200, &json!(walled.wall)));
    assert_eq!(other.hints("gone"), [ticket], "the screen of who may not see it any more reads again");
    assert_eq!(screen.hints("ticket"), [ticket]);
    patch(&mut inside, &path, &json!({ "subject": "y" }));
    assert_eq!(screen.hints("ticket"), [ticket]);
    // Whatever the other screen heard of the change came before this: it is told of one more ticket, and of that alone.
    let next = post(&mut inside, "/t/acme/api/v1/tickets", &open)["id"].as_i64().expect("an id");
    assert_eq!(other.hints("ticket"), [next]);
    let mut outside = outside;
    assert_eq!(outside.get(&path).status, 404);
    while told(&mut inside, ticket) < 3 {}
    assert_eq!(told(&mut outside, ticket), 0, "what was told of it before is hidden with it");
    let (status, body) = patch(&mut outside, "/t/acme/api/v1/tickets/7", &json!({ "wall": walled.wall }));
    assert_eq!((status, body["code"].as_str()), (404, Some("not_found")));
    let (status, _) = patch(&mut server.client(), &format!("/api/v1/tickets/{next}"), &json!({ "wall": walled.wall }));
    assert_eq!(status, 422, "a wall behind which one may not look is as one that is not there");
}

#[test]
fn who_is_let_in_changes_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::set_up(&folder.path().join("data"), Rows::File);
    let server = desk.serve();
    let walled = Walled::put(&server);
    let mut admin = server.client();
    let mut outside = Client::sign_in(server.address, "out@example.com", PASSWORD);
    let me = outside.get("/t/acme/api/v1/session").json()["agent"]["id"].clone();
    let team = post(&mut admin, "/api/v1/teams", &json!({ "name": "人事部", "agents": [me] }));
    let (wall, ticket) =
        (format!("/api/v1/walls/{}", walled.wall), format!("/t/acme/api/v1/tickets/{}", walled.ticket));
    let mut screen = Live::open(&outside);
    assert_eq!(patch(&mut admin, &wall, &json!({ "teams": [team["id"]] })).0, 200);
    assert!(screen.ends(), "the screen comes back through the door and sees what it may see now");
    assert_eq!(outside.get(&ticket).status, 200, "a member of a team that is let in is let in");
    patch(&mut admin, &format!("/api/v1/teams/{}", team["id"]), &json!({ "agents": [] }));
    assert_eq!(outside.get(&ticket).status, 404, "and is no more when the team lets them go");
    let (status, changed) = patch(&mut admin, &wall, &json!({ "agents": [me], "teams": [] }));
    assert_eq!((status, changed["revision"].as_i64()), (200, Some(3)));
    assert_eq!(outside.get(&ticket).status, 200);
    let mut inside = Client::sign_in(server.address, "in@example.com", PASSWORD);
    assert_eq!(inside.get(&ticket).status, 404, "who is taken off the list is out");
    let everyone = admin.get("/api/v1/walls").json()["items"][0].clone();
    assert_eq!(everyone["open"], true);
    let (status, refused) = patch(&mut admin, &format!("/api/v1/walls/{}", everyone["id"]), &json!({ "agents": [me] }));
    assert_eq!((status, refused["code"].as_str()), (409, Some("wall.open_to_all")));
    let (status, taken) = patch(&mut admin, &wall, &json!({ "name": everyone["name"] }));
    assert_eq!((status, taken["errors"][0]["code"].as_str()), (422, Some("taken")));
    join(&server, &mut admin, "agent@example.com", "agent");
    let mut agent = Client::sign_in(server.address, "agent@example.com", PASSWORD);
    assert_eq!(
        agent.get("/t/acme/api/v1/walls").json()["items"].as_array().map(Vec::len),
        Some(1),
        "only the open one"
    );
}
