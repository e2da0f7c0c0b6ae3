//! For whoever runs the program: is it alive, is it ready, what does it do.

use axum::{
    Router,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use madoguchi_kernel::{Problem, problem::Result};
use prometheus::{Encoder, Histogram, HistogramOpts, IntCounterVec, IntGauge, Opts, Registry, TextEncoder};

use super::{Answered, App};
use crate::{
    db::{Reach, Sql, Tx},
    record,
};

/// Upper bounds of the histogram of answers, in seconds.
const SECONDS: &[f64] = &[0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0];

static WAITING: Sql = Sql::new(
    "platform.waiting",
    "SELECT (SELECT count(*) FROM dispatches), (SELECT count(*) FROM jobs WHERE state <> 'dead' AND kind <> 'house.every'),
            (SELECT count(*) FROM jobs WHERE state = 'dead'), (SELECT count(*) FROM parked_facts)",
);

record! {
    /// Work that waits.
    struct Waiting {
        facts: i64,
        jobs: i64,
        dead_jobs: i64,
        parked_facts: i64,
    }
}

/// What is counted while requests pass.
pub(super) struct Figures {
    registry: Registry,
    answers: IntCounterVec,
    seconds: Histogram,
    commits: IntGauge,
    facts_waiting: IntGauge,
    jobs_waiting: IntGauge,
    jobs_dead: IntGauge,
    facts_parked: IntGauge,
}

impl Figures {
    pub fn new() -> Self {
        let registry = Registry::new();
        let gauge = |name: &str, help: &str| {
            let gauge = IntGauge::new(name, help).expect("a sound name");
            registry.register(Box::new(gauge.clone())).expect("registered once");
            gauge
        };
        let answers = IntCounterVec::new(
            Opts::new("madoguchi_http_answers_total", "Answers by method and status."),
            &["method", "status"],
        );
        let seconds = Histogram::with_opts(
            HistogramOpts::new("madoguchi_http_answer_seconds", "Time to the answer, in seconds.")
                .buckets(SECONDS.to_vec()),
        );
        let (answers, seconds) = (answers.expect("a sound name"), seconds.expect("a sound name"));
        registry.register(Box::new(answers.clone())).expect("registered once");
        registry.register(Box::new(seconds.clone())).expect("registered once");
        Self {
            commits: gauge("madoguchi_sqlite_commits", "Commits that were synced since the start."),
            facts_waiting: gauge("madoguchi_facts_waiting", "Facts that the listeners have not heard yet."),
            jobs_waiting: gauge("madoguchi_jobs_waiting", "Jobs that wait or run."),
            jobs_dead: gauge("madoguchi_jobs_dead", "Jobs that wait for a person."),
            facts_parked: gauge("madoguchi_facts_parked", "Facts that a listener could not hear."),
            registry,
            answers,
            seconds,
        }
    }

    pub fn answered(&self, method: &str, status: StatusCode, seconds: f64) {
        self.answers.with_label_values(&[method, status.as_str()]).inc();
        self.seconds.observe(seconds);
    }
}

/// `/healthz`, `/readyz` and `/metrics`: outside of every tenant, without anything about anybody.
pub fn ops() -> Router<App> {
    Router::new().route("/healthz", get(healthy)).route("/readyz", get(ready)).route("/metrics", get(metrics))
}

async fn healthy() -> &'static str {
    "ok\n"
}

/// Ready means that the database answers and that we are not closing.
async fn ready(State(app): State<App>) -> Response {
    let answers = app.house().read(Reach::House, async move |tx| waiting(tx).await).await.is_ok();
    if answers && !app.house().stopping().is_cancelled() {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
    }
}

async fn waiting(tx: &Tx<'_>) -> Result<Waiting> {
    tx.one(&WAITING, &[]).await
}

async fn metrics(State(app): State<App>) -> Answered<Response> {
    let waiting = app.house().read(Reach::House, async move |tx| waiting(tx).await).await?;
    let figures = app.figures();
    figures.facts_waiting.set(waiting.facts);
    figures.jobs_waiting.set(waiting.jobs);
    figures.jobs_dead.set(waiting.dead_jobs);
    figures.facts_parked.set(waiting.parked_facts);
    figures.commits.set(i64::try_from(app.house().db().commits()).unwrap_or(i64::MAX));
    let mut text = Vec::new();
    TextEncoder::new().encode(&figures.registry.gather(), &mut text).map_err(Problem::broken)?;
    let mut response = Response::new(axum::body::Body::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4"));
    Ok(response)
}
