//! For those who watch over the house: is it alive, is it ready, and its figures.

use std::{
    net::SocketAddr,
    sync::{Arc, LazyLock},
    time::Duration,
};

use axum::{
    Router,
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use madoguchi_kernel::{Timestamp, problem::Result};
use madoguchi_platform::{config::MetricsFor, db::Reach, house::House, outbound};
use prometheus::{Encoder, HistogramOpts, HistogramVec, IntGauge, Registry, TextEncoder};

/// How long the database may take before we say that we are not ready.
const READY_WITHIN: Duration = Duration::from_secs(2);

/// From a fast read to a slow search, in seconds.
const BUCKETS: &[f64] = &[0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

struct Figures {
    registry: Registry,
    requests: HistogramVec,
    memory: IntGauge,
    commits: IntGauge,
    uptime: IntGauge,
    facts_waiting: IntGauge,
    facts_parked: IntGauge,
    jobs_waiting: IntGauge,
    jobs_dead: IntGauge,
}

static FIGURES: LazyLock<Figures> = LazyLock::new(|| {
    let registry = Registry::new();
    let options =
        HistogramOpts::new("madoguchi_http_request_seconds", "Requests by route and status").buckets(BUCKETS.to_vec());
    let requests = HistogramVec::new(options, &["method", "route", "status"]).expect("sound names");
    registry.register(Box::new(requests.clone())).expect("registered once");
    let gauge = |name: &str, help: &str| {
        let gauge = IntGauge::new(name, help).expect("sound names");
        registry.register(Box::new(gauge.clone())).expect("registered once");
        gauge
    };
    let memory = gauge("madoguchi_anonymous_memory_bytes", "Anonymous resident memory");
    let commits = gauge("madoguchi_sqlite_commits", "Commits synced so far");
    let uptime = gauge("madoguchi_uptime_seconds", "Since the start");
    let facts_waiting = gauge("madoguchi_facts_waiting", "Facts that the listeners have not heard yet");
    let facts_parked = gauge("madoguchi_facts_parked", "Facts that a listener could not hear");
    let jobs_waiting = gauge("madoguchi_jobs_waiting", "Jobs that wait or run");
    let jobs_dead = gauge("madoguchi_jobs_dead", "Jobs that wait for a person");
    Figures { registry, requests, memory, commits, uptime, facts_waiting, facts_parked, jobs_waiting, jobs_dead }
});

#[derive(Clone)]
struct Watched {
    house: House,
    since: Timestamp,
    figures_for: MetricsFor,
}

/// `/healthz`, `/readyz`, `/metrics`.
pub fn routes(house: House, figures_for: MetricsFor) -> Router {
    let since = house.clock().now();
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(Arc::new(Watched { house, since, figures_for }))
}

/// Ready is who can read what is committed and is not about to leave.
async fn readyz(State(watched): State<Arc<Watched>>) -> Response {
    let house = &watched.house;
    let read = async { house.read(Reach::House, async |tx| outbound::is_held(tx).await).await };
    let ready: Option<Result<bool>> = tokio::select! {
        read = read => Some(read),
        () = house.clock().sleep(READY_WITHIN) => None,
    };
    match ready {
        Some(Ok(_)) if !house.stopping().is_cancelled() => "ready\n".into_response(),
        Some(Ok(_)) => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response(),
        Some(Err(_)) | None => (StatusCode::SERVICE_UNAVAILABLE, "the database is away\n").into_response(),
    }
}

async fn metrics(
    State(watched): State<Arc<Watched>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let is_open = match watched.figures_for {
        MetricsFor::Everyone => true,
        // What a proxy on this machine hands on comes from elsewhere.
        MetricsFor::Local => peer.ip().to_canonical().is_loopback() && !headers.contains_key("x-forwarded-for"),
        MetricsFor::Nobody => false,
    };
    if !is_open {
        return StatusCode::NOT_FOUND.into_response();
    }
    let figures = &*FIGURES;
    figures.memory.set(anonymous_memory());
    figures.commits.set(watched.house.db().commits().cast_signed());
    figures.uptime.set(watched.house.clock().now().since(watched.since).as_secs().cast_signed());
    // Without the database the other figures are worth all the more.
    if let Ok(waiting) = watched.house.waiting().await {
        figures.facts_waiting.set(waiting.facts);
        figures.facts_parked.set(waiting.parked_facts);
        figures.jobs_waiting.set(waiting.jobs);
        figures.jobs_dead.set(waiting.dead_jobs);
    }
    let mut text = Vec::new();
    match TextEncoder::new().encode(&figures.registry.gather(), &mut text) {
        Ok(()) => ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "Figures could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// From the kernel's own account, in bytes; 0 where it keeps none.
fn anonymous_memory() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<i64>().ok()).map_or(0, |kib| kib * 1024)
}

/// Takes the time of every request, under its route: ids in URLs would make a figure for each.
pub async fn timed(house: &House, request: Request, next: Next) -> Response {
    let (route, method) = (request.extensions().get::<MatchedPath>().cloned(), request.method().clone());
    let begun = house.clock().now();
    let response = next.run(request).await;
    let took = house.clock().now().since(begun);
    let route = route.as_ref().map_or("other", MatchedPath::as_str);
    FIGURES
        .requests
        .with_label_values(&[method.as_str(), route, response.status().as_str()])
        .observe(took.as_secs_f64());
    response
}
