//! What it costs to read a letter, without a desk: ours, the crate below it, and two parsers of other makers, over the
//! same letters. The others run in a process of their own and count its CPU time after a warm-up.

use std::{fs, hint::black_box, path::Path, process::Command};

use madoguchi_channels::mail::letter;
use mail_parser::MessageParser;

use crate::{Failed, mail, report::Report, server::own_cpu_ms};

/// The version that the vectors were made with.
const MAILPARSER: &str = "mailparser@3.7.4";
/// Letters are read so often that ticks of the kernel's clock do not matter.
const ROUNDS: usize = 20;
const GOAL: &str = "no more than the others";

/// Reads so many letters with each of them.
pub fn compare(folder: &Path, count: usize, report: &mut Report) -> Result<(), Failed> {
    let letters = mail::letters(count);
    let ours = cost(&letters, |bytes| !letter::read(bytes).text.is_empty())?;
    report.parser("reading a letter", ours, count, GOAL);
    let bare =
        cost(&letters, |bytes| MessageParser::new().parse(bytes).is_some_and(|mail| mail.body_text(0).is_some()))?;
    report.parser("the same letters, crate mail-parser alone", bare, count, "");
    let place = folder.join("parsers");
    let kept = place.join("letters");
    lay(&kept, &letters)?;
    let python = told(Command::new("python3").args(["-c", include_str!("parsers/email.py")]).arg(&kept))?;
    report.parser("the same letters, Python's email", python, count, "");
    install(&place)?;
    let script = place.join("mailparser.mjs");
    fs::write(&script, include_str!("parsers/mailparser.mjs"))?;
    let node = told(Command::new("node").arg(&script).arg(&kept).arg(&place))?;
    report.parser(&format!("the same letters, npm's {MAILPARSER}"), node, count, "");
    fs::remove_dir_all(place)?;
    Ok(())
}

/// CPU time of one letter, in milliseconds.
fn cost(letters: &[Vec<u8>], is_read: impl Fn(&[u8]) -> bool) -> Result<f64, Failed> {
    let begun = own_cpu_ms()?;
    for letter in (0..ROUNDS).flat_map(|_| letters) {
        if !is_read(black_box(letter)) {
            return Err("a letter was not read".into());
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are small")]
    let read = (letters.len() * ROUNDS) as f64;
    Ok((own_cpu_ms()? - begun) / read)
}

fn lay(folder: &Path, letters: &[Vec<u8>]) -> Result<(), Failed> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    for (i, letter) in letters.iter().enumerate() {
        fs::write(folder.join(format!("{i:06}.eml")), letter)?;
    }
    Ok(())
}

fn install(place: &Path) -> Result<(), Failed> {
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-save", "--no-audit", "--no-fund", "--prefix"]).arg(place).arg(MAILPARSER);
    if npm.status()?.success() { Ok(()) } else { Err(format!("{MAILPARSER} was not installed").into()) }
}

/// What the parser says of itself.
fn told(command: &mut Command) -> Result<f64, Failed> {
    let said = command.output()?;
    if !said.status.success() {
        return Err(String::from_utf8_lossy(&said.stderr).into_owned().into());
    }
    Ok(String::from_utf8(said.stdout)?.trim().parse()?)
}
