//! Signing in, sessions, invitations, tokens, the first set-up.

use std::time::Duration;

use madoguchi_people::auth::{self, password, session};
use madoguchi_platform::{both_engines, db::Engine, testing::TestHouse};
use serde_json::json;

use crate::desk::{Caller, Desk, Door, OWNER, PASSWORD, router, token_of};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

both_engines! {
    async fn whoever_knows_the_password_is_in(desk: Desk) {
        assert_eq!(desk.nobody().get("/session").await.expect(401).code(), "auth.required");
        let reply = desk.try_sign_in("Owner@Sample.co.jp", PASSWORD).await.expect(200);
        let cookie = reply.cookie.clone().expect("a cookie");
        for part in ["Path=/t/sample;", "HttpOnly", "SameSite=Lax", "Secure"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert_eq!(reply.body["account"]["email"], OWNER);
        assert_eq!(reply.body["tenant"]["slug"], "sample");
        assert_eq!(reply.body["roles"], json!(["admin"]));
        assert_eq!(reply.body["teams"][0]["name"], "サポート窓口");
        assert_eq!(reply.body["memberships"].as_array().expect("a list").len(), 1);
        let browser = desk.caller(Caller::Browser(reply.word()));
        assert_eq!(browser.get("/session").await.expect(200).body, reply.body);
        let lines = browser.get("/sessions").await.expect(200).body["items"].clone();
        assert_eq!(lines[0]["current"], true);
        assert_eq!(desk.story(lines[0]["id"].as_i64().expect("an id")).await, ["session.started"]);
        let out = browser.delete("/session").await.expect(204);
        assert!(out.cookie.expect("a cookie").contains("Max-Age=0"));
        browser.get("/session").await.expect(401);
        let stream = lines[0]["id"].as_i64().expect("an id");
        assert_eq!(desk.story(stream).await, ["session.started", "session.ended"]);
    }

    async fn a_wrong_address_looks_like_a_wrong_password(desk: Desk) {
        desk.another_desk("other", "stranger@other.co.jp").await;
        let wrong = desk.try_sign_in(OWNER, "not this one").await.expect(401);
        assert_eq!(wrong.code(), "auth.wrong");
        for (email, password) in
            [("nobody@sample.co.jp", PASSWORD), ("stranger@other.co.jp", PASSWORD), ("not an address", PASSWORD)]
        {
            assert_eq!(desk.try_sign_in(email, password).await.expect(401).bytes, wrong.bytes, "{email}");
        }
        let nowhere = desk.caller_at(Some("nowhere"), Caller::Nobody);
        let asked = json!({ "email": OWNER, "password": PASSWORD });
        assert_eq!(nowhere.post("/session", asked).await.expect(401).bytes, wrong.bytes);
        // Also in how it is counted: after five failures, both have to wait.
        for (email, more) in [(OWNER, 3), ("nobody@sample.co.jp", 4)] {
            for _ in 0..more {
                desk.try_sign_in(email, "not this one").await.expect(401);
            }
        }
        let (known, unknown) =
            (desk.try_sign_in(OWNER, PASSWORD).await, desk.try_sign_in("nobody@sample.co.jp", PASSWORD).await);
        assert_eq!(known.expect(429).bytes, unknown.expect(429).bytes);
    }

    async fn failures_make_one_wait_and_a_sign_in_forgives_them(desk: Desk) {
        for _ in 0..4 {
            desk.try_sign_in(OWNER, "not this one").await.expect(401);
        }
        desk.try_sign_in(OWNER, PASSWORD).await.expect(200);
        for _ in 0..5 {
            desk.try_sign_in(OWNER, "not this one").await.expect(401);
        }
        assert_eq!(desk.try_sign_in(OWNER, PASSWORD).await.expect(429).code(), "auth.locked");
        let told = desk.told("sign_in.locked").await;
        assert_eq!(told.len(), 1, "the desk is told of it once: {told:?}");
        desk.advance(Duration::from_secs(29));
        desk.try_sign_in(OWNER, PASSWORD).await.expect(429);
        desk.advance(Duration::from_secs(1));
        desk.try_sign_in(OWNER, "not this one").await.expect(401);
        desk.advance(Duration::from_secs(59));
        desk.try_sign_in(OWNER, PASSWORD).await.expect(429);
        desk.advance(Duration::from_secs(1));
        desk.try_sign_in(OWNER, PASSWORD).await.expect(200);
    }

    async fn nobody_locks_an_owner_out_by_failing_in_their_name(desk: Desk) {
        let ask = |password: &str| json!({ "email": OWNER, "password": password });
        let (home, elsewhere) = (desk.nobody(), desk.nobody().from([203, 0, 113, 9]));
        home.post("/session", ask(PASSWORD)).await.expect(200);
        // One guesser locks themselves out, and nobody else.
        for _ in 0..5 {
            elsewhere.post("/session", ask("not this one")).await.expect(401);
        }
        assert_eq!(elsewhere.post("/session", ask(PASSWORD)).await.expect(429).code(), "auth.locked");
        desk.nobody().from([203, 0, 113, 10]).post("/session", ask(PASSWORD)).await.expect(200);
        // Many guessers make strangers wait, but not where the owner has been before.
        for guesser in 0..50 {
            desk.nobody().from([198, 51, 100, guesser]).post("/session", ask("not this one")).await;
        }
        let stranger = desk.nobody().from([192, 0, 2, 1]);
        stranger.post("/session", ask(PASSWORD)).await.expect(429);
        home.post("/session", ask(PASSWORD)).await.expect(200);
        desk.advance(5 * MINUTE);
        stranger.post("/session", ask(PASSWORD)).await.expect(200);
        // A place is known for a while only.
        desk.advance(31 * DAY);
        for guesser in 0..50 {
            desk.nobody().from([198, 51, 100, guesser]).post("/session", ask("not this one")).await;
        }
        home.post("/session", ask(PASSWORD)).await.expect(429);
    }

    async fn an_unknown_address_costs_the_same_work(desk: Desk) {
        for (email, password) in [(OWNER, "not this one"), ("nobody@sample.co.jp", PASSWORD), ("not an address", PASSWORD)] {
            let before = password::compared();
            desk.try_sign_in(email, password).await.expect(401);
            assert_eq!(password::compared() - before, 1, "{email}");
        }
    }

    async fn what_carries_a_secret_is_done_once_and_told_once(desk: Desk) {
        let owner = desk.owner().await;
        for (path, body, other) in [
            ("/tokens", json!({ "name": "集計" }), json!({ "name": "別" })),
            ("/invitations", json!({ "email": "a@sample.co.jp", "roles": ["agent"] }), json!({ "email": "b@sample.co.jp", "roles": ["agent"] })),
        ] {
            let caller = owner.once(path);
            caller.post(path, body.clone()).await.expect(201);
            let again = caller.post(path, body.clone()).await.expect(409);
            assert_eq!(again.code(), "idempotency.answer_not_kept");
            assert_eq!(caller.post(path, other).await.expect(422).code(), "idempotency.other_request");
            assert_eq!(owner.get(path).await.expect(200).body["items"].as_array().expect("a list").len(), 1);
            owner.once(&format!("another {path}")).post(path, body).await.expect(201);
            desk.advance(MINUTE);
        }
    }

    async fn signing_in_again_ends_the_session_that_the_browser_had(desk: Desk) {
        let before = desk.try_sign_in(OWNER, PASSWORD).await.expect(200).word();
        let browser = desk.caller(Caller::Browser(before.clone()));
        let after = browser.post("/session", json!({ "email": OWNER, "password": PASSWORD })).await.expect(200).word();
        assert_ne!(before, after);
        browser.get("/session").await.expect(401);
        let browser = desk.caller(Caller::Browser(after));
        assert_eq!(browser.get("/sessions").await.expect(200).body["items"].as_array().expect("a list").len(), 1);
    }

    async fn idle_and_old_sessions_end_by_themselves(desk: Desk) {
        let idle = desk.owner().await;
        let used = desk.owner().await;
        desk.advance(session::IDLE_MAX - MINUTE);
        used.get("/session").await.expect(200);
        desk.advance(MINUTE);
        idle.get("/session").await.expect(401);
        used.get("/session").await.expect(200);
        for _ in 0..60 {
            desk.advance(session::IDLE_MAX - MINUTE);
            used.get("/session").await;
        }
        used.get("/session").await.expect(401);
        desk.settle().await.expect("what is over is swept out");
    }

    async fn one_ends_ones_own_sessions_and_nobody_elses(desk: Desk) {
        let (here, there) = (desk.owner().await, desk.owner().await);
        let (colleague, _) = desk.join(&here, "agent@sample.co.jp", &["agent"]).await;
        let lines = here.get("/sessions").await.expect(200).body["items"].clone();
        let other = lines.as_array().expect("a list").iter().find(|line| line["current"] == false).expect("another");
        let path = format!("/sessions/{}", other["id"]);
        let foreign = colleague.delete(&path).await.expect(404);
        assert_eq!(foreign.bytes, colleague.delete("/sessions/1").await.expect(404).bytes);
        there.get("/session").await.expect(200);
        here.delete(&path).await.expect(204);
        there.get("/session").await.expect(401);
        here.get("/session").await.expect(200);
    }

    async fn sessions_tokens_and_invitations_come_in_pages_and_all_of_them(desk: Desk) {
        let owner = desk.owner().await;
        // All within one moment: equal times, and the ids tell them apart.
        for n in 0..4 {
            desk.owner().await;
            owner.post("/tokens", json!({ "name": format!("連携 {n}") })).await.expect(201);
            let asked = json!({ "email": format!("new{n}@sample.co.jp"), "roles": ["agent"] });
            owner.post("/invitations", asked).await.expect(201);
        }
        for (list, count) in [("sessions", 5), ("tokens", 4), ("invitations", 4)] {
            let whole = owner.get(&format!("/{list}")).await.expect(200).body;
            assert_eq!((whole["items"].as_array().expect("a list").len(), &whole["next"]), (count, &json!(null)), "{list}");
            let (mut paged, mut after) = (Vec::new(), String::new());
            loop {
                let page = owner.get(&format!("/{list}?limit=2{after}")).await.expect(200).body;
                let items = page["items"].as_array().expect("a list");
                paged.extend(items.clone());
                let Some(next) = page["next"].as_str() else { break };
                assert_eq!(items.len(), 2, "{list}");
                after = format!("&after={next}");
            }
            assert_eq!(json!(paged), whole["items"], "{list}: every row once, in the same order");
            let foreign = owner.get(&format!("/{list}?after=agents.1.1")).await.expect(422);
            assert_eq!(foreign.body["errors"][0]["field"], "after", "{list}");
        }
    }

    async fn a_session_that_has_ended_takes_no_place_on_a_page(desk: Desk) {
        desk.owner().await;
        desk.advance(13 * 60 * MINUTE);
        let owner = desk.owner().await;
        let page = owner.get("/sessions?limit=1").await.expect(200).body;
        assert_eq!((page["items"].as_array().expect("a list").len(), &page["next"]), (1, &json!(null)));
    }

    async fn a_new_password_ends_every_other_session_everywhere(desk: Desk) {
        let other = desk.another_desk("other", OWNER).await;
        assert_eq!(other.account, desk.founded.account, "one account, two desks");
        let asked = json!({ "email": OWNER, "password": PASSWORD });
        let nobody_there = desk.caller_at(Some("other"), Caller::Nobody);
        let there = desk.caller_at(Some("other"), Caller::Browser(nobody_there.post("/session", asked).await.expect(200).word()));
        let (here, elsewhere) = (desk.owner().await, desk.owner().await);
        assert_eq!(there.get("/session").await.expect(200).body["memberships"].as_array().expect("a list").len(), 2);
        let change = |current: &str, new: &str| json!({ "current": current, "new": new });
        assert_eq!(here.post("/password", change("wrong", "yoru no madoguchi mo ii")).await.expect(422).body["errors"][0]["code"], "password_wrong");
        for weak in ["short", "password", "sample.co.jp"] {
            here.post("/password", change(PASSWORD, weak)).await.expect(422);
        }
        desk.advance(MINUTE);
        let changed = here.post("/password", change(PASSWORD, "yoru no madoguchi mo ii")).await.expect(204);
        let here_now = desk.caller(Caller::Browser(changed.word()));
        here_now.get("/session").await.expect(200);
        for old in [&here, &elsewhere, &there] {
            old.get("/session").await.expect(401);
        }
        desk.try_sign_in(OWNER, PASSWORD).await.expect(401);
        desk.try_sign_in(OWNER, "yoru no madoguchi mo ii").await.expect(200);
    }

    async fn a_session_opens_its_own_desk_alone(desk: Desk) {
        desk.another_desk("other", "stranger@other.co.jp").await;
        let word = desk.try_sign_in(OWNER, PASSWORD).await.expect(200).word();
        desk.caller(Caller::Browser(word.clone())).get("/session").await.expect(200);
        desk.caller_at(Some("other"), Caller::Browser(word.clone())).get("/session").await.expect(401);
        desk.caller_at(None, Caller::Browser(word)).get("/session").await.expect(401);
    }

    async fn an_invitation_is_good_once(desk: Desk) {
        let owner = desk.owner().await;
        let team = owner.get("/teams").await.expect(200).body["items"][0]["id"].clone();
        let asked = json!({ "email": "New@sample.co.jp", "name": "新人", "roles": ["agent"], "teams": [team] });
        let made = owner.post("/invitations", asked).await.expect(201);
        assert_eq!(owner.get("/invitations").await.expect(200).body["items"][0]["link"], json!(null));
        let token = token_of(&made);
        let look = desk.nobody().post("/invitations/look", json!({ "token": token })).await.expect(200).body;
        assert_eq!(look, json!({ "tenant_name": "sample 株式会社", "email": "new@sample.co.jp", "name": "新人", "needs_password": true }));
        let accept = |password: &str| json!({ "token": token, "name": "新人 次郎", "password": password });
        desk.nobody().post("/invitations/accept", accept("password")).await.expect(422);
        let joined = desk.nobody().post("/invitations/accept", accept(PASSWORD)).await.expect(200);
        assert_eq!(joined.body["roles"], json!(["agent"]));
        assert_eq!(joined.body["teams"][0]["id"], team);
        let again = desk.nobody().post("/invitations/accept", accept(PASSWORD)).await.expect(404);
        assert_eq!(again.code(), "invitation.gone");
        let unknown = desk.nobody().post("/invitations/look", json!({ "token": "unknown" })).await.expect(404);
        assert_eq!(unknown.bytes, again.bytes, "used and never made look the same");
        assert_eq!(desk.story(made.id()).await, ["invitation.added", "invitation.accepted"]);
        desk.sign_in("new@sample.co.jp").await.get("/session").await.expect(200);
    }

    async fn an_invitation_ends_after_a_week_or_when_it_is_withdrawn(desk: Desk) {
        let owner = desk.owner().await;
        let asked = json!({ "email": "new@sample.co.jp", "roles": ["agent"] });
        let made = owner.post("/invitations", asked.clone()).await.expect(201);
        let first = token_of(&made);
        desk.advance(7 * DAY - MINUTE);
        desk.nobody().post("/invitations/look", json!({ "token": first })).await.expect(200);
        desk.advance(MINUTE);
        desk.nobody().post("/invitations/look", json!({ "token": first })).await.expect(404);
        let accept = json!({ "token": first, "name": "新人", "password": PASSWORD });
        desk.nobody().post("/invitations/accept", accept).await.expect(404);
        let owner = desk.owner().await;
        let made = owner.post("/invitations", asked.clone()).await.expect(201);
        let second = owner.post("/invitations", asked).await.expect(201);
        desk.nobody().post("/invitations/look", json!({ "token": token_of(&made) })).await.expect(404);
        owner.delete(&format!("/invitations/{}", second.id())).await.expect(204);
        desk.nobody().post("/invitations/look", json!({ "token": token_of(&second) })).await.expect(404);
    }

    async fn whoever_has_an_account_joins_with_its_password(desk: Desk) {
        desk.another_desk("other", "stranger@other.co.jp").await;
        let owner = desk.owner().await;
        let made = owner.post("/invitations", json!({ "email": "stranger@other.co.jp", "roles": ["agent"] })).await.expect(201);
        let token = token_of(&made);
        let look = desk.nobody().post("/invitations/look", json!({ "token": token })).await.expect(200);
        assert_eq!(look.body["needs_password"], false);
        let accept = |password: &str| json!({ "token": token, "name": "応援", "password": password });
        desk.nobody().post("/invitations/accept", accept("asa no machi wa nigiyaka")).await.expect(401);
        desk.nobody().post("/invitations/accept", accept(PASSWORD)).await.expect(200);
    }

    async fn a_token_can_do_what_it_was_made_for(desk: Desk) {
        let owner = desk.owner().await;
        owner.post("/tokens", json!({ "name": "集計", "rights": ["team.read", "team.raed"] })).await.expect(422);
        let made = owner.post("/tokens", json!({ "name": "集計", "rights": ["team.read"] })).await.expect(201);
        let word = made.body["token"].as_str().expect("a token").to_owned();
        assert!(word.starts_with("mdg_"));
        let listed = owner.get("/tokens").await.expect(200).body["items"][0].clone();
        assert_eq!((listed["token"].clone(), listed["last_used_at"].clone()), (json!(null), json!(null)));
        let program = desk.caller_at(None, Caller::Program(word.clone()));
        program.get("/teams").await.expect(200);
        program.get("/agents").await.expect(403);
        program.get("/session").await.expect(403);
        let own = program.get("/token").await.expect(200).body;
        assert_eq!((&own["rights"], &own["tenant"]["slug"]), (&json!(["team.read"]), &json!("sample")), "what it has, not its roles");
        assert_eq!(owner.get("/token").await.expect(403).code(), "access.tokens_only");
        assert_eq!(program.get("/session").await.expect(403).code(), "access.people_only");
        desk.caller(Caller::Program(word.clone())).get("/teams").await.expect(200);
        desk.caller_at(Some("other"), Caller::Program(word)).get("/teams").await.expect(401);
        let used = owner.get("/tokens").await.expect(200).body["items"][0]["last_used_at"].clone();
        assert_ne!(used, json!(null));
        owner.delete(&format!("/tokens/{}", made.id())).await.expect(204);
        program.get("/teams").await.expect(401);
        assert_eq!(desk.story(made.id()).await, ["token.added", "token.revoked"]);
        let short = json!({ "name": "短い", "expires_at": "2026-04-01T01:00:00Z" });
        let short = owner.post("/tokens", short).await.expect(201).body["token"].as_str().expect("a token").to_owned();
        let program = desk.caller_at(None, Caller::Program(short));
        program.get("/agents").await.expect(200);
        desk.advance(60 * MINUTE);
        program.get("/agents").await.expect(401);
        let owner = desk.owner().await;
        assert_eq!(owner.post("/tokens", json!({ "name": "過去", "expires_at": "2020-01-01T00:00:00Z" })).await.expect(422).body["errors"][0]["field"], "expires_at");
    }

    async fn preferences_are_ones_own(desk: Desk) {
        let owner = desk.owner().await;
        let view = owner.patch("/session", json!({ "locale": "en", "theme": "dark", "density": "comfortable" })).await.expect(200);
        assert_eq!(view.body["account"]["locale"], "en");
        let wrong = owner.patch("/session", json!({ "theme": "pink" })).await.expect(422);
        assert_eq!(wrong.body["errors"][0]["code"], "unknown");
        assert!(wrong.body["detail"].as_str().expect("a sentence").is_ascii(), "at once in the new language");
        let facts = desk.facts(desk.founded.agent.number()).await;
        assert!(facts.last().expect("a fact").data.contains("\"dark\""));
    }

    async fn the_first_desk_is_opened_by_the_one_time_word(engine: Engine) {
        let house = TestHouse::with(engine, auth::furnish).await;
        let desk = Door::new(router(&house));
        assert_eq!(desk.nobody().get("/setup").await.expect(200).body, json!({ "needed": true }));
        let former = auth::actions::offer_setup(&house).await.expect("offered").expect("needed");
        let word = auth::actions::offer_setup(&house).await.expect("offered").expect("needed");
        let ask = |token: &str, password: &str| json!({
            "token": token, "tenant_name": "見本商事", "slug": "mihon", "name": "見本 花子",
            "email": "hanako@mihon.co.jp", "password": password,
        });
        desk.nobody().post("/setup", ask("guess", PASSWORD)).await.expect(403);
        desk.nobody().post("/setup", ask(former.reveal(), PASSWORD)).await.expect(403);
        desk.nobody().post("/setup", ask(word.reveal(), "12345678")).await.expect(422);
        let opened = desk.nobody().post("/setup", ask(word.reveal(), PASSWORD)).await.expect(201);
        assert_eq!(opened.body, json!({ "slug": "mihon" }));
        let browser = desk.caller_at(Some("mihon"), Caller::Browser(opened.word()));
        browser.get("/session").await.expect(200);
        assert_eq!(desk.nobody().get("/setup").await.expect(200).body, json!({ "needed": false }));
        desk.nobody().post("/setup", ask(word.reveal(), PASSWORD)).await.expect(403);
        assert!(auth::actions::offer_setup(&house).await.expect("asked").is_none());
    }
}
