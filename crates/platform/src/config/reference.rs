//! The reference: a file of settings with every setting at its default and a word about each.

use std::fmt::Write;

use madoguchi_kernel::Language;

use super::entries::{ENTRIES, Entry, Holds, ROOT_KEY_VARIABLE, SECTIONS};
use crate::words;

/// A documented file that says what the program does when nobody says anything.
pub fn reference(language: Language) -> String {
    let head = words::say(language, "config.reference", &[("root_key", &ROOT_KEY_VARIABLE)]);
    let mut out = comment(&head);
    for section in SECTIONS {
        out.push('\n');
        out.push_str(&comment(&words::say(language, &format!("config.about.{section}"), &[])));
        out.push_str(&format!("[{section}]\n"));
        for entry in ENTRIES.iter().filter(|entry| entry.section == *section) {
            out.push_str(&described(language, entry));
        }
    }
    out
}

fn described(language: Language, entry: &Entry) -> String {
    let mut text = words::say(language, &format!("config.{}.{}", entry.section, entry.key), &[]);
    match entry.holds {
        Holds::Number { min, max } => text += &words::say(language, "config.between", &[("min", &min), ("max", &max)]),
        Holds::Choice(among) => text += &words::say(language, "config.among", &[("among", &among.join(", "))]),
        _ => {}
    }
    let mut out = comment(&text);
    out.push_str(&comment(&entry.variable()));
    let mark = if entry.is_optional { "# " } else { "" };
    // Writing to a String cannot fail.
    let written = writeln!(out, "{mark}{} = {}", entry.key, entry.written);
    debug_assert!(written.is_ok());
    out
}

fn comment(text: &str) -> String {
    text.lines().map(|line| format!("# {line}\n")).collect()
}
