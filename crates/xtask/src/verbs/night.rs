//! `night`: what takes too long for every change. Its parts can be run one by one.

use super::{build, fuzz};
use crate::postgres::{Cluster, Workplace};
use crate::shell::{Outcome, cargo, has, run};
use crate::steps::Steps;
use crate::{packages, say};

/// A part: its name, and what it does.
type Part = (&'static str, fn() -> Outcome);

/// The parts, in their order.
const PARTS: [Part; 8] = [
    ("licences", licences),
    ("build", build::build),
    // The tests that know a long form, by their names; then all of them, as a release runs them.
    ("kills", || faults(&["after_kill_9"])),
    ("backup", || faults(&["a_backup_has_what_was_acknowledged"])),
    // A million damaged letters for the reader, ten thousand for the intake.
    ("letters", || faults(&["mutated::"])),
    // A thousand letters from a server that goes down and comes back for ten minutes.
    ("flapping", || faults(&["flapping::"])),
    // Letters that a fuzzer makes, led by what they reach in the reader.
    ("fuzz", fuzz::letters),
    ("tests", || faults(&[])),
];

pub(crate) fn night(args: &[String]) -> Outcome {
    let parts = chosen(args)?;
    let mut steps = Steps::default();
    steps.run("system packages", packages::install);
    for (name, part) in parts {
        steps.run(name, part);
    }
    steps.verdict()
}

/// What `--only NAME` names, as often as it is given; without it all but those that are in `tests` as well.
fn chosen(args: &[String]) -> Outcome<Vec<Part>> {
    if args.is_empty() {
        return Ok(PARTS
            .into_iter()
            .filter(|(name, _)| !["kills", "backup", "letters", "flapping"].contains(name))
            .collect());
    }
    let chosen = args.chunks(2).map(|pair| match pair {
        [flag, name] if flag == "--only" => PARTS.into_iter().find(|(known, _)| known == name).ok_or_else(|| {
            let known: Vec<&str> = PARTS.iter().map(|(known, _)| *known).collect();
            format!("the night has no part `{name}`; it has {}", known.join(", "))
        }),
        other => Err(format!("night does not know {other:?}")),
    });
    chosen.collect()
}

fn licences() -> Outcome {
    if !has("cargo-deny") {
        say::line("cargo-deny is not installed: licences and bans are not checked (cargo install cargo-deny).");
        return Ok(());
    }
    // Advisories have a part of the network of their own, which not every machine reaches.
    run(&mut cargo(["deny", "check", "licenses", "bans", "sources"]))
}

/// Tests whose names have one of these words, or all, as a release runs them. Those that know a long form read how
/// often to repeat it; the others run as they always do.
fn faults(words: &[&str]) -> Outcome {
    let place = Workplace::open()?;
    let cluster = Cluster::start(&place)?;
    run(cargo([
        "test",
        "--locked",
        "--workspace",
        "--profile",
        "night",
        "--no-fail-fast",
        "--lib",
        "--bins",
        "--tests",
        "--",
    ])
    .args(words)
    .envs(cluster.environment())
    .env("MADOGUCHI_TEST_NIGHT", "1")
    .env("TMPDIR", place.files()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn names(args: &[&str]) -> Outcome<Vec<&'static str>> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        chosen(&args).map(|parts| parts.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn parts_are_chosen_by_name() {
        assert_eq!(names(&[]).expect("all"), ["licences", "build", "fuzz", "tests"]);
        assert_eq!(names(&["--only", "backup", "--only", "kills"]).expect("two"), ["backup", "kills"]);
        assert!(
            names(&["--only", "nothing"])
                .expect_err("unknown")
                .contains("licences, build, kills, backup, letters, flapping, fuzz, tests")
        );
        assert!(names(&["--only"]).is_err());
        assert!(names(&["backup", "--only"]).is_err());
    }
}
