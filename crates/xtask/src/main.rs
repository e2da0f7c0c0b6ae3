//! `cargo xtask VERB`: everything that builds, checks and tests the house.
//!
//! Plain std, so that it is built within seconds on a fresh machine. It starts other programs and reads files; it
//! knows nothing of the product and depends on none of its crates.

use std::process::ExitCode;

mod packages;
mod postgres;
mod say;
mod shell;
mod steps;
mod tidy;
mod verbs;

const USAGE: &str = "\
cargo xtask VERB

  demo [ARGS]       build, then serve with sample data on http://127.0.0.1:8080 (ARGS go to `madoguchi demo`)
  dev [ARGS]        debug server and the web console's development server, side by side
  build             the console, then target/release/madoguchi with everything inside
  web               the console only
  check             fmt, clippy, tidy, and the console's types and lints
  tidy              the architecture as a test; no compiler needed
  test [--fast]     install what the tests need, then run all tiers on both engines
                    --fast: rules and stories on SQLite only
  install           only what the tests need from the system
  postgres COMMAND  runs COMMAND (such as cargo nextest run -p madoguchi-tickets) beside the tests' own PostgreSQL
  gen [--check]     openapi.json, the console's types, the configuration reference
  bench [ARGS]      the figures, against their limits
  night [--only PART ...]
                    what takes too long for every change: licences, build, tests in their long form;
                    kills and backup are parts of tests";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (verb, rest) = match args.split_first() {
        Some((verb, rest)) => (verb.as_str(), rest),
        None => ("help", &[][..]),
    };
    let outcome = match verb {
        "demo" => verbs::run::demo(rest),
        "dev" => verbs::run::dev(rest),
        "build" => verbs::build::build(),
        "web" => verbs::build::web(),
        "check" => verbs::check::check(),
        "tidy" => verbs::check::tidy(),
        "test" => verbs::test::test(rest),
        "postgres" => verbs::test::beside_postgres(rest),
        "install" => packages::install(),
        "gen" => verbs::generate::generate(rest),
        "bench" => verbs::run::bench(rest),
        "night" => verbs::night::night(rest),
        "help" | "-h" | "--help" => {
            say::line(USAGE);
            return ExitCode::SUCCESS;
        }
        other => Err(format!("there is no verb `{other}`\n\n{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say::line(format!("\nxtask {verb}: {why}"));
            ExitCode::FAILURE
        }
    }
}
