//! One file a verb.

mod backup;
mod config;
mod doctor;
mod migrate;

use madoguchi_kernel::{Language, Problem};

use crate::{
    cli::{Cli, Verb},
    failure::Failure,
};

/// Does what was asked for.
pub fn run(language: Language, cli: Cli) -> Result<(), Failure> {
    match cli.verb {
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
