//! Signing in at a mail server by OAuth 2.0 (RFC 6749): which application asks, what it asks, and what an answer means.
//! Pure: addresses and forms go out of here, answers come in; nothing is sent.

mod answer;

use std::time::Duration;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hmac::{Hmac, Mac};
use madoguchi_kernel::{Id, Timestamp, Word};
use madoguchi_people::change::{Change, Changes};
use madoguchi_platform::{
    egress::{Form, is_this_machine},
    secrets::{Secret, SecretId},
};
use sha2::{Digest, Sha256};
use url::Url;

pub use answer::{Answer, Refusal, Tokens, answer};

/// Marks ids of OAuth applications.
pub enum OauthApplicationKind {}
/// The id of an OAuth application.
pub type OauthApplicationId = Id<OauthApplicationKind>;

/// The longest name, in characters.
pub const NAME_CHARACTERS_MAX: usize = 120;
/// The longest client id, address or list of scopes, in characters.
pub const TEXT_CHARACTERS_MAX: usize = 2_000;
/// The longest client secret, in bytes.
pub const SECRET_BYTES_MAX: usize = 4_096;
/// The longest code, state or other word that a provider sends back by the browser, in characters.
pub const WORD_CHARACTERS_MAX: usize = 8_192;
/// Applications of one tenant.
pub const APPLICATIONS_MAX: usize = 50;
/// How long a person may take to consent.
pub const CONSENT_WITHIN: Duration = Duration::from_secs(15 * 60);
/// A token is renewed so long before it ends, but never before three quarters of its life are over.
pub const MARGIN: Duration = Duration::from_secs(5 * 60);
/// The life of a token whose server does not tell.
const LIFE_UNSAID: Duration = Duration::from_secs(30 * 60);
/// The longest life that is believed.
const LIFE_MAX: Duration = Duration::from_secs(24 * 3600);

/// The purpose for which client secrets are sealed.
pub const CLIENT_SECRET: &str = "oauth client secret";
/// The purpose for which tokens are sealed.
pub const TOKEN: &str = "oauth token";
/// The purpose of the key from which code verifiers are made.
pub const VERIFIER: &str = "oauth code verifier";

/// Whose mail servers they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Gmail and Google Workspace.
    Google,
    /// Outlook and Microsoft 365.
    Microsoft,
    /// Anybody else's, with addresses of its own.
    Other,
}
impl Word for Provider {
    const ALL: &'static [Self] = &[Self::Google, Self::Microsoft, Self::Other];
    fn word(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Microsoft => "microsoft",
            Self::Other => "other",
        }
    }
}

/// How the application comes to a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Somebody consents in a browser (RFC 6749, 4.1), once for each mailbox.
    AuthorizationCode,
    /// An administrator has let the application in beforehand (RFC 6749, 4.4).
    ClientCredentials,
}
impl Word for Flow {
    const ALL: &'static [Self] = &[Self::AuthorizationCode, Self::ClientCredentials];
    fn word(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::ClientCredentials => "client_credentials",
        }
    }
}

/// What people say about an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What people call it.
    pub name: String,
    /// Whose mail servers it is for.
    pub provider: Provider,
    /// How it comes to a token.
    pub flow: Flow,
    /// Its name at the provider.
    pub client_id: String,
    /// Its sealed secret there; none for an application without one.
    pub secret: Option<SecretId>,
    /// Where people consent; of another provider only.
    pub authorize_url: String,
    /// Where tokens are given; of another provider only.
    pub token_url: String,
    /// What is asked for, divided by spaces; of another provider only.
    pub scopes: String,
    /// The directory (tenant) at Microsoft: its id, its domain, or `organizations` for any.
    pub directory: String,
}

/// An application as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthApplication {
    /// Its id.
    pub id: OauthApplicationId,
    /// What people say about it.
    pub settings: Settings,
    /// How many facts it has.
    pub revision: i64,
}

impl Settings {
    /// Where people consent.
    pub fn authorize_url(&self) -> String {
        match self.provider {
            Provider::Google => "https://accounts.google.com/o/oauth2/v2/auth".to_owned(),
            Provider::Microsoft => {
                format!("https://login.microsoftonline.com/{}/oauth2/v2.0/authorize", self.directory)
            }
            Provider::Other => self.authorize_url.clone(),
        }
    }

    /// Where tokens are given.
    pub fn token_url(&self) -> String {
        match self.provider {
            Provider::Google => "https://oauth2.googleapis.com/token".to_owned(),
            Provider::Microsoft => format!("https://login.microsoftonline.com/{}/oauth2/v2.0/token", self.directory),
            Provider::Other => self.token_url.clone(),
        }
    }

    /// What is asked for.
    pub fn scopes(&self) -> &str {
        match (self.provider, self.flow) {
            (Provider::Google, _) => "https://mail.google.com/",
            (Provider::Microsoft, Flow::AuthorizationCode) => {
                "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access"
            }
            (Provider::Microsoft, Flow::ClientCredentials) => "https://outlook.office365.com/.default",
            (Provider::Other, _) => &self.scopes,
        }
    }

    /// The page at which somebody consents for the mailbox of this address; `None` where the address is none.
    pub fn consent_page(&self, address: &str, redirect_uri: &str, state: &str, challenge: &str) -> Option<String> {
        let mut page = Url::parse(&self.authorize_url()).ok()?;
        {
            let mut query = page.query_pairs_mut();
            query
                .append_pair("response_type", "code")
                .append_pair("client_id", &self.client_id)
                .append_pair("redirect_uri", redirect_uri)
                .append_pair("scope", self.scopes())
                .append_pair("state", state)
                .append_pair("code_challenge", challenge)
                .append_pair("code_challenge_method", "S256")
                .append_pair("login_hint", address);
            let more: &[(&str, &str)] = match self.provider {
                // Without both there is a refresh token the first time only, or never.
                Provider::Google => &[("access_type", "offline"), ("prompt", "consent")],
                Provider::Microsoft => &[("prompt", "select_account")],
                // OpenID Connect Core 11: who asks for offline access asks for consent.
                Provider::Other if self.scopes.split(' ').any(|scope| scope == "offline_access") => {
                    &[("prompt", "consent")]
                }
                Provider::Other => &[],
            };
            query.extend_pairs(more);
        }
        Some(page.into())
    }

    /// Whether the issuer that came back with a code (RFC 9207) is where people were sent. None is named by providers
    /// that do not know the specification.
    pub fn is_from(&self, issuer: Option<&str>) -> bool {
        let Some(issuer) = issuer else { return true };
        match (Url::parse(issuer), Url::parse(&self.authorize_url())) {
            (Ok(issuer), Ok(page)) => issuer.origin() == page.origin() && issuer.origin().is_tuple(),
            (Err(_), _) | (_, Err(_)) => false,
        }
    }

    /// What is handed to the token endpoint.
    pub fn form(&self, grant: &Asked<'_>, secret: Option<&Secret<String>>) -> Form {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        match grant {
            Asked::Code { code, verifier, redirect_uri } => {
                pairs.append_pair("grant_type", "authorization_code");
                pairs.append_pair("code", code).append_pair("redirect_uri", redirect_uri);
                pairs.append_pair("code_verifier", verifier);
            }
            Asked::Renewed { refresh_token } => {
                pairs.append_pair("grant_type", "refresh_token").append_pair("refresh_token", refresh_token.reveal());
            }
            Asked::Credentials => {
                pairs.append_pair("grant_type", "client_credentials");
                if !self.scopes().is_empty() {
                    pairs.append_pair("scope", self.scopes());
                }
            }
        }
        let mut authorization = None;
        match (self.provider, secret) {
            // RFC 6749, 2.3.1: what every server must understand; both parts are encoded as in a form.
            (Provider::Other, Some(secret)) => {
                let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", encode(&self.client_id), encode(secret.reveal()));
                authorization = Some(format!("Basic {}", STANDARD.encode(pair)));
            }
            (Provider::Google | Provider::Microsoft, Some(secret)) => {
                pairs.append_pair("client_id", &self.client_id).append_pair("client_secret", secret.reveal());
            }
            (_, None) => {
                pairs.append_pair("client_id", &self.client_id);
            }
        }
        Form { body: pairs.finish(), authorization }
    }
}

/// For what a token is asked.
pub enum Asked<'a> {
    /// For the code that came back by the browser.
    Code {
        /// The code.
        code: &'a str,
        /// What the challenge was made of.
        verifier: &'a str,
        /// Where the code was sent.
        redirect_uri: &'a str,
    },
    /// For the right to renew.
    Renewed {
        /// The token that gives it.
        refresh_token: &'a Secret<String>,
    },
    /// For being the application.
    Credentials,
}

/// The verifier of a consent (RFC 7636, 4.1): made of its state, so that it is kept nowhere.
pub fn verifier(key: &[u8; 32], state: &str) -> String {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).expect("a key of any length is taken");
    mac.update(state.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// The challenge that a verifier answers (RFC 7636, 4.2, S256).
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// Until when a token that was given now is used.
pub fn used_until(now: Timestamp, life: Option<Duration>) -> Timestamp {
    let life = life.unwrap_or(LIFE_UNSAID).min(LIFE_MAX);
    now.after(life - MARGIN.min(life / 4))
}

/// Whether a token may be asked for there: encrypted, or at this machine itself.
pub fn is_token_url(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| {
        let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        bare && url.has_host() && (url.scheme() == "https" || (url.scheme() == "http" && is_this_machine(&url)))
    })
}

/// How a mailbox stands with the application by which it signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantState {
    /// Somebody consented, or nobody needs to.
    Granted,
    /// The provider gives no token for it any more.
    Lost,
}
impl Word for GrantState {
    const ALL: &'static [Self] = &[Self::Granted, Self::Lost];
    fn word(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Lost => "lost",
        }
    }
}

/// What is different in `after`. Of the secret only that it is another.
pub fn changes(before: Option<&Settings>, after: &Settings) -> Vec<Change> {
    let mut changes = Changes::new();
    let mut note = |field: &'static str, of: &dyn Fn(&Settings) -> String| {
        changes.note(field, &before.map(of), &Some(of(after)));
    };
    note("name", &|settings| settings.name.clone());
    note("provider", &|settings| settings.provider.word().to_owned());
    note("flow", &|settings| settings.flow.word().to_owned());
    note("client_id", &|settings| settings.client_id.clone());
    note("client_secret", &|settings| settings.secret.map(|secret| secret.to_string()).unwrap_or_default());
    note("authorize_url", &Settings::authorize_url);
    note("token_url", &Settings::token_url);
    note("scopes", &|settings| settings.scopes().to_owned());
    changes.into_parts().0
}

#[cfg(test)]
mod tests;
