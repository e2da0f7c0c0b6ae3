//! What a blob is called, and so where it is.

use std::{fmt, path::PathBuf, str::FromStr};

use hmac::{Hmac, Mac};
use madoguchi_kernel::{Cell, Column, Param, Problem, TenantId, Value, problem::Result, value::BadCell};
use sha2::Sha256;

use super::SMALL_BYTES_MAX;
use crate::secrets::Keys;

const HASH_DIGITS: usize = 64;
const SMALL: &str = "small-";

/// The name of a blob; in SQL a column called `blob` or `…_blob`. It tells where the bytes are: `<tenant>/<hash>` in a
/// file, `<tenant>/small-<hash>` in the database. The hash is keyed, so a name tells nobody what it names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobName(String);

impl BlobName {
    pub(super) fn of(tenant: TenantId, (keys, names): (&Keys, &str), sha256: &[u8; 32], size: u64) -> Self {
        let key = keys.derive(tenant, names);
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key.reveal()).expect("any length is a key");
        mac.update(sha256);
        let mark = if size <= SMALL_BYTES_MAX { SMALL } else { "" };
        Self(format!("{tenant}/{mark}{}", hex(&mac.finalize().into_bytes())))
    }
    /// As it is written in rows.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Whose it is.
    pub fn tenant(&self) -> TenantId {
        self.parts().0.parse().expect("checked when it was made")
    }
    /// Where it lies below the folder, spread over 256 folders a tenant; `None` when it lies in the database.
    pub fn path(&self) -> Option<PathBuf> {
        let (tenant, hash) = self.parts();
        (!hash.starts_with(SMALL)).then(|| [tenant, &hash[..2], hash].iter().collect())
    }
    fn parts(&self) -> (&str, &str) {
        self.0.split_once('/').expect("a name has a tenant and a hash")
    }
}

impl FromStr for BlobName {
    type Err = Problem;
    fn from_str(text: &str) -> Result<Self, Problem> {
        let is_hash = |hash: &str| hash.len() == HASH_DIGITS && hash.bytes().all(|b| b.is_ascii_hexdigit());
        match text.split_once('/') {
            Some((tenant, hash))
                if tenant.parse::<TenantId>().is_ok() && is_hash(hash.strip_prefix(SMALL).unwrap_or(hash)) =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(Problem::broken("a blob's name is <tenant>/<hash>")),
        }
    }
}
impl fmt::Display for BlobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl Param for BlobName {
    fn value(&self) -> Value<'_> {
        self.0.value()
    }
}
impl Column for BlobName {
    fn read(cell: Cell<'_>) -> Result<Self, BadCell> {
        let text = String::read(cell)?;
        text.parse().map_err(|_| BadCell { expected: "a blob's name", found: text })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_outside_are_checked() {
        let hash = "a".repeat(HASH_DIGITS);
        let path = |name: String| name.parse::<BlobName>().expect("a name").path();
        assert!(path(format!("7/{hash}")).is_some());
        assert!(path(format!("7/small-{hash}")).is_none());
        for bad in ["", "7", &hash, "7/../../etc/passwd", &format!("../{hash}"), &format!("7/{hash}0"), "7/small-"] {
            assert!(bad.parse::<BlobName>().is_err(), "{bad}");
        }
    }
}
