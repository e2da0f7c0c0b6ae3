//! Backups: a folder with the database as of one moment, every file that a row of it names, and a manifest
//! that says what belongs to it.
//!
//! The database goes first. A file is in its place before its row commits and never changes, so every file
//! that the copied rows name is there to be copied afterwards, however many writers go on meanwhile.

mod create;
mod postgres;
mod restore;
mod sqlite;
mod verify;

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};

use madoguchi_kernel::{Problem, Timestamp, problem::Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use create::{Wanted, create};
pub use restore::restore;
pub use verify::{Damage, verify};

/// The form of backups that this program writes and reads.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
/// Every file of a row: name, bytes, SHA-256; a line each.
const FILE_LIST: &str = "files.tsv";
const FILES: &str = "files";
const ROOT_KEY: &str = "root.key";
const BUFFER_BYTES: usize = 256 * 1024;

/// What belongs to a backup. It is written last: a folder without it is no backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the folder.
    pub format: u32,
    /// The version of the program that wrote it.
    pub program: String,
    /// When it was begun.
    pub made_at: Timestamp,
    /// `sqlite` or `postgres`.
    pub engine: String,
    /// The database.
    pub database: Part,
    /// The list of files.
    pub file_list: Part,
    /// How many files there are.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
    /// How far the facts go.
    pub reaches: Reaches,
    /// Whether the root key lies beside it.
    pub has_root_key: bool,
}

/// How far the facts of a backup go: whoever was told an id up to here finds it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaches {
    /// The newest fact; 0 when nothing happened yet.
    pub fact: i64,
    /// (tenant, newest position of its feed)
    pub feeds: Vec<(i64, i64)>,
}

/// A file of the backup itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub size: u64,
    /// Their SHA-256, in hexadecimal.
    pub sha256: String,
}

impl Part {
    fn of(folder: &Path, name: &str) -> io::Result<Self> {
        let file = File::open(folder.join(name))?;
        file.sync_all()?;
        let (size, sha256) = hashed(file, io::sink())?;
        Ok(Self { name: name.to_owned(), size, sha256 })
    }
}

/// Copies everything; how much it was, and its hash.
fn hashed(mut from: impl Read, mut to: impl Write) -> io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut size = 0;
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok((size, hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()));
        }
        hash.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
        size += read as u64;
    }
}

/// Reads a backup's manifest.
pub fn manifest(folder: &Path) -> Result<Manifest> {
    let incomplete = || Problem::conflict("backup.incomplete").with("folder", folder.display());
    let text = std::fs::read(folder.join(MANIFEST)).map_err(|error| incomplete().because(error))?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|error| incomplete().because(error))?;
    if manifest.format > FORMAT {
        return Err(Problem::conflict("backup.newer").with("program", &manifest.program));
    }
    Ok(manifest)
}

/// What goes wrong with files of a backup.
fn failed(error: io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Problem::new(madoguchi_kernel::problem::Kind::Unavailable, "storage_full").because(error)
        }
        _ => Problem::broken(error),
    }
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Problem::broken)?
}
