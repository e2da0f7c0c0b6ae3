//! Every statement of the program is one that both engines understand: it is prepared on each, against the schema,
//! whether or not some story happens to run it.
//!
//! Statements that are put together from parts (`Query`) are not whole before they run; their stories run them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use madoguchi_kernel::Param;
use madoguchi_platform::{
    both_engines,
    db::{Engine, Reach, Sql},
    testing::TestHouse,
};

/// Statements that some story makes for itself.
const OF_TESTS: &str = ".test_";

/// More parameters than any statement has.
const PARAMETERS_MAX: usize = 64;

/// Crates whose statements are not the product's.
const TOOLS: &[&str] = &["bench", "xtask"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// A Rust string literal at the beginning of a text, and what comes after it.
fn literal(text: &str) -> Option<(String, &str)> {
    let mut rest = text.trim_start().strip_prefix('"')?;
    let mut said = String::new();
    loop {
        let end = rest.find(['"', '\\'])?;
        said.push_str(&rest[..end]);
        rest = &rest[end..];
        if let Some(after) = rest.strip_prefix('"') {
            return Some((said, after));
        }
        match rest[1..].chars().next()? {
            '\n' => rest = rest[2..].trim_start(),
            'n' => {
                said.push('\n');
                rest = &rest[2..];
            }
            escaped => {
                said.push(escaped);
                rest = &rest[1 + escaped.len_utf8()..];
            }
        }
    }
}

/// Statements in these files are about PostgreSQL itself.
const OF_POSTGRES: &[&str] = &["backup/postgres.rs", "doctor.rs"];
/// And so are these.
const NAMED_OF_POSTGRES: &[&str] = &["platform.database_now"];

/// The name and text of every `Sql::new` of the product that is meant for this engine.
fn statements(engine: Engine) -> Vec<(String, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("crates");
    let mut files = Vec::new();
    for member in fs::read_dir(crates).expect("crates") {
        let member = member.expect("a crate").path();
        if !TOOLS.iter().any(|tool| member.ends_with(tool)) {
            sources(&member.join("src"), &mut files);
        }
    }
    let mut found = Vec::new();
    files.retain(|file| engine == Engine::Postgres || !OF_POSTGRES.iter().any(|only| file.ends_with(only)));
    for file in files {
        let text = fs::read_to_string(&file).expect("text");
        for (at, call) in text.match_indices("Sql::new(") {
            let Some((name, rest)) = literal(&text[at + call.len()..]) else { continue };
            let text = rest.trim_start().strip_prefix(',').and_then(literal);
            let (text, _) = text.unwrap_or_else(|| panic!("{name} in {} is not a plain text", file.display()));
            let is_foreign = engine == Engine::Sqlite && NAMED_OF_POSTGRES.contains(&name.as_str());
            if !name.contains(OF_TESTS) && !is_foreign {
                found.push((name, text));
            }
        }
    }
    found
}

fn leaked(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

both_engines! {
    async fn every_statement_can_be_prepared(engine: Engine) {
        let house = TestHouse::open(engine).await;
        let statements = statements(engine);
        assert!(statements.len() > 200, "the sources are where they are looked for");
        let mut refused = Vec::new();
        for (nth, (name, text)) in statements.into_iter().enumerate() {
            let name = leaked(name);
            let prepared = match engine {
                Engine::Sqlite => {
                    let explained: &'static Sql = Box::leak(Box::new(Sql::new(name, leaked(format!("EXPLAIN {text}")))));
                    let rows = house.read(Reach::House, async move |tx| {
                        let nothing: [&dyn Param; PARAMETERS_MAX] = [&None::<i64>; PARAMETERS_MAX];
                        tx.all::<(i64,)>(explained, &nothing).await
                    });
                    rows.await.map(drop)
                }
                Engine::Postgres => {
                    let text = leaked(format!("PREPARE statement_{nth} AS {text}"));
                    let prepare: &'static Sql = Box::leak(Box::new(Sql::new(name, text)));
                    house.write(Reach::House, async move |tx| tx.run(prepare, &[]).await.map(drop)).await
                }
            };
            refused.extend(prepared.err().map(|problem| format!("{name}: {problem}")));
        }
        assert!(refused.is_empty(), "{refused:#?}");
    }
}
