//! Putting a backup into an empty place. The copy sends nothing until it is told to.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
};

use madoguchi_kernel::{Problem, problem::Result};

use super::{FILES, Manifest, ROOT_KEY, create::copy_private, failed, hashed, off_thread, postgres, verify};
use crate::{
    clock::SystemClock,
    config::{Config, DatabaseEngine},
    db::{Db, Env, Reach},
    lock::DataFolder,
    outbound,
};

/// Restores `from` as `config` says where things go. The data folder must be empty, on PostgreSQL the database
/// too. A damaged backup is refused before anything is written.
pub async fn restore(config: &Config, from: &Path) -> Result<Manifest> {
    let data = &config.server.data;
    if !DataFolder::is_empty(data)? {
        return Err(Problem::conflict("backup.not_empty").with("folder", data.display()));
    }
    if !DataFolder::is_empty(&config.files())? {
        return Err(Problem::conflict("backup.not_empty").with("folder", config.files().display()));
    }
    let (manifest, damage) = verify::verify(from.to_owned()).await?;
    if !damage.is_empty() {
        return Err(Problem::conflict("backup.damaged").with("folder", from.display()));
    }
    let engine = match config.database.engine {
        DatabaseEngine::Sqlite => "sqlite",
        DatabaseEngine::Postgres => "postgres",
    };
    if manifest.engine != engine {
        return Err(Problem::conflict("backup.other_engine").with("engine", &manifest.engine));
    }
    let folder = DataFolder::take(data)?;
    let env = Env::new(Arc::new(SystemClock));
    let server = match config.database.engine {
        DatabaseEngine::Sqlite => None,
        DatabaseEngine::Postgres => Some(empty_server(config, env.clone()).await?),
    };
    let (files, key) = (config.files(), config.root_key_file());
    let (source, has_key) = (from.to_owned(), manifest.has_root_key);
    off_thread(move || {
        copy_tree(&source.join(FILES), &files)?;
        if has_key && !key.exists() {
            copy_private(&source.join(ROOT_KEY), &key)?;
        }
        Ok(())
    })
    .await?;
    let database = from.join(&manifest.database.name);
    let db = match server {
        None => {
            let target = config.sqlite().path;
            off_thread(move || copy_file(&database, &target)).await?;
            Db::open_sqlite(&config.sqlite(), env)?
        }
        Some(db) => {
            postgres::load(&config.postgres(), &database).await?;
            db
        }
    };
    let reason = format!("restored from a backup of {}", manifest.made_at);
    db.write(Reach::House, async move |tx| outbound::hold(tx, &reason).await).await?;
    db.close().await;
    drop(folder);
    Ok(manifest)
}

/// The server that the rows go to, if nothing is in it.
async fn empty_server(config: &Config, env: Arc<Env>) -> Result<Db> {
    let db = Db::open_postgres(&config.postgres(), env).await?;
    if postgres::is_empty(&db).await? { Ok(db) } else { Err(Problem::conflict("backup.database_not_empty")) }
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    let mut folders: Vec<PathBuf> = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        fs::create_dir_all(to.join(&below)).map_err(failed)?;
        // A backup without files has no folder for them.
        let Ok(entries) = fs::read_dir(from.join(&below)) else { continue };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let path = below.join(entry.file_name());
            if entry.file_type().map_err(failed)?.is_dir() {
                folders.push(path);
            } else {
                copy_file(&from.join(&path), &to.join(&path))?;
            }
        }
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    let copied = File::open(from).and_then(|source| {
        let target = File::create_new(to)?;
        hashed(source, &target)?;
        target.sync_all()
    });
    copied.map_err(failed)
}
