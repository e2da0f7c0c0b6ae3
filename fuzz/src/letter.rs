//! Whatever bytes are called a letter: they are read and told, and nothing in them stops the program.

#![no_main]

use libfuzzer_sys::fuzz_target;
use madoguchi_channels::mail::{letter, shown::ShownLetter};

fuzz_target!(|bytes: &[u8]| {
    let shown = ShownLetter::from(letter::read(bytes));
    serde_json::to_vec(&shown).expect("what was read can be told");
});
