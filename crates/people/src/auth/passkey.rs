//! Passkeys: key pairs of an account, whose private halves their owner's devices keep (WebAuthn Level 3). A passkey is shown
//! with the device's own look at its owner (a finger, a face, a PIN), so it is both steps at once.
//!
//! A ceremony is what the browser is asked, and what we have to know of it when it answers. We keep nothing of it: its word is
//! sealed and comes back with the answer.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use madoguchi_kernel::{
    Id, Problem, Timestamp,
    problem::{Kind, Result},
};
use madoguchi_platform::{
    db::Reach,
    http::HttpSettings,
    secrets::{Keys, Sealed},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use url::Url;
use uuid::Uuid;
use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{
        DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential,
        RegisterPublicKeyCredential,
    },
};

use super::account::Account;
use crate::AccountId;

/// Marks ids of passkeys.
pub enum PasskeyKind {}
/// The id of a passkey.
pub type PasskeyId = Id<PasskeyKind>;

/// Passkeys of one account.
pub const PASSKEYS_MAX: usize = 20;
/// The longest name of a passkey, in characters.
pub const NAME_CHARACTERS_MAX: usize = 80;
/// How long a ceremony may take: people look for their devices.
pub const CEREMONY_MAX: Duration = Duration::from_secs(10 * 60);
/// The longest word of a ceremony, in bytes.
const WORD_BYTES_MAX: usize = 16 * 1024;
/// What a word for signing in is sealed for.
const SIGN_IN: &str = "passkey/sign_in";

/// What the browser is asked, and the word with which it comes back.
pub struct Ceremony {
    /// Sealed; good once and not for long.
    pub word: String,
    /// For `navigator.credentials`, as its `…FromJSON` functions read it.
    pub options: Value,
}

/// Nobody has this passkey, or it does not open what it is shown to.
pub fn unknown() -> Problem {
    Problem::new(Kind::Unauthenticated, "auth.passkey_unknown")
}

/// The word is too old, was used, or is none of ours.
pub fn over() -> Problem {
    Problem::new(Kind::Unauthenticated, "auth.ceremony_over")
}

#[derive(Serialize, Deserialize)]
struct Held<T> {
    until: Timestamp,
    state: T,
}

/// The party to which passkeys belong: the machine under whose name people reach us.
pub struct Party {
    webauthn: Webauthn,
}

impl Party {
    /// By the address of our pages. Under a bare number there are no passkeys.
    pub fn of(settings: &HttpSettings) -> Result<Self> {
        let unavailable = || Problem::conflict("passkey.no_name");
        let address = settings.origin.as_ref().unwrap_or(&settings.public_url);
        let origin = Url::parse(address).map_err(|_| unavailable())?;
        let name = origin.domain().ok_or_else(unavailable)?.to_owned();
        let builder = WebauthnBuilder::new(&name, &origin).map_err(|_| unavailable())?.rp_name("Madoguchi");
        Ok(Self { webauthn: builder.build().map_err(|_| unavailable())? })
    }

    /// Asks a device to make a passkey that names its owner by itself. Devices that hold one of these make no other.
    pub fn begin(&self, keys: &Keys, account: &Account, known: &[Passkey], now: Timestamp) -> Result<Ceremony> {
        let known = (!known.is_empty()).then(|| known.iter().map(|key| key.cred_id().clone()).collect());
        let (handle, email) = (handle_of(account.id), account.email.as_str());
        let begun = self.webauthn.start_passkey_registration(handle, email, &account.name, known);
        let (asked, state) = begun.map_err(Problem::broken)?;
        let mut options = json(&asked)?["publicKey"].take();
        // The library asks for one that may need to be named; ours are found without a name.
        options["authenticatorSelection"]["residentKey"] = "required".into();
        options["authenticatorSelection"]["requireResidentKey"] = true.into();
        Ok(Ceremony { word: sealed(keys, &adding(account.id), &state, now)?, options })
    }

    /// The passkey that a device made.
    pub fn made(
        &self,
        keys: &Keys,
        account: AccountId,
        (word, credential): (&str, Value),
        now: Timestamp,
    ) -> Result<Passkey> {
        let state: PasskeyRegistration = opened(keys, &adding(account), word, now)?;
        let unsound = || Problem::field("credential", "passkey_unsound");
        let credential: RegisterPublicKeyCredential =
            serde_json::from_value(credential).map_err(|error| unsound().because(error))?;
        let made = self.webauthn.finish_passkey_registration(&credential, &state);
        made.map_err(|error| unsound().because(error))
    }

    /// Asks for any passkey of ours.
    pub fn ask(&self, keys: &Keys, now: Timestamp) -> Result<Ceremony> {
        let (asked, state) = self.webauthn.start_discoverable_authentication().map_err(Problem::broken)?;
        let mut options = json(&asked)?["publicKey"].take();
        // None is asked for by name; an empty list is read as none at all by some devices.
        options.as_object_mut().and_then(|options| options.remove("allowCredentials"));
        Ok(Ceremony { word: sealed(keys, SIGN_IN, &state, now)?, options })
    }

    /// What somebody shows, before anything of it is believed.
    pub fn shown(&self, keys: &Keys, (word, credential): (&str, Value), now: Timestamp) -> Result<Shown> {
        let state = opened(keys, SIGN_IN, word, now)?;
        let credential: PublicKeyCredential = serde_json::from_value(credential).map_err(|_| unknown())?;
        let (handle, id) = self.webauthn.identify_discoverable_authentication(&credential).map_err(|_| unknown())?;
        let (account, id) = (account_of(handle)?, id.to_vec());
        Ok(Shown { account, id, state, credential })
    }

    /// Whether it is this passkey; it counts on as it has to.
    pub fn verify(&self, shown: &Shown, passkey: &mut Passkey) -> Result<()> {
        let key = DiscoverableKey::from(&*passkey);
        let (credential, state) = (&shown.credential, shown.state.clone());
        let found = self.webauthn.finish_discoverable_authentication_v2(credential, state, key);
        let found = found.map_err(|_| unknown())?;
        if !found.user_verified() {
            return Err(unknown());
        }
        passkey.update_credential(&found);
        Ok(())
    }
}

/// A passkey that is shown.
pub struct Shown {
    /// Whose it says it is.
    pub account: AccountId,
    /// The credential's id.
    pub id: Vec<u8>,
    state: DiscoverableAuthentication,
    credential: PublicKeyCredential,
}

/// The user handle (WebAuthn, 5.4.3): says nothing of the person.
fn handle_of(account: AccountId) -> Uuid {
    Uuid::from_u64_pair(0, account.number().cast_unsigned())
}

fn account_of(handle: Uuid) -> Result<AccountId> {
    let (high, low) = handle.as_u64_pair();
    if high == 0 { Ok(AccountId::new(low.cast_signed())) } else { Err(unknown()) }
}

fn adding(account: AccountId) -> String {
    format!("passkey/add/{account}")
}

fn json(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(Problem::broken)
}

fn sealed(keys: &Keys, purpose: &str, state: &impl Serialize, now: Timestamp) -> Result<String> {
    let held = Held { until: now.after(CEREMONY_MAX), state };
    let bytes = serde_json::to_vec(&held).map_err(Problem::broken)?;
    let Sealed { key_id, bytes } = keys.seal(Reach::House, purpose, &bytes);
    Ok(format!("{}.{}", URL_SAFE_NO_PAD.encode(key_id), URL_SAFE_NO_PAD.encode(bytes)))
}

fn opened<T: DeserializeOwned>(keys: &Keys, purpose: &str, word: &str, now: Timestamp) -> Result<T> {
    let parts = (word.len() <= WORD_BYTES_MAX).then(|| word.split_once('.')).flatten();
    let decoded = parts.and_then(|(key_id, bytes)| {
        let key_id = String::from_utf8(URL_SAFE_NO_PAD.decode(key_id).ok()?).ok()?;
        Some(Sealed { key_id, bytes: URL_SAFE_NO_PAD.decode(bytes).ok()? })
    });
    let opened = keys.open(Reach::House, purpose, &decoded.ok_or_else(over)?).map_err(|_| over())?;
    let held: Held<T> = serde_json::from_slice(opened.reveal()).map_err(|_| over())?;
    if now < held.until { Ok(held.state) } else { Err(over()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_leads_back_to_its_account_and_no_other_does() {
        for id in [1, 42, i64::MAX] {
            assert_eq!(account_of(handle_of(AccountId::new(id))).expect("ours"), AccountId::new(id));
        }
        assert!(account_of(Uuid::from_u64_pair(7, 42)).is_err());
    }

    #[test]
    fn a_word_holds_for_a_while_and_for_its_purpose_only() {
        let keys = Keys::from_text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").expect("a key");
        let now = Timestamp::from_micros(0);
        let word = sealed(&keys, SIGN_IN, &"state", now).expect("sealed");
        assert_eq!(opened::<String>(&keys, SIGN_IN, &word, now).expect("opened"), "state");
        assert!(opened::<String>(&keys, SIGN_IN, &word, now.after(CEREMONY_MAX)).is_err(), "too old");
        assert!(opened::<String>(&keys, &adding(AccountId::new(1)), &word, now).is_err(), "another purpose");
        for wrong in ["", ".", "a.b", "a", &word[1..], &word.replace('.', ""), &"x".repeat(20_000)] {
            assert_eq!(opened::<String>(&keys, SIGN_IN, wrong, now).expect_err("refused").code, "auth.ceremony_over");
        }
    }
}
