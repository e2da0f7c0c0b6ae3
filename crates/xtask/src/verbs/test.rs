//! `test`: everything that is run before a change lands, or with `--fast` what is run at every save.

use std::process::Command;

use super::build::{has_script, has_web, npm, web, web_packages};
use super::check::steps_of_check;
use super::e2e::run_e2e;
use crate::postgres::{Cluster, Workplace};
use crate::shell::{Outcome, cargo, command, output, root, run, run_hearing};
use crate::steps::Steps;
use crate::{packages, say};

pub(crate) fn test(args: &[String]) -> Outcome {
    match args {
        [] => everything(),
        [flag] if flag == "--fast" => fast(),
        other => Err(format!("test does not know {other:?}")),
    }
}

/// Rules and stories, on SQLite alone.
fn fast() -> Outcome {
    let mut steps = Steps::default();
    let mut tally = Tally::default();
    if let Some(place) = steps.run("folder in memory", Workplace::open) {
        let mut tests = if has_nextest() {
            let mut nextest = cargo(["nextest", "run", "--workspace", "--no-fail-fast"]);
            nextest.args(["-E", "not test(/::postgres$/)"]);
            nextest
        } else {
            cargo(["test", "--workspace", "--no-fail-fast", "--", "--skip", "::postgres"])
        };
        tests.env("TMPDIR", place.files());
        steps.run("rules and stories", || run_hearing(&mut tests, |line| tally.hear(line)));
    }
    finish(&steps, &tally)
}

fn everything() -> Outcome {
    let mut steps = Steps::default();
    let mut tally = Tally::default();
    steps.run("system packages", packages::install);
    if has_web() {
        steps.run("console: packages", web_packages);
        // Before anything that embeds it is compiled.
        steps.run("console: build", web);
    }
    steps_of_check(&mut steps);
    let place = steps.run("folder in memory", Workplace::open);
    let cluster = place.as_ref().and_then(|place| steps.run("PostgreSQL", || Cluster::start(place)));
    if let (Some(place), Some(cluster)) = (&place, &cluster) {
        if steps.run("build of the tests", || run(&mut compile())).is_none() {
            return finish(&steps, &tally);
        }
        steps.run("tests of the examples", || {
            let mut examples = cargo(["test", "--locked", "--workspace", "--doc"]);
            run_hearing(in_place(&mut examples, place, cluster), |line| tally.hear(line))
        });
        steps.run("tests on both engines", || {
            let mut tests = all_tests();
            run_hearing(in_place(&mut tests, place, cluster), |line| tally.hear(line))
        });
        if has_script("test") {
            steps.run("console: tests", || run_hearing(npm("run").arg("test"), |line| tally.hear(line)));
        }
        if root().join("web/e2e").is_dir() && has_script("e2e") {
            steps.run("end to end, in a browser", || run_e2e(&place.files(), |line| tally.hear(line)));
        }
    }
    finish(&steps, &tally)
}

/// One command of yours, on both engines.
pub(crate) fn beside_postgres(args: &[String]) -> Outcome {
    let (program, args) = args.split_first().ok_or("postgres needs a command to run beside it")?;
    packages::install()?;
    let place = Workplace::open()?;
    let cluster = Cluster::start(&place)?;
    run(in_place(command(program).args(args), &place, &cluster))
}

fn has_nextest() -> bool {
    output(&mut cargo(["nextest", "--version"])).is_ok()
}

fn compile() -> Command {
    if has_nextest() {
        cargo(["nextest", "run", "--locked", "--workspace", "--profile", "ci", "--no-run"])
    } else {
        say::line("cargo-nextest is not installed: `cargo test` runs the same tests, a little slower.");
        cargo(["test", "--locked", "--workspace", "--no-run"])
    }
}

/// The same tests either way, all of them to the end, none tried twice.
fn all_tests() -> Command {
    if has_nextest() {
        cargo(["nextest", "run", "--locked", "--workspace", "--profile", "ci", "--no-fail-fast"])
    } else {
        // Examples were run before.
        cargo(["test", "--locked", "--workspace", "--no-fail-fast", "--lib", "--bins", "--tests"])
    }
}

fn in_place<'a>(command: &'a mut Command, place: &Workplace, cluster: &Cluster) -> &'a mut Command {
    command.envs(cluster.environment()).env("TMPDIR", place.files())
}

fn finish(steps: &Steps, tally: &Tally) -> Outcome {
    let verdict = steps.verdict();
    say::line(format!("\ntests: {} passed, {} failed", tally.passed, tally.failed));
    if verdict.is_ok() && tally.passed == 0 {
        return Err("no test ran".to_owned());
    }
    if verdict.is_ok() && tally.failed > 0 {
        return Err(format!("{} tests failed", tally.failed));
    }
    verdict
}

/// How many tests passed and failed, by the closing lines of their runners.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    passed: usize,
    failed: usize,
}

impl Tally {
    fn hear(&mut self, line: &str) {
        let line = plain(line);
        let words: Vec<&str> = line.split([' ', ',', ';', '|', '(', ')']).filter(|word| !word.is_empty()).collect();
        let is_closing = match words.as_slice() {
            // cargo-nextest: "Summary [ 1.2s] 14 tests run: 13 passed, 1 failed, 0 skipped"
            ["Summary", ..] => line.contains("run:"),
            // cargo test: "test result: ok. 3 passed; 0 failed; 0 ignored; ..."
            ["test", "result:", ..] => true,
            // vitest: "Tests  2 failed | 34 passed (36)"
            ["Tests", ..] => true,
            // Ours, printed by the end-to-end runner: "e2e: 12 passed, 0 failed"
            [name, _, "passed", _, "failed", ..] => name.ends_with(':'),
            [_, "passed", _, "failed", ..] => true,
            _ => false,
        };
        if !is_closing {
            return;
        }
        for pair in words.windows(2) {
            let Ok(count) = pair[0].parse::<usize>() else { continue };
            match pair[1] {
                "passed" => self.passed += count,
                "failed" | "timed" => self.failed += count,
                _ => {}
            }
        }
    }
}

/// Without the marks that colour a terminal.
fn plain(line: &str) -> String {
    let mut pieces = line.split('\u{1b}');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once('m').map_or(piece, |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, passed: usize, failed: usize) {
        let mut tally = Tally::default();
        tally.hear(line);
        assert_eq!(tally, Tally { passed, failed }, "{line}");
    }

    #[test]
    fn closing_lines_are_understood() {
        check("     Summary [   0.046s] 14 tests run: 13 passed (1 slow), 1 failed, 2 skipped", 13, 1);
        check("     Summary [   9.046s] 3 tests run: 1 passed, 1 failed, 1 timed out, 2 skipped", 1, 2);
        check(
            "\u{1b}[32;1m     Summary\u{1b}[0m [ 0.046s] \u{1b}[1m4\u{1b}[0m tests run: \u{1b}[1m4\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, 0 skipped",
            4,
            0,
        );
        check("test result: ok. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out", 3, 1);
        check("      Tests  2 failed | 34 passed (36)", 34, 2);
        check("e2e: 12 passed, 1 failed", 12, 1);
        check("Test Files  3 passed (3)", 0, 0);
        check("the letter passed, 3 failed", 0, 0);
    }
}
