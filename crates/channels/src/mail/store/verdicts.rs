//! What was found about the senders of letters.

use madoguchi_kernel::{TenantId, problem::Result};
use madoguchi_platform::{
    db::{DbError, FromRow, Row, Sql, Tx},
    params,
};
use madoguchi_tickets::{MessageId, TicketId};

use crate::mail::{
    letters::LetterId,
    vouch::{Source, Verdict, Vouched},
};

/// Letters of one ticket that are listed, the newest of them.
pub const LETTERS_MAX: i64 = 500;

static KEEP: Sql = Sql::new(
    "mail.keep_verdict",
    "INSERT INTO mail_verdicts (tenant_id, letter_id, source, standing, domain, spf, spf_domain, dkim, dkim_domain, dmarc, dmarc_domain,
            arc, arc_domain, raw, found_at, policy)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
     ON CONFLICT (tenant_id, letter_id) DO UPDATE SET source = $3, standing = $4, domain = $5, spf = $6, spf_domain = $7, dkim = $8,
            dkim_domain = $9, dmarc = $10, dmarc_domain = $11, arc = $12, arc_domain = $13, raw = $14, found_at = $15, policy = $16",
);
static OF_TICKET: Sql = Sql::new(
    "mail.letters_of_ticket",
    "SELECT l.message_id, v.source, v.standing, v.domain, v.spf, v.spf_domain, v.dkim, v.dkim_domain, v.dmarc, v.dmarc_domain,
            v.arc, v.arc_domain, v.raw, v.policy, l.sent_to, l.cc
       FROM mail_letters l LEFT JOIN mail_verdicts v ON v.tenant_id = l.tenant_id AND v.letter_id = l.id
      WHERE l.tenant_id = $1 AND l.ticket_id = $2 AND l.message_id IS NOT NULL ORDER BY l.id DESC LIMIT $3",
);
static OF_LETTER: Sql = Sql::new(
    "mail.verdict_of_letter",
    "SELECT letter_id, source, standing, domain, spf, spf_domain, dkim, dkim_domain, dmarc, dmarc_domain, arc, arc_domain, raw, policy
       FROM mail_verdicts WHERE tenant_id = $1 AND letter_id = $2",
);

/// Keeps what was found; of several times the last one counts.
pub async fn keep(tx: &Tx<'_>, tenant: TenantId, letter: LetterId, verdict: &Verdict) -> Result<()> {
    let Verdict { source, domain, standing, spf, dkim, dmarc, arc, policy, raw } = verdict;
    let params = params![
        tenant,
        letter,
        *source,
        *standing,
        *domain,
        spf.outcome,
        spf.domain,
        dkim.outcome,
        dkim.domain,
        dmarc.outcome,
        dmarc.domain,
        arc.outcome,
        arc.domain,
        *raw,
        tx.now(),
        *policy
    ];
    tx.put(&KEEP, params).await
}

/// A letter that stands on a ticket.
#[derive(Clone, Debug)]
pub struct OfMessage {
    /// As which message.
    pub message: MessageId,
    /// To whom it was written.
    pub sent_to: Option<String>,
    /// Who else was to read it.
    pub cc: Option<String>,
    /// What was found about its sender, where anything was.
    pub verdict: Option<Verdict>,
}

/// The columns behind the first.
fn verdict(row: &Row<'_>) -> Result<Verdict, DbError> {
    let vouched = |first: usize| -> Result<Vouched, DbError> {
        Ok(Vouched { outcome: row.get(first)?, domain: row.get(first + 1)? })
    };
    Ok(Verdict {
        source: row.get(1)?,
        standing: row.get(2)?,
        domain: row.get(3)?,
        spf: vouched(4)?,
        dkim: vouched(6)?,
        dmarc: vouched(8)?,
        arc: vouched(10)?,
        raw: row.get(12)?,
        policy: row.get(13)?,
    })
}

impl FromRow for OfMessage {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let is_known = row.get::<Option<Source>>(1)?.is_some();
        let verdict = if is_known { Some(verdict(row)?) } else { None };
        Ok(Self { message: row.get(0)?, sent_to: row.get(14)?, cc: row.get(15)?, verdict })
    }
}

struct OfLetter(Verdict);

impl FromRow for OfLetter {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        verdict(row).map(Self)
    }
}

/// What was found about a letter's sender, whether it stands on a ticket or not.
pub async fn of_letter(tx: &Tx<'_>, tenant: TenantId, letter: LetterId) -> Result<Option<Verdict>> {
    let found: Option<OfLetter> = tx.find(&OF_LETTER, params![tenant, letter]).await?;
    Ok(found.map(|OfLetter(verdict)| verdict))
}

/// The letters of a ticket, the newest first.
pub async fn of_ticket(tx: &Tx<'_>, tenant: TenantId, ticket: TicketId) -> Result<Vec<OfMessage>> {
    tx.all(&OF_TICKET, params![tenant, ticket, LETTERS_MAX]).await
}
