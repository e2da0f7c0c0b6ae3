//! What the document of the API promises, held against the program: every refusal has a body, a code that stands in
//! the document and a sentence; every example works.

use serde_json::{Value, json};

use crate::server::{Answer, Client, Desk, Rows, Server};

fn served() -> (tempfile::TempDir, Desk, Server) {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::set_up(&folder.path().join("data"), Rows::File);
    let server = desk.serve();
    (folder, desk, server)
}

/// An operation of the document.
struct Operation<'a> {
    id: &'a str,
    method: String,
    path: &'a str,
    says: &'a Value,
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = document["paths"].as_object().expect("paths");
    let all = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods");
        methods.iter().map(move |(method, says)| {
            let id = says["operationId"].as_str().expect("an operation id");
            Operation { id, method: method.to_uppercase(), path, says }
        })
    });
    all.collect()
}

impl Operation<'_> {
    /// The path with this in place of every name.
    fn at(&self, id: &str) -> String {
        let parts = self.path.split('/').map(|part| if part.starts_with('{') { id } else { part });
        parts.collect::<Vec<_>>().join("/")
    }
    fn takes_json(&self) -> bool {
        !self.says["requestBody"]["content"]["application/json"].is_null()
    }
    /// Fails unless an answer is none of the refusals, or one that the document names.
    fn allows(&self, answer: &Answer, asked: &str) {
        if answer.status < 400 {
            return;
        }
        let problem = problem(answer);
        let code = problem["code"].as_str().expect("a code");
        let known = self.says["responses"][answer.status.to_string()]["description"].as_str().unwrap_or_default();
        assert!(
            known.contains(&format!("`{code}`")),
            "{} ({asked}): {} {code} is not in the document",
            self.id,
            answer.status
        );
    }
}

#[track_caller]
fn problem(answer: &Answer) -> Value {
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(answer.headers.get("content-type").map(String::as_str), Some("application/problem+json"), "{body}");
    let problem = answer.json();
    assert_eq!(problem["status"], answer.status, "{body}");
    let detail = problem["detail"].as_str().expect("a sentence");
    assert!(detail.contains('。'), "in Japanese: {detail}");
    for field in problem["errors"].as_array().into_iter().flatten() {
        assert!(field["detail"].as_str().expect("a sentence").contains('。'), "in Japanese: {field}");
    }
    problem
}

fn japanese(mut client: Client) -> Client {
    client.more.push(("Accept-Language", "ja".to_owned()));
    client
}

#[test]
fn every_refusal_stands_in_the_document() {
    let (_folder, _desk, server) = served();
    let mut owner = japanese(server.client());
    let mut nobody = japanese(Client::at(server.address, "mdg_nobody"));
    let document = owner.get("/api/openapi.json").json();
    for operation in operations(&document) {
        let method = operation.method.as_str();
        let body = if method == "GET" { "" } else { "{}" };
        let ask = |who: &mut Client, path: &str, kind: &str, body: &str| {
            let answer = who.send(method, path, kind, body.as_bytes()).expect("an answer");
            operation.allows(&answer, &format!("{path} {body}"));
            answer
        };
        let json = "application/json";
        ask(&mut nobody, &operation.at("7"), json, body);
        let missing = ask(&mut owner, &operation.at("7"), json, body);
        let unread = ask(&mut owner, &operation.at("%FFseven"), json, body);
        if missing.status == 404 {
            assert_eq!(missing.body, unread.body, "{}: what is no id is as what is not there", operation.id);
        }
        let typo = ask(&mut owner, &format!("{}?nonsense=1&more=2", operation.at("7")), json, body);
        assert_eq!((typo.status, typo.json()["errors"][1]["field"].as_str()), (422, Some("more")), "{}", operation.id);
        if operation.takes_json() {
            for (kind, body, status) in [
                (json, "{\"a\": ", 400),
                (json, "[]", 422),
                (json, "{\"nonsense\": 1}", 422),
                (json, "{\"a\": \"\\u0000\"}", 422),
                ("text/plain", "hello", 415),
            ] {
                let refused = ask(&mut owner, &operation.at("7"), kind, body);
                // Somebody in a browser only, or with a right that a token does not have, is refused before.
                assert!([status, 403].contains(&refused.status), "{}: {} for {body}", operation.id, refused.status);
            }
        }
    }
}

#[test]
fn whatever_the_framework_refuses_has_a_body_too() {
    let (_folder, _desk, server) = served();
    let mut owner = japanese(server.client());
    for (method, path, status, code) in [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/nothing", 404, "not_found"),
        ("GET", "/assets/none.js", 404, "not_found"),
        ("PUT", "/api/v1/tickets", 405, "method.not_allowed"),
        ("DELETE", "/healthz", 405, "method.not_allowed"),
        ("POST", "/t/acme/inbox", 405, "method.not_allowed"),
        ("GET", "/api/v1/live", 400, "request.unreadable"),
        ("GET", &format!("/api/v1/tickets?q={}", "a".repeat(9000)), 414, "uri.too_long"),
    ] {
        let refused = owner.send(method, path, "application/json", b"").expect("an answer");
        let told = problem(&refused);
        assert_eq!((refused.status, told["code"].as_str()), (status, Some(code)), "{method} {path}");
        assert_eq!(refused.headers.contains_key("allow"), status == 405, "{method} {path}");
    }
}

#[test]
fn whoever_still_writes_hears_the_refusal() {
    let (_folder, _desk, server) = served();
    let large = vec![b'a'; 5 << 20];
    let refused = |client: &mut Client, path: &str, body: &[u8]| {
        // The whole body is written before a byte of the answer is read.
        let refused = client.send("POST", path, "application/json", body).expect("an answer, and no reset");
        (refused.status, refused.headers.get("connection").map(String::as_str) == Some("close"))
    };
    let mut nobody = japanese(Client::at(server.address, "mdg_nobody"));
    let mut owner = japanese(server.client());
    let mut browser = Client::sign_in(server.address, "owner@example.com", "correct horse battery staple 9");
    browser.word = browser.word.replace("Origin: http://", "Origin: http://evil.example:");
    for _ in 0..5 {
        assert_eq!(refused(&mut owner, "/api/v1/tickets", &large), (413, true));
        assert_eq!(refused(&mut nobody, "/api/v1/attachments?name=a", &large), (401, true));
        assert_eq!(refused(&mut browser, "/t/acme/api/v1/attachments?name=a", &large), (403, true));
        assert_eq!(refused(&mut owner, "/api/v1/nothing", &large), (404, true));
        // A little is read, and the connection lives on.
        assert_eq!(refused(&mut nobody, "/api/v1/attachments?name=a", b"little"), (401, false));
    }
    drop((nobody, owner, browser));
    assert_eq!(server.stop().0, 0, "nothing lingers");
}

#[test]
fn whoever_asks_too_often_hears_it_while_they_still_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::set_up(&folder.path().join("data"), Rows::File);
    let often = [("MADOGUCHI_HTTP_REQUESTS_PER_SECOND", "1"), ("MADOGUCHI_HTTP_REQUESTS_AT_ONCE", "1")];
    let server = desk.serve_with(&often);
    let mut owner = server.client();
    assert_eq!(owner.get("/api/v1/tickets").status, 200);
    let large = vec![b'a'; 5 << 20];
    let refused = owner.send("POST", "/api/v1/attachments?name=a", "text/plain", &large).expect("an answer");
    assert_eq!((refused.status, refused.headers["connection"].as_str()), (429, "close"));
    assert!(refused.headers.contains_key("retry-after"));
}

#[test]
fn a_list_gives_what_was_asked_for_or_says_why_not() {
    let (_folder, _desk, server) = served();
    let mut owner = japanese(server.client());
    let document = owner.get("/api/openapi.json").json();
    let mut limited = 0;
    for operation in operations(&document) {
        let parameters = operation.says["parameters"].as_array().into_iter().flatten();
        let Some(limit) = parameters.clone().find(|parameter| parameter["name"] == "limit") else { continue };
        assert_eq!((&limit["schema"]["minimum"], &limit["schema"]["maximum"]), (&json!(1), &json!(200)), "{limit}");
        limited += 1;
        for (asked, status) in [("0", 422), ("-1", 422), ("201", 422), ("1", 200), ("200", 200)] {
            let answer = owner.get(&format!("{}?limit={asked}", operation.at("7")));
            // There is no seventh ticket, and a program has no session.
            assert!([status, 403, 404].contains(&answer.status), "{}: {} for {asked}", operation.id, answer.status);
            if answer.status == 422 {
                let told = problem(&answer);
                assert_eq!(told["errors"][0]["field"], "limit");
                assert!(told["errors"][0]["detail"].as_str().expect("a sentence").contains("1から200"), "{told}");
            }
        }
    }
    assert!(limited >= 10, "{limited} lists");
}

#[test]
fn what_is_wrong_is_named_by_its_path() {
    let (_folder, _desk, server) = served();
    let mut owner = japanese(server.client());
    for (body, field, code) in [
        (json!({}), "subject", "required"),
        (json!({ "subject": 5 }), "subject", "wrong_type"),
        (json!({ "subject": "a", "requester": { "emial": "a@example.com" } }), "requester.emial", "no_such_field"),
        (json!({ "subject": "a", "requester": { "email": 1 } }), "requester.email", "wrong_type"),
        (
            json!({ "subject": "a", "requester": {}, "message": { "text": "b" }, "tags": ["a", 2] }),
            "tags.1",
            "wrong_type",
        ),
        (
            json!({ "subject": "a", "requester": {}, "message": { "text": "b" }, "priority": "soon" }),
            "priority",
            "unknown",
        ),
        (
            json!({ "subject": "a", "requester": { "email": "a" }, "message": { "text": "b" } }),
            "requester.email",
            "address",
        ),
    ] {
        let refused = owner.send("POST", "/api/v1/tickets", "application/json", body.to_string().as_bytes());
        let told = problem(&refused.expect("an answer"));
        let error = &told["errors"][0];
        assert_eq!((error["field"].as_str(), error["code"].as_str()), (Some(field), Some(code)), "{body}");
    }
    let ticket = json!({ "subject": "a", "requester": { "email": "a@example.com" }, "message": { "text": "b" } });
    let made = owner.send("POST", "/api/v1/tickets", "application/json", ticket.to_string().as_bytes()).expect("made");
    let path = format!("/api/v1/tickets/{}", made.json()["id"]);
    for field in ["subject", "state", "type", "priority", "tags", "requester", "cc", "fields", "wall", "reply_expected"]
    {
        let body = json!({ field: null }).to_string();
        let refused = owner.send("PATCH", &path, "application/json", body.as_bytes()).expect("an answer");
        let told = problem(&refused);
        let error = &told["errors"][0];
        assert_eq!(
            (refused.status, error["field"].as_str(), error["code"].as_str()),
            (422, Some(field), Some("required"))
        );
    }
    let cut = owner.send("POST", "/api/v1/tickets", "application/json", b"{\n  \"subject\": }").expect("an answer");
    let told = problem(&cut);
    assert_eq!((cut.status, told["code"].as_str()), (400, Some("json.unreadable")));
    assert!(told["detail"].as_str().expect("a sentence").contains("2 行"), "{told}");
    let wrong = owner.get("/api/v1/tickets?limit=many");
    assert_eq!(problem(&wrong)["errors"][0]["field"], "limit");
}

#[test]
fn every_example_works() {
    let (_folder, _desk, server) = served();
    let mut owner = japanese(server.client());
    let document = owner.get("/api/openapi.json").json();
    let ticket = json!({ "subject": "a", "requester": { "email": "a@example.com" }, "message": { "text": "b" } });
    let ticket = owner.send("POST", "/api/v1/tickets", "application/json", ticket.to_string().as_bytes());
    let ticket = ticket.expect("an answer").json()["id"].to_string();
    let mut shown = 0;
    for operation in
        operations(&document).iter().filter(|operation| operation.takes_json() && operation.id != "sign_in")
    {
        let example = &operation.says["requestBody"]["content"]["application/json"]["example"];
        if example.is_null() {
            continue;
        }
        shown += 1;
        let said = example.to_string();
        let answer = owner.send(&operation.method, &operation.at(&ticket), "application/json", said.as_bytes());
        let answer = answer.expect("an answer");
        assert!(answer.status < 300, "{}: {}", operation.id, String::from_utf8_lossy(&answer.body));
        let promised =
            &operation.says["responses"][answer.status.to_string()]["content"]["application/json"]["example"];
        if let (Some(promised), Some(given)) = (promised.as_object(), answer.json().as_object()) {
            let [promised, given] = [promised, given].map(|fields| fields.keys().cloned().collect::<Vec<_>>());
            assert_eq!(promised, given, "{}: the answer's example has the fields of the answer", operation.id);
        }
    }
    assert!(shown >= 8, "the main operations have examples");
}

#[test]
fn what_the_caller_has_is_not_sent_again_and_what_they_saw_is_checked() {
    let (_folder, _desk, server) = served();
    let mut owner = server.client();
    let ticket = json!({ "subject": "a", "requester": { "email": "a@example.com" }, "message": { "text": "b" } });
    let made =
        owner.send("POST", "/api/v1/tickets", "application/json", ticket.to_string().as_bytes()).expect("an answer");
    let path = format!("/api/v1/tickets/{}", made.json()["id"]);
    let tag = owner.get(&path).headers["etag"].clone();
    let asking = |name: &'static str, value: &str, method: &str, body: &[u8]| {
        let mut client = server.client();
        client.more.push((name, value.to_owned()));
        client.send(method, &path, "application/json", body).expect("an answer")
    };
    for known in [tag.clone(), format!("W/{tag}"), format!("\"0.0\", {tag}"), "*".to_owned()] {
        let same = asking("If-None-Match", &known, "GET", b"");
        assert_eq!((same.status, same.body.len()), (304, 0), "{known}");
        assert_eq!(same.headers["etag"], tag);
    }
    assert_eq!(asking("If-None-Match", "\"0.0\"", "GET", b"").status, 200);
    let patch = |priority: &str| json!({ "priority": priority }).to_string().into_bytes();
    assert_eq!(asking("If-Match", &format!("\"0\", {tag}"), "PATCH", &patch("high")).status, 200);
    assert_eq!(asking("If-Match", &tag, "PATCH", &patch("low")).status, 412, "out of date by now");
    assert_eq!(asking("If-Match", "*", "PATCH", &patch("low")).status, 200);
    let revision = owner.get(&path).json()["revision"].to_string();
    assert_eq!(asking("If-Match", &format!("W/\"{revision}\""), "PATCH", &patch("high")).status, 412, "weak");
    assert_eq!(asking("If-Match", &format!("\"{revision}\""), "PATCH", &patch("high")).status, 200);
    assert_eq!(asking("If-Match", "nonsense", "PATCH", &patch("low")).status, 400);
    assert_eq!(asking("If-None-Match", &tag, "GET", b"").status, 200, "it has changed");
}

#[test]
fn a_program_is_shown_by_the_name_of_its_token() {
    let (_folder, _desk, server) = served();
    let mut owner = server.client();
    let ticket = json!({ "subject": "a", "requester": { "email": "a@example.com" }, "message": { "text": "b" } });
    let made =
        owner.send("POST", "/api/v1/tickets", "application/json", ticket.to_string().as_bytes()).expect("an answer");
    let path = format!("/api/v1/tickets/{}", made.json()["id"]);
    let said =
        owner.send("POST", &format!("{path}/notes"), "application/json", b"{\"text\": \"c\"}").expect("an answer");
    let author = said.json()["author"].clone();
    assert_eq!((author["kind"].as_str(), author["name"].as_str()), (Some("token"), Some("setup")));
    owner.send("PATCH", &path, "application/json", b"{\"priority\": \"high\"}").expect("an answer");
    let story = owner.get(&format!("{path}/timeline")).json();
    let entries = story["items"].as_array().expect("entries");
    let actors: Vec<&Value> = entries.iter().filter_map(|entry| entry.get("actor")).collect();
    assert!(!actors.is_empty());
    for actor in actors {
        assert_eq!((actor["kind"].as_str(), actor["name"].as_str()), (Some("token"), Some("setup")), "{story}");
    }
}

#[test]
fn a_place_in_one_list_is_none_in_another() {
    let (_folder, _desk, server) = served();
    let mut owner = japanese(server.client());
    for n in 0..3 {
        let ticket =
            json!({ "subject": n.to_string(), "requester": { "email": "a@example.com" }, "message": { "text": "b" } });
        owner.send("POST", "/api/v1/tickets", "application/json", ticket.to_string().as_bytes()).expect("an answer");
    }
    let next = owner.get("/api/v1/tickets?limit=1").json()["next"].as_str().expect("more").to_owned();
    assert_eq!(owner.get(&format!("/api/v1/tickets?limit=1&after={next}")).status, 200);
    for path in ["/api/v1/tickets?sort=created", "/api/v1/contacts?limit=1", "/api/v1/letters?limit=1"] {
        let refused = owner.get(&format!("{path}&after={next}"));
        let told = problem(&refused);
        assert_eq!((refused.status, told["errors"][0]["field"].as_str()), (422, Some("after")), "{path}");
    }
    let contact = owner.get("/api/v1/contacts").json()["items"][0]["id"].to_string();
    let tickets = owner.get(&format!("/api/v1/contacts/{contact}/tickets?limit=2")).json();
    let next = tickets["next"].as_str().expect("more").to_owned();
    let rest = owner.get(&format!("/api/v1/contacts/{contact}/tickets?limit=2&after={next}")).json();
    assert_eq!(rest["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(owner.get("/api/v1/contacts/7/tickets").status, 404);
}
