//! Passwords: which are good enough, and how they are kept. Hashing is slow on purpose; it runs on threads of
//! its own, a few at a time, for each takes 19 MiB.

use std::sync::atomic::{AtomicU64, Ordering};

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier, password_hash::SaltString};
use madoguchi_kernel::{EmailAddress, Problem, problem::Result};
use madoguchi_platform::secrets::{self, Secret};
use tokio::sync::Semaphore;

/// The shortest password, in characters.
pub const CHARACTERS_MIN: usize = 8;
/// The longest password, in characters: long enough for any sentence, short enough to hash.
pub const CHARACTERS_MAX: usize = 200;
/// Passwords that are hashed at once.
const AT_ONCE_MAX: usize = 2;
static AT_ONCE: Semaphore = Semaphore::const_new(AT_ONCE_MAX);
static COMPARED: AtomicU64 = AtomicU64::new(0);

/// What an address that nobody has is compared with, so that it takes as long.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlz$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Refuses a password that is too short, too long or easy to guess, also from what is known of its owner.
/// Of which kinds of characters it is made does not matter.
pub async fn check(field: &'static str, password: &Secret<String>, about: Vec<String>) -> Result<()> {
    let characters = password.reveal().chars().count();
    if characters < CHARACTERS_MIN {
        return Err(Problem::field(field, "too_short"));
    }
    if characters > CHARACTERS_MAX {
        return Err(Problem::field(field, "too_long"));
    }
    let password = password.clone();
    let weak = slowly(move || {
        let about: Vec<&str> = about.iter().map(String::as_str).collect();
        Ok(zxcvbn::zxcvbn(password.reveal(), &about).score() < zxcvbn::Score::Two)
    })
    .await?;
    if weak { Err(Problem::field(field, "password_weak")) } else { Ok(()) }
}

/// What is known of somebody, for a password that says it again.
pub(super) fn known_of(email: &EmailAddress, names: &[&str]) -> Vec<String> {
    let names = names.iter().map(|name| (*name).to_owned());
    [email.as_str(), email.local(), email.domain()].map(str::to_owned).into_iter().chain(names).collect()
}

/// The hash to keep.
pub async fn hash(password: &Secret<String>) -> Result<String> {
    let password = password.clone();
    slowly(move || {
        let salt =
            SaltString::encode_b64(&secrets::random::<16>()).map_err(|error| Problem::broken(error.to_string()))?;
        let hash = Argon2::default().hash_password(password.reveal().as_bytes(), &salt);
        hash.map(|hash| hash.to_string()).map_err(|error| Problem::broken(error.to_string()))
    })
    .await
}

/// How often a password was compared since the start: nobody may tell from the work that an address is unknown.
pub fn compared() -> u64 {
    COMPARED.load(Ordering::Relaxed)
}

/// Whether this is the password of the hash. Without a hash it is not, after as long a time.
pub async fn matches(password: &Secret<String>, hash: Option<String>) -> Result<bool> {
    if password.reveal().chars().count() > CHARACTERS_MAX {
        return Ok(false);
    }
    let password = password.clone();
    slowly(move || {
        COMPARED.fetch_add(1, Ordering::Relaxed);
        let known = hash.is_some();
        let hash = hash.as_deref().unwrap_or(NOBODYS);
        let hash = PasswordHash::new(hash).map_err(|error| Problem::broken(error.to_string()))?;
        Ok(Argon2::default().verify_password(password.reveal().as_bytes(), &hash).is_ok() && known)
    })
    .await
}

async fn slowly<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let turn = AT_ONCE.acquire().await.map_err(Problem::broken)?;
    let done = tokio::task::spawn_blocking(work).await.map_err(Problem::broken)?;
    drop(turn);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[tokio::test]
    async fn common_and_short_ones_are_refused_and_sentences_are_not() {
        for (password, code) in [
            ("short", Some("too_short")),
            ("password", Some("password_weak")),
            ("12345678", Some("password_weak")),
            ("qwertyuiop", Some("password_weak")),
            ("P@ssw0rd", Some("password_weak")),
            ("yamada.taro", Some("password_weak")),
            ("kakushita neko wa asa ni naku", None),
            ("窓口の朝は早くて静かです", None),
        ] {
            let about = vec!["yamada.taro@example.jp".to_owned(), "yamada.taro".to_owned()];
            let refused = check("password", &secret(password), about).await.err();
            assert_eq!(refused.map(|problem| problem.fields[0].code), code, "{password}");
        }
        assert!(check("password", &secret(&"あ".repeat(201)), Vec::new()).await.is_err());
    }

    async fn kept_again() -> String {
        hash(&secret("kakushita neko")).await.expect("hashed")
    }

    #[tokio::test]
    async fn a_hash_knows_its_password_and_nobodys_knows_none() {
        let kept = hash(&secret("kakushita neko")).await.expect("hashed");
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(matches(&secret("kakushita neko"), Some(kept.clone())).await.expect("compared"));
        assert!(!matches(&secret("kakushita inu"), Some(kept)).await.expect("compared"));
        assert!(!matches(&secret("kakushita neko"), None).await.expect("compared"));
        let [real, nobodys] = [kept_again().await, NOBODYS.to_owned()]
            .map(|hash| PasswordHash::new(&hash).expect("a hash").params.clone());
        assert_eq!(real, nobodys, "the same work for both");
    }
}
