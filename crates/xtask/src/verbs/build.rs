//! `web` and `build`: the console, then the one binary with everything inside.

use std::fs;
use std::path::{Path, PathBuf};

use crate::say;
use crate::shell::{Outcome, cargo, command, root, run, target};

/// npm's own note of what it installed, written last.
const INSTALLED: &str = "web/node_modules/.package-lock.json";

pub(crate) fn web() -> Outcome {
    if !has_web() {
        say::line("There is no web/ to build.");
        return Ok(());
    }
    web_packages()?;
    if is_built() {
        say::line("The console is as its sources are.");
        return Ok(());
    }
    run(npm("run").arg("build"))
}

/// Whether nothing of the console is younger than what was built of it. Built once more it would be new to cargo too,
/// which would then link the whole program again.
fn is_built() -> bool {
    is_newest(&root().join("web/apps/console/dist/index.html"), [root().join("web"), root().join("locales")].into())
}

/// Whether the file is as young as everything below these folders: folders count too, for what was taken away.
fn is_newest(file: &Path, mut pending: Vec<PathBuf>) -> bool {
    while let Some(path) = pending.pop() {
        let name = path.file_name().unwrap_or_default();
        if ["node_modules", "dist", "e2e"].iter().any(|other| name == *other) {
            continue;
        }
        if !is_newer(file, &path) {
            return false;
        }
        let entries = fs::read_dir(&path).into_iter().flatten().flatten();
        pending.extend(entries.map(|entry| entry.path()));
    }
    true
}

pub(crate) fn build() -> Outcome {
    web()?;
    run(&mut cargo(["build", "--release", "--locked", "-p", "madoguchi"]))?;
    say::line(format!("\nBuilt {}", target().join("release/madoguchi").display()));
    Ok(())
}

pub(crate) fn has_web() -> bool {
    root().join("web/package.json").is_file()
}

/// Installs the console's packages when the lock file is newer than what is there.
pub(crate) fn web_packages() -> Outcome {
    if !has_web() || is_newer(&root().join(INSTALLED), &root().join("web/package-lock.json")) {
        return Ok(());
    }
    run(npm("ci").args(["--no-audit", "--no-fund"]))?;
    // npm keeps the time of an older note if nothing changed; the next run shall see that we were here.
    let note = fs::File::options().append(true).open(root().join(INSTALLED));
    note.and_then(|note| note.set_modified(modified(&root().join("web/package-lock.json"))?))
        .map_err(|err| format!("{INSTALLED}: {err}"))
}

fn is_newer(file: &Path, than: &Path) -> bool {
    matches!((modified(file), modified(than)), (Ok(file), Ok(than)) if file >= than)
}

#[expect(clippy::disallowed_types, reason = "compares the ages of two files, not with now")]
fn modified(path: &Path) -> std::io::Result<std::time::SystemTime> {
    fs::metadata(path)?.modified()
}

/// npm, in the console's folder.
pub(crate) fn npm(verb: &str) -> std::process::Command {
    let mut npm = command("npm");
    npm.current_dir(root().join("web")).arg(verb);
    npm
}

/// Whether the console knows this script.
pub(crate) fn has_script(name: &str) -> bool {
    let text = fs::read_to_string(root().join("web/package.json")).unwrap_or_default();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    manifest["scripts"][name].is_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_built_is_old_when_a_source_changed_or_went() {
        let dir = std::env::temp_dir().join(format!("madoguchi-built-{}", std::process::id()));
        let (dist, source) = (dir.join("dist"), dir.join("src"));
        for folder in [&dist, &source] {
            fs::create_dir_all(folder).unwrap();
        }
        let (built, page) = (dist.join("index.html"), source.join("page.ts"));
        fs::write(&page, "a").unwrap();
        fs::write(&built, "b").unwrap();
        let later = modified(&built).unwrap();
        let at = |path: &Path, seconds: u64| {
            let file = fs::File::open(path).unwrap();
            file.set_modified(later + std::time::Duration::from_secs(seconds)).unwrap();
        };
        at(&built, 1);
        assert!(is_newest(&built, vec![dir.clone()]));
        at(&page, 2);
        assert!(!is_newest(&built, vec![dir.clone()]), "a source changed");
        at(&page, 0);
        at(&source, 2);
        assert!(!is_newest(&built, vec![dir.clone()]), "something went from its folder");
        assert!(!is_newest(&dist.join("none"), vec![dir.clone()]), "nothing was built");
        fs::remove_dir_all(&dir).unwrap();
    }
}
