//! What the door does when it hears of something, and again and again.

use std::time::Duration;

use madoguchi_platform::{
    db::{Reach, Tx},
    house::{Hearing, HouseBuilder, fact::FactRow, jobs::Every},
};

use super::{actions, session, store};
use crate::{AgentId, auth::facts::Ending, staff::facts::MEMBERSHIP_LEFT};

/// Sessions and counts that are over are swept out this often.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);
/// Failed attempts are remembered no longer.
const FAILURES_KEPT: Duration = Duration::from_secs(24 * 3600);

/// Registers with the house.
pub fn furnish(builder: &mut HouseBuilder) {
    builder.within("people.end_sessions_of_who_left", &[MEMBERSHIP_LEFT], end_sessions);
    builder.every(Every::new("people.sweep", SWEEP_EVERY, |house| async move {
        house
            .write(Reach::House, async move |tx| {
                let now = tx.now();
                store::forget_old_sessions(tx, now.before(session::AGE_MAX), now.before(session::IDLE_MAX)).await?;
                store::forget_old_failures(tx, now.before(FAILURES_KEPT)).await
            })
            .await
    }));
}

/// Whoever comes back one day signs in anew.
fn end_sessions<'a>(tx: &'a Tx<'a>, fact: &'a FactRow) -> Hearing<'a> {
    Box::pin(async move {
        actions::end_sessions_of(tx, fact.tenant, AgentId::new(fact.stream_id), None, Ending::Left).await
    })
}
