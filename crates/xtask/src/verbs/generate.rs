//! `gen`: what is generated is committed, and `--check` tells when it is stale.

use std::fs;

use super::build::{has_script, npm, web_packages};
use crate::say;
use crate::shell::{Outcome, cargo, output, root, run};

/// (the binary's verb, the file that holds what it prints)
const PRINTED: &[(&[&str], &str)] = &[
    (&["openapi"], "openapi.json"),
    (&["config", "reference", "--language", "ja"], "docs/reference/madoguchi.ja.toml"),
    (&["config", "reference", "--language", "en"], "docs/reference/madoguchi.en.toml"),
];

pub(crate) fn generate(args: &[String]) -> Outcome {
    let check = match args {
        [] => false,
        [flag] if flag == "--check" => true,
        other => return Err(format!("gen does not know {other:?}")),
    };
    let mut stale = Vec::new();
    for (verb, path) in PRINTED {
        let mut command = cargo(["run", "--quiet", "-p", "madoguchi", "--"]);
        let fresh = output(command.args(*verb))?;
        let there = fs::read_to_string(root().join(path)).unwrap_or_default();
        if fresh.trim().is_empty() {
            return Err(format!("`madoguchi {}` printed nothing", verb.join(" ")));
        }
        if there == fresh {
            say::line(format!("{path} is fresh"));
        } else if check {
            stale.push(*path);
        } else {
            write(path, &fresh)?;
        }
    }
    let script = if check { "gen:check" } else { "gen" };
    if has_script(script) {
        web_packages()?;
        run(npm("run").arg(script))?;
    } else {
        say::line(format!("web/package.json has no script `{script}` yet"));
    }
    if stale.is_empty() { Ok(()) } else { Err(format!("stale, run `cargo xtask gen`: {}", stale.join(", "))) }
}

fn write(path: &str, text: &str) -> Outcome {
    let full = root().join(path);
    let folder = full.parent().expect("a file has a folder");
    fs::create_dir_all(folder).and_then(|()| fs::write(&full, text)).map_err(|err| format!("{path}: {err}"))?;
    say::line(format!("wrote {path}"));
    Ok(())
}
