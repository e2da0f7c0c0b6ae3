//! Mailboxes as people see them.

use std::collections::HashMap;

use madoguchi_kernel::{TenantId, Timestamp, problem::Result};
use madoguchi_people::{TeamId, staff};
use madoguchi_platform::{access::May, db::Tx};

use crate::mail::{
    mailbox::{Mailbox, MailboxId, Watch},
    rights::ReadMailboxes,
    store::mailboxes as store,
};

/// A mailbox, how its watch goes, and its team by name.
pub struct Shown {
    /// The mailbox.
    pub mailbox: Mailbox,
    /// How its watch goes.
    pub watch: Watch,
    /// Its team.
    pub team: Option<(TeamId, String)>,
    /// When this was so.
    pub at: Timestamp,
}

/// Every mailbox, the oldest first.
pub async fn mailboxes(tx: &Tx<'_>, may: &May<ReadMailboxes>) -> Result<Vec<Shown>> {
    let tenant = may.tenant();
    let mut watches: HashMap<MailboxId, Watch> = store::watches(tx, tenant).await?.into_iter().collect();
    let mut teams = HashMap::new();
    for team in staff::views::teams(tx, tenant).await? {
        teams.insert(team.id, team.name);
    }
    let shown = |mailbox: Mailbox| Shown {
        watch: watches.remove(&mailbox.id).unwrap_or_default(),
        team: mailbox.settings.team.and_then(|team| Some((team, teams.get(&team)?.clone()))),
        at: tx.now(),
        mailbox,
    };
    Ok(store::all(tx, tenant).await?.into_iter().map(shown).collect())
}

/// One mailbox.
pub async fn mailbox(tx: &Tx<'_>, tenant: TenantId, id: MailboxId) -> Result<Shown> {
    let mailbox = store::one(tx, tenant, id).await?;
    let team = match mailbox.settings.team {
        Some(team) => Some((team, staff::views::team(tx, tenant, team).await?.name)),
        None => None,
    };
    Ok(Shown { watch: store::watch(tx, tenant, id).await?, team, at: tx.now(), mailbox })
}
