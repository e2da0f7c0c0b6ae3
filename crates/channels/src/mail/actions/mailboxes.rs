//! Somebody says which addresses we read and send from.

use madoguchi_kernel::{Problem, TenantId, problem::Result};
use madoguchi_people::staff;
use madoguchi_platform::{
    access::May,
    db::Tx,
    secrets::{self, Sealed, SecretId},
};

use super::{oauth::forget_grant, tell};
use crate::mail::{
    facts::MailFact,
    jobs::SEND_LETTER,
    mailbox::{self, Activity, MAILBOXES_MAX, Mailbox, MailboxId, Settings},
    rights::ChangeMailboxes,
    store::{mailboxes, oauth},
};

/// New passwords, sealed already; an absent one stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Passwords {
    /// For the way in.
    pub imap: Option<Sealed>,
    /// For the way out.
    pub smtp: Option<Sealed>,
}

/// Adds a mailbox; it is watched from now on.
pub async fn add_mailbox(
    tx: &Tx<'_>,
    may: &May<ChangeMailboxes>,
    settings: &Settings,
    passwords: &Passwords,
) -> Result<Mailbox> {
    may.actor().require_recent()?;
    let tenant = may.tenant();
    check_team(tx, tenant, settings).await?;
    check_application(tx, tenant, settings).await?;
    if mailboxes::count(tx, tenant).await? >= MAILBOXES_MAX {
        return Err(Problem::field("address", "too_many"));
    }
    let brand = staff::views::defaults(tx, tenant).await?.brand;
    let settings = with_passwords(tx, tenant, settings.clone(), passwords).await?;
    let mailbox = Mailbox { id: MailboxId::new(tx.new_id()), brand, settings, revision: 1 };
    if !mailboxes::add(tx, tenant, &mailbox).await? {
        return Err(Problem::field("address", "taken"));
    }
    mailboxes::begin_watch(tx, tenant, mailbox.id).await?;
    let changes = mailbox::changes(None, &mailbox.settings);
    tell(tx, may.by(), 1, &MailFact::MailboxAdded { mailbox: mailbox.id, changes }).await?;
    Ok(mailbox)
}

/// Changes a mailbox, if the caller saw its present revision; `after` makes the new settings of the old ones.
pub async fn change_mailbox(
    tx: &Tx<'_>,
    may: &May<ChangeMailboxes>,
    id: MailboxId,
    seen: Option<i64>,
    after: impl Fn(&Settings) -> Result<(Settings, Passwords)>,
) -> Result<Mailbox> {
    may.actor().require_recent()?;
    let tenant = may.tenant();
    let before = mailboxes::one(tx, tenant, id).await?;
    madoguchi_people::change::require_seen(seen, before.revision)?;
    let (settings, passwords) = after(&before.settings)?;
    check_team(tx, tenant, &settings).await?;
    check_application(tx, tenant, &settings).await?;
    if mailboxes::is_taken(tx, tenant, &settings.address, id).await? {
        return Err(Problem::field("address", "taken"));
    }
    for (before, after) in [(&before.settings.imap, &settings.imap), (&before.settings.smtp, &settings.smtp)] {
        if let (Some(password), None) = (before.secret, after.secret) {
            secrets::forget(tx, tenant, password).await?;
        }
    }
    let settings = with_passwords(tx, tenant, settings, &passwords).await?;
    let changes = mailbox::changes(Some(&before.settings), &settings);
    if changes.is_empty() {
        return Ok(before);
    }
    mailboxes::save(tx, tenant, &before, &settings).await?;
    let asks_otherwise = before.settings.application != settings.application;
    // A token was given for these machines; elsewhere somebody would only read it.
    if asks_otherwise || !before.settings.reaches_same(&settings) {
        forget_grant(tx, tenant, id).await?;
    }
    if asks_otherwise {
        mailboxes::well_in(tx, tenant, id).await?;
        mailboxes::well_out(tx, tenant, id).await?;
    }
    if before.settings.fetches() && !settings.fetches() {
        // Nobody looks there any more, so nothing is in the way there either.
        mailboxes::seen(tx, tenant, id).await?;
    }
    if settings.taken_folder.is_none() {
        mailboxes::well_moving(tx, tenant, id).await?;
    }
    if settings.activity != Activity::Off {
        // What kept letters from leaving may just have been mended.
        tx.hurry(SEND_LETTER).await?;
    }
    let revision = before.revision + 1;
    tell(tx, may.by(), revision, &MailFact::MailboxChanged { mailbox: id, changes }).await?;
    Ok(Mailbox { settings, revision, ..before })
}

/// Removes a mailbox and forgets its passwords and tokens. Its letters stay.
pub async fn remove_mailbox(tx: &Tx<'_>, may: &May<ChangeMailboxes>, id: MailboxId, seen: Option<i64>) -> Result<()> {
    may.actor().require_recent()?;
    let tenant = may.tenant();
    let mailbox = mailboxes::one(tx, tenant, id).await?;
    madoguchi_people::change::require_seen(seen, mailbox.revision)?;
    mailboxes::remove(tx, tenant, &mailbox).await?;
    for secret in [mailbox.settings.imap.secret, mailbox.settings.smtp.secret].into_iter().flatten() {
        secrets::forget(tx, tenant, secret).await?;
    }
    forget_grant(tx, tenant, id).await?;
    tell(tx, may.by(), mailbox.revision + 1, &MailFact::MailboxRemoved { mailbox: id }).await
}

async fn check_team(tx: &Tx<'_>, tenant: TenantId, settings: &Settings) -> Result<()> {
    match settings.team {
        Some(team) if !staff::views::team_exists(tx, tenant, team).await? => Err(Problem::field("team", "unknown")),
        _ => Ok(()),
    }
}

async fn check_application(tx: &Tx<'_>, tenant: TenantId, settings: &Settings) -> Result<()> {
    match settings.application {
        Some(application) if oauth::find(tx, tenant, application).await?.is_none() => {
            Err(Problem::field("application", "unknown"))
        }
        _ => Ok(()),
    }
}

async fn with_passwords(
    tx: &Tx<'_>,
    tenant: TenantId,
    mut settings: Settings,
    passwords: &Passwords,
) -> Result<Settings> {
    settings.imap.secret = replaced(tx, tenant, settings.imap.secret, passwords.imap.as_ref()).await?;
    settings.smtp.secret = replaced(tx, tenant, settings.smtp.secret, passwords.smtp.as_ref()).await?;
    Ok(settings)
}

/// The new secret in place of the old one, which is forgotten.
pub(super) async fn replaced(
    tx: &Tx<'_>,
    tenant: TenantId,
    old: Option<SecretId>,
    new: Option<&Sealed>,
) -> Result<Option<SecretId>> {
    let Some(new) = new else { return Ok(old) };
    if let Some(old) = old {
        secrets::forget(tx, tenant, old).await?;
    }
    secrets::keep(tx, tenant, new).await.map(Some)
}
