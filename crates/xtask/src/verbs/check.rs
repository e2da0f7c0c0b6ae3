//! `check`: everything that can be said without running the program.

use super::build::{has_web, npm, web_packages};
use crate::say;
use crate::shell::{Outcome, cargo, root, run};
use crate::steps::Steps;
use crate::tidy::{Tree, findings};

pub(crate) fn check() -> Outcome {
    let mut steps = Steps::default();
    steps_of_check(&mut steps);
    steps.verdict()
}

/// The quickest first: what is wrong is known soonest.
pub(super) fn steps_of_check(steps: &mut Steps) {
    steps.run("format", || run(&mut cargo(["fmt", "--all", "--check"])));
    steps.run("tidy", tidy);
    if has_web() {
        steps.run("console: types and lints", || {
            web_packages()?;
            run(npm("run").arg("check"))
        });
    }
    steps.run("clippy", || {
        run(&mut cargo(["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    });
}

pub(crate) fn tidy() -> Outcome {
    let found = findings(&Tree::read(&root())?);
    for finding in &found {
        say::line(finding);
    }
    if found.is_empty() { Ok(()) } else { Err(format!("{} to mend", found.len())) }
}
