//! Whether a backup could be restored: every hash, the database's own check, every file that a row names.

use std::{
    collections::BTreeMap,
    fs::File,
    io,
    path::{Path, PathBuf},
};

use madoguchi_kernel::problem::Result;

use super::{FILES, Manifest, Part, hashed, manifest, off_thread, postgres, sqlite};
use crate::blob::BlobName;

/// What is wrong with a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// This file is not there.
    Missing(String),
    /// This file is not what was written.
    Changed(String),
    /// The database itself is damaged; what it says.
    Database(String),
    /// A row names this file, and the list does not have it.
    Unlisted(String),
    /// The facts do not go as far as the manifest says.
    Short,
}

/// Looks at everything; what the manifest says, and what is wrong.
pub async fn verify(folder: PathBuf) -> Result<(Manifest, Vec<Damage>)> {
    let manifest = manifest(&folder)?;
    let database = folder.join(&manifest.database.name);
    let mut found = Vec::new();
    if manifest.engine == "postgres" {
        found.extend(postgres::damage(&database).await?.map(Damage::Database));
    }
    off_thread(move || {
        for part in [&manifest.database, &manifest.file_list] {
            found.extend(part_damage(&folder, part));
        }
        let is_sound = found.is_empty();
        let list = listed(&folder.join(&manifest.file_list.name));
        for (name, (size, sha256)) in &list {
            let Some(path) = name.parse::<BlobName>().ok().and_then(|name| name.path()) else {
                found.push(Damage::Changed(manifest.file_list.name.clone()));
                continue;
            };
            let path = Path::new(FILES).join(path).display().to_string();
            found.extend(part_damage(&folder, &Part { name: path, size: *size, sha256: sha256.clone() }));
        }
        if manifest.engine == "sqlite" && is_sound {
            found.extend(database_damage(&database, &manifest, &list)?);
        }
        Ok((manifest, found))
    })
    .await
}

fn database_damage(database: &Path, manifest: &Manifest, list: &Listed) -> Result<Vec<Damage>> {
    if let Some(said) = sqlite::damage(database) {
        return Ok(vec![Damage::Database(said)]);
    }
    let (names, reaches) = sqlite::named(database)?;
    let unlisted = names.iter().filter(|name| name.path().is_some() && !list.contains_key(name.as_str()));
    let mut found: Vec<Damage> = unlisted.map(|name| Damage::Unlisted(name.to_string())).collect();
    found.extend(sqlite::without_row(database, &names)?.into_iter().map(Damage::Missing));
    if reaches != manifest.reaches {
        found.push(Damage::Short);
    }
    Ok(found)
}

fn part_damage(folder: &Path, part: &Part) -> Option<Damage> {
    match File::open(folder.join(&part.name)).and_then(|file| hashed(file, io::sink())) {
        Ok((size, sha256)) if size == part.size && sha256 == part.sha256 => None,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(Damage::Missing(part.name.clone())),
        Ok(_) | Err(_) => Some(Damage::Changed(part.name.clone())),
    }
}

/// Name, size and hash of each file.
type Listed = BTreeMap<String, (u64, String)>;

/// A line that cannot be read is left out; the hash of the list tells that it was changed.
fn listed(path: &Path) -> Listed {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .filter_map(|line| {
            let mut parts = line.split('\t');
            Some((parts.next()?.to_owned(), (parts.next()?.parse().ok()?, parts.next()?.to_owned())))
        })
        .collect()
}
