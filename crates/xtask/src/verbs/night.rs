//! `night`: what takes too long for every change.

use super::build;
use crate::postgres::{Cluster, Workplace};
use crate::shell::{Outcome, cargo, has, run};
use crate::steps::Steps;
use crate::{packages, say};

pub(crate) fn night() -> Outcome {
    let mut steps = Steps::default();
    steps.run("system packages", packages::install);
    if has("cargo-deny") {
        steps.run("licences and bans", || run(&mut cargo(["deny", "check"])));
    } else {
        say::line("cargo-deny is not installed: licences and bans are not checked (cargo install cargo-deny).");
    }
    steps.run("release build", build::build);
    steps.run("long faults", || {
        let place = Workplace::open()?;
        let cluster = Cluster::start(&place)?;
        // Tests that know a long form read how often to repeat it; the others run as they always do.
        run(cargo(["test", "--locked", "--workspace", "--release"])
            .envs(cluster.environment())
            .env("MADOGUCHI_TEST_NIGHT", "1")
            .env("TMPDIR", place.files()))
    });
    steps.verdict()
}
