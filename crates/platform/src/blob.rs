//! Files: the bytes of letters and attachments, in a folder.
//!
//! A blob is named `<tenant>/<keyed hash of its content>`. It is written, synced and in its place before the
//! row that names it commits, and never changes afterwards; so whoever sees the row finds the file. The same
//! content is kept once, and its uploader cannot tell.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use hmac::{Hmac, Mac};
use madoguchi_kernel::{
    Cell, Column, Param, Problem, TenantId, Value,
    problem::{Kind, Result},
    value::BadCell,
};
use sha2::{Digest, Sha256};

use crate::secrets::{Keys, random_word};

/// What an upload holds in memory before it goes to the disk. Most letters are smaller: they cost one hop.
const BUFFER_BYTES: usize = 128 * 1024;
/// Where unfinished files lie, in the same file system as the finished ones; a folder for each node.
const INCOMING: &str = "incoming";
const HASH_DIGITS: usize = 64;

/// The name of a blob; in SQL a column called `blob` or `…_blob`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobName(String);

impl BlobName {
    fn of(tenant: TenantId, keys: &Keys, sha256: &[u8; 32]) -> Self {
        let key = keys.derive(tenant, "blob names");
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key.reveal()).expect("any length is a key");
        mac.update(sha256);
        Self(format!("{tenant}/{}", hex(&mac.finalize().into_bytes())))
    }
    /// As it is written in rows.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Where it lies below the folder, spread over 256 folders a tenant.
    pub fn path(&self) -> PathBuf {
        let (tenant, hash) = self.0.split_once('/').expect("a name has a tenant and a hash");
        [tenant, &hash[..2], hash].iter().collect()
    }
}

impl FromStr for BlobName {
    type Err = Problem;
    fn from_str(text: &str) -> Result<Self, Problem> {
        let is_hash = |hash: &str| hash.len() == HASH_DIGITS && hash.bytes().all(|b| b.is_ascii_hexdigit());
        match text.split_once('/') {
            Some((tenant, hash)) if tenant.parse::<TenantId>().is_ok() && is_hash(hash) => Ok(Self(text.to_owned())),
            _ => Err(Problem::broken("a blob's name is <tenant>/<hash>")),
        }
    }
}
impl fmt::Display for BlobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl Param for BlobName {
    fn value(&self) -> Value<'_> {
        self.0.value()
    }
}
impl Column for BlobName {
    fn read(cell: Cell<'_>) -> Result<Self, BadCell> {
        let text = String::read(cell)?;
        text.parse().map_err(|_| BadCell { expected: "a blob's name", found: text })
    }
}

/// What was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its name, for the row.
    pub name: BlobName,
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
        Ok(Self { folder: folder.into(), incoming: incoming.into(), keys })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Begins to store a file of at most `bytes_max`.
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

    /// Stores what is in memory.
    pub async fn put(&self, tenant: TenantId, content: impl Into<Bytes>) -> Result<Stored> {
        let mut incoming = self.begin(tenant, u64::MAX);
        incoming.write(&content.into()).await?;
        incoming.finish().await
    }

    /// Stores a stream of at most `bytes_max`, such as the body of a request.
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
    pub async fn get(&self, name: &BlobName) -> Result<(tokio::fs::File, u64)> {
        let path = self.folder.join(name.path());
        let file = tokio::fs::File::open(path).await.map_err(|error| unreadable(name, error))?;
        let size = file.metadata().await.map_err(|error| unreadable(name, error))?.len();
        Ok((file, size))
    }

    /// Reads the whole blob into memory; refuses one larger than `bytes_max`.
    pub async fn read(&self, name: &BlobName, bytes_max: u64) -> Result<Vec<u8>> {
        let path = self.folder.join(name.path());
        let named = name.clone();
        off_thread(move || {
            let mut content = Vec::new();
            let file = File::open(path).map_err(|error| unreadable(&named, error))?;
            let read = file.take(bytes_max.saturating_add(1)).read_to_end(&mut content);
            read.map_err(|error| unreadable(&named, error))?;
            if content.len() as u64 > bytes_max { Err(too_large(bytes_max)) } else { Ok(content) }
        })
        .await
    }

    /// Reads `length` bytes from `offset`, or as many as there are: an attachment within a letter.
    pub async fn read_part(&self, name: &BlobName, offset: u64, length: u64) -> Result<Vec<u8>> {
        let path = self.folder.join(name.path());
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

    /// Removes a blob that no row names any more. One that is gone already is no problem.
    pub async fn delete(&self, name: &BlobName) -> Result<()> {
        let path = self.folder.join(name.path());
        off_thread(move || match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
            _ => sync_folder(path.parent().expect("a blob lies in a folder")).map_err(failed),
        })
        .await
    }
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

    /// Syncs the file into its place. Once this returns, a row may name it.
    pub async fn finish(self) -> Result<Stored> {
        off_thread(move || {
            let Self { blobs, tenant, size, buffer, mut hash, file, .. } = self;
            hash.update(&buffer);
            let sha256: [u8; 32] = hash.finalize().into();
            let name = BlobName::of(tenant, &blobs.keys, &sha256);
            let mut file = file.map_or_else(|| Unfinished::create(&blobs.incoming), Ok)?;
            file.write(&buffer)?;
            file.keep(&blobs.folder, &name.path())?;
            Ok(Stored { name, sha256, size })
        })
        .await
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: TenantId = TenantId::new(7);

    fn store() -> (tempfile::TempDir, Blobs) {
        let folder = tempfile::tempdir().expect("a folder");
        let blobs = Blobs::open(folder.path(), "node", Arc::new(Keys::new([1; 32]))).expect("a store");
        (folder, blobs)
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
        }
        found
    }

    #[tokio::test]
    async fn what_was_stored_is_read_in_full_and_in_part() {
        let (_folder, blobs) = store();
        let content: Vec<u8> = (0..1_000_000u32).map(|n| (n % 251) as u8).collect();
        let mut incoming = blobs.begin(TENANT, u64::MAX);
        for chunk in content.chunks(7_777) {
            incoming.write(chunk).await.expect("room");
        }
        let stored = incoming.finish().await.expect("stored");
        assert_eq!(stored.size, 1_000_000);
        assert_eq!(stored.sha256, <[u8; 32]>::from(Sha256::digest(&content)));
        assert_eq!(blobs.read(&stored.name, u64::MAX).await.expect("read"), content);
        assert_eq!(blobs.read_part(&stored.name, 500_000, 10).await.expect("read"), &content[500_000..500_010]);
        assert_eq!(blobs.read_part(&stored.name, 999_999, 10).await.expect("read"), &content[999_999..]);
        assert_eq!(blobs.get(&stored.name).await.expect("open").1, 1_000_000);
        assert_eq!(blobs.read(&stored.name, 999_999).await.expect_err("too large").code, "too_large");
    }

    #[tokio::test]
    async fn the_same_content_is_kept_once_and_apart_for_each_tenant() {
        let (folder, blobs) = store();
        let first = blobs.put(TENANT, "窓口".as_bytes()).await.expect("stored");
        let again = blobs.put(TENANT, "窓口".as_bytes()).await.expect("stored");
        assert_eq!(first, again);
        assert_eq!(files(folder.path()).len(), 1);
        let other = blobs.put(TenantId::new(8), "窓口".as_bytes()).await.expect("stored");
        assert_eq!(first.sha256, other.sha256);
        assert_ne!(first.name.as_str().split_once('/'), other.name.as_str().split_once('/'));
        assert!(!other.name.as_str().ends_with(first.name.as_str().split_once('/').expect("two parts").1));
        blobs.delete(&first.name).await.expect("deleted");
        blobs.delete(&first.name).await.expect("gone already");
        assert!(blobs.read(&first.name, 100).await.is_err());
        assert!(blobs.read(&other.name, 100).await.is_ok());
    }

    #[tokio::test]
    async fn too_much_leaves_nothing_behind() {
        let (folder, blobs) = store();
        let mut incoming = blobs.begin(TENANT, 300_000);
        incoming.write(&[0; 200_000]).await.expect("room");
        assert_eq!(files(folder.path()).len(), 1);
        let problem = incoming.write(&[0; 100_001]).await.expect_err("too large");
        assert_eq!((problem.kind, problem.code), (Kind::TooLarge, "too_large"));
        drop(incoming);
        assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
    }

    #[tokio::test]
    async fn what_a_crash_left_is_swept_at_the_start() {
        let (folder, blobs) = store();
        let kept = blobs.put(TENANT, "kept").await.expect("stored");
        fs::write(folder.path().join(INCOMING).join("node/left"), "half").expect("written");
        let blobs = Blobs::open(folder.path(), "node", Arc::new(Keys::new([1; 32]))).expect("a store");
        assert_eq!(files(folder.path()).len(), 1);
        assert_eq!(blobs.read(&kept.name, 100).await.expect("read"), b"kept");
    }

    #[tokio::test]
    async fn an_interrupted_stream_leaves_nothing_behind() {
        let (folder, blobs) = store();
        let chunks = vec![Ok(Bytes::from(vec![0; 200_000])), Err(io::Error::other("hung up"))];
        let problem =
            blobs.put_stream(TENANT, u64::MAX, futures_util::stream::iter(chunks)).await.expect_err("interrupted");
        assert_eq!(problem.kind, Kind::Malformed);
        assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_full_disk_has_its_own_problem() {
        let problem = failed(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!((problem.kind, problem.code), (Kind::Unavailable, "storage_full"));
    }

    #[test]
    fn names_from_outside_are_checked() {
        let hash = "a".repeat(HASH_DIGITS);
        assert!(format!("7/{hash}").parse::<BlobName>().is_ok());
        for bad in ["", "7", &hash, "7/../../etc/passwd", &format!("../{hash}"), &format!("7/{hash}0")] {
            assert!(bad.parse::<BlobName>().is_err(), "{bad}");
        }
    }
}
