//! One file a verb.

mod backup;
mod config;
mod control;
mod demo;
mod doctor;
mod export;
mod import;
mod mail;
mod migrate;
mod openapi;
mod password;
mod search;
mod second_step;
mod serve;
mod setup;
mod sign_in_policy;

use madoguchi_kernel::{Language, Problem};

use crate::{
    cli::{Cli, Verb},
    failure::Failure,
};

/// Does what was asked for.
pub fn run(language: Language, cli: Cli) -> Result<(), Failure> {
    match cli.verb {
        Verb::Serve { place, listening } => wait(serve::run(language, &place, &listening)),
        Verb::Demo { place, listening } => wait(demo::run(language, place, &listening)),
        Verb::Setup { place, desk, password_stdin, print_token } => {
            wait(setup::run(language, &place, desk, password_stdin, print_token))
        }
        Verb::SignInPolicy { place, desk, reset: _ } => wait(sign_in_policy::run(language, &place, desk)),
        Verb::SecondStep { place, email, end: _ } => wait(second_step::run(language, &place, email)),
        Verb::Password { place, email, password_stdin } => wait(password::run(language, &place, email, password_stdin)),
        Verb::Openapi => openapi::run(),
        Verb::Export { verb } => wait(export::run(language, verb)),
        Verb::Import { verb } => wait(import::run(language, verb)),
        Verb::Mail { verb } => mail::run(language, &verb),
        Verb::Search { verb } => search::run(language, &verb),
        Verb::Config { verb } => config::run(language, &verb),
        Verb::Migrate { place } => wait(migrate::run(language, &place)),
        Verb::Doctor { place } => wait(doctor::run(language, &place)),
        Verb::Backup { verb } => wait(backup::run(language, verb)),
        Verb::Help { .. } => Ok(()),
    }
}

fn wait(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Problem::broken)?.block_on(work)
}
