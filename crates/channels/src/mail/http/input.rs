//! What comes in about mailboxes. Adding, changing and testing take the same fields; what is left out stays as it is.

use madoguchi_kernel::{
    EmailAddress, TenantId, Word,
    problem::{Check, Result},
};
use madoguchi_people::TeamId;
use madoguchi_platform::{
    http::double,
    secrets::{Keys, Secret},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::mail::{
    actions::Passwords,
    imap::folder_name,
    mailbox::{
        Account, Activity, AfterCrash, CA_BYTES_MAX, GATEWAYS_MAX, NAME_CHARACTERS_MAX, PASSWORD_BYTES_MAX, Settings,
        TAKEN_DAYS, TAKEN_DAYS_MAX, WORD_CHARACTERS_MAX,
    },
    oauth::OauthApplicationId,
    road::Tls,
    road::holds_certificates,
    tools::PASSWORD,
};

/// A server, and who we are there.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerInput {
    host: Option<String>,
    #[schema(value_type = Option<u16>)]
    port: Option<i64>,
    /// `tls`, `starttls` or `none`.
    tls: Option<String>,
    user: Option<String>,
    /// Never shown again.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Secret<String>>,
    /// The folder that is read; of the IMAP server only.
    folder: Option<String>,
    /// The folder into which letters go once they are kept; of the IMAP server only. `null` where they stay.
    #[serde(default, deserialize_with = "double")]
    #[schema(value_type = Option<String>)]
    taken_folder: Option<Option<String>>,
    /// Shown, not set: taken so that a view can be sent back.
    #[serde(rename = "has_password")]
    _has_password: Option<bool>,
}

/// A mailbox, or what of it becomes different.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailboxInput {
    name: Option<String>,
    address: Option<String>,
    #[serde(default, deserialize_with = "double")]
    #[schema(value_type = Option<i64>)]
    team: Option<Option<TeamId>>,
    /// `null` for a mailbox whose letters are handed to us by SMTP or LMTP and fetched nowhere.
    #[serde(default, deserialize_with = "double")]
    #[schema(value_type = Option<ServerInput>)]
    imap: Option<Option<ServerInput>>,
    smtp: Option<ServerInput>,
    /// The OAuth application by which it signs in at both servers, under its own address; `null` for passwords.
    #[serde(default, deserialize_with = "double")]
    #[schema(value_type = Option<i64>)]
    application: Option<Option<OauthApplicationId>>,
    /// `ok` or `off`.
    state: Option<String>,
    /// Whether `name+anything@` arrives here too.
    plus_addressing: Option<bool>,
    /// `resend` or `ask`.
    after_crash: Option<String>,
    /// Of what lies in the folder when it is first connected, the letters of so many days become tickets (2 unless said).
    #[schema(value_type = Option<u32>)]
    taken_days: Option<i64>,
    /// Addresses of web forms, fax and voicemail gateways.
    gateways: Option<Vec<String>>,
    /// Whether letters are set aside that fail DMARC where the sender's domain asks that such letters are refused. Yes, unless
    /// said.
    quarantine_forged: Option<bool>,
    /// A certificate authority (PEM) trusted for these servers besides the system's.
    #[serde(default, deserialize_with = "double")]
    #[schema(value_type = Option<String>)]
    extra_ca: Option<Option<String>>,
}

/// What is to be tested: a mailbox as it is, or as it would be.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
pub struct TestInput {
    /// An existing mailbox; what is left out is taken from it, its passwords too.
    #[serde(default)]
    pub id: Option<i64>,
    #[serde(flatten)]
    #[schema(inline)]
    pub mailbox: MailboxInput,
}

impl MailboxInput {
    fn folder(&self, check: &mut Check, before: Option<&Settings>) -> String {
        let folder = self.imap.as_ref().and_then(Option::as_ref).and_then(|imap| imap.folder.as_deref()).map(str::trim);
        let folder = folder.filter(|folder| !folder.is_empty()).or(before.map(|settings| settings.folder.as_str()));
        let folder = folder.unwrap_or("INBOX").to_owned();
        check.require(folder.chars().count() <= WORD_CHARACTERS_MAX, "imap.folder", "too_long");
        folder
    }

    fn extra_ca(&self, check: &mut Check, before: Option<&Settings>) -> Option<String> {
        let extra_ca = match &self.extra_ca {
            Some(given) => given.clone().filter(|pem| !pem.trim().is_empty()),
            None => before.and_then(|before| before.extra_ca.clone()),
        };
        let fits = extra_ca.as_ref().is_none_or(|pem| pem.len() <= CA_BYTES_MAX);
        check.require(fits, "extra_ca", "too_long");
        let is_new = extra_ca.is_some() && before.is_none_or(|before| before.extra_ca != extra_ca);
        if fits && is_new && !extra_ca.as_deref().is_some_and(holds_certificates) {
            check.wrong("extra_ca", "certificate");
        }
        extra_ca
    }

    /// The settings that come of it, and the new passwords in clear.
    pub fn checked(&self, before: Option<&Settings>) -> Result<(Settings, Clear)> {
        let mut check = Check::new();
        let name = text(&mut check, "name", self.name.as_deref(), before.map(|s| s.name.as_str()));
        check.require(name.chars().count() <= NAME_CHARACTERS_MAX, "name", "too_long");
        let address = self.address(&mut check, before);
        let fetched = before.filter(|before| before.fetches()).map(|before| &before.imap);
        let (mut imap, imap_password) = match (&self.imap, before) {
            (Some(None), _) => (nowhere(), None),
            (None, Some(before)) if !before.fetches() => (before.imap.clone(), None),
            (given, _) => account(&mut check, Side::IMAP, given.as_ref().and_then(Option::as_ref), fetched),
        };
        let (mut smtp, smtp_password) =
            account(&mut check, Side::SMTP, self.smtp.as_ref(), before.map(|settings| &settings.smtp));
        let application = self.application.unwrap_or_else(|| before.and_then(|before| before.application));
        if application.is_none() {
            require_password(&mut check, Side::IMAP, (&imap, imap_password.as_ref()), fetched);
            require_password(
                &mut check,
                Side::SMTP,
                (&smtp, smtp_password.as_ref()),
                before.map(|before| &before.smtp),
            );
        }
        let folder = self.folder(&mut check, before);
        let taken_folder = self.taken_folder(&mut check, &folder, before);
        let activity = match (self.state.as_deref(), before) {
            (Some("off"), _) => Activity::Off,
            (Some(_), _) | (None, None) => Activity::On,
            (None, Some(before)) => before.activity,
        };
        let after_crash = self.after_crash(&mut check, before);
        let taken_days = self.taken_days(&mut check, before);
        let extra_ca = self.extra_ca(&mut check, before);
        let gateways = self.gateways(&mut check, before);
        check.done()?;
        if let (Some(_), Some(address)) = (application, &address) {
            for account in [&mut imap, &mut smtp] {
                (account.user, account.secret) = (address.to_string(), None);
            }
        }
        let settings = Settings {
            name,
            address: address.ok_or_else(|| madoguchi_kernel::Problem::field("address", "address"))?,
            team: self.team.unwrap_or_else(|| before.and_then(|before| before.team)),
            activity,
            imap,
            folder,
            smtp,
            application,
            extra_ca,
            plus_addressing: self.plus_addressing.unwrap_or_else(|| before.is_none_or(|before| before.plus_addressing)),
            after_crash,
            taken_days,
            gateways,
            quarantine_forged: self
                .quarantine_forged
                .unwrap_or_else(|| before.is_none_or(|before| before.quarantine_forged)),
            taken_folder,
        };
        let clear = Clear { imap: imap_password, smtp: smtp_password };
        Ok((settings, if application.is_some() { Clear::default() } else { clear }))
    }

    fn after_crash(&self, check: &mut Check, before: Option<&Settings>) -> AfterCrash {
        match self.after_crash.as_deref() {
            Some(word) => AfterCrash::from_word(word).unwrap_or_else(|| {
                check.wrong("after_crash", "unknown");
                AfterCrash::default()
            }),
            None => before.map_or_else(AfterCrash::default, |before| before.after_crash),
        }
    }

    fn taken_days(&self, check: &mut Check, before: Option<&Settings>) -> u32 {
        match self.taken_days {
            Some(days) => u32::try_from(days).ok().filter(|days| *days <= TAKEN_DAYS_MAX).unwrap_or_else(|| {
                check.wrong("taken_days", "not_a_number");
                TAKEN_DAYS
            }),
            None => before.map_or(TAKEN_DAYS, |before| before.taken_days),
        }
    }

    fn address(&self, check: &mut Check, before: Option<&Settings>) -> Option<EmailAddress> {
        match self.address.as_deref().map(str::parse::<EmailAddress>) {
            Some(Ok(address)) => Some(address),
            Some(Err(_)) => {
                check.wrong("address", "address");
                None
            }
            None if before.is_some() => before.map(|before| before.address.clone()),
            None => {
                check.wrong("address", "required");
                None
            }
        }
    }

    fn taken_folder(&self, check: &mut Check, read: &str, before: Option<&Settings>) -> Option<String> {
        let given = match &self.imap {
            Some(None) => return None,
            Some(Some(imap)) => imap.taken_folder.clone(),
            None => None,
        };
        let folder = given.unwrap_or_else(|| before.and_then(|before| before.taken_folder.clone()));
        let folder = folder.map(|folder| folder.trim().to_owned()).filter(|folder| !folder.is_empty())?;
        check.require(folder.chars().count() <= WORD_CHARACTERS_MAX, "imap.taken_folder", "too_long");
        check.require(!folder_name::is_same(&folder, read), "imap.taken_folder", "same_folder");
        Some(folder)
    }

    fn gateways(&self, check: &mut Check, before: Option<&Settings>) -> Vec<EmailAddress> {
        let Some(given) = &self.gateways else {
            return before.map(|before| before.gateways.clone()).unwrap_or_default();
        };
        check.require(given.len() <= GATEWAYS_MAX, "gateways", "too_many");
        let parsed: Vec<EmailAddress> = given.iter().filter_map(|address| address.parse().ok()).collect();
        check.require(parsed.len() == given.len(), "gateways", "address");
        parsed
    }
}

/// New passwords, not sealed yet.
#[derive(Clone, Debug, Default)]
pub struct Clear {
    /// For the way in.
    pub imap: Option<Secret<String>>,
    /// For the way out.
    pub smtp: Option<Secret<String>>,
}

impl Clear {
    /// Sealed for the tenant.
    pub fn sealed(&self, keys: &Keys, tenant: TenantId) -> Passwords {
        let seal = |secret: &Secret<String>| keys.seal(tenant, PASSWORD, secret.reveal().as_bytes());
        Passwords { imap: self.imap.as_ref().map(seal), smtp: self.smtp.as_ref().map(seal) }
    }
}

/// The names of one server's fields.
struct Side {
    host: &'static str,
    port: &'static str,
    tls: &'static str,
    user: &'static str,
    password: &'static str,
    port_for: fn(Tls) -> u16,
    usual: Tls,
}

impl Side {
    const IMAP: Self = Self {
        host: "imap.host",
        port: "imap.port",
        tls: "imap.tls",
        user: "imap.user",
        password: "imap.password",
        port_for: |tls| if tls == Tls::Implicit { 993 } else { 143 },
        usual: Tls::Implicit,
    };
    const SMTP: Self = Self {
        host: "smtp.host",
        port: "smtp.port",
        tls: "smtp.tls",
        user: "smtp.user",
        password: "smtp.password",
        port_for: |tls| if tls == Tls::Implicit { 465 } else { 587 },
        usual: Tls::StartTls,
    };
}

/// No server: letters are handed to us.
fn nowhere() -> Account {
    Account { host: String::new(), port: 0, tls: Side::IMAP.usual, user: String::new(), secret: None }
}

fn account(
    check: &mut Check,
    side: Side,
    input: Option<&ServerInput>,
    before: Option<&Account>,
) -> (Account, Option<Secret<String>>) {
    let empty = ServerInput::default();
    let input = input.unwrap_or(&empty);
    let host = text(check, side.host, input.host.as_deref(), before.map(|before| before.host.as_str()));
    check.require(host.len() <= WORD_CHARACTERS_MAX && !host.contains(char::is_whitespace), side.host, "too_long");
    let tls = match input.tls.as_deref() {
        Some(word) => Tls::from_word(word).unwrap_or_else(|| {
            check.wrong(side.tls, "unknown");
            side.usual
        }),
        None => before.map_or(side.usual, |before| before.tls),
    };
    let port = match input.port {
        Some(port) => u16::try_from(port).ok().filter(|port| *port > 0).unwrap_or_else(|| {
            check.wrong(side.port, "not_a_number");
            0
        }),
        None => before.map_or_else(|| (side.port_for)(tls), |before| before.port),
    };
    let user = input.user.as_deref().map(str::trim).or(before.map(|before| before.user.as_str())).unwrap_or_default();
    check.require(user.chars().count() <= WORD_CHARACTERS_MAX, side.user, "too_long");
    let password = input.password.clone().filter(|password| !password.reveal().is_empty());
    let fits = password.as_ref().is_none_or(|password| password.reveal().len() <= PASSWORD_BYTES_MAX);
    check.require(fits, side.password, "too_long");
    let account = Account { host, port, tls, user: user.to_owned(), secret: before.and_then(|before| before.secret) };
    (account, password)
}

/// A password that is kept goes to no other machine, and not in the clear where it went encrypted: whoever may change a
/// mailbox would read it there.
fn require_password(
    check: &mut Check,
    side: Side,
    (account, given): (&Account, Option<&Secret<String>>),
    before: Option<&Account>,
) {
    let Some(before) = before.filter(|before| before.secret.is_some() && given.is_none()) else { return };
    let is_bared = before.tls != Tls::None && account.tls == Tls::None;
    let goes_elsewhere = is_bared || !account.reaches_same(before);
    check.require(!goes_elsewhere || account.host.is_empty(), side.password, "password_again");
}

fn text(check: &mut Check, field: &'static str, given: Option<&str>, before: Option<&str>) -> String {
    let text = given.or(before).unwrap_or_default().trim().to_owned();
    check.require(!text.is_empty(), field, "required");
    text
}
