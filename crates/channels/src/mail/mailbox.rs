//! A mailbox: one address that we read and send from. Pure.

use std::time::Duration;

use madoguchi_kernel::{EmailAddress, Id, Timestamp, Word};
use madoguchi_people::{
    BrandId, TeamId,
    change::{Change, Changes},
};
use madoguchi_platform::secrets::SecretId;
use sha2::{Digest, Sha256};

use super::{
    oauth::OauthApplicationId,
    road::{Server, Tls},
};

/// Marks ids of mailboxes.
pub enum MailboxKind {}
/// The id of a mailbox.
pub type MailboxId = Id<MailboxKind>;

/// The longest name, in characters.
pub const NAME_CHARACTERS_MAX: usize = 120;
/// The longest host, user or folder, in characters.
pub const WORD_CHARACTERS_MAX: usize = 255;
/// The longest password, in bytes.
pub const PASSWORD_BYTES_MAX: usize = 4_096;
/// The longest certificate of a server's own authority, in bytes.
pub const CA_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a hash by which certificates are told apart.
const FINGERPRINT_BYTES: usize = 8;
/// Gateways of one mailbox.
pub const GATEWAYS_MAX: usize = 100;
/// Days of letters that are taken in when a mailbox is first connected, unless people say otherwise.
pub const TAKEN_DAYS: u32 = 2;
/// The most days.
pub const TAKEN_DAYS_MAX: u32 = 365;
/// Mailboxes of one tenant.
pub const MAILBOXES_MAX: usize = 500;

impl Word for Tls {
    const ALL: &'static [Self] = &[Self::Implicit, Self::StartTls, Self::None];
    fn word(self) -> &'static str {
        match self {
            Self::Implicit => "tls",
            Self::StartTls => "starttls",
            Self::None => "none",
        }
    }
}

/// What is done with a letter of ours when nobody knows whether it left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum AfterCrash {
    /// It is sent again under the same Message-ID, and marked. Most servers take the second for the first.
    #[default]
    Resend,
    /// A person decides.
    Ask,
}
impl Word for AfterCrash {
    const ALL: &'static [Self] = &[Self::Resend, Self::Ask];
    fn word(self) -> &'static str {
        match self {
            Self::Resend => "resend",
            Self::Ask => "ask",
        }
    }
}

/// Whether a mailbox is watched and sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// It is watched and sends.
    On,
    /// It rests; what is to be sent waits.
    Off,
}

/// One of a mailbox's servers, and who we are there. The password is kept apart, sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Name or address of the server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// When the line is encrypted.
    pub tls: Tls,
    /// Our name there; empty for a server that asks for none.
    pub user: String,
    /// The sealed password.
    pub secret: Option<SecretId>,
}

impl Account {
    /// Whether what is told there reaches the same machine.
    pub fn reaches_same(&self, other: &Self) -> bool {
        self.host.eq_ignore_ascii_case(&other.host)
    }

    /// Where it is.
    pub fn server(&self, extra_ca: Option<&str>) -> Server {
        Server { host: self.host.clone(), port: self.port, tls: self.tls, extra_ca: extra_ca.map(str::to_owned) }
    }
}

/// What people say about a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The name that customers see as the sender.
    pub name: String,
    /// The address.
    pub address: EmailAddress,
    /// Whose queue its letters go to.
    pub team: Option<TeamId>,
    /// Whether it works.
    pub activity: Activity,
    /// Where letters are fetched; without a host they are only handed to us.
    pub imap: Account,
    /// The folder that is read.
    pub folder: String,
    /// Where letters go.
    pub smtp: Account,
    /// The OAuth application by which it signs in, under its own address; none where it signs in by password.
    pub application: Option<OauthApplicationId>,
    /// An authority (PEM) that is trusted for these servers besides the system's.
    pub extra_ca: Option<String>,
    /// Whether `name+anything@` arrives here too, so that an answer's address can carry our token.
    pub plus_addressing: bool,
    /// What to do when nobody knows whether a letter left.
    pub after_crash: AfterCrash,
    /// Of what lies in the folder when it is first connected, the letters of so many days are taken in.
    pub taken_days: u32,
    /// Senders that write in others' names: web forms, fax and voicemail gateways.
    pub gateways: Vec<EmailAddress>,
    /// Whether letters are set aside that their sender's domain disowns.
    pub quarantine_forged: bool,
    /// The folder of the same server into which letters go once they are kept; none where they stay.
    pub taken_folder: Option<String>,
}

impl Settings {
    /// Whether both of its servers are the same machines.
    pub fn reaches_same(&self, other: &Self) -> bool {
        self.imap.reaches_same(&other.imap) && self.smtp.reaches_same(&other.smtp)
    }

    /// Whether letters are fetched from a server.
    pub fn fetches(&self) -> bool {
        !self.imap.host.is_empty()
    }
}

/// A mailbox as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// Its id.
    pub id: MailboxId,
    /// The brand under which it answers.
    pub brand: BrandId,
    /// What people say about it.
    pub settings: Settings,
    /// How many facts it has.
    pub revision: i64,
}

impl Mailbox {
    /// The lease of the node that watches it.
    pub fn lease(id: MailboxId) -> String {
        format!("mailbox/{id}")
    }
}

/// What has been in the way for so long does not go away by itself: people are to look.
pub const ALARM_AFTER: Duration = Duration::from_secs(15 * 60);

/// What is in the way of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// Its class: the key of its sentence.
    pub code: String,
    /// The other side's own words.
    pub detail: String,
    /// Since when.
    pub at: Timestamp,
}

impl Obstacle {
    /// Whether it has been there for so long that people are to look.
    pub fn alarms(&self, now: Timestamp) -> bool {
        self.at.after(ALARM_AFTER) <= now
    }
}

/// Letters that are not taken in: those with a number below one, from before a time. Numbers alone do not tell, for whoever
/// copies a folder from one server to another may give old letters high ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Those below this number.
    pub below: u32,
    /// Of which these that came before this.
    pub before: Timestamp,
}

impl Left {
    /// Whether a letter is among them.
    pub fn has(&self, uid: u32, delivered_at: Option<Timestamp>) -> bool {
        uid < self.below && delivered_at.is_some_and(|at| at < self.before)
    }
}

/// How the watch over a mailbox goes.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Watch {
    /// The numbering of the folder, once it was seen.
    pub uid_validity: Option<u32>,
    /// The highest number that was kept.
    pub uid_last: u32,
    /// What lay in the folder when it was first connected and was old by then: it is left there.
    pub left: Option<Left>,
    /// When the folder was last looked at.
    pub last_seen_at: Option<Timestamp>,
    /// What is in the way in.
    pub incoming: Option<Obstacle>,
    /// What is in the way out.
    pub outgoing: Option<Obstacle>,
    /// What keeps letters that were taken in from their folder. They are taken in all the same.
    pub moving: Option<Obstacle>,
}

impl Watch {
    /// What is in the way, the worst first.
    pub fn obstacle(&self) -> Option<&Obstacle> {
        self.incoming.as_ref().or(self.outgoing.as_ref()).or(self.moving.as_ref())
    }
}

/// How a mailbox is, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It works, as far as we know.
    Ok,
    /// Something is in the way.
    Failing,
    /// It rests.
    Off,
}

impl State {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failing => "failing",
            Self::Off => "off",
        }
    }
    /// Of a mailbox and its watch.
    pub fn of(settings: &Settings, watch: &Watch) -> Self {
        match settings.activity {
            Activity::Off => Self::Off,
            Activity::On if watch.obstacle().is_some() => Self::Failing,
            Activity::On => Self::Ok,
        }
    }
}

/// What is different in `after`. Passwords are named, never told.
pub fn changes(before: Option<&Settings>, after: &Settings) -> Vec<Change> {
    let mut changes = Changes::new();
    let mut note = |field: &'static str, of: &dyn Fn(&Settings) -> String| {
        changes.note(field, &before.map(of), &Some(of(after)));
    };
    note("name", &|settings| settings.name.clone());
    note("address", &|settings| settings.address.to_string());
    note("team", &|settings| settings.team.map(|team| team.to_string()).unwrap_or_default());
    note("on", &|settings| (settings.activity == Activity::On).to_string());
    note("imap", &|settings| place(&settings.imap));
    note("folder", &|settings| settings.folder.clone());
    note("taken_folder", &|settings| settings.taken_folder.clone().unwrap_or_default());
    note("smtp", &|settings| place(&settings.smtp));
    note("application", &|settings| settings.application.map(|id| id.to_string()).unwrap_or_default());
    note("plus_addressing", &|settings| settings.plus_addressing.to_string());
    note("after_crash", &|settings| settings.after_crash.word().to_owned());
    note("taken_days", &|settings| settings.taken_days.to_string());
    note("gateways", &|settings| settings.gateways.iter().map(EmailAddress::as_str).collect::<Vec<_>>().join(" "));
    note("quarantine_forged", &|settings| settings.quarantine_forged.to_string());
    note("imap_password", &|settings| secret(&settings.imap));
    note("smtp_password", &|settings| secret(&settings.smtp));
    note("extra_ca", &|settings| settings.extra_ca.as_deref().map(fingerprint).unwrap_or_default());
    changes.into_parts().0
}

fn place(account: &Account) -> String {
    format!("{}@{}:{} {}", account.user, account.host, account.port, account.tls.word())
}

/// Tells passwords apart without saying anything of them: each has a row of its own.
fn secret(account: &Account) -> String {
    account.secret.map(|secret| secret.to_string()).unwrap_or_default()
}

/// Tells certificates apart: the beginning of the SHA-256 of what was entered, in hexadecimal digits.
fn fingerprint(pem: &str) -> String {
    Sha256::digest(pem.trim()).iter().take(FINGERPRINT_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(secret: Option<i64>) -> Account {
        Account {
            host: "mail.example.jp".to_owned(),
            port: 993,
            tls: Tls::Implicit,
            user: "desk".to_owned(),
            secret: secret.map(SecretId::new),
        }
    }

    fn settings() -> Settings {
        Settings {
            name: "窓口".to_owned(),
            address: "desk@example.jp".parse().expect("an address"),
            team: None,
            activity: Activity::On,
            imap: account(Some(1)),
            folder: "INBOX".to_owned(),
            smtp: account(None),
            application: None,
            extra_ca: None,
            plus_addressing: true,
            after_crash: AfterCrash::Resend,
            taken_days: TAKEN_DAYS,
            gateways: Vec::new(),
            quarantine_forged: true,
            taken_folder: None,
        }
    }

    #[test]
    fn a_change_says_that_a_password_is_new_and_no_more() {
        let before = settings();
        let after = Settings { imap: account(Some(2)), name: "受付".to_owned(), ..settings() };
        let fields: Vec<String> = changes(Some(&before), &after).into_iter().map(|change| change.field).collect();
        assert_eq!(fields, ["name", "imap_password"]);
        let trusts = |pem: &str| Settings { extra_ca: Some(pem.to_owned()), ..settings() };
        assert_eq!(changes(Some(&trusts("one")), &trusts("another")).len(), 1, "a certificate that was renewed");
        assert!(changes(Some(&before), &before).is_empty());
        assert!(changes(None, &before).len() > 8);
    }

    #[test]
    fn one_word_for_how_it_is() {
        let obstacle =
            Obstacle { code: "mail.auth".to_owned(), detail: "no".to_owned(), at: Timestamp::from_micros(1) };
        let failing = Watch { outgoing: Some(obstacle), ..Watch::default() };
        assert_eq!(State::of(&settings(), &Watch::default()), State::Ok);
        assert_eq!(State::of(&settings(), &failing), State::Failing);
        let moving = Watch { moving: failing.outgoing.clone(), ..Watch::default() };
        assert_eq!(State::of(&settings(), &moving), State::Failing);
        let off = Settings { activity: Activity::Off, ..settings() };
        assert_eq!(State::of(&off, &failing), State::Off);
    }
}
