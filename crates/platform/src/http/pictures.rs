//! Pictures that stand outside, by addresses of ours: a reader's browser never asks a sender's server, and nobody can have
//! us fetch what no letter names.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use madoguchi_kernel::{Problem, TenantId, problem::Result};
use sha2::Sha256;

use super::App;

const PURPOSE: &str = "http.pictures";
/// A longer address is not shown: it would not fit into a line of a request.
const ADDRESS_BYTES_MAX: usize = 2_000;

/// Gives pictures outside an address of ours, and knows it again.
#[derive(Clone)]
pub struct Pictures(Hmac<Sha256>);

impl App {
    /// The pictures of a tenant's letters.
    pub fn pictures(&self, tenant: TenantId) -> Pictures {
        Pictures::new(self.keys().derive(tenant, PURPOSE).reveal())
    }
}

impl Pictures {
    /// Signed with this key.
    pub fn new(key: &[u8]) -> Self {
        Self(<Hmac<Sha256> as Mac>::new_from_slice(key).expect("any length is a key"))
    }

    /// Where we show the picture, below the tenant's URL; `None` if it is none to be fetched.
    pub fn address_of(&self, outside: &str) -> Option<String> {
        let outside = outside.trim();
        let whole = if outside.starts_with("//") { format!("https:{outside}") } else { outside.to_owned() };
        let is_web = ["http://", "https://"]
            .iter()
            .any(|scheme| whole.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme)));
        if !is_web || whole.len() > ADDRESS_BYTES_MAX {
            return None;
        }
        let signature = URL_SAFE_NO_PAD.encode(self.signing(&whole).finalize().into_bytes());
        Some(format!("api/v1/pictures/{signature}/{}", URL_SAFE_NO_PAD.encode(whole)))
    }

    /// The picture that an address of ours stands for; one that we did not give is as if nothing were there.
    pub fn outside(&self, signature: &str, address: &str) -> Result<String> {
        let nothing = |_| Problem::not_found();
        let outside = URL_SAFE_NO_PAD.decode(address).map_err(nothing)?;
        let outside = String::from_utf8(outside).map_err(|_| Problem::not_found())?;
        let given = URL_SAFE_NO_PAD.decode(signature).map_err(nothing)?;
        self.signing(&outside).verify_slice(&given).map_err(|_| Problem::not_found())?;
        Ok(outside)
    }

    fn signing(&self, outside: &str) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(outside.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_we_gave_are_known() {
        let pictures = Pictures::new(b"key");
        for (outside, whole) in [
            ("https://t.example/a.png?x=あ", "https://t.example/a.png?x=あ"),
            ("//t.example/b", "https://t.example/b"),
            (" HTTP://T.example/c ", "HTTP://T.example/c"),
        ] {
            let address = pictures.address_of(outside).unwrap();
            assert!(!address.contains("t.example"), "{address}");
            let parts: Vec<&str> = address.rsplit('/').collect();
            assert_eq!(pictures.outside(parts[1], parts[0]).unwrap(), whole);
            assert!(Pictures::new(b"other").outside(parts[1], parts[0]).is_err());
            assert!(pictures.outside(parts[1], &URL_SAFE_NO_PAD.encode("https://else.example/")).is_err());
        }
        for none in ["cid:a", "data:image/png;base64,AA", "/t/x/api/v1/session", "a.png", "ftp://t/"] {
            assert_eq!(pictures.address_of(none), None, "{none}");
        }
        assert_eq!(pictures.address_of(&format!("https://t/{}", "a".repeat(2_000))), None);
    }
}
