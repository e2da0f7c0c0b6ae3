//! An agent is told by mail. A notice that cannot be sent for long is given up: by then it tells nothing new, and the
//! ticket is where it was.

use std::{sync::Arc, time::Duration};

use madoguchi_kernel::{
    Problem,
    problem::{Kind, Result},
};
use madoguchi_platform::house::jobs::JobRun;

use super::{SendNotice, send};
use crate::mail::{notice, smtp::Outcome, tools::Tools, views};

/// Waits before each further try.
pub(super) const RETRY_AFTER: [Duration; 4] =
    [Duration::from_secs(60), Duration::from_secs(300), Duration::from_secs(1_800), Duration::from_secs(7_200)];

pub(super) async fn run(run: JobRun, tools: Arc<Tools>) -> Result<()> {
    let told: SendNotice = run.data()?;
    match tell(&run, &tools, told).await {
        Err(problem) if usize::try_from(run.attempt).is_ok_and(|attempt| attempt > RETRY_AFTER.len()) => {
            tracing::warn!(%problem, "A notice to an agent could not be sent");
            run.finish(async |_| Ok(())).await
        }
        told => told,
    }
}

async fn tell(run: &JobRun, tools: &Arc<Tools>, told: SendNotice) -> Result<()> {
    let (tenant, url) = (run.tenant, tools.public_url.clone());
    let plan = run.house.read(tenant, async move |tx| views::notice(tx, tenant, &told, &url).await).await?;
    let Some(plan) = plan else { return run.finish(async |_| Ok(())).await };
    let keys = tools.mail_keys(tenant);
    let key = keys.first().ok_or_else(|| Problem::broken("a tenant has a key for its marks"))?;
    let Some(letter) = notice::write(&plan, key, run.house.clock().now()) else {
        return run.finish(async |_| Ok(())).await;
    };
    let letter = send::signed(run, tools, &plan.mailbox, letter).await?;
    let recipients = [plan.address.to_string()];
    match send::hand_over(run, tools, &plan.mailbox, (None, &recipients), &letter).await? {
        Outcome::Temporary(refusal) => Err(unavailable(&refusal.text)),
        Outcome::NotSent(trouble) => Err(unavailable(&trouble.to_string())),
        Outcome::Permanent(refusal) => {
            tracing::warn!(code = refusal.code, "A server refused a notice to an agent");
            run.finish(async |_| Ok(())).await
        }
        // It may have arrived; a second one would only disturb.
        Outcome::Accepted { .. } | Outcome::Unknown(_) => run.finish(async |_| Ok(())).await,
    }
}

fn unavailable(why: &str) -> Problem {
    Problem::new(Kind::Unavailable, "mailbox.failing").because(std::io::Error::other(why.to_owned()))
}
