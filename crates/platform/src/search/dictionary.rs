//! The Japanese dictionary (IPADIC): shipped within the program, built once for a data folder, then read where it lies.
//!
//! Its own package would be downloaded while the program is built. So the words lie in `dictionary/`, with their licence, and the
//! program builds from them what it reads, which takes some seconds once.

use std::{
    borrow::Cow,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use lindera::{
    dictionary::{DictionaryBuilder, load_fs_dictionary_with_options},
    mode::Mode,
    segmenter::Segmenter,
};
use madoguchi_kernel::{Problem, problem::Result};

use crate::secrets::random_word;

/// What is built: another version of the words or of the builder is built anew.
const NAME: &str = "ipadic-20070801-lindera-6.2";

/// The files from which it is built; those that end in `.zst` are packed.
const FILES: [(&str, &[u8]); 4] = [
    ("words.csv.zst", include_bytes!("../../dictionary/words.csv.zst")),
    ("matrix.def.zst", include_bytes!("../../dictionary/matrix.def.zst")),
    ("char.def", include_bytes!("../../dictionary/char.def")),
    ("unk.def", include_bytes!("../../dictionary/unk.def")),
];
const METADATA: &str = include_str!("../../dictionary/metadata.json");

/// Knows Japanese words.
pub struct Dictionary(Segmenter);

/// A word of a text, as the dictionary has it.
pub struct Word<'a> {
    /// Its bytes in the text.
    pub range: std::ops::Range<usize>,
    /// As it stands there.
    pub surface: Cow<'a, str>,
    /// Its part of speech, such as 名詞.
    pub part: String,
    /// A finer one, such as 非自立.
    pub finer: String,
    /// Its base form, where the dictionary knows it.
    pub base: Option<String>,
    /// Its reading in katakana, where the dictionary knows it.
    pub reading: Option<String>,
}

impl Dictionary {
    /// Opens the dictionary that lies in a folder; builds it there first if it is not there yet. Blocks.
    pub fn open(folder: &Path) -> Result<Self> {
        let place = folder.join(NAME);
        if !place.is_dir() {
            build(folder, &place)?;
        }
        let dictionary = load_fs_dictionary_with_options(&place, true).map_err(broken)?;
        Ok(Self(Segmenter::new(Mode::Normal, dictionary, None)))
    }

    /// The words of a text.
    pub fn words<'a>(&'a self, text: &'a str) -> Result<Vec<Word<'a>>> {
        let tokens = self.0.segment(Cow::Borrowed(text)).map_err(broken)?;
        let word = |mut token: lindera::token::Token<'a>| {
            let range = token.byte_start..token.byte_end;
            let surface = token.surface.clone();
            let known =
                |detail: Option<&str>| detail.filter(|text| !matches!(*text, "" | "*" | "UNK")).map(str::to_owned);
            let (base, reading) = (known(token.get_detail(6)), known(token.get_detail(7)));
            let (part, finer) =
                (known(token.get_detail(0)).unwrap_or_default(), known(token.get_detail(1)).unwrap_or_default());
            Word { range, surface, part, finer, base, reading }
        };
        Ok(tokens.into_iter().map(word).collect())
    }
}

fn broken(error: impl std::fmt::Display) -> Problem {
    Problem::broken(error.to_string())
}

/// Builds it beside its place and moves it there when it is whole: whoever is killed meanwhile leaves nothing half done, and of two
/// who build at once the first is believed.
fn build(folder: &Path, place: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(Problem::broken)?;
    let scratch = Scratch(folder.join(format!("building-{}", random_word())));
    let (from, to) = (scratch.0.join("from"), scratch.0.join("to"));
    fs::create_dir_all(&from).map_err(Problem::broken)?;
    for (name, bytes) in FILES {
        unpack(name, bytes, &from).map_err(Problem::broken)?;
    }
    let metadata = serde_json::from_str(METADATA).map_err(Problem::broken)?;
    DictionaryBuilder::new(metadata).build_dictionary(&from, &to).map_err(broken)?;
    synced(&to).map_err(Problem::broken)?;
    match fs::rename(&to, place) {
        Err(error) if !place.is_dir() => Err(Problem::broken(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn unpack(name: &str, bytes: &[u8], folder: &Path) -> io::Result<()> {
    let Some(packed) = name.strip_suffix(".zst") else { return fs::write(folder.join(name), bytes) };
    let mut reader = ruzstd::decoding::StreamingDecoder::new(bytes).map_err(io::Error::other)?;
    io::copy(&mut reader.by_ref(), &mut File::create(folder.join(packed))?).map(drop)
}

/// A crash after the move must not leave files whose bytes were never written.
fn synced(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        File::open(entry?.path())?.sync_all()?;
    }
    File::open(folder)?.sync_all()
}

/// A folder that goes when it is no longer needed.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::debug!(%error, "What a dictionary was built from stays");
        }
    }
}
