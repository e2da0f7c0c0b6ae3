//! The files of the repository, as text.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::source::Source;
use crate::shell::Outcome;

/// Folders that hold nothing of ours: built, downloaded, or a machine's own.
const SKIPPED: &[&str] = &[".git", "target", "node_modules", "var", "dist", "shots", "test-results"];
const TEXT: &[&str] = &[
    "css", "html", "js", "json", "lock", "md", "mjs", "rs", "sh", "sql", "svg", "toml", "ts", "tsx", "txt", "yaml",
    "yml", "",
];

pub(crate) struct Tree {
    pub(super) root: PathBuf,
    /// By path from the root, with `/` between folders.
    pub(super) files: BTreeMap<String, String>,
    /// The Rust files among them, taken apart.
    pub(super) rust: BTreeMap<String, Source>,
}

impl Tree {
    pub(crate) fn read(root: &Path) -> Outcome<Self> {
        let mut files = BTreeMap::new();
        walk(root, root, &mut files)?;
        Ok(Self::of(root, files))
    }

    fn of(root: &Path, files: BTreeMap<String, String>) -> Self {
        let rust = files
            .iter()
            .filter(|(path, _)| path.ends_with(".rs"))
            .map(|(path, text)| (path.clone(), Source::read(path, text)))
            .collect();
        Self { root: root.to_path_buf(), files, rust }
    }

    /// A tree that exists only in a test.
    #[cfg(test)]
    pub(super) fn pretend(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Self::of(Path::new("/nowhere"), files)
    }

    /// The Rust files of the product: not of xtask, whose rules quote what they forbid.
    pub(super) fn product(&self) -> impl Iterator<Item = (&str, &Source)> {
        self.rust
            .iter()
            .map(|(path, source)| (path.as_str(), source))
            .filter(|(path, _)| !path.starts_with("crates/xtask/"))
    }

    /// The console's sources: what people wrote, not what was generated.
    pub(super) fn web(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str())).filter(|(path, _)| {
            path.starts_with("web/")
                && [".ts", ".tsx", ".js", ".mjs"].iter().any(|end| path.ends_with(end))
                && !path.ends_with(".d.ts")
                && !path.contains("/gen/")
                && !path.ends_with(".gen.ts")
        })
    }
}

fn walk(root: &Path, dir: &Path, files: &mut BTreeMap<String, String>) -> Outcome {
    let broken = |err: std::io::Error| format!("{}: {err}", dir.display());
    for entry in fs::read_dir(dir).map_err(broken)? {
        let entry = entry.map_err(broken)?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        let kind = entry.file_type().map_err(broken)?;
        if kind.is_dir() && !SKIPPED.contains(&name.as_ref()) {
            walk(root, &path, files)?;
        } else if kind.is_file() && is_text(&path) {
            // A file that another program is just replacing may be gone, and is then no file of ours.
            if let Ok(text) = fs::read_to_string(&path) {
                let from_root = path.strip_prefix(root).expect("we walk below the root");
                files.insert(from_root.to_string_lossy().replace('\\', "/"), text);
            }
        }
    }
    Ok(())
}

fn is_text(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    TEXT.contains(&extension.as_ref())
}
