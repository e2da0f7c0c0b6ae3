//! An archive as a support desk leaves it behind: threads of customers and agents in Japanese, in two charsets, some with
//! quotes and files, with years of dates, in one mbox file.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{Failed, mail::ADDRESS, seed};

/// Letters of one thread, in turn by the customer and by us: most matters are short and a few are long.
const LENGTHS: [usize; 10] = [1, 2, 2, 2, 3, 3, 4, 4, 6, 9];
/// One letter in so many has a file.
const FILE_EVERY: usize = 12;
const FILE_BYTES: usize = 24 * 1024;
/// The first letter is of this second, and each further one some minutes later.
const FIRST_AT: i64 = 1_672_531_200;

/// Writes so many letters; how many threads they are.
pub fn write(path: &Path, letters: usize) -> Result<usize, Failed> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let (mut written, mut threads) = (0, 0);
    while written < letters {
        let length = LENGTHS[threads % LENGTHS.len()].min(letters - written);
        for n in 0..length {
            letter(&mut out, threads, n, written + n)?;
        }
        written += length;
        threads += 1;
    }
    out.flush()?;
    Ok(threads)
}

fn letter(out: &mut impl Write, thread: usize, n: usize, count: usize) -> Result<(), Failed> {
    let (name, customer) = seed::person(thread);
    let is_ours = n % 2 == 1;
    let (charset, encoding) = if thread.is_multiple_of(2) {
        ("UTF-8", encoding_rs::UTF_8)
    } else {
        ("ISO-2022-JP", encoding_rs::ISO_2022_JP)
    };
    let word = |text: &str| format!("=?{charset}?B?{}?=", STANDARD.encode(encoding.encode(text).0));
    let (from, to) = if is_ours {
        (format!("{} <{ADDRESS}>", word("サポート窓口")), format!("{} <{customer}>", word(&name)))
    } else {
        (format!("{} <{customer}>", word(&name)), format!("<{ADDRESS}>"))
    };
    let re = if n > 0 { "Re: " } else { "" };
    let said = if is_ours { seed::ANSWER.to_owned() } else { seed::text(thread + n) };
    let quoted: String = match n {
        0 => String::new(),
        _ => seed::text(thread + n - 1).lines().map(|line| format!("> {line}\n")).collect(),
    };
    let text = encoding.encode(&format!("{name} 様\n\n{said}\n\n{quoted}")).0.into_owned();
    writeln!(out, "From - Mon Jan  2 15:04:05 2023")?;
    writeln!(out, "Return-Path: <x@mail.example>\nReceived: from mail.example by mx.bench.example; {}", date(count))?;
    writeln!(out, "Date: {}\nFrom: {from}\nTo: {to}", date(count))?;
    writeln!(
        out,
        "Subject: {re}{}\nMessage-ID: <{thread}.{n}@archive.example>",
        word(&format!("お問い合わせ {thread}"))
    )?;
    if n > 0 {
        let before: Vec<String> = (0..n).map(|n| format!("<{thread}.{n}@archive.example>")).collect();
        writeln!(out, "In-Reply-To: {}\nReferences: {}", before[n - 1], before.join("\n "))?;
    }
    writeln!(out, "MIME-Version: 1.0")?;
    let kind = format!("Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: base64\n");
    if count.is_multiple_of(FILE_EVERY) {
        writeln!(out, "Content-Type: multipart/mixed; boundary=b\n\n--b\n{kind}")?;
        base64(out, &text)?;
        writeln!(out, "--b\nContent-Type: application/pdf; name=estimate.pdf\nContent-Transfer-Encoding: base64\n")?;
        let file: Vec<u8> = (0..FILE_BYTES).map(|byte| (byte * 31 + count * 7) as u8).collect();
        base64(out, &file)?;
        writeln!(out, "--b--\n")?;
    } else {
        writeln!(out, "{kind}")?;
        base64(out, &text)?;
        writeln!(out)?;
    }
    Ok(())
}

fn base64(out: &mut impl Write, bytes: &[u8]) -> Result<(), Failed> {
    for line in STANDARD.encode(bytes).as_bytes().chunks(76) {
        out.write_all(line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Some minutes after the letter before.
fn date(count: usize) -> String {
    let at = FIRST_AT + i64::try_from(count).unwrap_or_default() * 640;
    let (days, second) = (at / 86_400, at % 86_400);
    let (year, month, day) = civil(days);
    let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = names[usize::try_from(month - 1).unwrap_or_default()];
    format!("{day:02} {month} {year} {:02}:{:02}:{:02} +0000", second / 3600, second / 60 % 60, second % 60)
}

/// The date of a day since 1970.
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let (era, day) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (number, month) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    (year + era * 400 + i64::from(month <= 2), month, number)
}
