//! What a token endpoint answers (RFC 6749, 5).

use std::time::Duration;

use madoguchi_platform::secrets::Secret;
use serde::Deserialize;
use serde_json::Value;

use crate::mail::road::shown;

/// What an answer means.
#[derive(Debug)]
pub enum Answer {
    /// Here they are.
    Tokens(Tokens),
    /// There are none.
    Refused(Refusal),
}

/// Tokens as they are given.
#[derive(Debug)]
pub struct Tokens {
    /// What a mail server takes.
    pub access: Secret<String>,
    /// What gives the next ones; absent where the one before stays good.
    pub refresh: Option<Secret<String>>,
    /// How long the first is good, where it is told.
    pub life: Option<Duration>,
}

/// Why there are no tokens; each is mended by somebody else. With it the provider's words, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The consent does not hold any more: somebody must give it again.
    Consent(String),
    /// The application is not known there, or not as it is set up here.
    Application(String),
    /// Not now.
    ForNow(String),
}

#[derive(Deserialize)]
struct Given {
    access_token: String,
    token_type: String,
    #[serde(default)]
    expires_in: Value,
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct Error {
    error: String,
    error_description: Option<String>,
}

/// What this answer means.
pub fn answer(status: u16, body: &[u8]) -> Answer {
    if status == 200 {
        return given(body);
    }
    let Ok(said) = serde_json::from_slice::<Error>(body) else {
        let said = format!("HTTP {status}");
        let passes = status >= 500 || status == 408 || status == 429;
        return Answer::Refused(if passes { Refusal::ForNow(said) } else { Refusal::Application(said) });
    };
    let words = match said.error_description {
        Some(description) if !description.trim().is_empty() => format!("{}: {description}", said.error),
        _ => said.error.clone(),
    };
    let words = shown(&words);
    Answer::Refused(match said.error.as_str() {
        "invalid_grant" | "interaction_required" | "consent_required" | "login_required" => Refusal::Consent(words),
        "temporarily_unavailable" | "server_error" | "slow_down" => Refusal::ForNow(words),
        _ if status >= 500 || status == 429 => Refusal::ForNow(words),
        _ => Refusal::Application(words),
    })
}

fn given(body: &[u8]) -> Answer {
    match serde_json::from_slice::<Given>(body) {
        Ok(given) if given.token_type.eq_ignore_ascii_case("bearer") && is_token(&given.access_token) => {
            // Some write the number as text.
            let seconds = given.expires_in.as_u64().or_else(|| given.expires_in.as_str()?.parse().ok());
            Answer::Tokens(Tokens {
                access: Secret::new(given.access_token),
                refresh: given.refresh_token.filter(|token| !token.is_empty()).map(Secret::new),
                life: seconds.filter(|seconds| *seconds > 0).map(Duration::from_secs),
            })
        }
        Ok(_) => Answer::Refused(Refusal::Application("the token is not one of the kind Bearer".to_owned())),
        Err(_) => Answer::Refused(Refusal::Application("the answer holds no token".to_owned())),
    }
}

/// RFC 6750, 2.1: a token has no space and no control character; one that had could say more to a mail server than who
/// we are.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}
