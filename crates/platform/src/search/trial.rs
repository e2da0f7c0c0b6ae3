//! How well the product finds, tried on anybody's labelled questions: the same analysis, index and ranking as at the desk.

use std::{collections::HashMap, time::Duration};

use madoguchi_kernel::problem::Result;
use serde::{Deserialize, Serialize};

use super::{
    analysis::Analysis,
    index::{Entry, Index},
    measure::{Grades, Measures},
    ranking,
};

/// How many results of a question are looked at.
const RESULTS: usize = 100;

/// A document of the trial.
#[derive(Deserialize)]
pub struct Document {
    /// Its id.
    pub id: String,
    /// What it is called.
    #[serde(default)]
    pub title: String,
    /// What it says.
    #[serde(default)]
    pub body: String,
    /// Its language, such as `ja`. The analysis sees by itself what it has before it; it is taken so that nobody has to leave it out.
    #[serde(default)]
    pub lang: Option<String>,
}

/// A question of the trial.
#[derive(Deserialize)]
pub struct Question {
    /// Its id.
    pub id: String,
    /// What is asked.
    pub text: String,
}

/// What the judges said: of each question by its id.
pub type Judgements = HashMap<String, Grades>;

/// What came of a trial.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// How many documents there are.
    pub documents: usize,
    /// How many questions count: those of which somebody said what is worth finding.
    pub queries: usize,
    /// The share of questions whose first result is worth finding.
    #[serde(rename = "p@1")]
    pub p_at_1: f64,
    /// Mean reciprocal rank of the first that is, among the first hundred.
    pub mrr: f64,
    /// Mean discounted gain of the first ten, gain `2^grade - 1`.
    #[serde(rename = "ndcg@10")]
    pub ndcg_at_10: f64,
    /// Mean share of what is worth finding among the first ten.
    #[serde(rename = "recall@10")]
    pub recall_at_10: f64,
    /// What a question takes.
    pub latency: Latency,
    /// What the index takes.
    pub index: Size,
}

/// CPU time of a question, in microseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Latency {
    /// Half of them take no longer.
    pub p50_us: u64,
    /// Nine of ten.
    pub p90_us: u64,
    /// Ninety-nine of a hundred.
    pub p99_us: u64,
}

/// What the index takes.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Size {
    /// Bytes of the whole index.
    pub bytes: u64,
    /// CPU seconds of the thread that analyses; the segments are written by another.
    pub analysis_seconds: f64,
}

/// Runs it. `spent` tells the CPU time that the thread has used so far.
pub fn run(
    analysis: &Analysis,
    index: &Index,
    documents: &[Document],
    (questions, judgements): (&[Question], &Judgements),
    spent: impl Fn() -> Duration,
) -> Result<Report> {
    let began = spent();
    let mut writer = index.writer()?;
    for document in documents {
        writer.add(
            analysis,
            Entry { id: &document.id, title: &document.title, body: &document.body, ..Entry::default() },
        )?;
    }
    let analysis_seconds = (spent().saturating_sub(began)).as_secs_f64();
    writer.commit()?;
    index.reload()?;
    let (mut measured, mut took) = (Vec::new(), Vec::new());
    for question in questions {
        let Some(grades) = judgements.get(&question.id).filter(|grades| grades.values().any(|grade| *grade > 0)) else {
            continue;
        };
        let began = spent();
        let found = ranking::ask(index, analysis, &question.text, RESULTS)?;
        took.push(spent().saturating_sub(began));
        let ids: Vec<String> = found.into_iter().map(|found| found.id).collect();
        measured.push(Measures::of(&ids, grades));
    }
    let mean = Measures::mean(&measured);
    Ok(Report {
        documents: documents.len(),
        queries: measured.len(),
        p_at_1: mean.p_at_1,
        mrr: mean.reciprocal_rank,
        ndcg_at_10: mean.ndcg_at_10,
        recall_at_10: mean.recall_at_10,
        latency: latency(took),
        index: Size { bytes: index.bytes()?, analysis_seconds },
    })
}

fn latency(mut took: Vec<Duration>) -> Latency {
    took.sort_unstable();
    let at = |share: usize| {
        let index = (took.len() * share / 100).min(took.len().saturating_sub(1));
        took.get(index).map_or(0, |took| u64::try_from(took.as_micros()).unwrap_or(u64::MAX))
    };
    Latency { p50_us: at(50), p90_us: at(90), p99_us: at(99) }
}
