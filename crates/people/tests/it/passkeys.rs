//! Passkeys: a device makes one, and signs in by it. Chromium's own device does the same in the journeys.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use madoguchi_platform::both_engines;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::desk::{Caller, Client, Desk, HOST, OWNER, PASSWORD, Reply};

const MINUTE: Duration = Duration::from_secs(60);
/// What a device says of itself (WebAuthn, 6.1): somebody is there, it knows that they are its owner, a new key follows.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// A device with one passkey, and the browser around it.
struct Device {
    key: EcdsaKeyPair,
    id: [u8; 16],
    handle: String,
    origin: String,
    /// What it says of its owner.
    sees: u8,
}

impl Device {
    fn at(host: &str) -> Self {
        let random = SystemRandom::new();
        let secret = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("a key");
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, secret.as_ref(), &random).expect("a key");
        let id = ring::rand::generate(&random).expect("random bytes").expose();
        Self { key, id, handle: String::new(), origin: format!("https://{host}"), sees: PRESENT | VERIFIED }
    }

    /// What the browser says that it was asked (WebAuthn, 5.8.1).
    fn asked(&self, what: &str, options: &Value) -> Vec<u8> {
        let asked = json!({
            "type": what, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false,
        });
        asked.to_string().into_bytes()
    }

    fn data(&self, party: &Value, flags: u8) -> Vec<u8> {
        let party = Sha256::digest(party.as_str().expect("a name"));
        [party.as_slice(), &[flags], &[0; 4]].concat()
    }

    /// The public half as COSE writes it (RFC 9053, 7.1): P-256, ES256.
    fn public_key(&self) -> Vec<u8> {
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32], x, &[0x22, 0x58, 32], y].concat()
    }

    fn make(&mut self, options: &Value) -> Value {
        self.handle = options["user"]["id"].as_str().expect("a handle").to_owned();
        let mut data = self.data(&options["rp"]["id"], self.sees | ATTESTED);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(self.id);
        data.extend(self.public_key());
        let length = u8::try_from(data.len()).expect("short");
        let head =
            [&[0xa3, 0x63][..], b"fmt", &[0x64], b"none", &[0x67], b"attStmt", &[0xa0, 0x68], b"authData"].concat();
        let object = [&head, &[0x58, length][..], &data].concat();
        self.answer(&json!({
            "clientDataJSON": BASE64URL.encode(self.asked("webauthn.create", options)),
            "attestationObject": BASE64URL.encode(object),
        }))
    }

    fn show(&self, options: &Value) -> Value {
        let (asked, data) = (self.asked("webauthn.get", options), self.data(&options["rpId"], self.sees));
        let signed = [data.as_slice(), &Sha256::digest(&asked)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).expect("signed");
        self.answer(&json!({
            "clientDataJSON": BASE64URL.encode(asked),
            "authenticatorData": BASE64URL.encode(data),
            "signature": BASE64URL.encode(signature),
            "userHandle": self.handle,
        }))
    }

    fn answer(&self, response: &Value) -> Value {
        let id = BASE64URL.encode(self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {} })
    }
}

async fn add(browser: &Client, device: &mut Device, name: &str) -> Reply {
    let begun = browser.post("/passkeys/ceremony", json!({})).await.expect(200).body;
    let credential = device.make(&begun["options"]);
    let made = json!({ "ceremony": begun["ceremony"], "credential": credential, "name": name });
    browser.post("/passkeys", made).await
}

/// What would sign in.
async fn shown(desk: &Desk, device: &Device) -> Value {
    let begun = desk.nobody().post("/session/passkey/ceremony", json!({})).await.expect(200).body;
    json!({ "ceremony": begun["ceremony"], "credential": device.show(&begun["options"]) })
}

async fn sign_in(desk: &Desk, device: &Device) -> Reply {
    let shown = shown(desk, device).await;
    desk.nobody().post("/session/passkey", shown).await
}

both_engines! {
    async fn whoever_has_a_passkey_is_in_without_a_password(desk: Desk) {
        let owner = desk.owner().await;
        let mut device = Device::at(HOST);
        assert_eq!(owner.get("/passkeys").await.expect(200).body["items"], json!([]));
        let made = add(&owner, &mut device, " 仕事用のノート ").await.expect(201);
        assert_eq!((made.body["name"].as_str(), &made.body["last_used_at"]), (Some("仕事用のノート"), &Value::Null));
        let word = sign_in(&desk, &device).await.expect(200).word();
        let there = desk.caller(Caller::Browser(word));
        assert_eq!(there.get("/session").await.expect(200).body["account"]["email"], OWNER);
        assert!(there.get("/passkeys").await.expect(200).body["items"][0]["last_used_at"].is_string());
        // A device that has one is told to make no other; another device does.
        let begun = owner.post("/passkeys/ceremony", json!({})).await.expect(200).body;
        let known = &begun["options"]["excludeCredentials"];
        let shown = shown(&desk, &device).await;
        assert_eq!((known.as_array().map(Vec::len), &known[0]["id"]), (Some(1), &shown["credential"]["id"]));
        add(&owner, &mut Device::at(HOST), "電話").await.expect(201);
        let story = desk.story(desk.founded.agent.number()).await;
        assert_eq!(story.iter().filter(|kind| *kind == "membership.passkey_added").count(), 2);
        assert!(desk.told("session.started").await.iter().any(|fact| fact.contains("\"passkey\"")));
    }

    async fn what_is_shown_is_good_once_and_for_a_while(desk: Desk) {
        let owner = desk.owner().await;
        let mut device = Device::at(HOST);
        add(&owner, &mut device, "a").await.expect(201);
        let once = shown(&desk, &device).await;
        desk.nobody().post("/session/passkey", once.clone()).await.expect(200);
        assert_eq!(desk.nobody().post("/session/passkey", once).await.expect(401).code(), "auth.ceremony_over");
        let late = shown(&desk, &device).await;
        desk.advance(MINUTE * 10);
        assert_eq!(desk.nobody().post("/session/passkey", late).await.expect(401).code(), "auth.ceremony_over");
        // What was used is forgotten when nobody can show it any more.
        desk.advance(MINUTE * 60);
        desk.settle().await.expect("swept");
        sign_in(&desk, &device).await.expect(200);
        // An answer to another question is none to this.
        let (mut one, other) = (shown(&desk, &device).await, shown(&desk, &device).await);
        one["ceremony"] = other["ceremony"].clone();
        assert_eq!(desk.nobody().post("/session/passkey", one).await.expect(401).code(), "auth.passkey_unknown");
    }

    async fn nobody_comes_in_by_what_is_not_theirs(desk: Desk) {
        let owner = desk.owner().await;
        let (agent, id) = desk.join(&owner, "a@desk.test", &["agent"]).await;
        let (mut device, mut theirs) = (Device::at(HOST), Device::at(HOST));
        add(&owner, &mut device, "a").await.expect(201);
        let made = add(&agent, &mut theirs, "b").await.expect(201);
        // The handle of one account with the key of another.
        let mut forged = shown(&desk, &theirs).await;
        forged["credential"]["response"]["userHandle"] = shown(&desk, &device).await["credential"]["response"]["userHandle"].clone();
        for wrong in [forged, json!({ "ceremony": "x.y", "credential": {} }), json!({ "ceremony": "", "credential": null })] {
            desk.nobody().post("/session/passkey", wrong).await.expect(401);
        }
        // A device that does not look at its owner.
        theirs.sees = PRESENT;
        assert_eq!(sign_in(&desk, &theirs).await.expect(401).code(), "auth.passkey_unknown");
        // A page of somebody else that asks in our name.
        (theirs.sees, theirs.origin) = (PRESENT | VERIFIED, "https://desk.test.evil.example".to_owned());
        assert_eq!(sign_in(&desk, &theirs).await.expect(401).code(), "auth.passkey_unknown");
        theirs.origin = format!("https://{HOST}");
        sign_in(&desk, &theirs).await.expect(200);
        // Nobody takes another's away; what is taken away opens nothing, and who has left comes in no more.
        owner.delete(&format!("/passkeys/{}", made.id())).await.expect(404);
        owner.patch(&format!("/agents/{id}"), json!({ "state": "left" })).await.expect(200);
        assert_eq!(sign_in(&desk, &theirs).await.expect(401).code(), "auth.passkey_unknown");
        let mine = owner.get("/passkeys").await.expect(200).body["items"][0]["id"].clone();
        owner.delete(&format!("/passkeys/{mine}")).await.expect(204);
        assert_eq!(sign_in(&desk, &device).await.expect(401).code(), "auth.passkey_unknown");
    }

    async fn a_passkey_is_both_steps(desk: Desk) {
        let owner = desk.owner().await;
        let (agent, _) = desk.join(&owner, "a@desk.test", &["agent"]).await;
        let mut device = Device::at(HOST);
        add(&agent, &mut device, "a").await.expect(201);
        let changed = owner.patch("/sign-in-policies/agent", json!({ "second_step": true })).await.expect(200);
        assert_eq!((&changed.body["agents"], &changed.body["agents_with_second_step"]), (&json!(1), &json!(1)));
        assert_eq!(agent.get("/session").await.expect(200).body["owes"], json!(["second_step"]));
        let signed_in = sign_in(&desk, &device).await.expect(200);
        assert_eq!(signed_in.body["owes"], json!([]));
        let there = desk.caller(Caller::Browser(signed_in.word()));
        there.get("/agents").await.expect(200);
        // It stays so with another password.
        let new = json!({ "current": PASSWORD, "new": "quite another phrase for this desk" });
        let word = there.post("/password", new).await.expect(204).word();
        desk.caller(Caller::Browser(word)).get("/agents").await.expect(200);
        // But not from where one may not be.
        owner.patch("/sign-in-policies/agent", json!({ "networks": ["203.0.113.0/24"] })).await.expect(200);
        assert_eq!(sign_in(&desk, &device).await.expect(403).code(), "auth.place_refused");
    }

    async fn passkeys_have_names_and_are_not_endless(desk: Desk) {
        let owner = desk.owner().await;
        let made = add(&owner, &mut Device::at(HOST), "a").await.expect(201);
        let path = format!("/passkeys/{}", made.id());
        assert_eq!(owner.patch(&path, json!({ "name": "受付の鍵" })).await.expect(200).body["name"], "受付の鍵");
        owner.patch(&path, json!({ "name": "  " })).await.expect(422);
        owner.patch("/passkeys/7", json!({ "name": "x" })).await.expect(404);
        let begun = owner.post("/passkeys/ceremony", json!({})).await.expect(200).body;
        let unsound = json!({ "ceremony": begun["ceremony"], "credential": { "id": "x" }, "name": "x" });
        assert_eq!(owner.post("/passkeys", unsound).await.expect(422).body["errors"][0]["code"], "passkey_unsound");
        let mut unsure = Device::at(HOST);
        unsure.sees = PRESENT;
        assert_eq!(add(&owner, &mut unsure, "x").await.expect(422).body["errors"][0]["code"], "passkey_unsound");
        for n in 1..20 {
            add(&owner, &mut Device::at(HOST), &format!("{n}")).await.expect(201);
        }
        assert_eq!(owner.post("/passkeys/ceremony", json!({})).await.expect(409).code(), "passkey.too_many");
        // A screen that somebody left is not enough.
        desk.advance(MINUTE * 31);
        assert_eq!(owner.post("/passkeys/ceremony", json!({})).await.expect(403).code(), "access.sign_in_again");
        assert_eq!(owner.delete(&path).await.expect(403).code(), "access.sign_in_again");
    }
}
