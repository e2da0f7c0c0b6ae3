//! Several desks in one house: what each is called and which colour it has, and going on from one to the other.

use std::time::Duration;

use madoguchi_platform::both_engines;
use serde_json::{Value, json};

use crate::desk::{Caller, Client, Desk, OWNER, PASSWORD};

const MINUTE: Duration = Duration::from_secs(60);

fn other(desk: &Desk, word: &str) -> Client {
    desk.caller_at(Some("other"), Caller::Browser(word.to_owned()))
}

both_engines! {
    async fn a_desk_has_a_name_and_a_colour(desk: Desk) {
        let owner = desk.owner().await;
        let (lead, _) = desk.join(&owner, "l@desk.test", &["lead"]).await;
        let shown = owner.get("/desk").await.expect(200);
        assert_eq!((&shown.body["colour"], shown.revision_tag().as_deref()), (&Value::Null, Some("\"1\"")));
        let changed = owner.having_seen(1).patch("/desk", json!({ "name": " みなと商会 窓口 ", "colour": "purple" })).await.expect(200);
        assert_eq!(changed.body, json!({ "name": "みなと商会 窓口", "colour": "purple", "time_zone": "Asia/Tokyo", "language": "ja", "revision": 2 }));
        owner.having_seen(1).patch("/desk", json!({ "colour": "red" })).await.expect(412);
        for wrong in [json!({ "colour": "mauve" }), json!({ "name": " " }), json!({ "name": "あ".repeat(121) }), json!({ "time_zone": "Asia/Edo" }), json!({ "time_zone": "posix/Asia/Tokyo" }), json!({ "time_zone": "Factory" }), json!({ "language": "fr" })] {
            owner.patch("/desk", wrong).await.expect(422);
        }
        let session = lead.get("/session").await.expect(200).body;
        assert_eq!((session["tenant"]["name"].as_str(), session["tenant"]["colour"].as_str()), (Some("みなと商会 窓口"), Some("purple")));
        lead.get("/desk").await.expect(403);
        lead.patch("/desk", json!({ "colour": "red" })).await.expect(403);
        assert_eq!(owner.patch("/desk", json!({ "colour": null })).await.expect(200).body["colour"], Value::Null);
        let moved = owner.patch("/desk", json!({ "time_zone": "Europe/Paris", "language": "en" })).await.expect(200);
        assert_eq!((&moved.body["time_zone"], &moved.body["language"]), (&json!("Europe/Paris"), &json!("en")));
        assert_eq!(lead.get("/session").await.expect(200).body["tenant"]["time_zone"], json!("Europe/Paris"));
        assert_eq!(desk.told("tenant.changed").await.len(), 3);
    }

    async fn whoever_works_at_two_desks_goes_from_one_to_the_other(desk: Desk) {
        let owner = desk.owner().await;
        desk.another_desk("other", OWNER).await;
        let (agent, _) = desk.join(&owner, "a@desk.test", &["agent"]).await;
        let desks = owner.get("/session").await.expect(200).body["memberships"].clone();
        assert_eq!(desks.as_array().map(Vec::len), Some(2), "{desks}");
        desk.advance(MINUTE * 20);
        let there = owner.post("/session/desk", json!({ "slug": "other" })).await.expect(200);
        assert_eq!(there.body["tenant"]["slug"], "other");
        assert!(there.cookie.as_deref().is_some_and(|cookie| cookie.contains("Path=/t/other;")), "{:?}", there.cookie);
        let there = other(&desk, &there.word());
        there.get("/agents").await.expect(200);
        // It opens that desk alone, and the one before stays open.
        desk.caller(Caller::Browser(owner.post("/session/desk", json!({ "slug": "other" })).await.expect(200).word())).get("/session").await.expect(401);
        owner.get("/agents").await.expect(200);
        // However often one goes to and fro, one has one session at each.
        let mut here = owner.clone();
        for _ in 0..3 {
            let there = other(&desk, &here.post("/session/desk", json!({ "slug": "other" })).await.expect(200).word());
            assert_eq!(there.get("/sessions").await.expect(200).body["items"].as_array().map(Vec::len), Some(1));
            let back = there.post("/session/desk", json!({ "slug": "sample" })).await.expect(200).word();
            here = desk.caller(Caller::Browser(back));
            assert_eq!(here.get("/sessions").await.expect(200).body["items"].as_array().map(Vec::len), Some(1));
        }
        owner.get("/session").await.expect(401);
        let there = other(&desk, &here.post("/session/desk", json!({ "slug": "other" })).await.expect(200).word());
        // Nobody goes where they do not work, nor learns whether it is there.
        let nowhere = agent.post("/session/desk", json!({ "slug": "nowhere" })).await.expect(404);
        assert_eq!(agent.post("/session/desk", json!({ "slug": "other" })).await.expect(404).body, nowhere.body);
        // Going is not showing who one is.
        there.patch("/desk", json!({ "colour": "red" })).await.expect(200);
        there.patch("/roles/agent", json!({ "name": "係" })).await.expect(200);
        desk.advance(MINUTE * 11);
        assert_eq!(there.patch("/roles/agent", json!({ "name": "人" })).await.expect(403).code(), "access.sign_in_again");
    }

    async fn what_the_other_desk_asks_for_is_asked(desk: Desk) {
        let owner = desk.owner().await;
        desk.another_desk("other", OWNER).await;
        let ask = json!({ "email": OWNER, "password": PASSWORD });
        let there = desk.caller_at(Some("other"), Caller::Nobody).post("/session", ask).await.expect(200).word();
        let there = other(&desk, &there);
        there.patch("/sign-in-policies", json!({ "second_step": true })).await.expect(200);
        let went = owner.post("/session/desk", json!({ "slug": "other" })).await.expect(200);
        assert_eq!(went.body["owes"], json!(["second_step"]));
        other(&desk, &went.word()).get("/agents").await.expect(403);
        let far = owner.from([198, 51, 100, 7]);
        far.post("/session/desk", json!({ "slug": "other" })).await.expect(200);
        // By whoever keeps that desk: they cannot change it themselves now.
        let tenant = madoguchi_people::auth::views::tenant_of_slug;
        let other_desk = desk.read(madoguchi_platform::db::Reach::House, async move |tx| tenant(tx, "other").await).await;
        let other_desk = other_desk.expect("read").expect("there");
        let reset = madoguchi_people::auth::actions::reset_policies;
        desk.write(other_desk, async move |tx| reset(tx, other_desk).await).await.expect("taken back");
        there.patch("/sign-in-policies", json!({ "networks": ["127.0.0.1"] })).await.expect(200);
        assert_eq!(far.post("/session/desk", json!({ "slug": "other" })).await.expect(403).code(), "auth.place_refused");
    }
}
