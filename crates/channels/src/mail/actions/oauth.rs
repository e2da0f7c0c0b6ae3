//! Somebody says by which applications mailboxes sign in, and consents; and what becomes of a consent.

use madoguchi_kernel::{
    Problem, TenantId, Timestamp,
    problem::{Kind, Result},
};
use madoguchi_people::{AgentId, change::require_seen};
use madoguchi_platform::{
    access::{Actor, May},
    db::Tx,
    house::fact::ActorKind,
    secrets::{self, Sealed, SecretId, hash_word},
};

use madoguchi_tickets::rights as tickets;

use super::{mailboxes::replaced, tell};
use crate::mail::{
    facts::MailFact,
    jobs::SEND_LETTER,
    mailbox::MailboxId,
    oauth::{self, APPLICATIONS_MAX, CONSENT_WITHIN, Flow, GrantState, OauthApplication, OauthApplicationId, Settings},
    rights::{ChangeMailboxes, MAIL},
    store::{
        mailboxes,
        oauth::{self as store, Consent, Grant},
    },
};

/// Adds an application.
pub async fn add_oauth_application(
    tx: &Tx<'_>,
    may: &May<ChangeMailboxes>,
    settings: &Settings,
    secret: Option<&Sealed>,
) -> Result<OauthApplication> {
    may.actor().require_recent()?;
    let tenant = may.tenant();
    if store::all(tx, tenant).await?.len() >= APPLICATIONS_MAX {
        return Err(Problem::field("name", "too_many"));
    }
    let settings = Settings { secret: replaced(tx, tenant, None, secret).await?, ..settings.clone() };
    let id = OauthApplicationId::new(tx.new_id());
    let application = OauthApplication { id, settings, revision: 1 };
    store::add(tx, tenant, &application).await?;
    let changes = oauth::changes(None, &application.settings);
    tell(tx, may.by(), 1, &MailFact::OauthApplicationAdded { application: id, changes }).await?;
    Ok(application)
}

/// Changes an application, if the caller saw its present revision. What mailboxes were granted stays: whether it holds
/// for the application as it is now, its provider says.
pub async fn change_oauth_application(
    tx: &Tx<'_>,
    may: &May<ChangeMailboxes>,
    id: OauthApplicationId,
    seen: Option<i64>,
    after: impl Fn(&Settings) -> Result<(Settings, Option<Sealed>)>,
) -> Result<OauthApplication> {
    may.actor().require_recent()?;
    let tenant = may.tenant();
    let before = store::one(tx, tenant, id).await?;
    require_seen(seen, before.revision)?;
    let (settings, secret) = after(&before.settings)?;
    // Tokens that its mailboxes were granted are for the endpoint that gave them.
    if settings.token_url() != before.settings.token_url() && mailboxes::signing_in_by(tx, tenant, id).await? > 0 {
        return Err(Problem::conflict("oauth_application.in_use"));
    }
    let settings = Settings { secret: replaced(tx, tenant, settings.secret, secret.as_ref()).await?, ..settings };
    let changes = oauth::changes(Some(&before.settings), &settings);
    if changes.is_empty() {
        return Ok(before);
    }
    store::save(tx, tenant, &before, &settings).await?;
    // What kept letters from leaving may just have been mended.
    tx.hurry(SEND_LETTER).await?;
    let revision = before.revision + 1;
    tell(tx, may.by(), revision, &MailFact::OauthApplicationChanged { application: id, changes }).await?;
    Ok(OauthApplication { settings, revision, ..before })
}

/// Removes an application by which no mailbox signs in, and forgets its secret.
pub async fn remove_oauth_application(
    tx: &Tx<'_>,
    may: &May<ChangeMailboxes>,
    id: OauthApplicationId,
    seen: Option<i64>,
) -> Result<()> {
    may.actor().require_recent()?;
    let tenant = may.tenant();
    let application = store::one(tx, tenant, id).await?;
    require_seen(seen, application.revision)?;
    if mailboxes::signing_in_by(tx, tenant, id).await? > 0 {
        return Err(Problem::conflict("oauth_application.in_use"));
    }
    store::remove(tx, tenant, &application).await?;
    if let Some(secret) = application.settings.secret {
        secrets::forget(tx, tenant, secret).await?;
    }
    tell(tx, may.by(), application.revision + 1, &MailFact::OauthApplicationRemoved { application: id }).await
}

/// Somebody is about to be asked for their consent, under this state: the application, and the mailbox's address.
pub async fn begin_consent(
    tx: &Tx<'_>,
    may: &May<ChangeMailboxes>,
    id: MailboxId,
    state: &str,
) -> Result<(OauthApplication, String)> {
    let tenant = may.tenant();
    let mailbox = mailboxes::one(tx, tenant, id).await?;
    let Some(application) = mailbox.settings.application else {
        return Err(Problem::conflict("mailbox.signs_in_by_password"));
    };
    let application = store::one(tx, tenant, application).await?;
    if application.settings.flow != Flow::AuthorizationCode {
        return Err(Problem::conflict("mailbox.needs_no_consent"));
    }
    let consent = Consent {
        mailbox: id,
        application: application.id,
        agent: may.actor().id,
        door: may.actor().door,
        expires_at: tx.now().after(CONSENT_WITHIN),
    };
    store::add_consent(tx, tenant, &hash_word(state), &consent).await?;
    Ok((application, mailbox.settings.address.to_string()))
}

/// Uses up the consent that was asked for under this state: only whoever asked may, from where they asked.
pub async fn take_consent(tx: &Tx<'_>, actor: &Actor, state: &str) -> Result<(Consent, OauthApplication)> {
    let unknown = || Problem::new(Kind::Invalid, "consent.unknown");
    let consent = store::take_consent(tx, actor.tenant, &hash_word(state)).await?.ok_or_else(unknown)?;
    if (consent.agent, consent.door) != (actor.id, actor.door) {
        return Err(unknown());
    }
    let application = store::find(tx, actor.tenant, consent.application).await?.ok_or_else(unknown)?;
    Ok((consent, application))
}

/// Tokens as they are kept.
#[derive(Clone, Debug)]
pub struct SealedTokens {
    /// What mail servers take.
    pub access: Sealed,
    /// Until when it is used.
    pub until: Timestamp,
    /// What gives the next ones, where there is another one than before.
    pub refresh: Option<Sealed>,
}

/// Somebody consented: the mailbox signs in by these tokens from now on.
pub async fn connect(
    tx: &Tx<'_>,
    may: &May<ChangeMailboxes>,
    consent: &Consent,
    tokens: &SealedTokens,
) -> Result<MailboxId> {
    let (tenant, mailbox) = (may.tenant(), consent.mailbox);
    if mailboxes::one(tx, tenant, mailbox).await?.settings.application != Some(consent.application) {
        return Err(Problem::conflict("changed_meanwhile"));
    }
    let version = store::grant(tx, tenant, mailbox).await?.map_or(0, |grant| grant.version);
    forget_grant(tx, tenant, mailbox).await?;
    let actor = may.actor();
    let grant = Grant {
        application: consent.application,
        state: GrantState::Granted,
        reason: None,
        refresh: replaced(tx, tenant, None, tokens.refresh.as_ref()).await?,
        access: Some(secrets::keep(tx, tenant, &tokens.access).await?),
        access_until: Some(tokens.until),
        agent: actor.id.filter(|_| actor.kind == ActorKind::Agent).map(AgentId::new),
        since: tx.now(),
        version: version + 1,
    };
    if !store::add_grant(tx, tenant, mailbox, &grant).await? {
        return Err(Problem::conflict("conflict"));
    }
    mailboxes::well_in(tx, tenant, mailbox).await?;
    mailboxes::well_out(tx, tenant, mailbox).await?;
    tx.hurry(SEND_LETTER).await?;
    if let Some(revision) = mailboxes::touch(tx, tenant, mailbox).await? {
        let fact = MailFact::MailboxConnected { mailbox, application: consent.application };
        tell(tx, may.by(), revision, &fact).await?;
    }
    Ok(mailbox)
}

/// Keeps tokens that were given without anybody's doing, in place of those of `before`. Whoever was faster, with a
/// consent or another application, has the last word.
pub async fn renew(
    tx: &Tx<'_>,
    tenant: TenantId,
    mailbox: MailboxId,
    (application, before): (OauthApplicationId, Option<&Grant>),
    tokens: &SealedTokens,
) -> Result<()> {
    let Some(before) = before else {
        let still = mailboxes::find(tx, tenant, mailbox).await?.and_then(|mailbox| mailbox.settings.application);
        if still != Some(application) {
            return Ok(());
        }
        let grant = Grant {
            application,
            state: GrantState::Granted,
            reason: None,
            refresh: None,
            access: Some(secrets::keep(tx, tenant, &tokens.access).await?),
            access_until: Some(tokens.until),
            agent: None,
            since: tx.now(),
            version: 1,
        };
        return if store::add_grant(tx, tenant, mailbox, &grant).await? {
            Ok(())
        } else {
            Err(Problem::conflict("conflict"))
        };
    };
    let mut grant = before.clone();
    grant.access = replaced(tx, tenant, before.access, Some(&tokens.access)).await?;
    grant.access_until = Some(tokens.until);
    grant.refresh = replaced(tx, tenant, before.refresh, tokens.refresh.as_ref()).await?;
    if store::save_grant(tx, tenant, mailbox, &grant).await? { Ok(()) } else { Err(Problem::conflict("conflict")) }
}

/// The consent does not hold any more; its tokens are forgotten. Not, if it is another by now.
pub async fn lose(tx: &Tx<'_>, tenant: TenantId, mailbox: MailboxId, before: &Grant, reason: &str) -> Result<()> {
    let lost = Grant {
        state: GrantState::Lost,
        reason: Some(reason.to_owned()),
        refresh: None,
        access: None,
        access_until: None,
        since: tx.now(),
        ..before.clone()
    };
    if !store::save_grant(tx, tenant, mailbox, &lost).await? {
        return Ok(());
    }
    forget_tokens(tx, tenant, before).await?;
    let Some(revision) = mailboxes::touch(tx, tenant, mailbox).await? else { return Ok(()) };
    let fact = MailFact::ConsentLost { mailbox, application: before.application };
    tell(tx, MAIL.may::<tickets::Read>(tenant).by(), revision, &fact).await
}

/// The mailbox signs in otherwise from now on, or not at all.
pub(super) async fn forget_grant(tx: &Tx<'_>, tenant: TenantId, mailbox: MailboxId) -> Result<()> {
    if let Some(grant) = store::grant(tx, tenant, mailbox).await? {
        forget_tokens(tx, tenant, &grant).await?;
        store::forget_grant(tx, tenant, mailbox).await?;
    }
    Ok(())
}

async fn forget_tokens(tx: &Tx<'_>, tenant: TenantId, grant: &Grant) -> Result<()> {
    let tokens: [Option<SecretId>; 2] = [grant.refresh, grant.access];
    for token in tokens.into_iter().flatten() {
        secrets::forget(tx, tenant, token).await?;
    }
    Ok(())
}
