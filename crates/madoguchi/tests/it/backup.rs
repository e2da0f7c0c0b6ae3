//! Backups, made and restored from the command line.

use std::{fs, path::Path};

use madoguchi_platform::testing::TestDatabase;

use crate::{
    program::{Said, on, program},
    server::{Desk, Rows},
};

#[test]
fn a_backup_is_made_checked_and_restored() {
    let folder = tempfile::tempdir().expect("a folder");
    let [data, to, copy] = ["data", "backup", "copy"].map(|name| folder.path().join(name));
    let backup = to.to_str().expect("text");
    assert_eq!(on(&data, &["migrate"]).code, 0);
    let said = on(&data, &["backup", "create", "--to", backup]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("0 files"), "{}", said.out);
    assert!(!to.join("root.key").exists());
    let said = on(&data, &["backup", "create", "--to", backup]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("is not empty"), "{}", said.err);
    let said = on(&copy, &["backup", "restore", "--from", backup]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("sends nothing yet"), "{}", said.out);
    assert!(on(&copy, &["doctor"]).out.contains("• This is a restored copy"), "the doctor says so too");
    assert!(on(&copy, &["backup", "release"]).out.contains("Sending has begun"));
    assert!(!on(&copy, &["doctor"]).out.contains("restored copy"));
    assert!(on(&copy, &["backup", "release"]).out.contains("was not held"));
}

#[test]
fn a_copy_without_its_key_is_told_so_and_gets_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let [data, to, copy] = ["data", "backup", "copy"].map(|name| folder.path().join(name));
    let backup = to.to_str().expect("text");
    // The database is begun with its key when a desk is set up.
    let desk = Desk::set_up(&data, Rows::File);
    assert_eq!(desk.run(&["backup", "create", "--to", backup]).code, 0);
    assert_eq!(on(&copy, &["backup", "restore", "--from", backup]).code, 0);
    let said = on(&copy, &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("root key") && said.err.contains("is not here"), "{}", said.err);
    assert!(!copy.join("root.key").exists(), "another key would only hide that it is missing");
    // With its key it starts, and says that it is a copy until it is let out.
    fs::copy(data.join("root.key"), copy.join("root.key")).expect("brought");
    let restored = desk.copy(&copy, Rows::File);
    assert!(restored.serve().stop().1.contains("sends nothing"));
    assert_eq!(on(&copy, &["backup", "release"]).code, 0);
    assert!(!restored.serve().stop().1.contains("sends nothing"));
}

#[test]
fn files_that_lie_there_already_are_not_mixed_with_those_of_a_backup() {
    let folder = tempfile::tempdir().expect("a folder");
    let [data, to, copy, files] = ["data", "backup", "copy", "files"].map(|name| folder.path().join(name));
    let backup = to.to_str().expect("text");
    assert_eq!(on(&data, &["migrate"]).code, 0);
    assert_eq!(on(&data, &["backup", "create", "--to", backup]).code, 0);
    fs::create_dir_all(files.join("7")).expect("made");
    let mut command = program("en_US.UTF-8", &["backup", "restore", "--from", backup]);
    let said: Said =
        command.arg("--data").arg(&copy).env("MADOGUCHI_SERVER_FILES", &files).output().expect("it starts").into();
    assert_eq!(said.code, 1);
    assert!(said.err.contains("is not empty") && !copy.exists(), "{}", said.err);
}

#[test]
fn a_damaged_backup_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let [data, to, copy] = ["data", "backup", "copy"].map(|name| folder.path().join(name));
    let backup = to.to_str().expect("text");
    assert_eq!(on(&data, &["migrate"]).code, 0);
    assert_eq!(on(&data, &["backup", "create", "--to", backup]).code, 0);
    let database = to.join("database.sqlite");
    let mut bytes = fs::read(&database).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&database, bytes).expect("written");
    let said = on(&copy, &["backup", "restore", "--from", backup]);
    assert_eq!(said.code, 1);
    assert!(!copy.exists(), "nothing was written");
    fs::remove_file(to.join("manifest.json")).expect("removed");
    let said = on(&copy, &["backup", "restore", "--from", backup]);
    assert!(said.err.contains("not a complete backup"), "{}", said.err);
}

/// Runs the program on a data folder and a PostgreSQL database.
fn on_postgres(database: &TestDatabase, data: &Path, arguments: &[&str]) -> Said {
    let mut command = program("en_US.UTF-8", arguments);
    command.arg("--data").arg(data);
    command.env("MADOGUCHI_DATABASE_ENGINE", "postgres").env("MADOGUCHI_DATABASE_URL", database.url());
    command.output().expect("it starts").into()
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_is_backed_up_with_its_own_tools() {
    let (database, other) = (TestDatabase::create_empty().await, TestDatabase::create_empty().await);
    let folder = tempfile::tempdir().expect("a folder");
    let [data, to, copy] = ["data", "backup", "copy"].map(|name| folder.path().join(name));
    let backup = to.to_str().expect("text");
    let said = on_postgres(&database, &data, &["migrate"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let said = on_postgres(&database, &data, &["doctor"]);
    assert!(said.out.contains("✓ The database (PostgreSQL"), "{}", said.out);
    let said = on_postgres(&database, &data, &["backup", "create", "--to", backup]);
    assert_eq!(said.code, 0, "{}", said.err);
    let said = on(&folder.path().join("none"), &["backup", "restore", "--from", backup]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("one of postgres"), "{}", said.err);
    let said = on_postgres(&database, &copy, &["backup", "restore", "--from", backup]);
    assert!(said.err.contains("is not empty"), "{}", said.err);
    fs::remove_dir_all(&copy).expect("removed");
    let said = on_postgres(&other, &copy, &["backup", "restore", "--from", backup]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(on_postgres(&other, &copy, &["doctor"]).out.contains("• This is a restored copy"));
    let said = on_postgres(&other, &copy, &["backup", "release"]);
    assert!(said.out.contains("Sending has begun"), "{}{}", said.out, said.err);
}
