//! A second step: somebody adds an authenticator, signs in with its codes, loses it, and comes in all the same.

use std::{process::Command, time::Duration};

use madoguchi_platform::{both_engines, clock::Clock};
use serde_json::{Value, json};

use crate::desk::{Caller, Client, Desk, OWNER, PASSWORD};

const STEP: Duration = Duration::from_secs(30);

/// The code of an authenticator that we did not write, by the desk's clock.
pub fn code_of(desk: &Desk, secret: &str) -> String {
    let now = format!("@{}", desk.clock().now().micros() / 1_000_000);
    let made = Command::new("oathtool").args(["--totp", "--base32", secret, "--now", &now]).output().expect("oathtool");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).expect("digits").trim().to_owned()
}

/// Adds an authenticator; its secret, and the codes that were written down.
async fn add(desk: &Desk, browser: &Client) -> (String, Vec<String>) {
    let begun = browser.post("/second-step", json!({ "password": PASSWORD })).await.expect(200).body;
    let secret = begun["secret"].as_str().expect("a secret").to_owned();
    let address = begun["address"].as_str().expect("an address");
    assert!(address.starts_with("otpauth://totp/") && address.contains(&format!("secret={secret}")), "{address}");
    let code = json!({ "code": code_of(desk, &secret) });
    let made = browser.post("/second-step/confirmation", code).await.expect(200).body;
    let codes: Vec<String> = serde_json::from_value(made["recovery_codes"].clone()).expect("codes");
    assert_eq!(codes.len(), 10);
    (secret, codes)
}

async fn try_with(desk: &Desk, code: &str) -> crate::desk::Reply {
    desk.nobody().post("/session", json!({ "email": OWNER, "password": PASSWORD, "code": code })).await
}

both_engines! {
    async fn from_the_first_confirmed_code_on_codes_are_asked_for(desk: Desk) {
        let owner = desk.owner().await;
        let none = json!({ "since": Value::Null, "recovery_codes_left": 0 });
        assert_eq!(owner.get("/second-step").await.expect(200).body, none);
        let wrong = owner.post("/second-step", json!({ "password": "not this one" })).await.expect(422);
        assert_eq!(wrong.body["errors"][0]["code"], "password_wrong");
        owner.post("/second-step/confirmation", json!({ "code": "123456" })).await.expect(404);
        for what in ["end", "recovery-codes"] {
            let both = json!({ "password": PASSWORD, "code": "123456" });
            owner.post(&format!("/second-step/{what}"), both).await.expect(404);
        }
        owner.post("/second-step", json!({ "password": PASSWORD })).await.expect(200);
        let wrong = owner.post("/second-step/confirmation", json!({ "code": "what" })).await.expect(422);
        assert_eq!(wrong.body["errors"][0]["code"], "code_wrong");
        // What was only begun asks nobody for anything.
        desk.owner().await;
        let (secret, _) = add(&desk, &owner).await;
        let shown = owner.get("/second-step").await.expect(200).body;
        assert_eq!((shown["since"].is_string(), &shown["recovery_codes_left"]), (true, &json!(10)));
        assert_eq!(owner.post("/second-step", json!({ "password": PASSWORD })).await.expect(409).code(), "second_step.on");

        assert_eq!(desk.try_sign_in(OWNER, PASSWORD).await.expect(401).code(), "auth.code_needed");
        assert_eq!(desk.try_sign_in(OWNER, "not this one").await.expect(401).code(), "auth.wrong");
        // The code that confirmed it was used by that.
        assert_eq!(try_with(&desk, &code_of(&desk, &secret)).await.expect(401).code(), "auth.code_wrong");
        desk.advance(STEP);
        let code = code_of(&desk, &secret);
        let typed = format!("{} {}", &code[..3], &code[3..]);
        let word = try_with(&desk, &typed).await.expect(200).word();
        desk.caller(Caller::Browser(word)).get("/session").await.expect(200);
        assert_eq!(try_with(&desk, &code).await.expect(401).code(), "auth.code_wrong", "a code is good once");
        let agent = desk.founded.agent.number();
        assert!(desk.story(agent).await.contains(&"membership.second_step_added".to_owned()));
    }

    async fn whoever_guesses_codes_has_to_wait(desk: Desk) {
        let owner = desk.owner().await;
        let (secret, _) = add(&desk, &owner).await;
        desk.advance(STEP * 10);
        for _ in 0..2 {
            // That the password is right forgives no guess.
            desk.try_sign_in(OWNER, PASSWORD).await.expect(401);
            try_with(&desk, "000000").await.expect(401);
        }
        assert_eq!(try_with(&desk, "000001").await.expect(401).code(), "auth.code_wrong");
        assert_eq!(try_with(&desk, &code_of(&desk, &secret)).await.expect(429).code(), "auth.locked");
        assert_eq!(desk.told("sign_in.locked").await.len(), 1);
        desk.advance(STEP);
        try_with(&desk, &code_of(&desk, &secret)).await.expect(200);
    }

    async fn what_was_written_down_helps_once(desk: Desk) {
        let owner = desk.owner().await;
        let (secret, codes) = add(&desk, &owner).await;
        try_with(&desk, &codes[3].to_lowercase().replace('-', " ")).await.expect(200);
        assert_eq!(try_with(&desk, &codes[3]).await.expect(401).code(), "auth.code_wrong");
        assert_eq!(owner.get("/second-step").await.expect(200).body["recovery_codes_left"], 9);
        let told = desk.told("membership.recovery_code_used").await;
        assert_eq!(told.len(), 1, "{told:?}");
        desk.advance(STEP);
        let both = json!({ "password": PASSWORD, "code": code_of(&desk, &secret) });
        let renewed = owner.post("/second-step/recovery-codes", both.clone()).await.expect(200).body;
        let used = owner.post("/second-step/recovery-codes", both).await.expect(422);
        assert_eq!(used.body["errors"][0]["code"], "code_wrong");
        try_with(&desk, &codes[0]).await.expect(401);
        try_with(&desk, renewed["recovery_codes"][0].as_str().expect("a code")).await.expect(200);
    }

    async fn both_steps_are_shown_to_take_the_second_away(desk: Desk) {
        let owner = desk.owner().await;
        let (_, codes) = add(&desk, &owner).await;
        for (password, code, field) in [("not this one", codes[0].as_str(), "password"), (PASSWORD, "000000", "code")] {
            let both = json!({ "password": password, "code": code });
            let refused = owner.post("/second-step/end", both).await.expect(422);
            assert_eq!(refused.body["errors"][0]["field"], field);
        }
        owner.post("/second-step/end", json!({ "password": PASSWORD, "code": codes[0] })).await.expect(204);
        desk.owner().await;
        assert_eq!(owner.get("/second-step").await.expect(200).body["recovery_codes_left"], 0);
        assert!(desk.story(desk.founded.agent.number()).await.contains(&"membership.second_step_removed".to_owned()));
    }

    async fn an_account_joins_a_further_desk_with_both_steps(desk: Desk) {
        desk.another_desk("other", "boss@other.co.jp").await;
        let owner = desk.owner().await;
        let (_, codes) = add(&desk, &owner).await;
        let boss = desk.caller_at(Some("other"), Caller::Nobody);
        let word = boss.post("/session", json!({ "email": "boss@other.co.jp", "password": PASSWORD })).await;
        let boss = desk.caller_at(Some("other"), Caller::Browser(word.expect(200).word()));
        let made = boss.post("/invitations", json!({ "email": OWNER, "roles": ["agent"] })).await.expect(201);
        let token = made.body["link"].as_str().expect("a link").split_once("#token=").expect("a token").1.to_owned();
        let joining = desk.caller_at(Some("other"), Caller::Nobody);
        let mut accept = json!({ "token": token, "name": "応援", "password": PASSWORD });
        assert_eq!(joining.post("/invitations/accept", accept.clone()).await.expect(401).code(), "auth.code_needed");
        accept["code"] = json!(codes[1]);
        joining.post("/invitations/accept", accept).await.expect(200);
    }
}
