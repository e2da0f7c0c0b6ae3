//! `demo`, `dev` and `bench`: the program itself, running.

use std::os::unix::process::CommandExt;

use super::build::{build, has_web, npm, web_packages};
use crate::postgres::{Cluster, Workplace, has_postgres};
use crate::say;
use crate::shell::{Outcome, cargo, command, root, run, target};

/// Builds, then becomes the server with sample data.
pub(crate) fn demo(args: &[String]) -> Outcome {
    build()?;
    let mut madoguchi = command(target().join("release/madoguchi"));
    madoguchi.arg("demo").args(args);
    if !args.iter().any(|arg| arg == "--data" || arg.starts_with("--data=")) {
        madoguchi.arg("--data").arg("var/demo");
    }
    // Ours no more: the terminal's Ctrl-C goes to the server alone.
    Err(format!("the server could not start: {}", madoguchi.exec()))
}

/// The debug server, and the console's development server before it, until Ctrl-C ends both.
pub(crate) fn dev(args: &[String]) -> Outcome {
    web_packages()?;
    run(&mut cargo(["build", "-p", "madoguchi"]))?;
    let mut server = command(target().join("debug/madoguchi"));
    server.arg("demo").args(args);
    if !args.iter().any(|arg| arg == "--data" || arg.starts_with("--data=")) {
        server.arg("--data").arg("var/dev");
    }
    let mut server = server.spawn().map_err(|err| format!("the server could not start: {err}"))?;
    let outcome = if has_web() {
        say::line("The console's development server starts; it passes /api on to 127.0.0.1:8080.");
        run(npm("run").arg("dev").env("BASE_URL", "http://127.0.0.1:8080"))
    } else {
        server.wait().map(drop).map_err(|err| err.to_string())
    };
    server.kill().and_then(|()| server.wait()).map_err(|err| format!("the server did not stop: {err}"))?;
    outcome
}

pub(crate) fn bench(args: &[String]) -> Outcome {
    if !root().join("crates/bench/Cargo.toml").is_file() {
        return Err("there are no figures to measure: crates/bench does not exist".to_owned());
    }
    super::build::web()?;
    // One after the other: together they would share features that the program does not have.
    run(&mut cargo(["build", "--release", "--locked", "-p", "madoguchi"]))?;
    let mut bench = cargo(["run", "--release", "--locked", "--quiet", "-p", "madoguchi-bench", "--"]);
    if !has_postgres() {
        say::line("PostgreSQL is not installed: only SQLite is measured.");
        return run(bench.args(args));
    }
    let place = Workplace::open()?;
    let cluster = Cluster::start(&place)?;
    run(bench.args(args).envs(cluster.environment()))
}
