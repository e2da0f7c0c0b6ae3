//! The vectors that others wrote for us: copied, and never edited to make a test pass.

use std::fs;
use std::path::Path;

use super::{Finding, Tree};

const OURS: &str = "tests/vectors";
/// Where they come from, beside the checkout. Elsewhere there is nothing to compare with.
const ORIGINALS: &str = "../shared/vectors";

pub(super) fn equal_the_originals(tree: &Tree) -> Vec<Finding> {
    let originals = tree.root.join(ORIGINALS);
    if !originals.is_dir() {
        return Vec::new();
    }
    let mut found = Vec::new();
    compare(&tree.root.join(OURS), &originals, OURS, &mut found);
    let (ours, theirs) = (count(&tree.root.join(OURS).join("mail")), count(&originals.join("mail")));
    if ours != theirs {
        found.push(Finding::new(
            format!("{OURS}/mail"),
            1,
            format!("{ours} letters here, {theirs} in {ORIGINALS}: copy them again"),
        ));
    }
    found
}

fn compare(ours: &Path, originals: &Path, shown: &str, found: &mut Vec<Finding>) {
    let Ok(entries) = fs::read_dir(ours) else {
        found.push(Finding::new(shown, 1, format!("missing: copy {ORIGINALS}")));
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let shown = format!("{shown}/{}", name.to_string_lossy());
        let original = originals.join(&name);
        if entry.path().is_dir() {
            compare(&entry.path(), &original, &shown, found);
        } else if !name.to_string_lossy().starts_with('.') && fs::read(entry.path()).ok() != fs::read(original).ok() {
            found.push(Finding::new(shown, 1, format!("differs from {ORIGINALS}: vectors are copied, not edited")));
        }
    }
}

fn count(dir: &Path) -> usize {
    fs::read_dir(dir).map_or(0, Iterator::count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edited_or_lost_vector_is_found() {
        let dir = std::env::temp_dir().join(format!("madoguchi-vectors-{}", std::process::id()));
        let (ours, originals) = (dir.join("house").join(OURS), dir.join("shared/vectors"));
        for place in [&ours, &originals] {
            fs::create_dir_all(place.join("mail")).unwrap();
            fs::write(place.join("mail.json"), "{}").unwrap();
            fs::write(place.join("mail/a.eml"), "a").unwrap();
        }
        let check = || equal_the_originals(&Tree::read(&dir.join("house")).unwrap()).len();
        assert_eq!(check(), 0);
        fs::write(originals.join("mail/a.eml"), "b").unwrap();
        assert_eq!(check(), 1);
        fs::write(originals.join("mail/b.eml"), "b").unwrap();
        assert_eq!(check(), 2);
        fs::remove_dir_all(&dir).unwrap();
    }
}
