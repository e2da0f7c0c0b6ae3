//! What mail works with besides the database.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use madoguchi_kernel::TenantId;
use madoguchi_platform::{blob::Blobs, clock::SystemClock, config::Mail, egress::Egress, house::House, secrets::Keys};

use super::{
    listen::name_of_host, mailbox::MailboxId, road::Patience, sign_in::SignIn, token::MailKey, vouch::check::Vouching,
};

/// The purpose for which mailbox passwords are sealed.
pub const PASSWORD: &str = "mailbox password";
/// The purpose of the key for marks of ours in other people's mail.
const MARKS: &str = "mail marks";
/// The first key for marks; another epoch would be another key.
const EPOCH: u32 = 1;

/// What mail works with.
#[derive(Clone)]
pub struct Tools {
    /// For passwords and marks.
    pub keys: Arc<Keys>,
    /// Where bytes are kept.
    pub blobs: Blobs,
    /// How often a mailbox is looked at even when its server tells nothing.
    pub poll_every: Duration,
    /// The largest letter that is taken in whole.
    pub letter_bytes_max: u64,
    /// How long what a person wrote waits before it leaves, so that they may take it back.
    pub hold: Duration,
    /// How long we wait for servers.
    pub patience: Patience,
    /// What finds out who vouches for a letter.
    pub vouching: Vouching,
    /// Where people open the console, without a slash at its end.
    pub public_url: Arc<str>,
    /// Whose turn it is to read a mailbox's letters.
    pub turns: Turns,
    /// The way to those who give tokens.
    pub egress: Arc<Egress>,
}

/// Whose turn it is to read a mailbox's letters, in this process.
pub type Turns = Arc<Mutex<HashMap<MailboxId, Arc<tokio::sync::Mutex<()>>>>>;

/// A folder is looked at this often, whatever the settings say.
const POLL_EVERY_MAX: Duration = Duration::from_secs(300);

impl Tools {
    /// As the settings say.
    pub fn new(keys: Arc<Keys>, blobs: Blobs, settings: &Mail, public_url: &str, egress: Arc<Egress>) -> Self {
        Self {
            keys,
            blobs,
            poll_every: settings.poll_every.min(POLL_EVERY_MAX),
            letter_bytes_max: settings.letter_bytes_max,
            hold: settings.undo_within,
            patience: Patience { connect_seconds: 20, command_seconds: 30, data_seconds: 120 },
            vouching: Vouching::as_set(&settings.vouching, &name_of_host(&settings.reception)),
            public_url: public_url.trim_end_matches('/').into(),
            turns: Turns::default(),
            egress,
        }
    }

    /// For whoever only reads and writes bytes.
    pub(super) fn for_files(keys: Arc<Keys>, blobs: Blobs) -> Self {
        let patience = Patience::default();
        Self {
            keys,
            blobs,
            poll_every: POLL_EVERY_MAX,
            letter_bytes_max: u64::MAX,
            patience,
            hold: Duration::ZERO,
            vouching: Vouching::new(None, &[], ""),
            public_url: "".into(),
            turns: Turns::default(),
            egress: Arc::new(Egress::new(Arc::new(SystemClock), Vec::new())),
        }
    }

    /// With what mailboxes of this house sign in.
    pub(super) fn sign_in(&self, house: &House) -> SignIn {
        SignIn { house: house.clone(), keys: self.keys.clone(), egress: self.egress.clone() }
    }

    /// The turn to read this mailbox's letters: one letter at a time.
    pub(super) fn turn(&self, mailbox: MailboxId) -> Arc<tokio::sync::Mutex<()>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner).entry(mailbox).or_default().clone()
    }

    /// The tenant's keys for marks, the present one first.
    pub fn mail_keys(&self, tenant: TenantId) -> Arc<[MailKey]> {
        mail_keys(&self.keys, tenant)
    }

    /// The largest letter as IMAP counts.
    pub(super) fn letter_bytes_u32(&self) -> u32 {
        u32::try_from(self.letter_bytes_max).unwrap_or(u32::MAX)
    }
}

/// The tenant's keys for marks of ours in other people's mail, the present one first.
pub fn mail_keys(keys: &Keys, tenant: TenantId) -> Arc<[MailKey]> {
    Arc::new([MailKey::new(EPOCH, *keys.derive(tenant, MARKS).reveal())])
}
