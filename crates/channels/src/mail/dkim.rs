//! Our signature under letters (DKIM: RFC 6376, RFC 8463). Pure apart from making keys, which takes chance.

use base64::{Engine, engine::general_purpose::STANDARD};
use madoguchi_kernel::{Id, Problem, Word, problem::Result};
use mail_auth::{
    common::{
        crypto::{Ed25519Key, RsaKey, Sha256, SigningKey},
        headers::HeaderWriter,
    },
    dkim::DkimSigner,
};
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey};
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Marks ids of keys.
pub enum DkimKeyKind {}
/// The id of a key.
pub type DkimKeyId = Id<DkimKeyKind>;

/// Keys of one tenant.
pub const KEYS_MAX: usize = 100;
/// The purpose for which private keys are sealed.
pub const PRIVATE_KEY: &str = "dkim private key";
/// Bits of an RSA key: what every receiver takes, and fits one DNS record.
const RSA_BITS: usize = 2_048;
/// What is signed, where the letter has it.
const SIGNED: [&str; 13] = [
    "From",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Auto-Submitted",
];

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub enum Algorithm {
    /// What everybody verifies.
    #[default]
    #[serde(rename = "rsa-sha256")]
    Rsa,
    /// Shorter and newer; not everybody verifies it, so it stands beside an RSA key.
    #[serde(rename = "ed25519-sha256")]
    Ed25519,
}
impl Word for Algorithm {
    const ALL: &'static [Self] = &[Self::Rsa, Self::Ed25519];
    fn word(self) -> &'static str {
        match self {
            Self::Rsa => "rsa-sha256",
            Self::Ed25519 => "ed25519-sha256",
        }
    }
}

/// A new key.
pub struct Pair {
    /// For us alone: PKCS #8.
    pub private: Vec<u8>,
    /// For everybody, as the record has it after `p=`.
    pub public: String,
}

/// Makes a key. RSA takes a moment: not for a thread that others wait for.
pub fn generate(algorithm: Algorithm) -> Result<Pair> {
    match algorithm {
        Algorithm::Rsa => {
            let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, RSA_BITS).map_err(Problem::broken)?;
            let private = key.to_pkcs8_der().map_err(Problem::broken)?.as_bytes().to_vec();
            let public = key.to_public_key().to_public_key_der().map_err(Problem::broken)?;
            Ok(Pair { private, public: STANDARD.encode(public.as_bytes()) })
        }
        Algorithm::Ed25519 => {
            let private = Ed25519Key::generate_pkcs8().map_err(Problem::broken)?;
            let key = Ed25519Key::from_pkcs8_der(&private).map_err(Problem::broken)?;
            Ok(Pair { public: STANDARD.encode(key.public_key()), private })
        }
    }
}

/// A record of the DNS, as people copy it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DnsRecord {
    /// What it is for: `dkim`, `spf` or `dmarc`.
    pub purpose: &'static str,
    /// Its name.
    pub name: String,
    /// Its type.
    pub r#type: &'static str,
    /// Its value.
    pub value: String,
}

impl DnsRecord {
    fn text(purpose: &'static str, name: String, value: String) -> Self {
        Self { purpose, name, r#type: "TXT", value }
    }
}

/// The record by which others find a key.
pub fn record(domain: &str, selector: &str, algorithm: Algorithm, public: &str) -> DnsRecord {
    let kind = match algorithm {
        Algorithm::Rsa => "rsa",
        Algorithm::Ed25519 => "ed25519",
    };
    DnsRecord::text("dkim", format!("{selector}._domainkey.{domain}"), format!("v=DKIM1; k={kind}; p={public}"))
}

/// What a domain should say about who sends for it, where letters leave by this server.
pub fn advice(domain: &str, smtp_host: &str) -> [DnsRecord; 2] {
    const PROVIDERS: &[(&str, &str)] = &[
        ("gmail.com", "_spf.google.com"),
        ("google.com", "_spf.google.com"),
        ("office365.com", "spf.protection.outlook.com"),
        ("outlook.com", "spf.protection.outlook.com"),
        ("amazonaws.com", "amazonses.com"),
        ("sendgrid.net", "sendgrid.net"),
        ("mailgun.org", "mailgun.org"),
    ];
    let of = |(host, _): &&(&str, &str)| smtp_host == *host || smtp_host.ends_with(&format!(".{host}"));
    let senders = match PROVIDERS.iter().find(of) {
        Some((_, include)) => format!("include:{include}"),
        // A relay that nobody else can reach says nothing about where letters come from.
        None if is_inside(smtp_host) => "mx".to_owned(),
        None if smtp_host.parse::<std::net::Ipv4Addr>().is_ok() => format!("ip4:{smtp_host}"),
        None if smtp_host.parse::<std::net::Ipv6Addr>().is_ok() => format!("ip6:{smtp_host}"),
        None => format!("a:{smtp_host}"),
    };
    let spf = DnsRecord::text("spf", domain.to_owned(), format!("v=spf1 {senders} ~all"));
    let policy = format!("v=DMARC1; p=none; rua=mailto:postmaster@{domain}");
    [spf, DnsRecord::text("dmarc", format!("_dmarc.{domain}"), policy)]
}

/// Whether a server is this machine, or one of a closed network.
fn is_inside(host: &str) -> bool {
    match host.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(at)) => at.is_loopback() || at.is_private() || at.is_link_local(),
        Ok(std::net::IpAddr::V6(at)) => at.is_loopback() || at.is_unique_local() || at.is_unicast_link_local(),
        Err(_) => host.is_empty() || host == "localhost" || !host.contains('.'),
    }
}

/// A key that signs.
pub struct Signer {
    /// The domain for which it speaks.
    pub domain: String,
    /// Its name there.
    pub selector: String,
    /// How it signs.
    pub algorithm: Algorithm,
    /// The key: PKCS #8.
    pub private: madoguchi_platform::secrets::Secret<Vec<u8>>,
}

/// The letter with a signature of each of these keys above it.
pub fn signed(mut letter: Vec<u8>, signers: &[Signer]) -> Result<Vec<u8>> {
    let mut heads = String::new();
    for signer in signers {
        heads.push_str(&match signer.algorithm {
            Algorithm::Rsa => {
                let key =
                    RsaKey::<Sha256>::from_key_der(PrivatePkcs8KeyDer::from(signer.private.reveal().as_slice()).into())
                        .map_err(Problem::broken)?;
                signature(key, signer, &letter)?
            }
            Algorithm::Ed25519 => {
                let key = Ed25519Key::from_pkcs8_der(signer.private.reveal()).map_err(Problem::broken)?;
                signature(key, signer, &letter)?
            }
        });
    }
    letter.reserve_exact(heads.len());
    letter.splice(..0, heads.into_bytes());
    Ok(letter)
}

fn signature<K: SigningKey>(key: K, signer: &Signer, letter: &[u8]) -> Result<String> {
    let of = DkimSigner::from_key(key).domain(&signer.domain).selector(&signer.selector).headers(SIGNED);
    Ok(of.sign(letter).map_err(Problem::broken)?.to_header())
}

/// Whether a selector can stand in a name of the DNS.
pub fn is_selector(text: &str) -> bool {
    let label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 120 && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_is_a_name() {
        for (text, fits) in [
            ("mado2026", true),
            ("a.b", true),
            ("", false),
            ("-a", false),
            ("あ", false),
            ("a b", false),
            ("a..b", false),
        ] {
            assert_eq!(is_selector(text), fits, "{text}");
        }
    }

    #[test]
    fn a_domain_is_advised_by_where_its_letters_leave() {
        let spf = |host: &str| advice("example.jp", host)[0].value.clone();
        assert_eq!(spf("smtp.gmail.com"), "v=spf1 include:_spf.google.com ~all");
        assert_eq!(spf("smtp.example.jp"), "v=spf1 a:smtp.example.jp ~all");
        assert_eq!(spf("192.0.2.1"), "v=spf1 ip4:192.0.2.1 ~all");
        for inside in ["127.0.0.1", "::1", "10.0.0.5", "localhost", "relay"] {
            assert_eq!(spf(inside), "v=spf1 mx ~all");
        }
        assert_eq!(spf("notgmail.com"), "v=spf1 a:notgmail.com ~all");
        assert_eq!(advice("example.jp", "x")[1].name, "_dmarc.example.jp");
    }
}
