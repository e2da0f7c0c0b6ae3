//! `madoguchi search eval`: how well the product finds, on anybody's labelled questions; without a desk and without a server.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    time::Duration,
};

use madoguchi_kernel::{Language, Problem};
use madoguchi_platform::{
    search::{
        analysis::Analysis,
        index::Index,
        trial::{self, Judgements, Report},
    },
    words,
};
use rustix::time::{ClockId, clock_gettime};
use serde::de::DeserializeOwned;

use crate::{cli::SearchVerb, failure::Failure, out};

pub fn run(language: Language, verb: &SearchVerb) -> Result<(), Failure> {
    match verb {
        SearchVerb::Eval { docs, queries, qrels, json } => {
            let (documents, questions, judgements) = (lines(docs)?, lines(queries)?, judgements(qrels)?);
            // The dictionary is built for this one run, and so is the index: a trial leaves nothing behind.
            let folder = tempfile::tempdir().map_err(Problem::broken)?;
            let analysis = Analysis::open(&folder.path().join("dictionary"))?;
            let index = Index::open(&folder.path().join("index"))?;
            let report = trial::run(&analysis, &index, &documents, (&questions, &judgements), thread_time)?;
            let text = if *json {
                serde_json::to_string_pretty(&report).map_err(Problem::broken)?
            } else {
                told(language, &report)
            };
            out::line(text);
        }
    }
    Ok(())
}

/// CPU time of this thread: what else the machine does is not counted.
fn thread_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

fn told(language: Language, report: &Report) -> String {
    let share = |value: f64| format!("{value:.3}");
    let megabytes = format!("{:.1}", report.index.bytes as f64 / 1_000_000.0);
    words::say(
        language,
        "cli.search.report",
        &[
            ("documents", &report.documents.to_string()),
            ("queries", &report.queries.to_string()),
            ("p_at_1", &share(report.p_at_1)),
            ("mrr", &share(report.mrr)),
            ("ndcg", &share(report.ndcg_at_10)),
            ("recall", &share(report.recall_at_10)),
            ("p50", &report.latency.p50_us.to_string()),
            ("p90", &report.latency.p90_us.to_string()),
            ("p99", &report.latency.p99_us.to_string()),
            ("size", &megabytes),
        ],
    )
}

/// The values of a file of JSON lines. Empty lines say nothing.
fn lines<T: DeserializeOwned>(file: &Path) -> Result<Vec<T>, Failure> {
    let mut values = Vec::new();
    for (number, line) in numbered(file)? {
        values.push(serde_json::from_str(&line).map_err(|error| wrong(file, number, &error.to_string()))?);
    }
    Ok(values)
}

/// Lines of a question's id, a document's id and a grade, with tabs between them. TREC's files have a word more, which is
/// passed over; a head line too.
fn judgements(file: &Path) -> Result<Judgements, Failure> {
    let mut judgements = Judgements::new();
    for (number, line) in numbered(file)? {
        let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
        let ([question, document, grade] | [question, _, document, grade]) = cells.as_slice() else {
            return Err(wrong(file, number, "query<TAB>document<TAB>grade"));
        };
        match grade.parse() {
            Ok(grade) => {
                judgements.entry((*question).to_owned()).or_default().insert((*document).to_owned(), grade);
            }
            Err(_) if number == 1 => {}
            Err(error) => return Err(wrong(file, number, &error.to_string())),
        }
    }
    Ok(judgements)
}

fn numbered(file: &Path) -> Result<Vec<(usize, String)>, Failure> {
    let unreadable = |error| Failure::Unreadable(file.to_owned(), error);
    let mut lines = Vec::new();
    for (index, line) in BufReader::new(fs::File::open(file).map_err(unreadable)?).lines().enumerate() {
        let line = line.map_err(unreadable)?;
        if !line.trim().is_empty() {
            lines.push((index + 1, line.trim_start_matches('\u{feff}').to_owned()));
        }
    }
    Ok(lines)
}

fn wrong(file: &Path, number: usize, said: &str) -> Failure {
    let (file, line) = (file.display().to_string(), number.to_string());
    Failure::Said("cli.search.wrong_line", vec![("file", file), ("line", line), ("said", said.to_owned())])
}
