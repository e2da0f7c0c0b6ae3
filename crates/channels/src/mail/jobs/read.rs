//! A kept letter is understood, and taken in by a job of its own: once more, or as a person wants it. What cannot be
//! read stays as it came, in sight, with a reason.

use std::{ops::Range, sync::Arc};

use madoguchi_kernel::{
    Problem, TenantId,
    problem::{Kind, Result},
};
use madoguchi_platform::{
    blob::Stored,
    house::{House, jobs::JobRun},
};
use madoguchi_tickets::attachments::{Encoding, NewAttachment};
use tokio::io::AsyncReadExt;

use super::{ReadLetter, is_last};
use crate::mail::{
    actions::{self, Taken},
    bytes::Bytes,
    letter::{Attached, Decoder, Place, Transfer},
    letters::{KeptLetter, LetterId, LetterState, Reading},
    provenance::Provenance,
    store::{letters, provenances},
    tools::Tools,
    understood::{self, Understood},
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
    let bytes = Bytes::of(run.house.db(), tools, &kept).await?;
    let letter = kept.id;
    let came = run.house.read(tenant, async move |tx| provenances::find(tx, tenant, letter).await).await?;
    let came = came.map(|came| came.provenance);
    let taken = vouched(&run.house, tools, (kept, bytes, came), reading).await?;
    run.finish(async move |tx| actions::take_in(tx, &taken).await.map(drop)).await
}

/// The letter, understood, its files at hand: everything that is done before the unit that takes it in.
pub(in crate::mail) async fn taken(
    tools: &Arc<Tools>,
    (kept, bytes): (KeptLetter, Bytes),
    reading: Reading,
) -> Result<Taken> {
    let keys = tools.mail_keys(kept.tenant);
    let (bytes, mut understood) = understand(bytes, kept.clone(), keys.clone()).await?;
    let files = files(tools, (&kept, bytes), &mut understood).await?;
    Ok(Taken { kept, understood: Arc::new(understood), files: files.into(), reading, keys, verdict: None })
}

/// The same of a letter that came just now, and who vouches for it.
pub(super) async fn vouched(
    house: &House,
    tools: &Arc<Tools>,
    (kept, bytes, came): (KeptLetter, Bytes, Option<Provenance>),
    reading: Reading,
) -> Result<Taken> {
    let shared = bytes.shared().map_err(Problem::broken)?;
    let taken = taken(tools, (kept, bytes), reading).await?;
    // Of one whose body stayed on its server no signature can be checked.
    if taken.kept.head_only {
        return Ok(taken);
    }
    let domain = taken.understood.sender.as_ref().map(|sender| sender.address.domain());
    let verdict = tools.vouching.verdict(&**house.clock(), shared, came.as_ref(), domain).await;
    Ok(Taken { verdict, ..taken })
}

/// On a thread of its own: a large letter takes a while, and a letter at which the reader breaks must break nothing else.
async fn understand(
    bytes: Bytes,
    kept: KeptLetter,
    keys: Arc<[crate::mail::token::MailKey]>,
) -> Result<(Bytes, Understood)> {
    let read = tokio::task::spawn_blocking(move || {
        let letter = bytes.letter()?;
        Ok::<_, std::io::Error>((bytes, understood::understand(letter, &kept, &keys)))
    });
    let read = read.await.map_err(|broken| Problem::new(Kind::Broken, UNREADABLE).because(broken))?;
    read.map_err(Problem::broken)
}

/// The letter's files: those in sound base64 stay where they are, the others get a blob of their own.
async fn files(
    tools: &Tools,
    (kept, bytes): (&KeptLetter, Bytes),
    understood: &mut Understood,
) -> Result<Vec<NewAttachment>> {
    let mut files = Vec::new();
    for attached in std::mem::take(&mut understood.letter.attachments) {
        let size = number(attached.size)?;
        let Attached { name, content_type, inline, cid, place, .. } = attached;
        let (blob, (blob_from, blob_bytes), encoding) = match place {
            Place::Inside { range, sound: true, encoding: Transfer::Base64 } => {
                (kept.blob.clone().into(), (number(range.start)?, number(range.len())?), Encoding::Base64)
            }
            Place::Inside { range, encoding, .. } => {
                let stored = decoded(tools, (kept.tenant, &bytes), range, encoding).await?;
                (stored.blob, (0, size), Encoding::Plain)
            }
            Place::Held(bytes) => (tools.blobs.put(kept.tenant, bytes).await?.blob, (0, size), Encoding::Plain),
        };
        files.push(NewAttachment {
            name,
            content_type,
            size_bytes: size,
            blob,
            blob_from,
            blob_bytes,
            encoding,
            inline,
            cid,
        });
    }
    Ok(files)
}

/// Bytes that are decoded at once.
const PIECE_BYTES: usize = 256 * 1024;

/// A file that stands in the letter in a form that only we read gets a blob of its own, piece by piece.
async fn decoded(
    tools: &Tools,
    (tenant, bytes): (TenantId, &Bytes),
    range: Range<usize>,
    encoding: Transfer,
) -> Result<Stored> {
    let mut incoming = tools.blobs.begin(tenant, u64::MAX);
    let (mut decoder, mut out) = (Decoder::new(encoding), Vec::new());
    let mut encoded = bytes.part(range).await.map_err(Problem::broken)?;
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let length = encoded.read(&mut piece).await.map_err(Problem::broken)?;
        if length == 0 {
            break;
        }
        decoder.push(&piece[..length], &mut out);
        incoming.write(&out).await?;
        out.clear();
    }
    decoder.finish(&mut out);
    incoming.write(&out).await?;
    incoming.finish().await
}

fn number(count: usize) -> Result<i64> {
    i64::try_from(count).map_err(Problem::broken)
}
