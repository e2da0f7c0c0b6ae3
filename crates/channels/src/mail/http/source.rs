//! The doors through which somebody looks at a letter as it came.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use madoguchi_kernel::{Language, Timestamp, Word, problem::Result};
use madoguchi_platform::{
    access::May,
    http::{Answer, Answered, Ctx, IdPath, Queried, Signature, SignedPath, to_be_saved},
};
use madoguchi_tickets::{markup::aside, message::MessageKind, rights};
use serde::Serialize;
use tokio_util::io::ReaderStream;
use utoipa::ToSchema;

use super::{
    shapes::{Named, TicketRef},
    verdicts::LetterVerdictView,
};
use crate::mail::{
    letter::{self, inspect},
    letters::{LetterId, LetterKind},
    rights::ReadLetters,
    store::{letters, verdicts},
    thread::{self, Candidate},
    tools::mail_keys,
    views::{self, Evidence, Origin},
    vouch::Verdict,
    why,
};

/// Of a letter so much is taken apart; its bytes are handed out whole.
const LOOKED_AT_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Characters of its text that come along.
const TEXT_CHARACTERS_MAX: usize = 4_000;
/// The folder of letters among files.
const FOLDER: &str = "letters/";

/// A line of a letter's head.
#[derive(Serialize, ToSchema)]
pub struct LetterLineView {
    name: String,
    value: String,
    /// The same as it was written, where that is something else.
    raw: Option<String>,
}

/// A part of a letter.
#[derive(Serialize, ToSchema)]
pub struct LetterPartView {
    r#type: String,
    /// The charset that it says it is in.
    charset: Option<String>,
    /// The charset in which its text was read.
    read_as: Option<&'static str>,
    encoding: Option<String>,
    disposition: Option<String>,
    name: Option<String>,
    size: usize,
    #[schema(no_recursion)]
    parts: Vec<LetterPartView>,
}

impl From<inspect::Part> for LetterPartView {
    fn from(part: inspect::Part) -> Self {
        Self {
            r#type: part.content_type,
            charset: part.charset,
            read_as: part.read_as,
            encoding: part.encoding,
            disposition: part.disposition,
            name: part.name,
            size: part.size_bytes,
            parts: part.parts.into_iter().map(Self::from).collect(),
        }
    }
}

/// What was wrong with a letter.
#[derive(Serialize, ToSchema)]
pub struct LetterFlawView {
    flag: &'static str,
    detail: String,
}

/// What tells where a letter belongs, the best first.
#[derive(Serialize, ToSchema)]
pub struct EvidenceView {
    /// `token` (our own mark in the address), `message_id` (the letter that it answers) or `subject_number`.
    kind: &'static str,
    value: String,
    /// The ticket that it names, if the caller may see it.
    ticket: Option<TicketRef>,
    /// Whether the letter stands there.
    taken: bool,
}

impl From<Evidence> for EvidenceView {
    fn from(evidence: Evidence) -> Self {
        let (kind, value) = match evidence.candidate {
            Candidate::Token(_) => ("token", String::new()),
            Candidate::MessageId(id) => ("message_id", id.as_str().to_owned()),
            Candidate::SubjectNumber(number) => ("subject_number", number.to_string()),
        };
        let ticket = evidence.ticket.map(|named| TicketRef { id: named.id.number(), number: named.number });
        Self { kind, value, ticket, taken: evidence.is_taken }
    }
}

/// A letter taken apart.
#[derive(Serialize, ToSchema)]
pub struct LetterSourceView {
    id: i64,
    mailbox: Named,
    /// What became of it.
    state: &'static str,
    /// Why.
    reason: Option<String>,
    /// The same in the caller's language.
    error: Option<String>,
    #[schema(value_type = String)]
    received_at: Timestamp,
    #[schema(value_type = Option<String>)]
    read_at: Option<Timestamp>,
    size: i64,
    /// Where its bytes are for the next minutes.
    raw: String,
    /// Whether it is so long that only its beginning was taken apart.
    cut: bool,
    headers: Vec<LetterLineView>,
    structure: LetterPartView,
    flaws: Vec<LetterFlawView>,
    evidence: Vec<EvidenceView>,
    /// What was found about its sender, where anything was.
    verdict: Option<LetterVerdictView>,
    /// The beginning of what it says.
    text: String,
}

/// Show a letter as it came, taken apart.
#[utoipa::path(get, path = "/api/v1/letters/{id}", tag = "mail", operation_id = "show_letter",
    params(("id" = i64, Path)), responses((status = 200, body = LetterSourceView)))]
pub async fn show_letter(
    ctx: Ctx,
    may: May<ReadLetters>,
    read: May<rights::Read>,
    IdPath(id): IdPath<LetterKind>,
) -> Answered {
    let origin = ctx.read(async move |tx| views::origin(tx, &may, id).await).await?;
    Ok(shown(&ctx, read, origin).await?)
}

/// Show the letter that a message came as.
#[utoipa::path(get, path = "/api/v1/messages/{id}/letter", tag = "mail", operation_id = "show_letter_of_message",
    params(("id" = i64, Path)), responses((status = 200, body = LetterSourceView)))]
pub async fn show_letter_of_message(ctx: Ctx, read: May<rights::Read>, IdPath(id): IdPath<MessageKind>) -> Answered {
    let asker = read.clone();
    let origin = ctx.read(async move |tx| views::origin_of_message(tx, &asker, id).await).await?;
    Ok(shown(&ctx, read, origin).await?)
}

struct Apart {
    letter: letter::Letter,
    lines: Vec<inspect::Line>,
    structure: inspect::Part,
}

async fn shown(ctx: &Ctx, read: May<rights::Read>, origin: Origin) -> Result<Answer> {
    let (tenant, language) = (read.tenant(), read.actor().language);
    let bytes = ctx.app.blobs().read_part(ctx.app.house().db(), &origin.blob, 0, LOOKED_AT_BYTES_MAX).await?;
    let cut = bytes.len() as u64 == LOOKED_AT_BYTES_MAX;
    let apart =
        move || Apart { letter: letter::read(&bytes), lines: inspect::lines(&bytes), structure: inspect::tree(&bytes) };
    // Like HTML of that length: a few at once, away from those who answer.
    let apart = aside(usize::try_from(origin.size_bytes).unwrap_or(usize::MAX), apart).await?;
    let candidates = thread::candidates(&apart.letter, &mail_keys(ctx.app.keys(), tenant), tenant).candidates;
    let (stands_on, id) = (origin.ticket, origin.id);
    let found = ctx.read(async move |tx| {
        let evidence = views::evidence(tx, (tenant, &read), candidates.clone(), stands_on).await?;
        Ok((evidence, verdicts::of_letter(tx, tenant, id).await?))
    });
    let raw = ctx.app.signed_in(tenant, FOLDER, origin.id);
    Answer::shown(&source(origin, apart, found.await?, (raw, cut, language)))
}

fn source(
    origin: Origin,
    apart: Apart,
    (evidence, verdict): (Vec<Evidence>, Option<Verdict>),
    (raw, cut, language): (String, bool, Language),
) -> LetterSourceView {
    let error =
        origin.reason.as_deref().map(|reason| why::told(origin.state, reason, origin.detail.as_deref(), language));
    // Where we cut it ourselves it is no flaw of the letter.
    let flaws = apart.letter.flaws.into_iter().filter(|flaw| !(cut && flaw.flag == "truncated"));
    LetterSourceView {
        id: origin.id.number(),
        mailbox: Named::new(origin.mailbox.number(), origin.mailbox_name),
        state: origin.state.word(),
        reason: origin.reason,
        error,
        received_at: origin.received_at,
        read_at: origin.read_at,
        size: origin.size_bytes,
        raw,
        cut,
        headers: apart
            .lines
            .into_iter()
            .map(|inspect::Line { name, value, raw }| LetterLineView { name, value, raw })
            .collect(),
        structure: apart.structure.into(),
        flaws: flaws.map(|flaw| LetterFlawView { flag: flaw.flag, detail: flaw.detail }).collect(),
        evidence: evidence.into_iter().map(EvidenceView::from).collect(),
        verdict: verdict.map(LetterVerdictView::from),
        text: apart.letter.text.chars().take(TEXT_CHARACTERS_MAX).collect(),
    }
}

/// Fetch a letter's bytes by their signed address, to be saved and never to be run.
#[utoipa::path(get, path = "/files/{tenant}/letters/{id}", tag = "mail", operation_id = "fetch_letter",
    params(("tenant" = i64, Path), ("id" = i64, Path), Signature),
    responses((status = 200, content_type = "message/rfc822", body = Vec<u8>)))]
pub async fn fetch_letter(ctx: Ctx, path: SignedPath, Queried(signature): Queried<Signature>) -> Answered<Response> {
    let (tenant, id): (_, LetterId) = ctx.app.signed(path, FOLDER, &signature)?;
    let letter = ctx.app.house().read(tenant, async move |tx| letters::one(tx, tenant, id).await).await?;
    let (file, size) = ctx.app.blobs().get(ctx.app.house().db(), &letter.blob).await?;
    let mut response = Response::new(Body::from_stream(ReaderStream::new(file)));
    let headers = response.headers_mut();
    to_be_saved(headers, &format!("letter-{id}.eml"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("message/rfc822"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    Ok(response)
}
