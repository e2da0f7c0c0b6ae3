//! The door through which whoever reads a ticket sees whom its letters name, and who vouches for them.

use madoguchi_kernel::Word;
use madoguchi_platform::{
    access::May,
    http::{Answer, Answered, Ctx, IdPath, Listed},
};
use madoguchi_tickets::{rights, ticket::TicketKind};
use serde::Serialize;
use utoipa::ToSchema;

use crate::mail::{
    store::verdicts::{self, OfMessage},
    vouch::{Verdict, Vouched},
};

/// What one way of checking came to.
#[derive(Serialize, ToSchema)]
pub struct VouchedView {
    /// `pass`, `fail`, `softfail`, `neutral`, `none`, `temperror` or `permerror`.
    outcome: &'static str,
    /// About which domain.
    domain: Option<String>,
}

impl From<Vouched> for VouchedView {
    fn from(vouched: Vouched) -> Self {
        Self { outcome: vouched.outcome.word(), domain: vouched.domain }
    }
}

/// What was found about the sender of a letter.
#[derive(Serialize, ToSchema)]
pub struct LetterVerdictView {
    /// `verified`, `unverified` or `failed`.
    standing: &'static str,
    /// The domain of the sender.
    domain: Option<String>,
    /// What that domain asks for letters that only claim to come from it, where it is known: `none`, `quarantine` or `reject`.
    policy: Option<&'static str>,
    /// `checked`, by us, or `told`, by a mail server of ours.
    source: &'static str,
    spf: VouchedView,
    dkim: VouchedView,
    dmarc: VouchedView,
    arc: VouchedView,
    /// As it was written (RFC 8601).
    raw: String,
}

impl From<Verdict> for LetterVerdictView {
    fn from(verdict: Verdict) -> Self {
        Self {
            standing: verdict.standing.word(),
            domain: verdict.domain,
            policy: verdict.policy.map(Word::word),
            source: verdict.source.word(),
            spf: verdict.spf.into(),
            dkim: verdict.dkim.into(),
            dmarc: verdict.dmarc.into(),
            arc: verdict.arc.into(),
            raw: verdict.raw,
        }
    }
}

/// A letter that stands on a ticket.
#[derive(Serialize, ToSchema)]
pub struct LetterHeadView {
    /// The message that it is there.
    message: i64,
    /// To whom it was written, as its head names them: `Name <address>`, divided by `; `.
    to: Option<String>,
    /// Who else was to read it, in the same form.
    cc: Option<String>,
    /// What was found about its sender, where anything was.
    verdict: Option<LetterVerdictView>,
}

impl From<OfMessage> for LetterHeadView {
    fn from(found: OfMessage) -> Self {
        let OfMessage { message, sent_to: to, cc, verdict } = found;
        Self { message: message.number(), to, cc, verdict: verdict.map(LetterVerdictView::from) }
    }
}

/// List the letters that came and stand on a ticket, newest first: whom they name as readers, and what was found about
/// their senders.
#[utoipa::path(get, path = "/api/v1/tickets/{id}/letter-heads", tag = "mail", operation_id = "list_letter_heads",
    params(("id" = i64, Path)), responses((status = 200, body = Listed<LetterHeadView>)))]
pub async fn list_letter_heads(ctx: Ctx, may: May<rights::Read>, IdPath(id): IdPath<TicketKind>) -> Answered {
    let found = ctx
        .read(async move |tx| {
            let ticket = madoguchi_tickets::views::ticket(tx, &may, id).await?;
            verdicts::of_ticket(tx, may.tenant(), ticket.id).await
        })
        .await?;
    Ok(Answer::shown(&Listed::whole(found.into_iter().map(LetterHeadView::from).collect()))?)
}
