//! The data folder, and the lock that says whose it is.
//!
//! Whoever holds the lock is the only process that works on the folder. The system lets go of it when the
//! process ends, however it ends.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use madoguchi_kernel::{
    Problem,
    problem::{Kind, Result},
};

use crate::secrets;

const LOCK: &str = "lock";
const NAME: &str = "node";

/// A data folder that is ours until this is dropped.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    node: String,
    _lock: File,
}

impl DataFolder {
    /// Takes the folder, which is made when it is not there, open to its owner alone.
    pub fn take(path: &Path) -> Result<Self> {
        let unusable = |error: io::Error| unusable(path, error);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(unusable)?;
        let path = path.canonicalize().map_err(unusable)?;
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut lock = options.open(path.join(LOCK)).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(&path, &mut lock)),
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        let pid = format!("{}\n", std::process::id());
        match lock.set_len(0).and_then(|()| lock.write_all(pid.as_bytes())) {
            Ok(()) => {}
            // Who holds it is only a hint; on a full disk there is still something to read.
            Err(error) if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => {}
            Err(error) => return Err(unusable(error)),
        }
        let node = node_name(&path.join(NAME)).map_err(unusable)?;
        Ok(Self { path, node, _lock: lock })
    }

    /// A name that tells this folder from those of other nodes, for ever.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// Where it is, from the root.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether nothing of ours lies in a folder, or it is not there.
    pub fn is_empty(path: &Path) -> Result<bool> {
        match fs::read_dir(path) {
            Ok(mut entries) => {
                Ok(entries.all(|entry| entry.is_ok_and(|entry| entry.file_name() == LOCK || entry.file_name() == NAME)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
            Err(error) => Err(unusable(path, error)),
        }
    }
}

fn node_name(path: &Path) -> io::Result<String> {
    match fs::read_to_string(path) {
        Ok(name) if !name.is_empty() => Ok(name),
        Ok(_) => fresh_name(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fresh_name(path),
        Err(error) => Err(error),
    }
}

fn fresh_name(path: &Path) -> io::Result<String> {
    let name = secrets::random_word();
    fs::write(path, &name)?;
    Ok(name)
}

fn in_use(path: &Path, lock: &mut File) -> Problem {
    let mut pid = String::new();
    // Who holds it is only a hint: the holder may be writing its number this moment.
    if lock.read_to_string(&mut pid).is_err() || pid.trim().is_empty() {
        "?".clone_into(&mut pid);
    }
    Problem::conflict("data_folder.in_use").with("folder", path.display()).with("pid", pid.trim())
}

fn unusable(path: &Path, error: io::Error) -> Problem {
    Problem::new(Kind::Unavailable, "data_folder.unusable")
        .with("folder", path.display())
        .with("reason", &error)
        .because(error)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_folder_has_one_holder_at_a_time() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("a/b");
        assert!(DataFolder::is_empty(&path).expect("readable"));
        let held = DataFolder::take(&path).expect("free");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o700);
        let problem = DataFolder::take(&path).expect_err("held");
        assert_eq!((problem.kind, problem.code), (Kind::Conflict, "data_folder.in_use"));
        let pid = problem.params.iter().find(|(name, _)| *name == "pid").expect("said");
        assert_eq!(pid.1, std::process::id().to_string());
        let node = held.node().to_owned();
        drop(held);
        assert_eq!(DataFolder::take(&path).expect("free again").node(), node);
        assert!(DataFolder::is_empty(&path).expect("readable"), "a lock alone is no content");
    }

    #[test]
    fn a_file_is_no_folder() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("file");
        fs::write(&path, "").expect("written");
        assert_eq!(DataFolder::take(&path).expect_err("a file").code, "data_folder.unusable");
    }
}
