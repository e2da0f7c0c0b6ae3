//! Letters as they came, the newest first: nothing that arrived is ever invisible.

use madoguchi_kernel::{Cursor, Page, Timestamp, problem::Result};
use madoguchi_platform::{
    access::{May, Right},
    blob::BlobName,
    db::{Query, Tx},
    record,
};

use crate::mail::{
    letters::{LetterId, LetterState},
    mailbox::MailboxId,
    rights::ReadLetters,
    store::letters as store,
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
        /// When it came.
        pub received_at: Timestamp,
    }
}

/// Which letters.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this mailbox.
    pub mailbox: Option<MailboxId>,
    /// In this state.
    pub state: Option<LetterState>,
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
                t.ticket_id, t.number, l.received_at
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
    if let Some(state) = filter.state {
        query.push(" AND l.state = ?", &[&state]);
    }
    if let Some(after) = after {
        query.push(" AND l.id < ?", &[&after.id]);
    }
    let asked = i64::try_from(limit + 1).expect("a page is small");
    query.push(" ORDER BY l.id DESC LIMIT ?", &[&asked]);
    let rows: Vec<Line> = tx.query(&query).await?;
    Ok(Page::of(rows, limit, |line| Cursor { key: 0, id: line.id.number() }))
}

/// Where a letter's bytes are, if the reader may see it.
pub async fn source(tx: &Tx<'_>, may: &May<ReadLetters>, id: LetterId) -> Result<BlobName> {
    require_seen(tx, may, id).await?;
    Ok(store::one(tx, may.tenant(), id).await?.blob)
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
