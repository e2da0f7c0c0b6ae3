//! What the two roads share: where a server is, who we are there, how long we wait, and what can go wrong.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// A mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// When the line is encrypted.
    pub tls: Tls,
    /// A certificate authority (PEM) trusted for this server besides the system's: for a server in the
    /// house with a certificate of its own.
    pub extra_ca: Option<String>,
}

/// When the line is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte (993, 465).
    Implicit,
    /// After a greeting in the clear (143, 587); refused by us when the server does not offer it.
    StartTls,
    /// Never: for a server on the same machine or in a closed network.
    None,
}

/// Who we are at a server.
#[derive(Clone, Copy)]
pub struct Login<'a> {
    /// User name.
    pub user: &'a str,
    /// Password or access token.
    pub secret: &'a str,
    /// What the secret is.
    pub way: Way,
}

/// How we prove who we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A password.
    Password,
    /// An OAuth 2 access token (`XOAUTH2`).
    Token,
}

impl fmt::Debug for Login<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).field("way", &self.way).finish_non_exhaustive()
    }
}

/// How long we wait, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For a connection, its encryption and the greeting.
    pub connect_seconds: u64,
    /// For the answer to one command.
    pub command_seconds: u64,
    /// For the answer after a whole letter was handed over (RFC 5321 asks for ten minutes).
    pub data_seconds: u64,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience { connect_seconds: 30, command_seconds: 60, data_seconds: 600 }
    }
}

/// What went wrong on a road.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {detail}")]
pub struct Trouble {
    /// Which class of trouble.
    pub kind: TroubleKind,
    /// The other side's or the machine's own words, for the person who has to mend it. Never a secret.
    pub detail: String,
}

/// The classes of trouble: each is mended by somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TroubleKind {
    /// No such host, nobody listens, the line was cut, or the server says that it is not there right now.
    Unreachable,
    /// Somebody answered, but not in time.
    Timeout,
    /// The line could not be encrypted, or the certificate is not one that we trust.
    Tls,
    /// The server refused who we say we are.
    Auth,
    /// The folder is not there or not for us.
    FolderMissing,
    /// The other side does not speak the protocol, or not what we need of it.
    Protocol,
    /// The server cannot put a letter into another folder without touching those of others.
    NoMove,
    /// The server refused to put a letter into another folder, or to make that.
    NotMoved,
    /// Nobody has consented yet that we sign in there.
    ConsentMissing,
    /// The consent that we sign in there does not hold any more.
    ConsentLost,
    /// The application by which we sign in is not known, or not as it is set up.
    Application,
    /// Whoever gives tokens could not be asked.
    NoToken,
    /// The server refused a token that was just given.
    TokenRefused,
}

impl TroubleKind {
    /// The stable code, also the key of its sentence in the catalogs.
    pub fn code(self) -> &'static str {
        match self {
            TroubleKind::Unreachable => "mail.unreachable",
            TroubleKind::Timeout => "mail.timeout",
            TroubleKind::Tls => "mail.tls",
            TroubleKind::Auth => "mail.auth",
            TroubleKind::FolderMissing => "mail.folder_missing",
            TroubleKind::Protocol => "mail.protocol",
            TroubleKind::NoMove => "mail.no_move",
            TroubleKind::NotMoved => "mail.not_moved",
            TroubleKind::ConsentMissing => "mail.consent_missing",
            TroubleKind::ConsentLost => "mail.consent_lost",
            TroubleKind::Application => "mail.application_refused",
            TroubleKind::NoToken => "mail.no_token",
            TroubleKind::TokenRefused => "mail.token_refused",
        }
    }

    /// Whether it may well pass by itself. The others wait for somebody to change a setting, though
    /// trying again now and then does no harm.
    pub fn passes(self) -> bool {
        matches!(self, TroubleKind::Unreachable | TroubleKind::Timeout | TroubleKind::NoToken)
    }
}

impl fmt::Display for TroubleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Trouble {
    /// Trouble of that kind. What the server said is cut to a length that a page can show.
    pub fn new(kind: TroubleKind, detail: impl fmt::Display) -> Trouble {
        Trouble { kind, detail: shown(&detail.to_string()) }
    }
}

/// A server's words, fit for a page and a database: one line, at most 500 characters.
pub(super) fn shown(words: &str) -> String {
    super::letter::headers::strip_controls(words).trim().chars().take(500).collect()
}

/// The result of `work`, or [`TroubleKind::Timeout`].
pub(super) async fn within<T>(
    seconds: u64,
    what: &str,
    work: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(Duration::from_secs(seconds.max(1)), work).await {
        Ok(done) => done,
        Err(_) => Err(Trouble::new(TroubleKind::Timeout, format!("no answer within {seconds} s ({what})"))),
    }
}

/// Whether the text holds certificates (PEM), one or more, and all of them can be read.
pub(super) fn holds_certificates(pem: &str) -> bool {
    let mut roots = RootCertStore::empty();
    let mut all = CertificateDer::pem_slice_iter(pem.as_bytes());
    all.all(|found| found.is_ok_and(|certificate| roots.add(certificate).is_ok())) && !roots.is_empty()
}

/// The trust of the system, and of one more authority where a server has its own.
pub(super) fn tls_config(extra_ca: Option<&str>) -> Result<Arc<ClientConfig>, Trouble> {
    static SYSTEM: OnceLock<RootCertStore> = OnceLock::new();
    let mut roots = SYSTEM
        .get_or_init(|| {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            roots
        })
        .clone();
    for found in extra_ca.into_iter().flat_map(|pem| CertificateDer::pem_slice_iter(pem.as_bytes())) {
        let wrong =
            |error: &dyn fmt::Display| Trouble::new(TroubleKind::Tls, format!("the extra certificate: {error}"));
        let certificate = found.map_err(|error| wrong(&error))?;
        roots.add(certificate).map_err(|error| wrong(&error))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Trouble::new(TroubleKind::Tls, error))?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}
