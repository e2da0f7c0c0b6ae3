//! The part of the night that looks for letters which nobody thought of: libFuzzer, led by what they reach.

use std::fs;

use crate::shell::{Outcome, cargo, command, has, output, root, run, target};

/// How long it looks, in seconds.
const SECONDS: u32 = 600;
/// The longest letter that it makes, in bytes: short ones reach the same code, and more of them fit in the time.
const LETTER_BYTES_MAX: u32 = 16 * 1024;
/// What makes rustc count the ways that are taken, as libFuzzer reads it. None of it needs a nightly compiler; only the
/// sanitizers do, and the program has no unsafe code of its own for them to watch.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

/// Builds the reader of letters so that it can be watched, and lets the fuzzer loose on it. What it learnt is kept for
/// the next night; a letter that breaks the reader is kept beside it, and named.
pub(crate) fn letters() -> Outcome {
    if !has("c++") {
        return Err("no C++ compiler (c++) is installed: libFuzzer is compiled from its source".to_owned());
    }
    let (package, built) = (root().join("fuzz"), target().join("fuzz"));
    let io = |error: std::io::Error| format!("the fuzzer's folders: {error}");
    // The very versions that the program is built from; it has no lock of its own that could differ.
    fs::copy(root().join("Cargo.lock"), package.join("Cargo.lock")).map_err(io)?;
    let compiler = output(command("rustc").arg("-vV"))?;
    let host = compiler.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not say its host")?;
    // With a target named, what runs while building is built as always.
    run(cargo(["build", "--release", "--manifest-path"])
        .arg(package.join("Cargo.toml"))
        .args(["--target", host, "--target-dir"])
        .arg(&built)
        .env("RUSTFLAGS", COVERAGE))?;
    let (corpus, broken) = (built.join("corpus"), built.join("broken"));
    fs::create_dir_all(&corpus).map_err(io)?;
    fs::create_dir_all(&broken).map_err(io)?;
    run(command(built.join(host).join("release/letter"))
        .args([format!("-max_total_time={SECONDS}"), format!("-max_len={LETTER_BYTES_MAX}")])
        .args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"])
        .arg(format!("-artifact_prefix={}/", broken.display()))
        .args([corpus, root().join("tests/vectors/mail"), root().join("tests/letters")]))
}
