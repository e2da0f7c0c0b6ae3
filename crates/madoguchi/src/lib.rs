//! The roof: the one program. It wires the domains together and speaks with whoever runs it.

mod asking;
pub mod assets;
mod cli;
mod clock;
mod demo;
mod document;
mod failure;
mod health;
mod opening;
mod out;
mod settings;
mod verbs;
mod wiring;

use std::{env, process::ExitCode};

use cli::Asked;

/// Wrong use of the command line.
const USAGE: u8 = 2;

/// Does what the command line asks for.
pub fn main() -> ExitCode {
    let language = cli::language(|name| env::var(name).ok());
    match cli::asked(language, env::args_os()) {
        Asked::Print { text, is_asked: true } => {
            out::line(text.trim_end());
            ExitCode::SUCCESS
        }
        Asked::Print { text, is_asked: false } => {
            out::problem(text.trim_end());
            ExitCode::from(USAGE)
        }
        Asked::Do(cli) => match verbs::run(language, cli) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                out::problem(failure.say(language));
                failure.code()
            }
        },
    }
}
