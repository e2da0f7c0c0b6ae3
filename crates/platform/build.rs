//! Embeds the one ordered list of migrations, each a pair of files for the two engines, and the catalogs of
//! sentences in both languages.

use std::{env, fs, path::Path};

fn main() {
    migrations();
    catalogs();
}

fn migrations() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("the migrations folder")
        .filter_map(|entry| {
            entry
                .expect("a readable folder")
                .file_name()
                .into_string()
                .ok()?
                .strip_suffix(".sqlite.sql")
                .map(str::to_owned)
        })
        .collect();
    names.sort();
    let mut list = String::from("&[");
    for name in &names {
        let (number, _) = name.split_once('_').expect("NNNN_<domain>_<what>");
        let version: i64 = number.parse().expect("NNNN is a number");
        let file = |engine: &str| folder.join(format!("{name}.{engine}.sql")).display().to_string();
        list.push_str(&format!(
            "Migration {{ version: {version}, name: {name:?}, sqlite: include_str!({:?}), postgres: include_str!({:?}) }},",
            file("sqlite"),
            file("postgres")
        ));
    }
    list.push(']');
    fs::write(Path::new(&env::var("OUT_DIR").expect("set by cargo")).join("migrations.rs"), list)
        .expect("a writable OUT_DIR");
}

fn catalogs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../locales");
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut list = String::from("&[");
    for (language, variant) in [("ja", "Ja"), ("en", "En")] {
        let mut files: Vec<_> = fs::read_dir(folder.join(language))
            .expect("a folder for each language")
            .map(|entry| entry.expect("a readable folder").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .collect();
        files.sort();
        for file in files {
            let namespace = file.file_stem().and_then(|stem| stem.to_str()).expect("a namespace is a plain word");
            let path = file.display().to_string();
            list.push_str(&format!("(Language::{variant}, {namespace:?}, include_str!({path:?})),"));
        }
    }
    list.push(']');
    fs::write(Path::new(&env::var("OUT_DIR").expect("set by cargo")).join("catalogs.rs"), list)
        .expect("a writable OUT_DIR");
}
