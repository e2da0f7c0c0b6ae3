//! Making a backup while everything goes on.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufWriter, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use madoguchi_kernel::{Problem, problem::Result};

use super::{
    FILE_LIST, FILES, FORMAT, MANIFEST, Manifest, Part, ROOT_KEY, Reaches, failed, hashed, off_thread, postgres, sqlite,
};
use crate::{
    blob::{BlobName, Blobs},
    db::{Db, Engine, PostgresSettings},
    lock::DataFolder,
};

/// What to back up, and where to.
pub struct Wanted {
    /// The folder; it must be empty or not there.
    pub to: PathBuf,
    /// The version of the program.
    pub program: String,
    /// Where PostgreSQL is, for its own tools.
    pub postgres: PostgresSettings,
    /// The root key's file, when it shall lie beside what it opens.
    pub root_key: Option<PathBuf>,
}

/// Makes a backup.
pub async fn create(db: &Db, blobs: &Blobs, wanted: Wanted) -> Result<Manifest> {
    let to = wanted.to.clone();
    if !DataFolder::is_empty(&to)? {
        return Err(Problem::conflict("backup.not_empty").with("folder", to.display()));
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&to).map_err(failed)?;
    // Also one that was there: what lies in it is everybody's mail.
    fs::set_permissions(&to, fs::Permissions::from_mode(0o700)).map_err(failed)?;
    let made_at = db.env().clock().now();
    let (database, names, reaches) = match db.engine() {
        Engine::Sqlite => {
            db.copy_sqlite(to.join(sqlite::FILE)).await?;
            let copy = to.join(sqlite::FILE);
            let (names, reaches, lost) = off_thread(move || {
                let (names, reaches) = sqlite::named(&copy)?;
                let lost = sqlite::without_row(&copy, &names)?.into_iter().next();
                Ok((names, reaches, lost))
            })
            .await?;
            if let Some(name) = lost {
                return Err(missing(&name, "small_blobs"));
            }
            (sqlite::FILE, names, reaches)
        }
        Engine::Postgres => {
            let (names, reaches) = postgres::dump(db, wanted.postgres, to.join(postgres::FILE)).await?;
            (postgres::FILE, names, reaches)
        }
    };
    let engine = match db.engine() {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    };
    let (from, program, root_key) = (blobs.folder().to_owned(), wanted.program, wanted.root_key);
    off_thread(move || {
        let (files, file_bytes) = copy_files(&from, &to, &names)?;
        if let Some(key) = &root_key {
            copy_private(key, &to.join(ROOT_KEY))?;
        }
        let manifest = Manifest {
            format: FORMAT,
            program,
            made_at,
            engine: engine.to_owned(),
            database: Part::of(&to, database).map_err(failed)?,
            file_list: Part::of(&to, FILE_LIST).map_err(failed)?,
            files,
            file_bytes,
            reaches,
            has_root_key: root_key.is_some(),
        };
        write_manifest(&to, &manifest)?;
        Ok(manifest)
    })
    .await
}

/// The names of files, and how far the facts go.
pub(super) type Named = (Vec<BlobName>, Reaches);

/// Copies the files, each once, and writes their list. Small blobs came with the database.
fn copy_files(from: &Path, to: &Path, names: &[BlobName]) -> Result<(u64, u64)> {
    let mut list = BufWriter::new(File::create_new(to.join(FILE_LIST)).map_err(failed)?);
    let (mut count, mut bytes) = (0, 0);
    for name in names {
        let Some(path) = name.path() else { continue };
        let source = File::open(from.join(&path))
            .map_err(|error| missing(name.as_str(), &from.display().to_string()).because(error))?;
        let target = to.join(FILES).join(&path);
        fs::create_dir_all(target.parent().expect("a file lies in a folder")).map_err(failed)?;
        let copy = File::create(&target).map_err(failed)?;
        let (size, sha256) = hashed(source, &copy).map_err(failed)?;
        copy.sync_all().map_err(failed)?;
        writeln!(list, "{name}\t{size}\t{sha256}").map_err(failed)?;
        count += 1;
        bytes += size;
    }
    let list = list.into_inner().map_err(|error| failed(error.into_error()))?;
    list.sync_all().map_err(failed)?;
    Ok((count, bytes))
}

/// A row names this, and its bytes are not in this place.
pub(super) fn missing(name: &str, place: &str) -> Problem {
    Problem::conflict("backup.file_missing").with("name", name).with("folder", place)
}

/// Copies a key, readable by its owner alone.
pub(super) fn copy_private(from: &Path, to: &Path) -> Result<()> {
    let text = fs::read(from).map_err(failed)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(failed)?;
    file.write_all(&text).and_then(|()| file.sync_all()).map_err(failed)
}

fn write_manifest(to: &Path, manifest: &Manifest) -> Result<()> {
    let text = serde_json::to_vec_pretty(manifest).map_err(Problem::broken)?;
    let half = to.join("manifest.json.half");
    let written = File::create(&half).and_then(|mut file| {
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&half, to.join(MANIFEST))?;
        File::open(to)?.sync_all()
    });
    written.map_err(failed)
}
