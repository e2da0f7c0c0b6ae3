//! A letter's bytes where they are: those of a small one in memory, those of a larger one in their file.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
    sync::Arc,
};

use madoguchi_kernel::problem::Result;
use madoguchi_platform::db::Db;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncSeekExt};

use super::{letter, letters::KeptLetter, tools::Tools};

/// A letter's bytes, or the file where they are.
pub enum Bytes {
    /// All of them.
    Held(Arc<Vec<u8>>),
    /// They are read when they are wanted.
    File(File),
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Held(Arc::new(bytes))
    }
}

impl Bytes {
    /// Those of a kept letter.
    pub async fn of(db: &Db, tools: &Tools, kept: &KeptLetter) -> Result<Self> {
        match tools.blobs.open_file(&kept.blob).await? {
            Some(file) => Ok(Self::File(file)),
            None => tools.blobs.read(db, &kept.blob, tools.letter_bytes_max).await.map(Self::from),
        }
    }

    /// The same bytes for somebody else.
    pub fn shared(&self) -> io::Result<Self> {
        Ok(match self {
            Self::Held(bytes) => Self::Held(bytes.clone()),
            Self::File(file) => Self::File(file.try_clone()?),
        })
    }

    /// How many there are.
    pub fn count(&self) -> io::Result<u64> {
        match self {
            Self::Held(bytes) => Ok(bytes.len() as u64),
            Self::File(file) => Ok(file.metadata()?.len()),
        }
    }

    /// The first ones, at most so many. Blocks.
    pub fn first(&self, most: usize) -> io::Result<Arc<Vec<u8>>> {
        match self {
            Self::Held(bytes) if bytes.len() <= most => Ok(bytes.clone()),
            Self::Held(bytes) => Ok(Arc::new(bytes[..most].to_vec())),
            Self::File(file) => {
                let (mut file, mut bytes) = (file.try_clone()?, Vec::new());
                file.seek(SeekFrom::Start(0))?;
                file.take(most as u64).read_to_end(&mut bytes)?;
                Ok(Arc::new(bytes))
            }
        }
    }

    /// What they say. Blocks for as long as a large letter takes.
    pub fn letter(&self) -> io::Result<letter::Letter> {
        match self {
            Self::Held(bytes) => Ok(letter::read(bytes)),
            Self::File(file) => letter::read_file(file),
        }
    }

    /// Some of them, to be read one piece after the other.
    pub async fn part(&self, range: Range<usize>) -> io::Result<Box<dyn AsyncRead + Send + Unpin + '_>> {
        match self {
            Self::Held(bytes) => Ok(Box::new(&bytes[range])),
            Self::File(file) => {
                let mut file = tokio::fs::File::from_std(file.try_clone()?);
                file.seek(SeekFrom::Start(range.start as u64)).await?;
                Ok(Box::new(file.take(range.len() as u64)))
            }
        }
    }
}
