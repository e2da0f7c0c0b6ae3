//! `madoguchi mail show`: what we read in a letter, without a desk and without a server.

use std::{
    fmt::Display,
    fs,
    io::{self, Read},
    path::Path,
};

use jiff::tz::TimeZone;
use madoguchi_channels::mail::{
    letter::{self, Flaw},
    shown::{ShownFile, ShownLetter, ShownMailbox},
};
use madoguchi_kernel::{Language, Problem, Timestamp};
use madoguchi_platform::words;

use crate::{cli::MailVerb, failure::Failure, out};

/// Standard input, as a file's name.
const STDIN: &str = "-";

pub fn run(language: Language, verb: &MailVerb) -> Result<(), Failure> {
    match verb {
        MailVerb::Show { file, json } => {
            let bytes = bytes(file)?;
            if bytes.trim_ascii().is_empty() {
                return Err(Failure::Said("cli.empty_file", vec![("file", file.display().to_string())]));
            }
            let letter = letter::read(&bytes);
            let flaws = letter.flaws.clone();
            let shown = ShownLetter::from(letter);
            let text = if *json {
                serde_json::to_string_pretty(&shown).map_err(Problem::broken)?
            } else {
                told(language, &shown, &flaws)
            };
            out::line(text);
        }
    }
    Ok(())
}

fn bytes(file: &Path) -> Result<Vec<u8>, Failure> {
    let read = if file.as_os_str() == STDIN {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(file)
    };
    read.map_err(|error| Failure::Unreadable(file.to_owned(), error))
}

/// The letter for people: its head, its text, its files, and what was wrong with it.
fn told(language: Language, letter: &ShownLetter, flaws: &[Flaw]) -> String {
    let head = [
        ("cli.mail.from", people(letter.from.as_slice())),
        ("cli.mail.to", people(&letter.to)),
        ("cli.mail.cc", people(&letter.cc)),
        ("cli.mail.reply_to", people(&letter.reply_to)),
        ("cli.mail.date", letter.date.map(|date| when(language, date)).unwrap_or_default()),
        ("cli.mail.subject", letter.subject.clone()),
    ];
    let head = head.iter().filter(|(_, said)| !said.is_empty());
    let head = head.map(|(name, said)| format!("{}: {said}", words::say(language, name, &[])));
    let file = |file: &ShownFile| {
        let said: [(&str, &dyn Display); 3] = [("name", &file.name), ("type", &file.r#type), ("size", &file.size)];
        let inside = file.inside.iter().map(|name| format!("\n  {name}"));
        words::say(language, "cli.mail.file", &said) + &inside.collect::<String>()
    };
    let flaw = |flaw: &Flaw| {
        let said = words::say(language, &format!("console.flaw.{}", flaw.flag), &[("detail", &flaw.detail)]);
        words::say(language, "cli.mail.flaw", &[("flag", &flaw.flag), ("said", &said)])
    };
    let below: Vec<String> = letter.attachments.iter().map(file).chain(flaws.iter().map(flaw)).collect();
    [head.collect::<Vec<_>>().join("\n"), letter.text.trim_end().to_owned(), below.join("\n")]
        .join("\n\n")
        .trim_end()
        .to_owned()
}

/// The moment in UTC, as machines tell it, and in the time of this machine.
fn when(language: Language, date: Timestamp) -> String {
    let local = date.to_jiff().to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %:z");
    words::say(language, "cli.mail.when", &[("utc", &date), ("local", &local)])
}

fn people(named: &[ShownMailbox]) -> String {
    let one = |mailbox: &ShownMailbox| match &mailbox.name {
        Some(name) => format!("{name} <{}>", mailbox.address),
        None => mailbox.address.clone(),
    };
    named.iter().map(one).collect::<Vec<_>>().join(", ")
}
