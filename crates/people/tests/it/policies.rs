//! Who may come in, from where and for how long: rules of the desk and of its roles, for people and for programs.

use std::time::Duration;

use axum::http::HeaderName;
use madoguchi_people::auth::actions::reset_policies;
use madoguchi_platform::both_engines;
use serde_json::{Value, json};

use crate::desk::{Caller, Client, Desk, OWNER, PASSWORD};

const OFFICE: [u8; 4] = [203, 0, 113, 9];
const HOME: [u8; 4] = [198, 51, 100, 1];
const MINUTE: Duration = Duration::from_secs(60);

async fn change(browser: &Client, role: Option<&str>, patch: Value) -> crate::desk::Reply {
    let path = role.map_or("/sign-in-policies".to_owned(), |role| format!("/sign-in-policies/{role}"));
    browser.patch(&path, patch).await
}

async fn sign_in_from(desk: &Desk, email: &str, ip: [u8; 4]) -> crate::desk::Reply {
    desk.nobody().from(ip).post("/session", json!({ "email": email, "password": PASSWORD })).await
}

async fn add_second_step(desk: &Desk, browser: &Client) {
    let begun = browser.post("/second-step", json!({ "password": PASSWORD })).await.expect(200).body;
    let code = crate::second_step::code_of(desk, begun["secret"].as_str().expect("a secret"));
    browser.post("/second-step/confirmation", json!({ "code": code })).await.expect(200);
}

both_engines! {
    async fn a_desk_that_asks_for_nothing_says_so(desk: Desk) {
        let owner = desk.owner().await;
        desk.join(&owner, "a@desk.test", &["agent"]).await;
        let listed = owner.get("/sign-in-policies").await.expect(200).body;
        let items = listed["items"].as_array().expect("policies");
        let expected = json!({
            "role": null, "role_name": null, "second_step": false, "idle_minutes": null, "age_hours": null, "networks": [],
            "agents": 2, "agents_with_second_step": 0, "revision": 0, "can": ["change"],
        });
        assert_eq!(items[0], expected);
        let counted: Vec<_> = items[1..].iter().map(|item| (item["role"].as_str(), item["agents"].as_i64())).collect();
        assert!(counted.contains(&(Some("admin"), Some(1))) && counted.contains(&(Some("agent"), Some(1))), "{counted:?}");
        assert!(counted.contains(&(Some("auditor"), Some(0))), "{counted:?}");
    }

    async fn whoever_is_not_at_the_office_does_not_come_in(desk: Desk) {
        let owner = desk.caller(Caller::Browser(sign_in_from(&desk, OWNER, OFFICE).await.expect(200).word())).from(OFFICE);
        let (agent, id) = desk.join(&owner, "a@desk.test", &["agent"]).await;
        let made = owner.post("/tokens", json!({ "name": "t", "roles": ["read_only"] })).await.expect(201);
        let program = desk.caller(Caller::Program(made.body["token"].as_str().expect("a token").to_owned()));

        let elsewhere = change(&owner, None, json!({ "networks": ["198.51.100.0/24"] })).await.expect(422);
        assert_eq!(elsewhere.body["errors"][0]["code"], "shuts_you_out");
        let wrong = change(&owner, None, json!({ "networks": ["203.0.113.0/24", "the office"] })).await.expect(422);
        assert_eq!((wrong.body["errors"][0]["field"].as_str(), wrong.body["errors"][0]["code"].as_str()), (Some("networks"), Some("network")));
        agent.from(HOME).get("/session").await.expect(200);

        let asked = json!({ "networks": ["203.0.113.0/24", "203.0.113.0/24", "2001:db8::/32"] });
        let changed = change(&owner.having_seen(0), None, asked).await.expect(200);
        assert_eq!(changed.body["networks"], json!(["203.0.113.0/24", "2001:db8::/32"]));
        assert_eq!(changed.revision_tag().as_deref(), Some("\"1\""));
        change(&owner.having_seen(0), None, json!({ "second_step": true })).await.expect(412);

        // At once, for the session that began before as well, and for programs.
        for refused in [agent.from(HOME).get("/session").await, program.from(HOME).get("/agents").await] {
            let refused = refused.expect(403);
            assert_eq!(refused.code(), "auth.place_refused");
            assert!(refused.body["detail"].as_str().expect("a sentence").contains("198.51.100.1"), "{}", refused.body);
        }
        agent.from(OFFICE).get("/session").await.expect(200);
        program.from(OFFICE).get("/agents").await.expect(200);

        // Whoever guesses learns nothing of it.
        let ask = json!({ "email": "a@desk.test", "password": "not this one" });
        let guess = desk.nobody().from(HOME).post("/session", ask).await.expect(401);
        assert_eq!(guess.code(), "auth.wrong");
        // And a right password from the wrong place counts as no guess.
        for _ in 0..20 {
            assert_eq!(sign_in_from(&desk, "a@desk.test", HOME).await.expect(403).code(), "auth.place_refused");
        }
        sign_in_from(&desk, "a@desk.test", OFFICE).await.expect(200);
        let told = desk.told("sign_in.place_refused").await;
        assert_eq!((told.len(), told[0].contains(&id.to_string()), told[0].contains("198.51")), (20, true, false), "{told:?}");
    }

    async fn a_role_may_be_bound_to_a_place_of_its_own(desk: Desk) {
        let owner = desk.owner().await;
        let (agent, _) = desk.join(&owner, "a@desk.test", &["agent"]).await;
        let (both, _) = desk.join(&owner, "b@desk.test", &["agent", "lead"]).await;
        change(&owner, Some("nobody"), json!({ "networks": [] })).await.expect(404);
        let changed = change(&owner, Some("lead"), json!({ "networks": ["203.0.113.9"] })).await.expect(200);
        assert_eq!((changed.body["role"].as_str(), changed.body["networks"].clone()), (Some("lead"), json!(["203.0.113.9"])));
        agent.from(HOME).get("/session").await.expect(200);
        both.from(HOME).get("/session").await.expect(403);
        both.from(OFFICE).get("/session").await.expect(200);
        // Everybody's rule is asked as well.
        change(&owner, None, json!({ "networks": ["127.0.0.1"] })).await.expect(200);
        both.from(OFFICE).get("/session").await.expect(403);
        both.get("/session").await.expect(403);
        change(&owner, Some("lead"), json!({ "networks": [] })).await.expect(200);
        both.get("/session").await.expect(200);
    }

    async fn a_session_that_nobody_uses_ends_when_the_desk_says(desk: Desk) {
        let owner = desk.owner().await;
        let (agent, _) = desk.join(&owner, "a@desk.test", &["agent"]).await;
        for (field, value) in [("idle_minutes", 4), ("idle_minutes", 721), ("age_hours", 0), ("age_hours", 721)] {
            let wrong = change(&owner, None, json!({ field: value })).await.expect(422);
            assert_eq!(wrong.body["errors"][0]["field"], field);
        }
        change(&owner, Some("agent"), json!({ "idle_minutes": 15, "age_hours": 1 })).await.expect(200);
        for _ in 0..4 {
            desk.advance(MINUTE * 14);
            agent.get("/session").await.expect(200);
        }
        // It is in use, and old.
        desk.advance(MINUTE * 5);
        agent.get("/session").await.expect(401);
        owner.get("/session").await.expect(200);

        let agent = desk.sign_in("a@desk.test").await;
        desk.advance(MINUTE * 14);
        // That its page looks for news is no use of it.
        let by_itself = agent.saying(HeaderName::from_static("x-unattended"), "1");
        by_itself.get("/session").await.expect(200);
        desk.advance(MINUTE);
        agent.get("/session").await.expect(401);
    }

    async fn whoever_has_no_second_step_adds_it_before_anything_else(desk: Desk) {
        let owner = desk.owner().await;
        let (agent, id) = desk.join(&owner, "a@desk.test", &["agent"]).await;
        agent.get("/agents").await.expect(200);
        change(&owner, Some("agent"), json!({ "second_step": true })).await.expect(200);
        let session = agent.get("/session").await.expect(200).body;
        assert_eq!((session["owes"].clone(), session["rights"].clone()), (json!(["second_step"]), json!([])));
        agent.get("/agents").await.expect(403);
        let again = desk.sign_in("a@desk.test").await;
        again.get("/agents").await.expect(403);

        let counted = |body: Value| {
            let of = |role: &str| body["items"].as_array()?.iter().find(|item| item["role"] == role).cloned();
            of("agent").map(|item| (item["agents"].clone(), item["agents_with_second_step"].clone()))
        };
        let before = owner.get("/sign-in-policies").await.expect(200).body;
        assert_eq!(counted(before), Some((json!(1), json!(0))));
        let who = |body: Value| body["items"].as_array().and_then(|all| all.iter().find(|a| a["id"] == id.number()).cloned());
        assert_eq!(who(owner.get("/agents").await.expect(200).body).map(|a| a["second_step"].clone()), Some(json!(false)));

        add_second_step(&desk, &agent).await;
        let session = agent.get("/session").await.expect(200).body;
        assert_eq!(session["owes"], json!([]));
        agent.get("/agents").await.expect(200);
        // Their other browser is free with it.
        let seen = again.get("/agents").await.expect(200).body;
        assert_eq!(who(seen).map(|a| a["second_step"].clone()), Some(Value::Null), "that is for those who keep the desk");
        let after = owner.get("/sign-in-policies").await.expect(200).body;
        assert_eq!(counted(after), Some((json!(1), json!(1))));
        assert_eq!(who(owner.get("/agents").await.expect(200).body).map(|a| a["second_step"].clone()), Some(json!(true)));
    }

    async fn only_those_who_keep_the_desk_say_what_is_asked(desk: Desk) {
        let owner = desk.owner().await;
        let (lead, _) = desk.join(&owner, "l@desk.test", &["lead"]).await;
        let (auditor, _) = desk.join(&owner, "x@desk.test", &["auditor"]).await;
        lead.get("/sign-in-policies").await.expect(403);
        change(&lead, None, json!({ "networks": [] })).await.expect(403);
        let read = auditor.get("/sign-in-policies").await.expect(200).body;
        assert_eq!(read["items"][0]["can"], json!([]));
        change(&auditor, None, json!({ "networks": [] })).await.expect(403);
    }

    async fn who_keeps_the_machine_takes_everything_back(desk: Desk) {
        let owner = desk.owner().await;
        change(&owner, None, json!({ "networks": ["127.0.0.1"], "second_step": true, "idle_minutes": 5 })).await.expect(200);
        owner.from(HOME).get("/session").await.expect(403);
        let tenant = desk.desk();
        desk.write(tenant, async move |tx| reset_policies(tx, tenant).await).await.expect("taken back");
        let session = owner.from(HOME).get("/session").await.expect(200).body;
        assert_eq!(session["owes"], json!([]));
        let told = desk.told("sign_in_policy.changed").await;
        assert_eq!(told.len(), 2);
        assert!(told[0].contains("\"idle_minutes\"") && told[1].contains("127.0.0.1"), "{told:?}");
    }

    async fn what_is_grave_asks_for_a_recent_sign_in(desk: Desk) {
        let owner = desk.owner().await;
        let (_, id) = desk.join(&owner, "a@desk.test", &["agent"]).await;
        let made = owner.post("/tokens", json!({ "name": "t", "roles": ["admin"] })).await.expect(201);
        let program = desk.caller(Caller::Program(made.body["token"].as_str().expect("a token").to_owned()));
        let wall = owner.post("/walls", json!({ "name": "人事" })).await.expect(201).body["id"].clone();
        desk.advance(MINUTE * 31);
        let grave = [
            ("PATCH", format!("/agents/{id}"), json!({ "roles": ["admin"] })),
            ("PATCH", "/roles/agent".to_owned(), json!({ "name": "係" })),
            ("POST", "/walls".to_owned(), json!({ "name": "経理" })),
            ("PATCH", format!("/walls/{wall}"), json!({ "name": "総務" })),
            ("POST", "/tokens".to_owned(), json!({ "name": "u", "roles": ["read_only"] })),
            ("DELETE", format!("/tokens/{}", made.body["id"]), Value::Null),
            ("PATCH", "/sign-in-policies".to_owned(), json!({ "idle_minutes": 60 })),
            ("PATCH", "/sign-in-policies/agent".to_owned(), json!({ "idle_minutes": 60 })),
        ];
        let ask = async |who: &Client, method: &str, path: &str, body: &Value| match method {
            "POST" => who.post(path, body.clone()).await,
            "PATCH" => who.patch(path, body.clone()).await,
            _ => who.delete(path).await,
        };
        for (method, path, body) in &grave {
            let refused = ask(&owner, method, path, body).await.expect(403);
            assert_eq!(refused.code(), "access.sign_in_again", "{method} {path}");
        }
        // Looking is not grave, nor is what changes no rights.
        for path in ["/tokens", "/roles", "/walls", "/sign-in-policies"] {
            owner.get(path).await.expect(200);
        }
        owner.post("/teams", json!({ "name": "二課" })).await.expect(201);
        program.patch("/roles/lead", json!({ "name": "リーダー" })).await.expect(200);
        let again = desk.owner().await;
        for (method, path, body) in &grave {
            let done = ask(&again, method, path, body).await;
            assert!(done.status.is_success(), "{method} {path}: {}", done.body);
        }
    }
}
