//! A kept letter is understood, and taken in by a job of its own: once more, or as a person wants it. What cannot be
//! read stays as it came, in sight, with a reason.

use std::sync::Arc;

use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_platform::{
    blob::BlobName,
    house::{House, jobs::JobRun},
};
use madoguchi_tickets::attachments::{Encoding, NewAttachment};

use super::{ReadLetter, is_last};
use crate::mail::{
    actions::{self, Taken},
    letter::Attached,
    letters::{KeptLetter, LetterId, LetterState, Reading},
    store::{letters, provenances},
    tools::Tools,
    understood::{self, Understood},
    vouch::Verdict,
};

pub(super) async fn run(run: JobRun, tools: Arc<Tools>) -> Result<()> {
    let ReadLetter { letter, as_word } = run.data()?;
    let reading = if as_word { Reading::AsWord } else { Reading::Judged };
    let done = read(&run, &tools, letter, reading).await;
    match done {
        Ok(()) => Ok(()),
        Err(problem) if is_last(run.attempt) || is_hopeless(&problem) => {
            tracing::warn!(%problem, letter = letter.number(), "A letter could not be read; it waits for somebody who looks into it");
            let (tenant, reason) = (run.tenant, problem.code.to_owned());
            let detail = if problem.code == UNREADABLE { problem.to_string() } else { String::new() };
            run.finish(async move |tx| actions::fail_letter(tx, tenant, letter, &reason, &detail).await).await
        }
        Err(problem) => Err(problem),
    }
}

/// The code of a letter at which our reader broke.
const UNREADABLE: &str = "letter.unreadable";

/// Reading the same bytes again would end the same way.
fn is_hopeless(problem: &Problem) -> bool {
    problem.code == UNREADABLE
}

async fn read(run: &JobRun, tools: &Arc<Tools>, id: LetterId, reading: Reading) -> Result<()> {
    let tenant = run.tenant;
    let kept = run.house.read(tenant, async move |tx| letters::one(tx, tenant, id).await).await?;
    if kept.state != LetterState::Kept {
        return run.finish(async |_| Ok(())).await;
    }
    let turn = tools.turn(kept.mailbox);
    let _mine = turn.lock().await;
    let bytes = tools.blobs.read(run.house.db(), &kept.blob, tools.letter_bytes_max).await?;
    let taken = vouched(&run.house, tools, (kept, bytes), reading).await?;
    run.finish(async move |tx| actions::take_in(tx, &taken).await.map(drop)).await
}

/// The letter, understood, its files at hand: everything that is done before the unit that takes it in.
pub(in crate::mail) async fn taken(
    tools: &Arc<Tools>,
    (kept, bytes): (KeptLetter, impl Into<Arc<Vec<u8>>>),
    reading: Reading,
) -> Result<Taken> {
    let keys = tools.mail_keys(kept.tenant);
    let mut understood = understand(bytes.into(), kept.clone(), keys.clone()).await?;
    let files = files(tools, &kept, &mut understood).await?;
    Ok(Taken { kept, understood: Arc::new(understood), files: files.into(), reading, keys, verdict: None })
}

/// The same of a letter that came just now, and who vouches for it.
pub(super) async fn vouched(
    house: &House,
    tools: &Arc<Tools>,
    (kept, bytes): (KeptLetter, Vec<u8>),
    reading: Reading,
) -> Result<Taken> {
    let bytes = Arc::new(bytes);
    let taken = taken(tools, (kept, bytes.clone()), reading).await?;
    let verdict = verdict(house, tools, &taken, &bytes).await?;
    Ok(Taken { verdict, ..taken })
}

/// Who vouches for the letter. Of one whose body stayed on its server no signature can be checked.
async fn verdict(house: &House, tools: &Tools, taken: &Taken, bytes: &Arc<Vec<u8>>) -> Result<Option<Verdict>> {
    if taken.kept.head_only {
        return Ok(None);
    }
    let (tenant, letter) = (taken.kept.tenant, taken.kept.id);
    let came = house.read(tenant, async move |tx| provenances::find(tx, tenant, letter).await).await?;
    let came = came.as_ref().map(|came| &came.provenance);
    let domain = taken.understood.sender.as_ref().map(|sender| sender.address.domain());
    Ok(tools.vouching.verdict(&**house.clock(), bytes, came, domain).await)
}

/// On a thread of its own: a large letter takes a while, and a letter at which the reader breaks must break nothing else.
async fn understand(
    bytes: Arc<Vec<u8>>,
    kept: KeptLetter,
    keys: Arc<[crate::mail::token::MailKey]>,
) -> Result<Understood> {
    let read = tokio::task::spawn_blocking(move || understood::understand(&bytes, &kept, &keys)).await;
    read.map_err(|broken| Problem::new(madoguchi_kernel::problem::Kind::Broken, UNREADABLE).because(broken))
}

/// The letter's files: those in sound base64 stay where they are, the others get a blob of their own.
async fn files(tools: &Tools, kept: &KeptLetter, understood: &mut Understood) -> Result<Vec<NewAttachment>> {
    let mut files = Vec::new();
    for attached in std::mem::take(&mut understood.letter.attachments) {
        let size = number(attached.bytes.len())?;
        let file = match attached.base64.clone() {
            Some(place) => {
                let (from, length) = (number(place.start)?, number(place.len())?);
                file(attached, size, (kept.blob.clone(), from, length), Encoding::Base64).0
            }
            None => {
                let (mut file, bytes) = file(attached, size, (kept.blob.clone(), 0, size), Encoding::Plain);
                file.blob = tools.blobs.put(kept.tenant, bytes).await?.blob;
                file
            }
        };
        files.push(file);
    }
    Ok(files)
}

fn file(
    attached: Attached,
    size_bytes: i64,
    (blob, blob_from, blob_bytes): (BlobName, i64, i64),
    encoding: Encoding,
) -> (NewAttachment, Vec<u8>) {
    let Attached { name, content_type, bytes, inline, cid, .. } = attached;
    (
        NewAttachment {
            name,
            content_type,
            size_bytes,
            blob: blob.into(),
            blob_from,
            blob_bytes,
            encoding,
            inline,
            cid,
        },
        bytes,
    )
}

fn number(count: usize) -> Result<i64> {
    i64::try_from(count).map_err(Problem::broken)
}
