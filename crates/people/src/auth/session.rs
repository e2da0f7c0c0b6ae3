//! A session: one signed-in browser in one tenant. Pure.

use std::{net::IpAddr, time::Duration};

use madoguchi_kernel::{Id, Timestamp, Word};

use super::policy::Terms;

/// Marks ids of sessions.
pub enum SessionKind {}
/// The id of a session.
pub type SessionId = Id<SessionKind>;

/// A session that was not used for so long has ended.
pub const IDLE_MAX: Duration = Duration::from_secs(12 * 3600);
/// A session that is so old has ended, however much it is used.
pub const AGE_MAX: Duration = Duration::from_secs(30 * 24 * 3600);
/// For so long after signing in, what is grave is done without signing in again.
pub const RECENT: Duration = Duration::from_secs(30 * 60);
/// How exactly the last use is kept: not each request is worth a write.
pub const SEEN_EVERY: Duration = Duration::from_secs(60);

/// Whether a session of these times still holds under these terms.
pub fn holds(created_at: Timestamp, last_seen_at: Timestamp, now: Timestamp, terms: &Terms) -> bool {
    now.since(created_at) < terms.age && now.since(last_seen_at) < terms.idle
}

/// Whether it is time to write down that it is in use.
pub fn is_worth_noting(last_seen_at: Timestamp, now: Timestamp) -> bool {
    now.since(last_seen_at) >= SEEN_EVERY
}

/// By what somebody came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// The password of their account, with its second step where it has one.
    Password,
    /// A passkey, which is both steps at once.
    Passkey,
}
impl Word for Means {
    const ALL: &'static [Self] = &[Self::Password, Self::Passkey];
    fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Passkey => "passkey",
        }
    }
}

/// How a session began.
#[derive(Clone, Copy, Debug)]
pub struct Beginning {
    /// By what its owner showed who they are.
    pub means: Means,
    /// When they did.
    pub at: Timestamp,
    /// By which session they did; `None` by this one.
    pub origin: Option<SessionId>,
}

/// Where a browser is, as it says itself.
#[derive(Clone, Debug)]
pub struct Browser {
    /// Its address.
    pub ip: IpAddr,
    /// Its name.
    pub user_agent: String,
}

/// The cookie of a session; its path is the tenant's.
pub fn cookie(slug: &str, word: &str, secure: bool) -> String {
    written(slug, word, AGE_MAX.as_secs(), secure)
}

/// Makes the browser forget the cookie.
pub fn no_cookie(slug: &str, secure: bool) -> String {
    written(slug, "", 0, secure)
}

fn written(slug: &str, word: &str, seconds: u64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("madoguchi_session={word}; Path=/t/{slug}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::policy::{AGE_MIN, IDLE_MIN, Policy};

    #[test]
    fn idle_and_old_sessions_have_ended() {
        let start = Timestamp::from_micros(0);
        let day = Duration::from_secs(24 * 3600);
        let none = Terms::of(Vec::new());
        assert!(holds(start, start, start.after(IDLE_MAX - SEEN_EVERY), &none));
        assert!(!holds(start, start, start.after(IDLE_MAX), &none));
        assert!(holds(start, start.after(29 * day), start.after(29 * day), &none));
        assert!(!holds(start, start.after(30 * day), start.after(30 * day), &none));
        let strict = Policy { idle: Some(IDLE_MIN), age: Some(AGE_MIN), ..Policy::default() };
        let strict = Terms::of(vec![strict]);
        assert!(holds(start, start, start.after(IDLE_MIN - SEEN_EVERY), &strict));
        assert!(!holds(start, start, start.after(IDLE_MIN), &strict));
        assert!(!holds(start, start.after(AGE_MIN), start.after(AGE_MIN), &strict));
    }

    #[test]
    fn the_cookie_is_for_the_tenant_alone() {
        assert_eq!(
            cookie("a", "w", true),
            "madoguchi_session=w; Path=/t/a; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure"
        );
        assert!(!no_cookie("a", false).contains("Secure"));
    }
}
