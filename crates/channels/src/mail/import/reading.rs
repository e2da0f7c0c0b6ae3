//! Finding letters and reading them: on several threads, a bounded number of bytes at a time, in order.

use std::{collections::HashSet, path::PathBuf, sync::Arc};

use futures_util::{Stream, StreamExt, stream};
use madoguchi_kernel::{Problem, problem::Result};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::{
    Order, folder,
    order::in_order,
    source::{self, Content, File, Seen},
};

/// Letters that are read at once.
const READ_AT_ONCE: usize = 64;
/// KiB of letters that are read at once; a larger letter is read alone.
const KIB_AT_ONCE: u32 = 64 * 1024;
/// Files whose heads are read by one thread before it tells.
const HEADS_PER_ROUND: usize = 512;
/// Threads that read heads.
const HEADS_AT_ONCE: usize = 4;

/// What there is.
pub(super) struct Found {
    /// The files.
    pub files: Arc<[File]>,
    /// Their letters, in the order in which they are taken in.
    pub letters: Vec<Seen>,
    /// Letters that are left where they are, and why.
    pub left: Vec<(Seen, String)>,
    /// Files without letters.
    pub passed_over: Vec<PathBuf>,
}

/// Looks at every head.
pub(super) async fn find(order: &Order) -> Result<Found> {
    let (paths, folders) = (order.paths.clone(), order.folders);
    let content = aside(move || folder::look(&paths, folders)).await?.map_err(unreadable)?;
    let files: Arc<[File]> = content.files.into();
    let rounds = (0..files.len()).step_by(HEADS_PER_ROUND).map(|from| {
        let files = files.clone();
        aside(move || {
            let round = from..(from + HEADS_PER_ROUND).min(files.len());
            let heads = round.map(|number| source::heads(u32::try_from(number).unwrap_or(u32::MAX), &files[number]));
            heads.collect::<std::io::Result<Vec<_>>>()
        })
    });
    let mut rounds = stream::iter(rounds).buffered(HEADS_AT_ONCE);
    let (mut letters, mut left) = (Vec::new(), Vec::new());
    while let Some(round) = rounds.next().await {
        for seen in round?.map_err(unreadable)?.into_iter().flatten() {
            match seen.aside {
                Some(reason) => left.push((seen, reason.to_owned())),
                None => letters.push(seen),
            }
        }
    }
    drop(rounds);
    Ok(Found { letters: aside(move || in_order(letters)).await?, files, left, passed_over: content.passed_over })
}

/// A letter that was read.
pub(super) enum Read {
    /// Its bytes, and their hash.
    Whole(Content, [u8; 32]),
    /// It was imported before.
    Before,
    /// It could not be read.
    Unreadable(String),
}

/// What tells letters apart that were imported before: the first half of the hash of their bytes.
pub(super) type Before = HashSet<u128>;

/// The half that [`Before`] holds.
pub(super) fn half(sha256: &[u8]) -> u128 {
    let mut half = [0; 16];
    half.iter_mut().zip(sha256).for_each(|(to, from)| *to = *from);
    u128::from_be_bytes(half)
}

/// Reads the letters, does `then` with each, and gives what came of them in their order.
pub(super) fn each<T, F>(
    files: &Arc<[File]>,
    letters: Vec<Seen>,
    before: Arc<Before>,
    bytes_max: u64,
    then: impl Fn(Seen, Read) -> F,
) -> impl Stream<Item = Result<T>>
where
    F: Future<Output = Result<T>>,
{
    let (files, then) = (files.clone(), Arc::new(then));
    let room = Arc::new(Semaphore::new(KIB_AT_ONCE as usize));
    let reading = letters.into_iter().map(move |seen| {
        let (files, then, room, before) = (files.clone(), then.clone(), room.clone(), before.clone());
        async move {
            let kib = u32::try_from(seen.bytes.min(bytes_max) / 1024 + 1).unwrap_or(KIB_AT_ONCE).min(KIB_AT_ONCE);
            // Given back when the letter was understood, so that those before it never wait for those behind.
            let _held = room.acquire_many(kib).await.map_err(Problem::broken)?;
            let place = seen.clone();
            let read = aside(move || read(&files[place.file as usize], &place, &before, bytes_max)).await?;
            then(seen, read).await
        }
    });
    stream::iter(reading).buffered(READ_AT_ONCE)
}

fn read(file: &File, seen: &Seen, before: &Before, bytes_max: u64) -> Read {
    match source::content(file, seen, bytes_max) {
        Ok(content) => {
            let sha256: [u8; 32] = Sha256::digest(&content.bytes).into();
            if before.contains(&half(&sha256)) { Read::Before } else { Read::Whole(content, sha256) }
        }
        Err(error) => Read::Unreadable(error.to_string()),
    }
}

/// Off the runtime's threads.
pub(super) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Problem::broken)
}

fn unreadable(error: std::io::Error) -> Problem {
    Problem::conflict("import.unreadable").with("reason", &error).because(error)
}
