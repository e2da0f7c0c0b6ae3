//! Letters that did not leave, or may not have, or did not reach everybody: what looks answered or asked and is not. A
//! later answer stands for one before; whatever we say later stands for a word that was to be passed on. What was taken
//! back counts for nothing, and neither does what we say by ourselves. Tickets that are read together are one conversation.

use madoguchi_kernel::{TenantId, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    params,
};

use crate::{ticket::TicketId, words::DeliveryState};

/// Tickets `t` of a tenant (its one parameter) of which that can be said: the few such answers are looked at, not the many
/// tickets.
pub(super) const IS_UNDELIVERED: &str = " AND t.id IN (SELECT coalesce(s.root_id, s.id) FROM tickets_deliveries d
       JOIN tickets_messages m ON m.tenant_id = d.tenant_id AND m.id = d.message_id
       JOIN tickets s ON s.tenant_id = m.tenant_id AND s.id = m.ticket_id
      WHERE d.tenant_id = ? AND d.undelivered IS NOT NULL
        AND m.direction = 'out' AND m.author_kind <> 'system'
        AND NOT EXISTS (SELECT 1 FROM tickets_messages l
             WHERE l.tenant_id = m.tenant_id AND l.id > m.id AND (l.visibility = 'public' OR m.visibility = 'internal') AND l.direction = 'out' AND l.author_kind <> 'system'
               AND l.ticket_id IN (SELECT coalesce(s.root_id, s.id)
                    UNION ALL SELECT o.id FROM tickets o WHERE o.tenant_id = s.tenant_id AND o.root_id = coalesce(s.root_id, s.id))
               AND NOT EXISTS (SELECT 1 FROM tickets_deliveries w WHERE w.tenant_id = l.tenant_id AND w.message_id = l.id AND w.state = 'withdrawn')))";

static OF_TICKET: Sql = Sql::new(
    "tickets.undelivered",
    "SELECT d.undelivered FROM tickets_messages m
       JOIN tickets_deliveries d ON d.tenant_id = m.tenant_id AND d.message_id = m.id AND d.undelivered IS NOT NULL
      WHERE m.tenant_id = $1 AND m.direction = 'out' AND m.author_kind <> 'system'
        AND m.ticket_id IN (SELECT s.id FROM tickets s WHERE s.tenant_id = $1 AND s.id = $2
             UNION ALL SELECT s.id FROM tickets s WHERE s.tenant_id = $1 AND s.root_id = $2)
        AND NOT EXISTS (SELECT 1 FROM tickets_messages l
             WHERE l.tenant_id = $1 AND l.id > m.id AND (l.visibility = 'public' OR m.visibility = 'internal') AND l.direction = 'out' AND l.author_kind <> 'system'
               AND l.ticket_id IN (SELECT s.id FROM tickets s WHERE s.tenant_id = $1 AND s.id = $2
                    UNION ALL SELECT s.id FROM tickets s WHERE s.tenant_id = $1 AND s.root_id = $2)
               AND NOT EXISTS (SELECT 1 FROM tickets_deliveries w WHERE w.tenant_id = l.tenant_id AND w.message_id = l.id AND w.state = 'withdrawn'))
      ORDER BY m.id DESC LIMIT 1",
);

/// The same of one ticket.
pub async fn undelivered(tx: &Tx<'_>, tenant: TenantId, ticket: TicketId) -> Result<Option<DeliveryState>> {
    Ok(tx.find::<(DeliveryState,)>(&OF_TICKET, params![tenant, ticket]).await?.map(|(state,)| state))
}
