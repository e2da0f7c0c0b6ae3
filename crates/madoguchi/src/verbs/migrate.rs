//! `madoguchi migrate`: brings the schema to the newest version. `serve` does the same at its start; this is
//! for those who want to do it beforehand.

use std::sync::Arc;

use madoguchi_kernel::Language;
use madoguchi_platform::{clock::SystemClock, db::Env, doctor, lock::DataFolder, words};

use crate::{cli::Place, failure::Failure, opening, out, settings};

pub async fn run(language: Language, place: &Place) -> Result<(), Failure> {
    let config = settings::read(place)?;
    let _folder = DataFolder::take(&config.server.data)?;
    let db = opening::database(&config, Env::new(Arc::new(SystemClock))).await?;
    let migrated = db.migrate().await;
    db.close().await;
    migrated?;
    out::line(words::say(language, "cli.migrate.done", &[("version", &doctor::newest_schema())]));
    Ok(())
}
