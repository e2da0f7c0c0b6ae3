//! How much one page of a timeline holds: letters can be megabytes long, and a page is read into memory whole.

use madoguchi_kernel::problem::Result;
use madoguchi_platform::{
    access::May,
    db::{Sql, Tx},
    params,
};

use super::thread::Reading;
use crate::{rights, ticket::TicketId};

static SIZES: Sql = Sql::new(
    "tickets.sizes_of_messages",
    "SELECT id, octet_length(text) + COALESCE(octet_length(html), 0) FROM tickets_messages
      WHERE tenant_id = $1 AND ticket_id any($2) AND id > $3 ORDER BY id LIMIT $4",
);
static LAST_SIZES: Sql = Sql::new(
    "tickets.sizes_of_last_messages",
    "SELECT id, octet_length(text) + COALESCE(octet_length(html), 0) FROM tickets_messages
      WHERE tenant_id = $1 AND ticket_id any($2) AND id < $3 ORDER BY id DESC LIMIT $4",
);

/// What one page of a timeline holds of words, in bytes; a single message is handed out however long it is.
const PAGE_BYTES_MAX: i64 = 8 * 1024 * 1024;

/// How many messages from there on a page can hold: as many as were asked for, unless they are long.
pub(super) async fn fitting(
    tx: &Tx<'_>,
    may: &May<rights::Read>,
    tickets: &[TicketId],
    reading: Reading,
    from: i64,
    asked: i64,
) -> Result<i64> {
    let sql = match reading {
        Reading::Forward => &SIZES,
        Reading::Back => &LAST_SIZES,
    };
    let tickets: Vec<i64> = tickets.iter().map(|id| id.number()).collect();
    let sizes: Vec<(i64, i64)> = tx.all(sql, params![may.tenant(), tickets, from, asked]).await?;
    let mut bytes = 0;
    let beyond = sizes.iter().position(|(_, size)| {
        bytes += size;
        bytes > PAGE_BYTES_MAX
    });
    Ok(beyond.map_or(asked, |fitting| i64::try_from(fitting.max(1)).unwrap_or(asked)))
}
