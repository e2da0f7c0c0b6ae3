//! What the door does when it hears of something, and again and again.

use std::time::Duration;

use madoguchi_platform::{
    db::{Reach, Tx},
    house::{Hearing, HouseBuilder, fact::FactRow, jobs::Every},
};

use super::{actions, lockout::KNOWN_FOR, passkey::CEREMONY_MAX, session, store};
use crate::{
    AgentId,
    auth::facts::Ending,
    staff::facts::{MEMBERSHIP_LEFT, StaffFact},
};

/// Sessions and counts that are over are swept out this often.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);
/// Failed attempts are remembered no longer.
const FAILURES_KEPT: Duration = Duration::from_secs(24 * 3600);

/// Registers with the house.
pub fn furnish(builder: &mut HouseBuilder) {
    builder.within("people.shut_out_who_left", &[MEMBERSHIP_LEFT], shut_out);
    builder.every(Every::new("people.sweep", SWEEP_EVERY, |house| async move {
        house
            .write(Reach::House, async move |tx| {
                let now = tx.now();
                store::forget_old_sessions(tx, now.before(session::AGE_MAX), now.before(session::IDLE_MAX)).await?;
                store::forget_used_ceremonies(tx, now.before(CEREMONY_MAX)).await?;
                store::forget_old_failures(tx, now.before(FAILURES_KEPT), now.before(KNOWN_FOR)).await
            })
            .await
    }));
}

/// Whoever comes back one day signs in anew, and makes new tokens.
fn shut_out<'a>(tx: &'a Tx<'a>, fact: &'a FactRow, _: &'a StaffFact) -> Hearing<'a> {
    Box::pin(async move {
        let agent = AgentId::new(fact.stream_id);
        actions::end_sessions_of(tx, fact.tenant, agent, None, Ending::Left).await?;
        actions::revoke_tokens_of(tx, fact.tenant, agent).await
    })
}
