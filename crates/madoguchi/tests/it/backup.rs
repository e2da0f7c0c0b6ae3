//! Backups, made and restored from the command line.

use std::fs;

use crate::program::on;

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
    assert!(on(&copy, &["backup", "release"]).out.contains("Sending has begun"));
    assert!(on(&copy, &["backup", "release"]).out.contains("was not held"));
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
