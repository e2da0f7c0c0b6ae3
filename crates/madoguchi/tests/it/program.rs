//! Running the program as a person at a terminal does.

use std::{
    path::Path,
    process::{Command, Output},
};

/// The program with these arguments, in an environment of its own.
pub fn program(locale: &str, arguments: &[&str]) -> Command {
    program_within(&[], locale, arguments)
}

/// The same, run by another program.
pub fn program_within(prefix: &[String], locale: &str, arguments: &[&str]) -> Command {
    let mut words = prefix.iter().map(String::as_str).chain([env!("CARGO_BIN_EXE_madoguchi")]);
    let mut command = Command::new(words.next().expect("the program at least"));
    command.env_clear().env("LANG", locale).args(words).args(arguments);
    // Built once for all of them, not once for each data folder.
    let dictionary = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dictionary");
    command.env("MADOGUCHI_SERVER_DICTIONARY", dictionary);
    // PostgreSQL's tools are found by it.
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// What came of it.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it ended by itself"),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }
}

pub fn run(locale: &str, arguments: &[&str]) -> Said {
    program(locale, arguments).output().expect("it starts").into()
}

/// Runs it on a data folder, in English.
pub fn on(data: &Path, arguments: &[&str]) -> Said {
    let data = data.to_str().expect("text");
    run("en_US.UTF-8", &[arguments, &["--data", data]].concat())
}
