//! Letters as they came, the newest first: nothing that arrived is ever invisible.

use madoguchi_kernel::{Cursor, Page, Timestamp, problem::Result};
use madoguchi_platform::{
    access::{May, Right},
    db::{Query, Tx},
    record,
};

use crate::mail::{
    letters::{LetterId, LetterState},
    mailbox::MailboxId,
};

record! {
    /// A letter in a list.
    #[derive(Clone, Debug)]
    pub struct Line {
        /// Its id.
        pub id: LetterId,
        /// Where it came.
        pub mailbox: MailboxId,
        /// That mailbox's name.
        pub mailbox_name: String,
        /// Who wrote it, by name.
        pub from_name: Option<String>,
        /// Their address.
        pub from_address: Option<String>,
        /// Its subject.
        pub subject: Option<String>,
        /// What became of it.
        pub state: LetterState,
        /// Why.
        pub reason: Option<String>,
        /// More about it.
        pub detail: Option<String>,
        /// The ticket on which it stands or of which it speaks, if the reader may see it.
        pub ticket: Option<i64>,
        /// That ticket's number.
        pub ticket_number: Option<i64>,
        /// The message that it became or of which it speaks, if the reader may see it.
        pub message: Option<i64>,
        /// When it came.
        pub received_at: Timestamp,
    }
}

/// Which letters.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this mailbox.
    pub mailbox: Option<MailboxId>,
    /// In one of these states; empty for any.
    pub states: Vec<LetterState>,
    /// For this reason.
    pub reason: Option<String>,
}

/// A page of letters.
pub async fn lines<R: Right>(
    tx: &Tx<'_>,
    may: &May<R>,
    filter: &Filter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Line>> {
    let (all, walls) = may.walls().params();
    let mut query = Query::new(
        "mail.letter_lines",
        "SELECT l.id, l.mailbox_id, coalesce(m.name, ''), l.from_name, l.from_address, l.subject, l.state, l.reason, l.detail,
                t.ticket_id, t.number, CASE WHEN t.ticket_id IS NULL THEN NULL ELSE l.message_id END, l.received_at
           FROM mail_letters l
           LEFT JOIN mail_mailboxes m ON m.tenant_id = l.tenant_id AND m.id = l.mailbox_id
           LEFT JOIN tickets_v t ON t.tenant_id = l.tenant_id AND t.ticket_id = l.ticket_id AND (",
    );
    query.push("? = 1 OR t.wall_id any(?))", &[&all, &walls]);
    query.push(" WHERE l.tenant_id = ?", &[&may.tenant()]);
    // What stands on a ticket that the reader may not see is not theirs to see here.
    query.push(" AND (l.ticket_id IS NULL OR t.ticket_id IS NOT NULL)", &[]);
    if let Some(mailbox) = filter.mailbox {
        query.push(" AND l.mailbox_id = ?", &[&mailbox]);
    }
    if !filter.states.is_empty() {
        // The literal part is the condition of the index.
        let aside = if filter.states.contains(&LetterState::Read) { "" } else { " AND l.state <> 'read'" };
        query.push(aside, &[]).push(" AND l.state IN (", &[]);
        for (i, state) in filter.states.iter().enumerate() {
            query.push(if i == 0 { "?" } else { ", ?" }, &[state]);
        }
        query.push(")", &[]);
    }
    if let Some(reason) = &filter.reason {
        query.push(" AND l.reason = ?", &[reason]);
    }
    if let Some(after) = after {
        query.push(" AND l.id < ?", &[&after.id]);
    }
    let asked = i64::try_from(limit + 1).expect("a page is small");
    query.push(" ORDER BY l.id DESC LIMIT ?", &[&asked]);
    let rows: Vec<Line> = tx.query(&query).await?;
    Ok(Page::of(rows, limit, |line| Cursor { key: 0, id: line.id.number() }))
}

/// Refuses whoever may not see the letter, as if it were not there.
pub async fn require_seen<R: Right>(tx: &Tx<'_>, may: &May<R>, id: LetterId) -> Result<()> {
    let above = Cursor { key: 0, id: id.number() + 1 };
    let seen = lines(tx, may, &Filter::default(), Some(above), 1).await?;
    if seen.items.first().is_some_and(|line| line.id == id) {
        Ok(())
    } else {
        Err(madoguchi_kernel::Problem::not_found())
    }
}

/// What is counted stops here.
pub const LETTERS_COUNTED_MAX: i64 = 10_001;

record! {
    /// How many letters were set aside for one reason.
    #[derive(Clone, Debug)]
    pub struct LetterCount {
        /// What became of them.
        pub state: LetterState,
        /// Why.
        pub reason: Option<String>,
        /// How many, of the newest [`LETTERS_COUNTED_MAX`].
        pub letters: i64,
    }
}

/// How many letters wait for a person, by reason.
pub async fn letter_counts<R: Right>(tx: &Tx<'_>, may: &May<R>) -> Result<Vec<LetterCount>> {
    let (all, walls) = may.walls().params();
    let mut query = Query::new(
        "mail.letter_counts",
        "SELECT state, reason, count(*) FROM (SELECT l.state, l.reason FROM mail_letters l WHERE l.tenant_id = ",
    );
    query.push("?", &[&may.tenant()]);
    query.push(" AND l.state <> 'read' AND l.state IN ('failed', 'bounce', 'quarantine')", &[]);
    query.push(
        " AND (l.ticket_id IS NULL OR EXISTS (SELECT 1 FROM tickets_v t
           WHERE t.tenant_id = l.tenant_id AND t.ticket_id = l.ticket_id AND (? = 1 OR t.wall_id any(?))))",
        &[&all, &walls],
    );
    query.push(
        " ORDER BY l.id DESC LIMIT ?) aside GROUP BY state, reason ORDER BY state, reason",
        &[&LETTERS_COUNTED_MAX],
    );
    tx.query(&query).await
}
