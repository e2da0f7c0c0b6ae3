//! SQLite for tests: a file that was migrated once is copied for each house.

use std::{fs, path::Path, sync::Arc};

use tokio::sync::Mutex;

use crate::{
    clock::ManualClock,
    db::{Db, Env, SqliteSettings},
};

/// The database's name in the test's folder.
pub(super) const FILE: &str = "madoguchi.sqlite";

/// As in production, with less memory: a test holds little.
pub(super) fn settings(path: &Path) -> SqliteSettings {
    SqliteSettings { readers: 4, cache_kib: 4 * 1024, ..SqliteSettings::at(path) }
}

/// Copies the migrated file to `to`; makes it first when no process has done so.
pub(super) async fn copy_template(to: &Path) {
    static MAKING: Mutex<()> = Mutex::const_new(());
    let template = super::base().join(format!("madoguchi-template-{}.sqlite", super::fingerprint()));
    if !template.exists() {
        let _one = MAKING.lock().await;
        if !template.exists() {
            // Renamed into place, so that another process sees the whole file or none.
            let making = super::folder();
            let path = making.path().join(FILE);
            let env = Env::new(Arc::new(ManualClock::at(super::BEGINNING)));
            let db = Db::open_sqlite(&settings(&path), env).expect("a new SQLite file opens");
            db.migrate().await.expect("the migrations run on SQLite");
            db.close().await;
            fs::rename(&path, &template).expect("the template is put in its place");
        }
    }
    fs::copy(&template, to).expect("the template is copied");
}
