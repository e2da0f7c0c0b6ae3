//! Secrets: never shown, never serialized, sealed at rest.
//!
//! Values that people type in (mailbox passwords, keys) are sealed with XChaCha20-Poly1305 under a root key
//! that lives outside the database, in a file or the environment. Each sealed value names its key, so that
//! keys can be changed while the house is open.

use std::{fmt, path::Path};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use madoguchi_kernel::{
    Id, Problem, TenantId,
    problem::{Kind, Result},
};
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

use crate::{
    db::{Db, Reach, Sql, Tx},
    house::House,
    params,
};

/// A value that must not be shown: no `Display`, no `Serialize`, and `Debug` says nothing.
#[derive(Clone)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Wraps it.
    pub fn new(value: T) -> Self {
        Self(value)
    }
    /// The value, for the one place that needs it.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}
impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}
impl<'de> serde::Deserialize<'de> for Secret<String> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self)
    }
}

/// The setting that names the root key of a database.
const ROOT_KEY: &str = "root_key.id";
static BEGUN_WITH: Sql = Sql::new(
    "platform.begun_with_key",
    "INSERT INTO house_settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
);
static SETTING: Sql = Sql::new("platform.key_setting", "SELECT value FROM house_settings WHERE name = $1");

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// The root key and what is derived from it.
pub struct Keys {
    id: String,
    root: Secret<[u8; KEY_BYTES]>,
}

/// A sealed value: which key, and the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Which root key sealed it.
    pub key_id: String,
    /// Nonce and ciphertext.
    pub bytes: Vec<u8>,
}

impl Keys {
    /// From 32 bytes.
    pub fn new(root: [u8; KEY_BYTES]) -> Self {
        // The id tells keys apart and gives nothing of them away.
        let id = URL_SAFE_NO_PAD.encode(&Sha256::digest([b"madoguchi key id".as_slice(), &root].concat())[..6]);
        Self { id, root: Secret::new(root) }
    }

    /// From base64 text, as the environment has it.
    pub fn from_text(text: &str) -> Result<Self> {
        let bytes = STANDARD.decode(text.trim()).map_err(Problem::broken)?;
        let root = bytes.try_into().map_err(|_| Problem::broken("a root key is 32 bytes in base64"))?;
        Ok(Self::new(root))
    }

    /// From the file, which is made with a fresh key when it is not there, readable by its owner alone.
    pub fn from_file(path: &Path) -> Result<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::from_text(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let root = random::<KEY_BYTES>();
                write_private(path, &STANDARD.encode(root))?;
                Ok(Self::new(root))
            }
            Err(error) => Err(Problem::broken(error)),
        }
    }

    /// Which key this is; it gives nothing of the key away.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Refuses a database that was begun with a key: a new one, made in this file, would open nothing of it.
    pub async fn refuse_begun(db: &Db, file: &Path) -> Result<()> {
        let known: Option<(String,)> =
            db.read(Reach::House, async |tx| tx.find(&SETTING, params![ROOT_KEY]).await).await?;
        match known {
            Some((known,)) => {
                Err(Problem::new(Kind::Invalid, "root_key.missing").with("known", known).with("file", file.display()))
            }
            None => Ok(()),
        }
    }

    /// Makes sure that these are the keys with which this database was begun: with others nothing that is sealed
    /// would open, and our own marks in letters would look forged.
    pub async fn belong_to(&self, house: &House) -> Result<()> {
        let id = self.id.clone();
        let known: Option<(String,)> =
            house.read(Reach::House, async |tx| tx.find(&SETTING, params![ROOT_KEY]).await).await?;
        let known = match known {
            Some((known,)) => known,
            None => {
                let begun = house.write(Reach::House, async move |tx| {
                    tx.run(&BEGUN_WITH, params![ROOT_KEY, id]).await?;
                    tx.one::<(String,)>(&SETTING, params![ROOT_KEY]).await
                });
                begun.await?.0
            }
        };
        if known == self.id {
            return Ok(());
        }
        Err(Problem::new(Kind::Invalid, "root_key.other").with("known", known).with("given", &self.id))
    }

    /// Seals a value of a tenant, or of the house, for one purpose; it opens only for the same owner and purpose.
    pub fn seal(&self, owner: impl Into<Reach>, purpose: &str, value: &[u8]) -> Sealed {
        let nonce = random::<NONCE_BYTES>();
        let bound = bound_to(owner.into(), purpose);
        let sealed = self
            .cipher()
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: value, aad: &bound })
            .expect("memory is the only thing that sealing needs");
        Sealed { key_id: self.id.clone(), bytes: [nonce.as_slice(), &sealed].concat() }
    }

    /// Opens a sealed value.
    pub fn open(&self, owner: impl Into<Reach>, purpose: &str, sealed: &Sealed) -> Result<Secret<Vec<u8>>> {
        if sealed.key_id != self.id {
            return Err(Problem::broken(format!("sealed under key {}, the root key is {}", sealed.key_id, self.id)));
        }
        let (nonce, bytes) =
            sealed.bytes.split_at_checked(NONCE_BYTES).ok_or_else(|| Problem::broken("a sealed value is too short"))?;
        let bound = bound_to(owner.into(), purpose);
        let opened = self.cipher().decrypt(XNonce::from_slice(nonce), Payload { msg: bytes, aad: &bound });
        opened
            .map(Secret::new)
            .map_err(|_| Problem::broken("a sealed value does not open: another owner's, or damaged"))
    }

    /// A key of a tenant for one purpose, derived from the root key.
    pub fn derive(&self, tenant: TenantId, purpose: &str) -> Secret<[u8; KEY_BYTES]> {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(self.root.reveal()).expect("any length is a key");
        mac.update(&bound_to(tenant.into(), purpose));
        Secret::new(mac.finalize().into_bytes().into())
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.root.reveal().into())
    }
}

/// Marks ids of kept secrets.
pub enum SecretKind {}
/// The id of a sealed value's row.
pub type SecretId = Id<SecretKind>;

static KEEP: Sql = Sql::new(
    "platform.keep_secret",
    "INSERT INTO secrets (id, tenant_id, key_id, sealed, created_at) VALUES ($1, $2, $3, $4, $5)",
);
static FIND: Sql =
    Sql::new("platform.find_secret", "SELECT key_id, sealed FROM secrets WHERE tenant_id = $1 AND id = $2");
static FORGET: Sql = Sql::new("platform.forget_secret", "DELETE FROM secrets WHERE tenant_id = $1 AND id = $2");

/// Keeps a sealed value.
pub async fn keep(tx: &Tx<'_>, tenant: TenantId, sealed: &Sealed) -> Result<SecretId> {
    let id = SecretId::new(tx.new_id());
    tx.run(&KEEP, params![id, tenant, sealed.key_id, sealed.bytes, tx.now()]).await?;
    Ok(id)
}

/// The sealed value of this id.
pub async fn find(tx: &Tx<'_>, tenant: TenantId, id: SecretId) -> Result<Sealed> {
    let (key_id, bytes): (String, Vec<u8>) = tx.one(&FIND, params![tenant, id]).await?;
    Ok(Sealed { key_id, bytes })
}

/// Forgets the sealed value of this id.
pub async fn forget(tx: &Tx<'_>, tenant: TenantId, id: SecretId) -> Result<()> {
    tx.run(&FORGET, params![tenant, id]).await.map(drop)
}

fn bound_to(owner: Reach, purpose: &str) -> Vec<u8> {
    match owner {
        Reach::Tenant(tenant) => format!("{tenant}/{purpose}"),
        Reach::House => format!("house/{purpose}"),
    }
    .into_bytes()
}

fn write_private(path: &Path, text: &str) -> Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(Problem::broken)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(Problem::broken)
}

/// Random bytes from the system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// 160 random bits as a word for URLs and headers.
pub fn random_word() -> String {
    URL_SAFE_NO_PAD.encode(random::<20>())
}

/// What is kept of a random word: enough to recognize it, not enough to use it.
pub fn hash_word(word: &str) -> Vec<u8> {
    Sha256::digest(word.as_bytes()).to_vec()
}
