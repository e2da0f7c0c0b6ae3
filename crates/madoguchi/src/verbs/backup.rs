//! `madoguchi backup`: making, checking and restoring backups.

use std::path::{Path, PathBuf};

use madoguchi_channels as channels;
use madoguchi_kernel::{Language, Problem, problem};
use madoguchi_platform::{
    backup::{self, Damage, Manifest, Wanted},
    blob::Blobs,
    clock::SystemClock,
    config::Config,
    db::{Db, Env, Reach},
    lock::DataFolder,
    words,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    asking::ask,
    cli::{BackupVerb, Place},
    failure::Failure,
    opening, out, settings,
};

pub async fn run(language: Language, verb: BackupVerb) -> Result<(), Failure> {
    match verb {
        BackupVerb::Create { place, to, with_root_key } => create(language, &place, &to, with_root_key).await,
        BackupVerb::Verify { from } => verify(language, from).await,
        BackupVerb::Restore { place, from } => restore(language, &place, &from).await,
        BackupVerb::Release { place } => release(language, &place).await,
    }
}

/// What the server is asked to back up.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    to: PathBuf,
    with_root_key: bool,
}

/// Makes the backup; by the server itself while one is running.
pub async fn make(db: &Db, blobs: &Blobs, config: &Config, order: Order) -> problem::Result<Manifest> {
    let key = config.secrets.root_key.is_none().then(|| config.root_key_file());
    if order.with_root_key && key.is_none() {
        return Err(Problem::conflict("backup.key_elsewhere"));
    }
    let wanted = Wanted {
        to: order.to,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        postgres: config.postgres(),
        root_key: key.filter(|_| order.with_root_key),
    };
    backup::create(db, blobs, wanted).await
}

async fn create(language: Language, place: &Place, to: &Path, with_root_key: bool) -> Result<(), Failure> {
    let config = settings::read(place)?;
    let to = std::path::absolute(to).map_err(|error| Failure::Unreadable(to.to_owned(), error))?;
    let order = Order { to: to.clone(), with_root_key };
    let manifest = match ask(&config, language, "backup", json!(order)).await? {
        Some(manifest) => serde_json::from_value(manifest).map_err(Problem::broken)?,
        None => {
            let folder = DataFolder::take(&config.server.data)?;
            let blobs = Blobs::open(&config.files(), folder.node(), config.keys()?)?;
            let db = opening::database(&config, Env::new(std::sync::Arc::new(SystemClock))).await?;
            let made = make(&db, &blobs, &config, order).await;
            db.close().await;
            made?
        }
    };
    out::line(words::say(language, "cli.backup.made", &[("folder", &to.display())]));
    tell(language, &manifest);
    if !manifest.has_root_key {
        out::line(words::say(language, "cli.backup.without_key", &[]));
    }
    Ok(())
}

async fn verify(language: Language, from: PathBuf) -> Result<(), Failure> {
    let (manifest, damage) = backup::verify(from).await?;
    tell(language, &manifest);
    for each in &damage {
        out::problem(said(language, each));
    }
    if damage.is_empty() {
        out::line(words::say(language, "cli.backup.sound", &[]));
        return Ok(());
    }
    Err(Failure::said("cli.backup.damaged"))
}

async fn restore(language: Language, place: &Place, from: &Path) -> Result<(), Failure> {
    let config = settings::read(place)?;
    let manifest = backup::restore(&config, from).await?;
    let to = config.server.data.display().to_string();
    out::line(words::say(language, "cli.backup.restored", &[("folder", &to)]));
    tell(language, &manifest);
    if !manifest.has_root_key {
        let key = config.root_key_file().display().to_string();
        out::line(words::say(language, "cli.backup.bring_key", &[("file", &key)]));
    }
    out::line(words::say(language, "cli.backup.held", &[]));
    Ok(())
}

async fn release(language: Language, place: &Place) -> Result<(), Failure> {
    let config = settings::read(place)?;
    let was_held = match ask(&config, language, "release", json!({})).await? {
        Some(held) => held == json!(true),
        None => {
            let _folder = DataFolder::take(&config.server.data)?;
            let db = opening::database(&config, Env::new(std::sync::Arc::new(SystemClock))).await?;
            let released = match db.migrate().await {
                Ok(()) => db.write(Reach::House, async |tx| channels::mail::actions::let_out(tx).await).await,
                Err(problem) => Err(problem),
            };
            db.close().await;
            released?
        }
    };
    let key = if was_held { "cli.backup.released" } else { "cli.backup.not_held" };
    out::line(words::say(language, key, &[]));
    Ok(())
}

fn tell(language: Language, manifest: &Manifest) {
    let size = manifest.database.size + manifest.file_bytes;
    out::line(words::say(
        language,
        "cli.backup.holds",
        &[
            ("made_at", &manifest.made_at),
            ("engine", &manifest.engine),
            ("count", &manifest.files),
            ("mib", &size.div_ceil(1024 * 1024)),
            ("fact", &manifest.reaches.fact),
        ],
    ));
}

fn said(language: Language, damage: &Damage) -> String {
    match damage {
        Damage::Missing(name) => words::say(language, "cli.backup.missing", &[("name", name)]),
        Damage::Changed(name) => words::say(language, "cli.backup.changed", &[("name", name)]),
        Damage::Database(said) => words::say(language, "cli.backup.database", &[("said", said)]),
        Damage::Unlisted(name) => words::say(language, "cli.backup.unlisted", &[("name", name)]),
        Damage::Short => words::say(language, "cli.backup.short", &[]),
    }
}
