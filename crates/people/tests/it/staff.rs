//! Agents, roles and teams.

use madoguchi_platform::both_engines;
use serde_json::json;

use crate::desk::{Caller, Desk, OWNER, PASSWORD};

both_engines! {
    async fn a_former_member_is_nobody_and_comes_back_anew(desk: Desk) {
        let owner = desk.owner().await;
        let (browser, agent) = desk.join(&owner, "agent@sample.co.jp", &["agent"]).await;
        browser.get("/teams").await.expect(200);
        let left = owner.patch(&format!("/agents/{agent}"), json!({ "state": "left" })).await.expect(200);
        assert_eq!(left.body["state"], "left");
        browser.get("/teams").await.expect(401);
        let wrong = desk.try_sign_in("agent@sample.co.jp", "not this one").await.expect(401);
        assert_eq!(desk.try_sign_in("agent@sample.co.jp", PASSWORD).await.expect(401).bytes, wrong.bytes);
        owner.patch(&format!("/agents/{agent}"), json!({ "state": "active" })).await.expect(200);
        browser.get("/teams").await.expect(401);
        desk.sign_in("agent@sample.co.jp").await.get("/teams").await.expect(200);
        assert_eq!(
            desk.story(agent.number()).await,
            ["membership.added", "membership.left", "membership.returned"]
        );
        owner.patch(&format!("/agents/{agent}"), json!({ "state": "left" })).await.expect(200);
        let (again, same) = desk.join(&owner, "agent@sample.co.jp", &["light_agent"]).await;
        assert_eq!(same, agent, "what they did before stays theirs");
        assert_eq!(again.get("/session").await.expect(200).body["roles"], json!(["light_agent"]));
    }

    async fn the_last_administrator_stays(desk: Desk) {
        let owner = desk.owner().await;
        let me = format!("/agents/{}", desk.founded.agent);
        for edit in [json!({ "state": "left" }), json!({ "roles": ["agent"] }), json!({ "roles": [] })] {
            assert_eq!(owner.patch(&me, edit).await.expect(409).code(), "agent.last_admin");
        }
        let (_, second) = desk.join(&owner, "second@sample.co.jp", &["admin"]).await;
        owner.patch(&me, json!({ "roles": ["agent"] })).await.expect(200);
        owner.patch(&me, json!({ "roles": ["admin"] })).await.expect(403);
        let second_browser = desk.sign_in("second@sample.co.jp").await;
        let me = format!("/agents/{second}");
        assert_eq!(second_browser.patch(&me, json!({ "state": "left" })).await.expect(409).code(), "agent.last_admin");
    }

    async fn an_edited_role_takes_effect_at_once(desk: Desk) {
        let owner = desk.owner().await;
        let (browser, _) = desk.join(&owner, "agent@sample.co.jp", &["agent"]).await;
        browser.get("/contacts").await.expect(200);
        let roles = owner.get("/roles").await.expect(200).body["items"].clone();
        let agent = roles.as_array().expect("a list").iter().find(|role| role["key"] == "agent").expect("built in");
        let without: Vec<_> =
            agent["rights"].as_array().expect("a list").iter().filter(|right| **right != "contact.read").collect();
        let changed = owner.patch("/roles/agent", json!({ "rights": without })).await.expect(200);
        assert_eq!(changed.body["revision"], 2);
        browser.get("/contacts").await.expect(403);
        assert_eq!(owner.patch("/roles/admin", json!({ "name": "王" })).await.expect(409).code(), "role.fixed");
        owner.patch("/roles/nothing", json!({ "name": "王" })).await.expect(404);
        owner.patch("/roles/agent", json!({ "rights": ["not a right"] })).await.expect(422);
        assert_eq!(owner.having_seen(1).patch("/roles/agent", json!({ "name": "係" })).await.expect(412).code(), "stale");
        browser.patch("/roles/agent", json!({ "rights": [] })).await.expect(403);
    }

    async fn the_second_who_saves_an_agent_is_told(desk: Desk) {
        let owner = desk.owner().await;
        let (_, agent) = desk.join(&owner, "agent@sample.co.jp", &["agent"]).await;
        let team = owner.post("/teams", json!({ "name": "技術" })).await.expect(201).id();
        let path = format!("/agents/{agent}");
        let made = owner.having_seen(1).patch(&path, json!({ "roles": ["lead"] })).await.expect(200);
        assert_eq!((made.body["revision"].as_i64(), made.revision_tag().as_deref()), (Some(2), Some("\"2\"")));
        assert_eq!(owner.having_seen(1).patch(&path, json!({ "state": "left" })).await.expect(412).code(), "stale");
        assert_eq!(owner.having_seen(1).patch(&path, json!({ "teams": [team] })).await.expect(412).code(), "stale");
        let both = json!({ "roles": ["agent"], "teams": [team] });
        let made = owner.having_seen(2).patch(&path, both).await.expect(200);
        assert_eq!((made.body["roles"].clone(), made.body["teams"].clone()), (json!(["agent"]), json!([team])));
    }

    async fn nobody_gives_away_what_they_do_not_have(desk: Desk) {
        let owner = desk.owner().await;
        let (lead, _) = desk.join(&owner, "lead@sample.co.jp", &["lead"]).await;
        let invite = |role: &str| json!({ "email": "new@sample.co.jp", "roles": [role] });
        let refused = lead.post("/invitations", invite("admin")).await.expect(422);
        assert_eq!(refused.body["errors"][0]["code"], "beyond_own");
        lead.post("/invitations", invite("unheard_of")).await.expect(422);
        lead.post("/invitations", invite("agent")).await.expect(201);
        lead.post("/tokens", json!({ "name": "鍵" })).await.expect(403);
        let made = owner.post("/tokens", json!({ "name": "人事", "rights": ["agent.change", "agent.read", "token.change"] })).await.expect(201);
        let program = desk.caller(Caller::Program(made.body["token"].as_str().expect("a token").to_owned()));
        let (_, agent) = desk.join(&owner, "agent@sample.co.jp", &["agent"]).await;
        let raise = json!({ "roles": ["admin"] });
        assert_eq!(program.patch(&format!("/agents/{agent}"), raise).await.expect(422).body["errors"][0]["code"], "beyond_own");
        program.post("/tokens", json!({ "name": "全部" })).await.expect(422);
        let narrow = program.post("/tokens", json!({ "name": "少し", "rights": ["agent.read"] })).await.expect(201);
        assert_eq!(narrow.body["rights"], json!(["agent.read"]));
    }

    async fn teams_are_made_filled_and_put_away(desk: Desk) {
        let owner = desk.owner().await;
        let (browser, agent) = desk.join(&owner, "agent@sample.co.jp", &["agent"]).await;
        browser.post("/teams", json!({ "name": "技術" })).await.expect(403);
        let made = owner.post("/teams", json!({ "name": " 技術 ", "agents": [agent] })).await.expect(201);
        let path = format!("/teams/{}", made.id());
        assert_eq!((made.body["name"].clone(), made.revision_tag().as_deref()), (json!("技術"), Some("\"1\"")));
        assert_eq!(owner.post("/teams", json!({ "name": "技術" })).await.expect(422).body["errors"][0]["code"], "taken");
        assert_eq!(browser.get("/session").await.expect(200).body["teams"][0]["name"], "技術");
        assert_eq!(owner.patch(&path, json!({ "name": "サポート窓口" })).await.expect(422).body["errors"][0]["code"], "taken");
        assert_eq!(owner.patch(&path, json!({ "agents": [1] })).await.expect(422).body["errors"][0]["code"], "unknown");
        owner.having_seen(1).patch(&path, json!({ "archived": true })).await.expect(200);
        owner.having_seen(1).patch(&path, json!({ "archived": false })).await.expect(412);
        assert_eq!(browser.get("/session").await.expect(200).body["teams"], json!([]));
        let mine = owner.patch(&format!("/agents/{agent}"), json!({ "teams": [] })).await.expect(200);
        assert_eq!(mine.body["teams"], json!([]));
        assert_eq!(desk.story(made.id()).await, ["team.added", "team.changed", "team.changed"]);
        owner.patch("/teams/1", json!({ "name": "x" })).await.expect(404);
        let begun = async || {
            let teams = owner.get("/teams").await.expect(200).body["items"].as_array().expect("teams").clone();
            teams.into_iter().filter(|team| team["builtin"] == true).collect::<Vec<_>>()
        };
        let [first] = &begun().await[..] else { panic!("a desk begins with one team") };
        owner.patch(&format!("/teams/{}", first["id"]), json!({ "name": "総合受付" })).await.expect(200);
        assert_eq!(begun().await[0]["name"], "総合受付");
    }

    async fn agents_come_in_pages_and_foreign_ones_are_not_there(desk: Desk) {
        let owner = desk.owner().await;
        let other = desk.another_desk("other", "stranger@other.co.jp").await;
        let (_, second) = desk.join(&owner, "agent@sample.co.jp", &["agent"]).await;
        let first = owner.get("/agents?limit=1").await.expect(200).body;
        assert_eq!(first["items"][0]["email"], OWNER);
        let next = first["next"].as_str().expect("there is more");
        let rest = owner.get(&format!("/agents?limit=1&after={next}")).await.expect(200).body;
        assert_eq!((rest["items"][0]["id"].as_i64(), rest["next"].clone()), (Some(second.number()), json!(null)));
        let foreign = owner.patch(&format!("/agents/{}", other.agent), json!({ "state": "left" })).await.expect(404);
        assert_eq!(foreign.bytes, owner.patch("/agents/1", json!({ "state": "left" })).await.expect(404).bytes);
    }
}
