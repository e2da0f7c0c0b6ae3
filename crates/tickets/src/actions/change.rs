//! Fields of a ticket change. Each maps to its own right; all of one request change together.

use madoguchi_kernel::{
    Problem,
    problem::{Check, Result},
};
use madoguchi_people::{AgentId, ContactId, TeamId, WallId, staff};
use madoguchi_platform::{
    access::{Actor, May, Right},
    db::Tx,
};

use crate::{
    facts::{Change, Fields, Texts, TicketFact},
    fields::{self, Catalog, Gate},
    rights,
    states::{self, Machine, State},
    store::{self, Turn},
    ticket::{CC_MAX, Ticket, TicketId, tidy_subject, tidy_tags},
    views,
    words::{Priority, Status, TicketType},
};

/// What is to change; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// What it is about.
    pub subject: Option<String>,
    /// The step of its machine.
    pub state: Option<String>,
    /// What kind of matter it is.
    pub ticket_type: Option<TicketType>,
    /// How pressing it is.
    pub priority: Option<Priority>,
    /// Words put on it.
    pub tags: Option<Vec<String>>,
    /// Whose queue it is in.
    pub team: Option<Option<TeamId>>,
    /// Who has it.
    pub assignee: Option<Option<AgentId>>,
    /// Who asks.
    pub requester: Option<ContactId>,
    /// Who reads along.
    pub cc: Option<Vec<ContactId>>,
    /// Custom fields: each replaces that of its name; `null` takes it away.
    pub fields: Option<Fields>,
    /// The mailbox through which it is answered.
    pub mailbox: Option<Option<i64>>,
    /// The wall that it stands behind.
    pub wall: Option<WallId>,
    /// Whether somebody waits for our answer.
    pub reply_expected: Option<bool>,
}

/// Changes the ticket, if the caller saw its present revision.
pub async fn change(
    tx: &Tx<'_>,
    may: &May<rights::Read>,
    id: TicketId,
    seen: Option<i64>,
    patch: &Patch,
) -> Result<Ticket> {
    allowed(may.actor(), patch)?;
    let ticket = store::ticket(tx, may, id).await?;
    store::seen(&ticket, seen)?;
    check(tx, may, patch).await?;
    let mut turn = Turn::of(ticket).told_by(may.by(), tx.now());
    let subject = patch.subject.as_deref().map(tidy_subject).filter(|subject| *subject != turn.ticket.subject);
    let machine = match (&patch.state, patch.ticket_type) {
        (None, None) => Machine::default(),
        _ => states::views::machine(tx, may.tenant()).await?,
    };
    let mut changes = changes(&turn.ticket, patch, &machine)?;
    if subject.is_some() {
        changes.insert(0, Change::Subject);
    }
    let own = Box::pin(Own::of(tx, may, &turn.ticket, patch)).await?;
    changes.extend(own.change());
    if changes.is_empty() {
        return Ok(turn.ticket);
    }
    turn.ticket.require_own()?;
    if turn.ticket.status == Status::Closed {
        return Err(Problem::conflict("ticket.closed"));
    }
    if let Some(wall) = patch.wall {
        take_along(tx, may, turn.ticket.id, wall).await?;
    }
    let was_over = is_over(&turn.ticket);
    let texts = Texts { subject: subject.as_deref(), fields: Some(&own.free.1) };
    turn.tell_with(tx, TicketFact::Changed { changes }, texts, Some(&own.free.0));
    let ticket = turn.keep(tx, may.tenant(), may.by()).await?;
    Box::pin(own.hold(tx, may, &ticket, was_over)).await?;
    Ok(ticket)
}

/// The desk's own fields, as the ticket has them and is to have them.
struct Own {
    catalog: Catalog,
    before: Fields,
    after: Fields,
    /// What people wrote freely, before and after.
    free: (Fields, Fields),
    /// What stands in the fact, before and after.
    plain: (Fields, Fields),
}

impl Own {
    async fn of(tx: &Tx<'_>, may: &May<rights::Read>, ticket: &Ticket, patch: &Patch) -> Result<Self> {
        let catalog = match (&patch.fields, &patch.state) {
            (None, None) => Catalog::default(),
            _ => fields::views::catalog(tx, may.tenant()).await?,
        };
        let before = ticket.fields.clone();
        let after = match &patch.fields {
            Some(given) => fields::views::taken(tx, may.tenant(), &catalog, (&before, given)).await?,
            None => before.clone(),
        };
        let (plain_before, free_before) = catalog.parted(&before);
        let (plain_after, free_after) = catalog.parted(&after);
        Ok(match after == before {
            true => Self { catalog, after, before, free: Default::default(), plain: Default::default() },
            false => {
                let (free, plain) = ((free_before, free_after), (plain_before, plain_after));
                Self { catalog, after, before, free, plain }
            }
        })
    }

    /// Keeps them for conditions; what is done now has all that it needs.
    async fn hold(&self, tx: &Tx<'_>, may: &May<rights::Read>, ticket: &Ticket, was_over: bool) -> Result<()> {
        let (catalog, values) = (&self.catalog, (&self.before, &self.after));
        fields::views::hold(tx, may.tenant(), ticket.id, catalog, values).await?;
        if is_over(ticket) && !was_over {
            fields::views::require_filled(tx, may, catalog, ticket, Gate::Solve).await?;
        }
        Ok(())
    }

    fn change(&self) -> Option<Change> {
        let (before, after) = self.plain.clone();
        (self.after != self.before).then_some(Change::Fields { before, after })
    }
}

/// Whether it is done.
fn is_over(ticket: &Ticket) -> bool {
    matches!(ticket.status, Status::Solved | Status::Closed)
}

/// What is read at a ticket stands behind its wall.
async fn take_along(tx: &Tx<'_>, may: &May<rights::Read>, root: TicketId, after: WallId) -> Result<()> {
    for side in store::sides::sides_to_change(tx, may, root).await? {
        let change = Change::Wall { before: side.wall, after };
        if side.wall != after {
            let mut turn = Turn::of(side);
            turn.tell(tx, TicketFact::Changed { changes: vec![change] }, None);
            turn.keep(tx, may.tenant(), may.by()).await?;
        }
    }
    Ok(())
}

fn allowed(actor: &Actor, patch: &Patch) -> Result<()> {
    let plain = patch.subject.is_some()
        || patch.state.is_some()
        || patch.ticket_type.is_some()
        || patch.priority.is_some()
        || patch.tags.is_some()
        || patch.requester.is_some()
        || patch.cc.is_some()
        || patch.fields.is_some()
        || patch.mailbox.is_some()
        || patch.reply_expected.is_some();
    let lacks = |asked: bool, key: &str| asked && !actor.has(key);
    if lacks(plain, rights::Change::KEY)
        || lacks(patch.team.is_some(), rights::Move::KEY)
        || lacks(patch.assignee.is_some(), rights::Assign::KEY)
        || lacks(patch.wall.is_some(), rights::PutBehind::KEY)
    {
        return Err(Problem::denied());
    }
    Ok(())
}

async fn check(tx: &Tx<'_>, may: &May<rights::Read>, patch: &Patch) -> Result<()> {
    let tenant = may.tenant();
    let mut check = Check::new();
    if let Some(subject) = &patch.subject {
        check.require(!tidy_subject(subject).is_empty(), "subject", "required");
    }
    if let Some(Some(team)) = patch.team {
        check.require(staff::views::team_exists(tx, tenant, team).await?, "team", "unknown");
    }
    if let Some(Some(agent)) = patch.assignee {
        check.require(staff::views::agent_exists(tx, tenant, agent).await?, "assignee", "unknown");
    }
    if let Some(contact) = patch.requester {
        check.require(views::contact_exists(tx, tenant, contact).await?, "requester", "unknown");
    }
    if let Some(wall) = patch.wall {
        check.require(may_put_behind(tx, may, wall).await?, "wall", "unknown");
    }
    let cc = patch.cc.as_deref().unwrap_or_default();
    check.require(cc.len() <= CC_MAX, "cc", "too_many");
    for contact in cc {
        check.require(views::contact_exists(tx, tenant, *contact).await?, "cc", "unknown");
    }
    check.require(patch.fields.as_ref().is_none_or(|fields| fields.len() <= fields::FIELDS_MAX), "fields", "too_many");
    check.done()
}

/// Nobody puts a ticket where they could not find it again, nor learns that a wall is there.
pub(super) async fn may_put_behind<R: Right>(tx: &Tx<'_>, may: &May<R>, wall: WallId) -> Result<bool> {
    Ok(may.walls().open(wall.number()) && staff::views::wall_exists(tx, may.tenant(), wall).await?)
}

/// What really changes, in the order in which people read it.
fn changes(ticket: &Ticket, patch: &Patch, machine: &Machine) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    let ticket_type = patch.ticket_type.unwrap_or(ticket.ticket_type);
    if ticket_type != ticket.ticket_type {
        changes.push(Change::Type { before: ticket.ticket_type, after: ticket_type });
    }
    let to = |state: State| {
        (state.key != ticket.state).then(|| Change::State {
            before: ticket.state.clone(),
            after: state.key,
            status_before: ticket.status,
            status_after: state.status,
        })
    };
    if let Some(key) = &patch.state {
        let state = machine.choosable(ticket_type, key);
        // Whoever says where it is already, though nobody is put there any more, says nothing new.
        let state = state.or_else(|| machine.known(key).filter(|known| known.key == ticket.state));
        changes.extend(to(state.ok_or_else(|| Problem::field("state", "unknown"))?));
    } else if ticket.status == Status::New && patch.assignee.is_some_and(|assignee| assignee.is_some()) {
        // Somebody has it: it is no longer new.
        changes.extend(ticket.taken_up());
    } else if ticket_type != ticket.ticket_type {
        changes.extend(to(machine.after_change_of_type(ticket_type, &ticket.state, ticket.status)));
    }
    if let Some(after) = patch.priority.filter(|after| *after != ticket.priority) {
        changes.push(Change::Priority { before: ticket.priority, after });
    }
    if let Some(after) = patch.team.filter(|after| *after != ticket.team) {
        changes.push(Change::Team { before: ticket.team, after });
    }
    if let Some(after) = patch.assignee.filter(|after| *after != ticket.assignee) {
        changes.push(Change::Assignee { before: ticket.assignee, after });
    }
    if let Some(after) = patch.requester.filter(|after| *after != ticket.requester) {
        changes.push(Change::Requester { before: ticket.requester, after });
    }
    if let Some(after) = patch.cc.clone().filter(|after| *after != ticket.cc) {
        changes.push(Change::Cc { before: ticket.cc.clone(), after });
    }
    if let Some(tags) = &patch.tags {
        let after = tidy_tags(tags)?;
        if after != ticket.tags {
            changes.push(Change::Tags { before: ticket.tags.clone(), after });
        }
    }
    if let Some(after) = patch.mailbox.filter(|after| *after != ticket.mailbox) {
        changes.push(Change::Mailbox { before: ticket.mailbox, after });
    }
    if let Some(after) = patch.wall.filter(|after| *after != ticket.wall) {
        changes.push(Change::Wall { before: ticket.wall, after });
    }
    if let Some(after) = patch.reply_expected.filter(|after| *after != ticket.reply_expected) {
        changes.push(Change::ReplyExpected { before: ticket.reply_expected, after });
    }
    Ok(changes)
}
