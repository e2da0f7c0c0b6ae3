//! The doors of body readers.

use axum::extract::{Path, rejection::PathRejection};
use madoguchi_kernel::{
    EmailAddress, Problem, Word,
    problem::{Check, Result},
};
use madoguchi_people::crm::contact::PhoneNumber;
use madoguchi_platform::http::IdPath;
use madoguchi_platform::{
    access::{Actor, May, Right},
    http::{Answer, Answered, Ctx, Input, Listed},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::mail::{
    actions,
    body_reader::{
        self, BodyReader, BodyReaderId, Field, Form, LABEL_CHARACTERS_MAX, LABELS_MAX, Label, NAME_CHARACTERS_MAX,
        Settings,
    },
    letter,
    letters::LetterId,
    mailbox::{MailboxId, MailboxKind},
    rights::{ChangeMailboxes, ReadLetters, ReadMailboxes},
    store::body_readers as store,
    views,
};

/// A label of a form, and what stands behind it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FormLabel {
    /// As it is written, without its brackets.
    label: String,
    /// `name`, `email`, `phone`, `company`, `subject`, `content`, `other` or `end`.
    field: String,
}

impl From<&Label> for FormLabel {
    fn from(label: &Label) -> Self {
        Self { label: label.label.clone(), field: label.field.word().to_owned() }
    }
}

/// How a gateway's letters are read.
#[derive(Serialize, ToSchema)]
pub struct BodyReaderView {
    id: i64,
    mailbox: i64,
    name: String,
    gateway: String,
    labels: Vec<FormLabel>,
    active: bool,
    revision: i64,
    can: Vec<&'static str>,
}

impl BodyReaderView {
    fn of(reader: BodyReader, actor: &Actor) -> Self {
        let settings = reader.settings;
        Self {
            id: reader.id.number(),
            mailbox: reader.mailbox.number(),
            labels: settings.labels.iter().map(FormLabel::from).collect(),
            name: settings.name,
            gateway: settings.gateway.to_string(),
            active: settings.active,
            revision: reader.revision,
            can: if actor.has(ChangeMailboxes::KEY) { vec!["change", "remove"] } else { Vec::new() },
        }
    }
}

/// A body reader, or what of it becomes different.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BodyReaderInput {
    name: Option<String>,
    /// One of the mailbox's gateways.
    gateway: Option<String>,
    labels: Option<Vec<FormLabel>>,
    active: Option<bool>,
}

impl BodyReaderInput {
    fn checked(&self, before: Option<&Settings>) -> Result<Settings> {
        let mut check = Check::new();
        let name = self.name.as_deref().or(before.map(|before| before.name.as_str())).unwrap_or_default();
        let name = name.trim().to_owned();
        check.require(!name.is_empty(), "name", "required");
        check.require(name.chars().count() <= NAME_CHARACTERS_MAX, "name", "too_long");
        let gateway: Option<EmailAddress> = match &self.gateway {
            Some(given) => given.parse().ok(),
            None => before.map(|before| before.gateway.clone()),
        };
        check.require(gateway.is_some(), "gateway", if self.gateway.is_some() { "address" } else { "required" });
        let labels = match (&self.labels, before) {
            (Some(given), _) => labels(&mut check, given),
            (None, Some(before)) => before.labels.clone(),
            (None, None) => Vec::new(),
        };
        let reads = labels.iter().any(|label| !matches!(label.field, Field::Other | Field::End));
        check.require(reads, "labels", "required");
        check.done()?;
        Ok(Settings {
            name,
            gateway: gateway.ok_or_else(|| Problem::field("gateway", "required"))?,
            labels,
            active: self.active.unwrap_or_else(|| before.is_none_or(|before| before.active)),
        })
    }
}

fn labels(check: &mut Check, given: &[FormLabel]) -> Vec<Label> {
    check.require(given.len() <= LABELS_MAX, "labels", "too_many");
    let mut labels: Vec<Label> = Vec::new();
    for (number, FormLabel { label, field }) in given.iter().take(LABELS_MAX).enumerate() {
        let label = label.trim().to_owned();
        check.require(!label.is_empty(), format!("labels.{number}.label"), "required");
        let fits = label.chars().count() <= LABEL_CHARACTERS_MAX;
        check.require(fits, format!("labels.{number}.label"), "too_long");
        if labels.iter().any(|known| body_reader::is_same(&known.label, &label)) {
            check.wrong(format!("labels.{number}.label"), "label_twice");
        }
        match Field::from_word(field) {
            Some(field) => labels.push(Label { label, field }),
            None => check.wrong(format!("labels.{number}.field"), "unknown"),
        }
    }
    labels
}

/// A letter to try a reader on.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewInput {
    /// A letter that came to the mailbox.
    letter: Option<i64>,
    /// Or its text.
    text: Option<String>,
    /// The labels to read it by; those that it seems to have if none are given.
    labels: Option<Vec<FormLabel>>,
}

/// A label, and what stands behind it in a letter.
#[derive(Serialize, ToSchema)]
pub struct FormValue {
    label: String,
    field: String,
    value: String,
}

/// What would be read in a letter.
#[derive(Serialize, ToSchema)]
pub struct PreviewView {
    /// Its text.
    text: String,
    /// Who sent it.
    from: Option<String>,
    /// The labels that it seems to have.
    proposed: Vec<FormValue>,
    /// What is read by the labels.
    found: Vec<FormValue>,
    /// Labels that are not in it.
    missing: Vec<String>,
    /// Labels that are in it more than once; the first is read.
    doubled: Vec<String>,
    /// Labels behind which an address should stand and none does.
    without_address: Vec<String>,
    /// Whether every label is there.
    whole: bool,
    /// The requester.
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    company: Option<String>,
    /// The ticket's subject.
    subject: Option<String>,
    /// The message.
    content: String,
}

fn value(label: &Label, value: &str) -> FormValue {
    FormValue { label: label.label.clone(), field: label.field.word().to_owned(), value: value.to_owned() }
}

/// List how the letters of a mailbox's gateways are read.
#[utoipa::path(get, path = "/api/v1/mailboxes/{id}/body-readers", tag = "mail", operation_id = "list_body_readers",
    params(("id" = i64, Path)), responses((status = 200, body = Listed<BodyReaderView>)))]
pub async fn list_body_readers(ctx: Ctx, may: May<ReadMailboxes>, IdPath(id): IdPath<MailboxKind>) -> Answered {
    let actor = may.actor().clone();
    let readers = ctx
        .read(async move |tx| {
            let mailbox = crate::mail::store::mailboxes::one(tx, may.tenant(), id).await?;
            store::of_mailbox(tx, may.tenant(), mailbox.id).await
        })
        .await?;
    Ok(Answer::shown(&Listed::whole(readers.into_iter().map(|reader| BodyReaderView::of(reader, &actor)).collect()))?)
}

/// Say how letters of a gateway are read.
#[utoipa::path(post, path = "/api/v1/mailboxes/{id}/body-readers", tag = "mail", operation_id = "add_body_reader",
    params(("id" = i64, Path)), request_body = BodyReaderInput, responses((status = 201, body = BodyReaderView)))]
pub async fn add_body_reader(
    ctx: Ctx,
    may: May<ChangeMailboxes>,
    IdPath(id): IdPath<MailboxKind>,
    Input(input): Input<BodyReaderInput>,
) -> Answered {
    let settings = input.checked(None)?;
    Ok(ctx
        .post(async move |tx| {
            let reader = actions::add_body_reader(tx, &may, id, &settings).await?;
            let revision = reader.revision;
            Ok(Answer::created(&BodyReaderView::of(reader, may.actor()))?.at(revision))
        })
        .await?)
}

/// A mailbox and one of its readers, as an address names them.
type Both = Result<Path<(String, String)>, PathRejection>;

fn both(path: Both) -> Result<(MailboxId, BodyReaderId)> {
    let Path((mailbox, reader)) = path.map_err(|_| Problem::not_found())?;
    let mailbox = mailbox.parse().map_err(|_| Problem::not_found())?;
    Ok((mailbox, reader.parse().map_err(|_| Problem::not_found())?))
}

/// Change how letters of a gateway are read.
#[utoipa::path(patch, path = "/api/v1/mailboxes/{id}/body-readers/{reader}", tag = "mail", operation_id = "change_body_reader",
    params(("id" = i64, Path), ("reader" = i64, Path)), request_body = BodyReaderInput,
    responses((status = 200, body = BodyReaderView)))]
pub async fn change_body_reader(
    ctx: Ctx,
    may: May<ChangeMailboxes>,
    path: Both,
    Input(input): Input<BodyReaderInput>,
) -> Answered {
    let (place, seen) = (both(path)?, ctx.seen_revision());
    let view = ctx
        .write(async move |tx| {
            let after = |before: &Settings| input.checked(Some(before));
            let reader = actions::change_body_reader(tx, &may, place, seen, after).await?;
            Ok(BodyReaderView::of(reader, may.actor()))
        })
        .await?;
    Ok(Answer::shown(&view)?.at(view.revision))
}

/// Read a gateway's letters as any others again.
#[utoipa::path(delete, path = "/api/v1/mailboxes/{id}/body-readers/{reader}", tag = "mail", operation_id = "remove_body_reader",
    params(("id" = i64, Path), ("reader" = i64, Path)), responses((status = 204)))]
pub async fn remove_body_reader(ctx: Ctx, may: May<ChangeMailboxes>, path: Both) -> Answered {
    let (place, seen) = (both(path)?, ctx.seen_revision());
    ctx.write(async move |tx| actions::remove_body_reader(tx, &may, place, seen).await).await?;
    Ok(Answer::done())
}

/// Try labels on a letter. Nothing is saved.
#[utoipa::path(post, path = "/api/v1/mailboxes/{id}/body-readers/preview", tag = "mail", operation_id = "preview_body_reader",
    params(("id" = i64, Path)), request_body = PreviewInput, responses((status = 200, body = PreviewView)))]
pub async fn preview_body_reader(
    ctx: Ctx,
    may: May<ChangeMailboxes>,
    IdPath(id): IdPath<MailboxKind>,
    Input(input): Input<PreviewInput>,
) -> Answered {
    let tenant = may.tenant();
    ctx.read(async move |tx| crate::mail::store::mailboxes::one(tx, tenant, id).await.map(drop)).await?;
    let mut check = Check::new();
    let given = input.labels.as_deref().map(|given| labels(&mut check, given));
    check.require(input.letter.is_some() || input.text.is_some(), "text", "required");
    check.done()?;
    let (text, from) = match (input.letter, input.text) {
        (Some(letter), _) => sample(&ctx, may.actor().may()?, LetterId::new(letter)).await?,
        (None, text) => (text.unwrap_or_default(), None),
    };
    let view = tokio::task::spawn_blocking(move || preview(text, from, given)).await.map_err(Problem::broken)?;
    Ok(Answer::shown(&view)?)
}

/// The text of a letter that came, and who sent it.
async fn sample(ctx: &Ctx, may: May<ReadLetters>, letter: LetterId) -> Result<(String, Option<String>)> {
    let blob = ctx.read(async move |tx| views::origin(tx, &may, letter).await).await?.blob;
    let bytes = ctx.app.blobs().read(ctx.app.house().db(), &blob, SAMPLE_BYTES_MAX).await?;
    let read = tokio::task::spawn_blocking(move || letter::read(&bytes)).await.map_err(Problem::broken)?;
    Ok((read.text, read.from.map(|from| from.address)))
}

/// The largest letter that serves as a sample: forms are short.
const SAMPLE_BYTES_MAX: u64 = 4 * 1024 * 1024;

fn preview(text: String, from: Option<String>, given: Option<Vec<Label>>) -> PreviewView {
    let proposed = body_reader::propose(&text);
    let labels = given.unwrap_or_else(|| proposed.iter().map(|proposal| proposal.label.clone()).collect());
    let form: Form = body_reader::read(&labels, &text);
    PreviewView {
        from,
        proposed: proposed.iter().map(|proposal| value(&proposal.label, &proposal.value)).collect(),
        found: form.found.iter().map(|(label, said)| value(label, said)).collect(),
        whole: form.is_whole() && !labels.is_empty(),
        missing: form.missing,
        doubled: form.doubled,
        without_address: form.without_address,
        name: form.name,
        email: form.email.map(|email| email.to_string()),
        phone: form.phone.as_ref().map(PhoneNumber::as_str).map(str::to_owned),
        company: form.company,
        subject: form.subject,
        content: form.text,
        text,
    }
}
