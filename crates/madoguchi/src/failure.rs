//! How a command ends when it does not end well.

use std::{path::PathBuf, process::ExitCode};

use madoguchi_kernel::{Language, Problem, problem::Kind};
use madoguchi_platform::{config::Fault, words};

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// Something went wrong.
    Problem(Problem),
    /// The settings are wrong; the file, if there is one.
    Settings(Option<PathBuf>, Vec<Fault>),
    /// A file named on the command line cannot be read.
    Unreadable(PathBuf, std::io::Error),
    /// A running server said no, in a sentence.
    Refused(String),
    /// A sentence of the catalog `cli`, about what was asked.
    Said(&'static str, Vec<(&'static str, String)>),
}

/// Wrong use: the command line or the settings must be changed.
const USAGE: u8 = 2;

impl Failure {
    /// A sentence about what was asked.
    pub fn said(key: &'static str) -> Self {
        Self::Said(key, Vec::new())
    }

    /// What to tell the person at the terminal.
    pub fn say(&self, language: Language) -> String {
        match self {
            Self::Problem(problem) => {
                let mut text = words::of_problem(language, problem);
                // Whoever runs the program may know what only the log says elsewhere.
                let is_ours = matches!(problem.kind, Kind::Broken | Kind::Unavailable);
                if let Some(cause) = problem.cause.as_ref().filter(|_| is_ours) {
                    text = format!("{text}\n{}", words::say(language, "cli.cause", &[("cause", cause)]));
                }
                text
            }
            Self::Settings(file, faults) => {
                let head = match file {
                    Some(file) => words::say(language, "cli.settings_wrong", &[("file", &file.display())]),
                    None => words::say(language, "cli.environment_wrong", &[]),
                };
                let lines = faults.iter().map(|fault| format!("\n  {}", fault.say(language)));
                std::iter::once(head).chain(lines).collect()
            }
            Self::Unreadable(file, error) => {
                words::say(language, "cli.unreadable", &[("file", &file.display()), ("reason", error)])
            }
            Self::Refused(sentence) => sentence.clone(),
            Self::Said(key, params) => {
                let params: Vec<(&str, &dyn std::fmt::Display)> =
                    params.iter().map(|(name, value)| (*name, value as &dyn std::fmt::Display)).collect();
                words::say(language, key, &params)
            }
        }
    }

    /// The exit code.
    pub fn code(&self) -> ExitCode {
        match self {
            Self::Settings(..) | Self::Unreadable(..) => ExitCode::from(USAGE),
            Self::Problem(_) | Self::Refused(_) | Self::Said(..) => ExitCode::FAILURE,
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}
