//! What lies in a folder: letters, mbox files, Maildirs, further folders.

use std::{
    fs, io,
    io::Read,
    path::{Path, PathBuf},
};

use super::{Folders, source::File};
use crate::mail::imap::folder_name;

/// Folders below folders that are looked into.
const DEPTH_MAX: usize = 32;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// Files with letters.
    pub files: Vec<File>,
    /// Files without.
    pub passed_over: Vec<PathBuf>,
}

/// Looks through files and folders that somebody named.
pub(super) fn look(paths: &[PathBuf], folders: Folders) -> io::Result<Content> {
    let mut content = Content::default();
    for path in paths {
        if fs::metadata(path)?.is_dir() {
            look_into(path, folders, DEPTH_MAX, &mut content)?;
        } else if is_mbox(path)? {
            content.files.push(File::mbox(path, None));
        } else {
            content.files.push(File::letter(path, None));
        }
    }
    Ok(content)
}

fn look_into(folder: &Path, folders: Folders, depth: usize, content: &mut Content) -> io::Result<()> {
    let aside = (folders == Folders::Usual).then(|| reason_of(folder)).flatten();
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let is_maildir = ["cur", "new"].iter().all(|name| folder.join(name).is_dir());
    for entry in entries {
        let (path, kind) = (entry.path(), entry.file_type()?);
        let name = entry.file_name().to_string_lossy().into_owned();
        if kind.is_dir() && is_maildir && matches!(name.as_str(), "cur" | "new") {
            maildir(&path, aside, folders, content)?;
        } else if kind.is_dir() && is_maildir && name == "tmp" {
            // Letters that were never delivered.
        } else if kind.is_dir() {
            if depth > 0 {
                look_into(&path, folders, depth - 1, content)?;
            }
        } else if kind.is_file() {
            file(&path, &name, aside, folders, content)?;
        }
    }
    Ok(())
}

fn file(
    path: &Path,
    name: &str,
    aside: Option<&'static str>,
    folders: Folders,
    content: &mut Content,
) -> io::Result<()> {
    let ending = Path::new(name).extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    let aside = aside.or_else(|| (folders == Folders::Usual).then(|| reason_of(path)).flatten());
    match ending.as_deref() {
        Some("eml" | "mime" | "rfc822") => content.files.push(File::letter(path, aside)),
        Some("mbox" | "mbx" | "mbs") | None if is_mbox(path)? => content.files.push(File::mbox(path, aside)),
        _ => content.passed_over.push(path.to_owned()),
    }
    Ok(())
}

/// The letters of a Maildir's `cur` or `new`. Behind `:2,` stand flags: `D` is a draft, `T` was thrown away.
fn maildir(folder: &Path, aside: Option<&'static str>, folders: Folders, content: &mut Content) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !entry.file_type()?.is_file() || name.starts_with('.') {
            continue;
        }
        let flags = name.rsplit_once("2,").map_or("", |(_, flags)| flags);
        let flagged = match folders {
            Folders::All => None,
            Folders::Usual if flags.contains('D') => Some("draft"),
            Folders::Usual if flags.contains('T') => Some("deleted"),
            Folders::Usual => None,
        };
        content.files.push(File::letter(&entry.path(), aside.or(flagged)));
    }
    Ok(())
}

/// Whether a file begins as mbox files do.
fn is_mbox(path: &Path) -> io::Result<bool> {
    let mut beginning = [0; 5];
    let mut file = fs::File::open(path)?;
    match file.read_exact(&mut beginning) {
        Ok(()) => Ok(&beginning == b"From "),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Why letters of a folder of this name are left where they are: what mail programs and servers call it.
fn reason_of(folder: &Path) -> Option<&'static str> {
    let name = folder.file_name()?.to_string_lossy();
    // A Maildir's folders stand side by side, named `.above.below` in the server's spelling.
    let last = name.trim_end_matches(".mbox").rsplit(['.', '/']).next().unwrap_or_default();
    let name = folder_name::decode(last).to_lowercase();
    match name.trim() {
        "drafts" | "draft" | "下書き" | "草稿" => Some("draft"),
        "trash"
        | "deleted"
        | "deleted items"
        | "deleted messages"
        | "ごみ箱"
        | "ゴミ箱"
        | "削除済みアイテム"
        | "削除済み" => Some("deleted"),
        "junk" | "spam" | "junk e-mail" | "junk email" | "bulk" | "迷惑メール" | "スパム" => Some("spam"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_hold_no_correspondence_are_known_in_both_languages() {
        for (folder, reason) in [
            ("/m/.Drafts", Some("draft")),
            ("/m/.INBOX.Trash", Some("deleted")),
            ("/m/Deleted Items", Some("deleted")),
            ("/m/.&MFQwf3ux-", Some("deleted")),
            ("/m/迷惑メール", Some("spam")),
            ("/m/.Sent", None),
            ("/m/INBOX", None),
            ("/m/trash-collection", None),
        ] {
            assert_eq!(reason_of(Path::new(folder)), reason, "{folder}");
        }
    }
}
