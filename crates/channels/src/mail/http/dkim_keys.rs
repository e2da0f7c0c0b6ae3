//! The doors of the keys that sign our letters, and of what a domain should say in the DNS.

use futures_util::future::join_all;
use madoguchi_kernel::{
    EmailAddress, Problem, Timestamp,
    problem::{Check, Result},
};
use madoguchi_platform::{
    access::May,
    dns::Resolver,
    http::{Answer, Answered, Ctx, IdPath, Input, Listed},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::mail::{
    actions::{self, NewDkimKey},
    dkim::{self, Algorithm, DkimKeyKind, DnsRecord, PRIVATE_KEY},
    mailbox::{MailboxId, MailboxKind},
    published::{Published, judged},
    rights::{ChangeMailboxes, ReadMailboxes},
    store::{
        dkim_keys::{self, DkimKey},
        mailboxes,
    },
};

/// A key that signs our letters. Its private half is never shown.
#[derive(Serialize, ToSchema)]
pub struct DkimKeyView {
    id: i64,
    /// The domain for which it speaks.
    domain: String,
    /// Its name there.
    selector: String,
    algorithm: Algorithm,
    /// The record that must stand in the DNS before it signs.
    record: DnsRecord,
    /// Whether it signs.
    active: bool,
    revision: i64,
    #[schema(value_type = String)]
    created_at: Timestamp,
}

impl From<DkimKey> for DkimKeyView {
    fn from(key: DkimKey) -> Self {
        Self {
            id: key.id.number(),
            record: dkim::record(&key.domain, &key.selector, key.algorithm, &key.public),
            domain: key.domain,
            selector: key.selector,
            algorithm: key.algorithm,
            active: key.active,
            revision: key.revision,
            created_at: key.created_at,
        }
    }
}

/// A key to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DkimKeyInput {
    /// The domain for which it speaks: that of a mailbox's address.
    domain: String,
    /// Its name there; `madoguchi` when absent.
    selector: Option<String>,
    /// How it signs.
    #[serde(default)]
    algorithm: Algorithm,
}

impl DkimKeyInput {
    fn checked(self) -> Result<(String, String, Algorithm)> {
        let domain = self.domain.trim().trim_end_matches('.').to_lowercase();
        let selector = self.selector.unwrap_or_else(|| "madoguchi".to_owned()).trim().to_lowercase();
        let mut check = Check::new();
        check.require(format!("a@{domain}").parse::<EmailAddress>().is_ok() && domain.is_ascii(), "domain", "domain");
        check.require(dkim::is_selector(&selector), "selector", "selector");
        check.done()?;
        Ok((domain, selector, self.algorithm))
    }
}

/// Whether a key signs.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DkimKeyPatch {
    active: bool,
}

/// List the keys.
#[utoipa::path(get, path = "/api/v1/dkim-keys", tag = "mail", operation_id = "list_dkim_keys",
    responses((status = 200, body = Listed<DkimKeyView>)))]
pub async fn list_dkim_keys(ctx: Ctx, may: May<ReadMailboxes>) -> Answered {
    let keys = ctx.read(async move |tx| dkim_keys::all(tx, may.tenant()).await).await?;
    Ok(Answer::shown(&Listed::whole(keys.into_iter().map(DkimKeyView::from).collect()))?)
}

/// Make a key. It signs once somebody says so, when its record stands in the DNS.
#[utoipa::path(post, path = "/api/v1/dkim-keys", tag = "mail", operation_id = "add_dkim_key",
    request_body = DkimKeyInput, responses((status = 201, body = DkimKeyView)))]
pub async fn add_dkim_key(ctx: Ctx, may: May<ChangeMailboxes>, Input(input): Input<DkimKeyInput>) -> Answered {
    let (domain, selector, algorithm) = input.checked()?;
    let made = tokio::task::spawn_blocking(move || dkim::generate(algorithm)).await.map_err(Problem::broken)??;
    let private = ctx.app.keys().seal(may.tenant(), PRIVATE_KEY, &made.private);
    let new = NewDkimKey { domain, selector, algorithm, public: made.public, private };
    let answer = ctx.post(async move |tx| {
        let key = actions::add_dkim_key(tx, &may, &new).await?;
        let revision = key.revision;
        Ok(Answer::created(&DkimKeyView::from(key))?.at(revision))
    });
    Ok(answer.await?)
}

/// Let a key sign, or not.
#[utoipa::path(patch, path = "/api/v1/dkim-keys/{id}", tag = "mail", operation_id = "change_dkim_key",
    params(("id" = i64, Path)), request_body = DkimKeyPatch, responses((status = 200, body = DkimKeyView)))]
pub async fn change_dkim_key(
    ctx: Ctx,
    may: May<ChangeMailboxes>,
    IdPath(id): IdPath<DkimKeyKind>,
    Input(patch): Input<DkimKeyPatch>,
) -> Answered {
    let (seen, active) = (ctx.seen_revision(), patch.active);
    let key = ctx.write(async move |tx| actions::switch_dkim_key(tx, &may, id, seen, active).await).await?;
    let revision = key.revision;
    Ok(Answer::shown(&DkimKeyView::from(key))?.at(revision))
}

/// Remove a key.
#[utoipa::path(delete, path = "/api/v1/dkim-keys/{id}", tag = "mail", operation_id = "remove_dkim_key",
    params(("id" = i64, Path)), responses((status = 204)))]
pub async fn remove_dkim_key(ctx: Ctx, may: May<ChangeMailboxes>, IdPath(id): IdPath<DkimKeyKind>) -> Answered {
    let seen = ctx.seen_revision();
    ctx.write(async move |tx| actions::remove_dkim_key(tx, &may, id, seen).await).await?;
    Ok(Answer::done())
}

/// Show what the domain of a mailbox should say in the DNS: who sends for it, how letters are signed, what becomes of
/// others that claim to come from it.
#[utoipa::path(get, path = "/api/v1/mailboxes/{id}/dns-records", tag = "mail", operation_id = "list_dns_records",
    params(("id" = i64, Path)), responses((status = 200, body = Listed<DnsRecord>)))]
pub async fn list_dns_records(ctx: Ctx, may: May<ReadMailboxes>, IdPath(id): IdPath<MailboxKind>) -> Answered {
    Ok(Answer::shown(&Listed::whole(records(&ctx, may, id).await?))?)
}

async fn records(ctx: &Ctx, may: May<ReadMailboxes>, id: MailboxId) -> Result<Vec<DnsRecord>> {
    ctx.read(async move |tx| {
        let settings = mailboxes::one(tx, may.tenant(), id).await?.settings;
        let domain = settings.address.domain().to_owned();
        let keys = dkim_keys::all(tx, may.tenant()).await?.into_iter().filter(|key| key.domain == domain);
        let mut records: Vec<DnsRecord> = dkim::advice(&domain, &settings.smtp.host).into();
        records.extend(keys.map(|key| dkim::record(&key.domain, &key.selector, key.algorithm, &key.public)));
        Ok(records)
    })
    .await
}

/// What stands in the DNS where a record should.
#[derive(Serialize, ToSchema)]
pub struct DnsFinding {
    /// What it is for: `dkim`, `spf` or `dmarc`.
    purpose: &'static str,
    /// Its name.
    name: String,
    state: Published,
    /// Records of its kind that are there.
    there: Vec<String>,
}

/// Look into the DNS for the records of a mailbox's domain. It is asked now, and nothing is remembered; servers on the way
/// may remember.
#[utoipa::path(get, path = "/api/v1/mailboxes/{id}/dns-check", tag = "mail", operation_id = "check_dns",
    params(("id" = i64, Path)), responses((status = 200, body = Listed<DnsFinding>)))]
pub async fn check_dns(ctx: Ctx, may: May<ReadMailboxes>, IdPath(id): IdPath<MailboxKind>) -> Answered {
    let records = records(&ctx, may, id).await?;
    let resolver = Resolver::forgetful(ctx.app.settings().dns_server);
    let look = async |record: DnsRecord| {
        let texts = match &resolver {
            Ok(resolver) => resolver.texts(&record.name).await.ok(),
            Err(_) => None,
        };
        let (state, there) = texts.map_or((Published::Unanswered, Vec::new()), |texts| judged(&record, &texts));
        DnsFinding { purpose: record.purpose, name: record.name, state, there }
    };
    let findings = join_all(records.into_iter().map(look)).await;
    Ok(Answer::shown(&Listed::whole(findings))?)
}
