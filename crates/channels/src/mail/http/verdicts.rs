//! The door through which whoever reads a ticket sees who vouches for its letters.

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

/// What was found about the sender of a message that came by mail.
#[derive(Serialize, ToSchema)]
pub struct VerdictView {
    message: i64,
    #[serde(flatten)]
    #[schema(inline)]
    verdict: LetterVerdictView,
}

impl From<OfMessage> for VerdictView {
    fn from(found: OfMessage) -> Self {
        Self { message: found.message.number(), verdict: found.verdict.into() }
    }
}

/// List what was found about the senders of a ticket's letters, newest first. A letter about which nobody says anything
/// is not in it.
#[utoipa::path(get, path = "/api/v1/tickets/{id}/verdicts", tag = "mail", operation_id = "list_verdicts",
    params(("id" = i64, Path)), responses((status = 200, body = Listed<VerdictView>)))]
pub async fn list_verdicts(ctx: Ctx, may: May<rights::Read>, IdPath(id): IdPath<TicketKind>) -> Answered {
    let found = ctx
        .read(async move |tx| {
            let ticket = madoguchi_tickets::views::ticket(tx, &may, id).await?;
            verdicts::of_ticket(tx, may.tenant(), ticket.id).await
        })
        .await?;
    Ok(Answer::shown(&Listed::whole(found.into_iter().map(VerdictView::from).collect()))?)
}
