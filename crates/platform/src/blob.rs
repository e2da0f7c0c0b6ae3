//! Blobs: the bytes of letters and attachments; large ones are files in a folder, small ones rows.
//!
//! A blob is named by its tenant and the keyed hash of its content. A file is written, synced and in its place before
//! the row that names it commits; a small one is written by the very unit that names it. Neither changes afterwards; so
//! whoever sees the row finds the bytes. The same content is kept once, and its uploader cannot tell.

mod name;
mod small;

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Cursor, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use madoguchi_kernel::{
    Problem, TenantId,
    problem::{Kind, Result},
};
use sha2::{Digest, Sha256};
use tokio::io::AsyncRead;

pub use self::name::BlobName;
use crate::{
    db::{Db, Tx},
    secrets::{Keys, random_word},
};

/// The largest blob that lies in the database. Most letters do: their bytes are written by the commit that is made
/// anyway, where a file needs two syncs of its own (decision 0015).
pub const SMALL_BYTES_MAX: u64 = 32 * 1024;
/// What an upload holds in memory before it goes to the disk.
const BUFFER_BYTES: usize = 128 * 1024;
/// What names are made of, unless a store has names of its own.
const SHARED: &str = "blob names";
/// How long ago a file was written of which nobody's unit can be under way any more.
const SETTLED: Duration = Duration::from_secs(3600);
/// Where unfinished files lie, in the same file system as the finished ones; a folder for each node.
const INCOMING: &str = "incoming";

/// Bytes that wait for the unit whose row will name them.
#[derive(Clone, Debug)]
pub struct Blob {
    name: BlobName,
    small: Option<Bytes>,
    may_go: bool,
}

impl Blob {
    /// The name that it will have, once a unit keeps it.
    pub fn name(&self) -> &BlobName {
        &self.name
    }
    /// The name, good from this unit on.
    pub async fn keep(&self, tx: &Tx<'_>) -> Result<&BlobName> {
        if let Some(bytes) = &self.small {
            match self.may_go {
                true => small::keep_held(tx, &self.name, bytes).await?,
                false => small::keep(tx, &self.name, bytes).await?,
            }
        }
        Ok(&self.name)
    }
}

impl From<BlobName> for Blob {
    /// One that a row names already.
    fn from(name: BlobName) -> Self {
        Self { name, small: None, may_go: false }
    }
}

/// What was taken in.
#[derive(Clone, Debug)]
pub struct Stored {
    /// It, to be kept by the unit whose row names it.
    pub blob: Blob,
    /// The hash of its content.
    pub sha256: [u8; 32],
    /// Its length in bytes.
    pub size: u64,
}

/// The store of blobs, shared by clones.
#[derive(Clone)]
pub struct Blobs {
    folder: Arc<Path>,
    incoming: Arc<Path>,
    keys: Arc<Keys>,
    names: &'static str,
}

impl Blobs {
    /// Opens (and makes) the store and removes what our unfinished uploads left behind. Several nodes may
    /// share the folder; `node` is the name of this one, which nobody else is using now.
    pub fn open(folder: &Path, node: &str, keys: Arc<Keys>) -> Result<Self> {
        let incoming = folder.join(INCOMING).join(node);
        fs::create_dir_all(&incoming).map_err(failed)?;
        for left in fs::read_dir(&incoming).map_err(failed)? {
            fs::remove_file(left.map_err(failed)?.path()).map_err(failed)?;
        }
        Ok(Self { folder: folder.into(), incoming: incoming.into(), keys, names: SHARED })
    }

    /// The same store with names of its own: what is put in here has no name in common with what others put in, be it
    /// the same content. Whoever owns the names may remove what none of its rows names.
    pub fn apart(&self, names: &'static str) -> Self {
        Self { names, ..self.clone() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Begins to take in at most `bytes_max`.
    pub fn begin(&self, tenant: TenantId, bytes_max: u64) -> Incoming {
        Incoming {
            blobs: self.clone(),
            tenant,
            bytes_max,
            size: 0,
            buffer: BytesMut::new(),
            hash: Sha256::new(),
            file: None,
        }
    }

    /// Takes in what is in memory.
    pub async fn put(&self, tenant: TenantId, content: impl Into<Bytes>) -> Result<Stored> {
        let mut incoming = self.begin(tenant, u64::MAX);
        incoming.write(&content.into()).await?;
        incoming.finish().await
    }

    /// Takes in a stream of at most `bytes_max`, such as the body of a request.
    pub async fn put_stream<E>(
        &self,
        tenant: TenantId,
        bytes_max: u64,
        chunks: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<Stored>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut incoming = self.begin(tenant, bytes_max);
        let mut chunks = std::pin::pin!(chunks);
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| Problem::new(Kind::Malformed, "body.cut").because(error))?;
            incoming.write(&chunk).await?;
        }
        incoming.finish().await
    }

    /// Opens a blob to be read as a stream; with its size.
    pub async fn get(&self, db: &Db, name: &BlobName) -> Result<(Box<dyn AsyncRead + Send + Unpin>, u64)> {
        let Some(path) = self.path(name) else {
            let bytes = small::read(db, name).await?;
            let size = bytes.len() as u64;
            return Ok((Box::new(Cursor::new(bytes)), size));
        };
        let file = tokio::fs::File::open(path).await.map_err(|error| unreadable(name, error))?;
        let size = file.metadata().await.map_err(|error| unreadable(name, error))?.len();
        Ok((Box::new(file), size))
    }

    /// Opens the file of a blob; `None` for one that lies in the database.
    pub async fn open_file(&self, name: &BlobName) -> Result<Option<File>> {
        let Some(path) = self.path(name) else { return Ok(None) };
        let named = name.clone();
        off_thread(move || File::open(path).map(Some).map_err(|error| unreadable(&named, error))).await
    }

    /// Reads the whole blob into memory; refuses one larger than `bytes_max`.
    pub async fn read(&self, db: &Db, name: &BlobName, bytes_max: u64) -> Result<Vec<u8>> {
        let content = self.read_part(db, name, 0, bytes_max.saturating_add(1)).await?;
        if content.len() as u64 > bytes_max { Err(too_large(bytes_max)) } else { Ok(content) }
    }

    /// Reads `length` bytes from `offset`, or as many as there are: an attachment within a letter.
    pub async fn read_part(&self, db: &Db, name: &BlobName, offset: u64, length: u64) -> Result<Vec<u8>> {
        let Some(path) = self.path(name) else {
            return Ok(part(small::read(db, name).await?, offset, length));
        };
        let named = name.clone();
        off_thread(move || {
            let read = || -> io::Result<Vec<u8>> {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(offset))?;
                let mut content = Vec::new();
                file.take(length).read_to_end(&mut content)?;
                Ok(content)
            };
            read().map_err(|error| unreadable(&named, error))
        })
        .await
    }

    /// Those of the named ones that lie in the database, in a read that is made anyway.
    pub async fn small(tx: &Tx<'_>, names: &[BlobName]) -> Result<HashMap<BlobName, Vec<u8>>> {
        small::read_all(tx, names).await
    }

    /// Removes a blob that no row names any more. One that is gone already is no problem.
    pub async fn delete(&self, db: &Db, name: &BlobName) -> Result<()> {
        let Some(path) = self.path(name) else { return small::delete(db, name).await };
        off_thread(move || match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
            _ => sync_folder(path.parent().expect("a blob lies in a folder")).map_err(failed),
        })
        .await
    }

    /// Removes one that lies in the database if `is_named` says that no row names it. Whoever keeps the same content
    /// at this moment is waited for, or waits and keeps it anew. `false` for one in a file.
    pub async fn forget_small(
        tx: &Tx<'_>,
        name: &BlobName,
        is_named: impl AsyncFnOnce() -> Result<bool>,
    ) -> Result<bool> {
        if name.path().is_some() {
            return Ok(false);
        }
        small::hold(tx, name).await?;
        if !is_named().await? {
            small::drop_held(tx, name).await?;
        }
        Ok(true)
    }

    /// Removes the file of a blob that no row names, unless it was written within the last hour: then somebody has just
    /// kept the same content, and their row may be on its way. Whether it is gone.
    pub async fn forget_file(&self, name: &BlobName) -> Result<bool> {
        let Some(path) = self.path(name) else { return Ok(false) };
        let aside = self.incoming.join(random_word());
        off_thread(move || forget(&path, &aside).map_err(failed)).await
    }

    fn path(&self, name: &BlobName) -> Option<PathBuf> {
        name.path().map(|path| self.folder.join(path))
    }
}

/// Takes the file aside first: one that is put in its place meanwhile is another file, and stays.
fn forget(path: &Path, aside: &Path) -> io::Result<bool> {
    let is_settled =
        |path: &Path| Ok::<_, io::Error>(fs::metadata(path)?.modified()?.elapsed().is_ok_and(|age| age >= SETTLED));
    match is_settled(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
        Ok(false) => return Ok(false),
        Ok(true) => fs::rename(path, aside)?,
    }
    if is_settled(aside)? {
        fs::remove_file(aside)?;
        sync_folder(path.parent().expect("a blob lies in a folder"))?;
        return Ok(true);
    }
    fs::rename(aside, path)?;
    Ok(false)
}

/// A file on its way in. Dropped before it is finished, it leaves nothing behind.
pub struct Incoming {
    blobs: Blobs,
    tenant: TenantId,
    bytes_max: u64,
    size: u64,
    buffer: BytesMut,
    hash: Sha256,
    file: Option<Unfinished>,
}

impl Incoming {
    /// Takes the next bytes.
    pub async fn write(&mut self, chunk: &[u8]) -> Result<()> {
        self.size += chunk.len() as u64;
        if self.size > self.bytes_max {
            return Err(too_large(self.bytes_max));
        }
        self.buffer.extend_from_slice(chunk);
        if self.buffer.len() < BUFFER_BYTES {
            return Ok(());
        }
        let (incoming, content) = (self.blobs.incoming.clone(), self.buffer.split().freeze());
        let (mut hash, file) = (self.hash.clone(), self.file.take());
        let (hash, file) = off_thread(move || {
            hash.update(&content);
            let mut file = file.map_or_else(|| Unfinished::create(&incoming), Ok)?;
            file.write(&content)?;
            Ok((hash, file))
        })
        .await?;
        (self.hash, self.file) = (hash, Some(file));
        Ok(())
    }

    /// How many bytes came so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Puts a file into its place, synced; a small one waits for its unit.
    pub async fn finish(mut self) -> Result<Stored> {
        if self.size <= SMALL_BYTES_MAX {
            let bytes = std::mem::take(&mut self.buffer).freeze();
            self.hash.update(&bytes);
            let (name, sha256) = self.named();
            return Ok(Stored {
                blob: Blob { name, small: Some(bytes), may_go: self.blobs.names != SHARED },
                sha256,
                size: self.size,
            });
        }
        off_thread(move || {
            self.hash.update(&self.buffer);
            let (name, sha256) = self.named();
            let mut file = self.file.map_or_else(|| Unfinished::create(&self.blobs.incoming), Ok)?;
            file.write(&self.buffer)?;
            file.keep(&self.blobs.folder, &name.path().expect("it is not small"))?;
            Ok(Stored { blob: name.into(), sha256, size: self.size })
        })
        .await
    }

    fn named(&mut self) -> (BlobName, [u8; 32]) {
        let sha256: [u8; 32] = self.hash.finalize_reset().into();
        (BlobName::of(self.tenant, (&self.blobs.keys, self.blobs.names), &sha256, self.size), sha256)
    }
}

/// A file that is removed unless it is kept.
struct Unfinished {
    file: File,
    path: PathBuf,
    is_kept: bool,
}

impl Unfinished {
    fn create(incoming: &Path) -> Result<Self> {
        let path = incoming.join(random_word());
        let file = File::create_new(&path).map_err(failed)?;
        Ok(Self { file, path, is_kept: false })
    }

    fn write(&mut self, content: &[u8]) -> Result<()> {
        self.file.write_all(content).map_err(failed)
    }

    /// Puts the file into its place. It replaces a file of the same content, so that keeping something
    /// twice takes as long as keeping it once.
    fn keep(mut self, folder: &Path, place: &Path) -> Result<()> {
        let keep = || -> io::Result<()> {
            self.file.sync_all()?;
            let target = folder.join(place);
            let parent = target.parent().expect("a blob lies in a folder");
            make_folders(folder, parent)?;
            fs::rename(&self.path, &target)?;
            sync_folder(parent)
        };
        keep().map_err(failed)?;
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.is_kept
            && let Err(error) = fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "An unfinished file could not be removed");
        }
    }
}

/// Makes `folder` below `root`; each new folder is synced into its parent, so that none is lost with its files.
fn make_folders(root: &Path, folder: &Path) -> io::Result<()> {
    if folder == root || folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().expect("below the root");
    make_folders(root, parent)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => sync_folder(parent),
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Files block, so they are worked on beside the runtime's own threads.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Problem::broken)?
}

fn part(mut bytes: Vec<u8>, offset: u64, length: u64) -> Vec<u8> {
    let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    bytes.truncate(from.saturating_add(length));
    bytes.drain(..from);
    bytes
}

fn too_large(bytes_max: u64) -> Problem {
    Problem::new(Kind::TooLarge, "too_large").with("limit_bytes", bytes_max)
}

fn failed(error: io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Problem::new(Kind::Unavailable, "storage_full").because(error)
        }
        _ => Problem::broken(error),
    }
}

fn unreadable(name: &BlobName, error: io::Error) -> Problem {
    Problem::broken(format!("blob {name}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_has_its_own_problem() {
        let problem = failed(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!((problem.kind, problem.code), (Kind::Unavailable, "storage_full"));
    }

    #[test]
    fn a_part_ends_where_the_bytes_end() {
        for (offset, length, expected) in [
            (0, 4, "abcd"),
            (1, 2, "bc"),
            (3, 9, "d"),
            (4, 1, ""),
            (9, u64::MAX, ""),
            (0, u64::MAX, "abcd"),
            (2, 0, ""),
        ] {
            assert_eq!(part(b"abcd".to_vec(), offset, length), expected.as_bytes(), "{offset} {length}");
        }
    }
}
