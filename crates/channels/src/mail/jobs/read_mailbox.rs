//! What came to a mailbox is read in the order in which it came: an answer that came together with the letter that it
//! answers must find it. Several letters are taken in at once; one that cannot be is left to a job of its own, and
//! holds nobody up.

use std::{collections::HashMap, sync::Arc};

use futures_util::future::join_all;
use madoguchi_kernel::{
    Id, TenantId,
    problem::{Kind, Result},
};
use madoguchi_platform::{
    blob::{BlobName, Blobs},
    house::jobs::{JobRun, Later},
};

use super::{READ_MAILBOX, ReadMailbox, read::vouched};
use crate::mail::{
    actions::{self, Place, Taken},
    bytes::Bytes,
    letters::{KeptLetter, LetterId, Reading},
    mailbox::MailboxId,
    provenance::Provenance,
    store::{letters, provenances},
    tools::Tools,
};

/// Letters that are taken in by one unit. On PostgreSQL nobody else of the tenant gets a ticket's number meanwhile.
const LETTERS_PER_UNIT_MAX: usize = 16;
/// Bytes of the letters that are taken in by one unit; a larger letter has a unit of its own.
const BYTES_PER_UNIT_MAX: i64 = 4 * 1024 * 1024;
/// Units of one run; what is left waits for the next, so that a house can close in between.
const UNITS_PER_RUN_MAX: usize = 64;

pub(super) async fn run(run: JobRun, tools: Arc<Tools>) -> Result<()> {
    let ReadMailbox { mailbox } = run.data()?;
    let turn = tools.turn(mailbox);
    let _mine = turn.lock().await;
    let (tenant, mut after) = (run.tenant, Id::new(0));
    for _ in 0..UNITS_PER_RUN_MAX {
        let place = (mailbox, after);
        let read = run.house.read(tenant, async move |tx| {
            let unread = together(letters::unread(tx, tenant, place, LETTERS_PER_UNIT_MAX).await?);
            let names: Vec<BlobName> = unread.iter().map(|kept| kept.blob.clone()).collect();
            let came = provenances::of_letters(tx, tenant, &unread).await?;
            Ok((unread, Brought { small: Blobs::small(tx, &names).await?, came }))
        });
        let (unread, brought) = read.await?;
        let Some(last) = unread.last() else { return run.finish(async |_| Ok(())).await };
        after = last.id;
        take_in(&run, &tools, mailbox, (unread, brought)).await?;
    }
    let topic = mailbox.number().to_string();
    run.finish(async move |tx| {
        let job = Later { kind: READ_MAILBOX, topic: Some(&topic), data: &ReadMailbox { mailbox }, run_at: tx.now() };
        tx.later(job).await
    })
    .await
}

/// As many of these as may be held in memory together, one at least.
fn together(mut letters: Vec<KeptLetter>) -> Vec<KeptLetter> {
    let mut bytes = 0;
    let fit = letters.iter().take_while(|kept| {
        bytes += kept.size_bytes;
        bytes <= BYTES_PER_UNIT_MAX
    });
    let fit = fit.count().max(1);
    letters.truncate(fit);
    letters
}

/// What is found about several letters at once.
struct Brought {
    /// The bytes of those that are kept with their rows.
    small: HashMap<BlobName, Vec<u8>>,
    /// How those came that were handed to us.
    came: HashMap<LetterId, Provenance>,
}

/// Takes the letters in together, or else one by one.
async fn take_in(
    run: &JobRun,
    tools: &Arc<Tools>,
    mailbox: MailboxId,
    (unread, mut brought): (Vec<KeptLetter>, Brought),
) -> Result<()> {
    let tenant = run.tenant;
    let read = join_all(unread.into_iter().map(|kept| {
        let (id, bytes) = (kept.id, brought.small.remove(&kept.blob));
        let came = brought.came.remove(&id);
        async move {
            understood(run, tools, kept, (bytes, came)).await.map_err(|problem| {
                tracing::debug!(%problem, letter = id.number(), "A letter could not be read in its turn");
                id
            })
        }
    }))
    .await;
    let read: Arc<[Result<Taken, LetterId>]> = read.into();
    let together = read.clone();
    let done = run.house.write(tenant, async move |tx| {
        let place = Place::of(tx, tenant, mailbox).await?;
        for letter in together.iter() {
            match letter {
                Ok(taken) => actions::take_in_at(tx, taken, &place).await.map(drop)?,
                Err(id) => actions::read_alone(tx, tenant, *id, Reading::Judged).await?,
            }
        }
        Ok(())
    });
    match done.await {
        Ok(()) => Ok(()),
        Err(problem) if problem.kind == Kind::Unavailable => Err(problem),
        Err(problem) => {
            tracing::debug!(%problem, "Letters could not be taken in together");
            one_by_one(run, tenant, &read).await
        }
    }
}

async fn understood(
    run: &JobRun,
    tools: &Arc<Tools>,
    kept: KeptLetter,
    (bytes, came): (Option<Vec<u8>>, Option<Provenance>),
) -> Result<Taken> {
    let bytes = match bytes {
        Some(bytes) => Bytes::from(bytes),
        None => Bytes::of(run.house.db(), tools, &kept).await?,
    };
    vouched(&run.house, tools, (kept, bytes, came), Reading::Judged).await
}

async fn one_by_one(run: &JobRun, tenant: TenantId, read: &[Result<Taken, LetterId>]) -> Result<()> {
    for letter in read {
        let id = match letter {
            Ok(taken) => {
                let (id, taken) = (taken.kept.id, taken.clone());
                match run.house.write(tenant, async move |tx| actions::take_in(tx, &taken).await.map(drop)).await {
                    Ok(()) => continue,
                    Err(problem) if problem.kind == Kind::Unavailable => return Err(problem),
                    Err(problem) => {
                        tracing::debug!(%problem, letter = id.number(), "A letter could not be taken in in its turn");
                        id
                    }
                }
            }
            Err(id) => *id,
        };
        run.house.write(tenant, async move |tx| actions::read_alone(tx, tenant, id, Reading::Judged).await).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::letters::LetterState;

    fn of_mib(sizes: &[i64]) -> Vec<KeptLetter> {
        let kept = |mib: &i64| KeptLetter {
            id: LetterId::new(1),
            tenant: TenantId::new(7),
            mailbox: Id::new(2),
            size_bytes: mib << 20,
            head_only: false,
            blob: format!("7/{}", "a".repeat(64)).parse().expect("a name"),
            sha256: vec![0; 32],
            state: LetterState::Kept,
            delivered_at: "2026-04-01T00:00:00Z".parse().expect("a time"),
        };
        sizes.iter().map(kept).collect()
    }

    #[test]
    fn large_letters_have_a_unit_of_their_own() {
        for (sizes, fit) in [(&[][..], 0), (&[50, 1], 1), (&[1, 1, 1, 1, 1], 4), (&[1, 50], 1), (&[0; 16], 16)] {
            assert_eq!(together(of_mib(sizes)).len(), fit, "{sizes:?}");
        }
    }
}
