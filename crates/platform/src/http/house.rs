//! The house's own doors: the change feed, and the page of dead letters.

use madoguchi_kernel::{Problem, Timestamp, Word, problem::Result};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::{Answer, Answered, Ctx, IdPath, Input, Limit, Listed, PAGE_ROWS_MAX, PageQuery, Queried, Routes, place};
use crate::{
    access::{May, Right},
    house::{
        dead_jobs, feed,
        parked::{self, Place},
    },
};

/// Read the change feed.
pub struct ReadFacts;
impl Right for ReadFacts {
    const KEY: &'static str = "fact.read";
}
/// Look at dead letters, try them again or skip them.
pub struct TendHouse;
impl Right for TendHouse {
    const KEY: &'static str = "house.tend";
}
/// Every right of the house, for the editor of roles.
pub const RIGHTS: &[&str] = &[ReadFacts::KEY, TendHouse::KEY];

/// Facts of one page when nobody says.
const FACTS_PER_PAGE: usize = 100;

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_facts))
        .routes(routes!(list_dead_letters))
        .routes(routes!(retry_dead_letter))
        .routes(routes!(skip_dead_letter))
        .routes(routes!(list_dead_jobs))
        .routes(routes!(retry_dead_job))
        .routes(routes!(skip_dead_job))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FactsQuery {
    /// Facts after this position of the feed.
    #[serde(default)]
    after: i64,
    /// At most this many.
    #[param(inline)]
    limit: Option<Limit>,
}

/// A thing whose facts are counted.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct StreamView {
    kind: String,
    id: i64,
}

/// Who did it: an agent, a token, a contact, or a part of the program.
#[derive(Serialize, ToSchema)]
struct FactActor {
    kind: &'static str,
    id: Option<i64>,
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
struct FactView {
    feed_seq: i64,
    id: i64,
    stream: StreamView,
    seq: i64,
    kind: String,
    #[schema(value_type = Object)]
    data: Box<RawValue>,
    actor: FactActor,
    origin: &'static str,
    #[schema(value_type = String)]
    occurred_at: Timestamp,
    #[schema(value_type = String)]
    recorded_at: Timestamp,
}

/// List what happened, in the order in which it was committed, without a gap.
#[utoipa::path(get, path = "/api/v1/facts", tag = "house", operation_id = "list_facts", params(FactsQuery),
    responses((status = 200, body = Listed<FactView>)))]
async fn list_facts(ctx: Ctx, may: May<ReadFacts>, Queried(query): Queried<FactsQuery>) -> Answered {
    let limit = Limit::rows(query.limit, FACTS_PER_PAGE)?;
    let asked = i64::try_from(limit).map_err(Problem::broken)?;
    let entries =
        ctx.read(async move |tx| feed::after(tx, may.tenant(), may.walls(), query.after, asked).await).await?;
    let next = (entries.len() == limit).then(|| entries.last().map(|entry| entry.feed_seq.to_string())).flatten();
    let view = |entry: feed::FeedEntry| {
        let fact = entry.fact;
        Ok(FactView {
            feed_seq: entry.feed_seq,
            id: fact.id.number(),
            stream: StreamView { kind: fact.stream_kind, id: fact.stream_id },
            seq: fact.seq,
            kind: fact.kind,
            data: RawValue::from_string(fact.data).map_err(Problem::broken)?,
            actor: FactActor { kind: fact.actor_kind.word(), id: fact.actor_id },
            origin: fact.origin.word(),
            occurred_at: fact.occurred_at,
            recorded_at: fact.recorded_at,
        })
    };
    let items = entries.into_iter().map(view).collect::<Result<Vec<_>>>()?;
    Ok(Answer::shown(&Listed { items, next })?)
}

/// Which fact could not be heard.
#[derive(Serialize, ToSchema)]
struct ParkedFactView {
    id: i64,
    kind: String,
    seq: i64,
}

/// A fact that a listener could not hear.
#[derive(Serialize, ToSchema)]
struct DeadLetterView {
    listener: String,
    stream: StreamView,
    fact: ParkedFactView,
    attempts: i64,
    error: Option<String>,
    state: &'static str,
    #[schema(value_type = String)]
    since: Timestamp,
    #[schema(value_type = String)]
    next_at: Timestamp,
}

impl From<parked::DeadLetter> for DeadLetterView {
    fn from(letter: parked::DeadLetter) -> Self {
        Self {
            listener: letter.listener,
            stream: StreamView { kind: letter.stream_kind, id: letter.stream_id },
            fact: ParkedFactView { id: letter.fact.number(), kind: letter.kind, seq: letter.seq },
            attempts: letter.attempts,
            error: letter.error,
            state: letter.state.word(),
            since: letter.since,
            next_at: letter.next_at,
        }
    }
}

/// List facts that a listener could not hear, the oldest first.
#[utoipa::path(get, path = "/api/v1/dead-letters", tag = "house", operation_id = "list_dead_letters", params(PageQuery),
    responses((status = 200, body = Listed<DeadLetterView>)))]
async fn list_dead_letters(ctx: Ctx, may: May<TendHouse>, Queried(query): Queried<PageQuery>) -> Answered {
    let limit = Limit::rows(query.limit, PAGE_ROWS_MAX)?;
    let after = query.after.as_deref().map(str::parse::<Place>).transpose()?;
    let page = ctx.read(async move |tx| parked::list(tx, may.tenant(), after.as_ref(), limit).await).await?;
    let next = page.next.map(|place| place.to_string());
    Ok(Answer::shown(&Listed { items: page.items.into_iter().map(DeadLetterView::from).collect(), next })?)
}

/// Which dead letter.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WhichDeadLetter {
    listener: String,
    stream: StreamView,
}

/// Let a listener try a fact again.
#[utoipa::path(post, path = "/api/v1/dead-letters/retry", tag = "house", operation_id = "retry_dead_letter",
    request_body = WhichDeadLetter, responses((status = 204)))]
async fn retry_dead_letter(ctx: Ctx, may: May<TendHouse>, Input(which): Input<WhichDeadLetter>) -> Answered {
    Ok(ctx
        .post(async move |tx| {
            parked::try_again(tx, may.tenant(), &which.listener, which.stream.id).await.map(|()| Answer::done())
        })
        .await?)
}

/// Give up on a fact for a listener; those behind it go on.
#[utoipa::path(post, path = "/api/v1/dead-letters/skip", tag = "house", operation_id = "skip_dead_letter",
    request_body = WhichDeadLetter, responses((status = 204)))]
async fn skip_dead_letter(ctx: Ctx, may: May<TendHouse>, Input(which): Input<WhichDeadLetter>) -> Answered {
    Ok(ctx
        .post(async move |tx| {
            parked::skip(tx, may.tenant(), &which.listener, which.stream.id).await.map(|()| Answer::done())
        })
        .await?)
}

/// Work for later that failed at its last try.
#[derive(Serialize, ToSchema)]
struct DeadJobView {
    id: i64,
    kind: String,
    topic: Option<String>,
    attempts: i64,
    error: Option<String>,
    #[schema(value_type = String)]
    since: Timestamp,
    #[schema(value_type = String)]
    created_at: Timestamp,
}

impl From<dead_jobs::DeadJob> for DeadJobView {
    fn from(job: dead_jobs::DeadJob) -> Self {
        let dead_jobs::DeadJob { id, kind, topic, attempts, error, since, created_at } = job;
        Self { id, kind, topic, attempts, error, since, created_at }
    }
}

/// Marks ids of jobs.
enum JobId {}

/// List jobs that failed at their last try, the oldest first.
#[utoipa::path(get, path = "/api/v1/dead-jobs", tag = "house", operation_id = "list_dead_jobs", params(PageQuery),
    responses((status = 200, body = Listed<DeadJobView>)))]
async fn list_dead_jobs(ctx: Ctx, may: May<TendHouse>, Queried(query): Queried<PageQuery>) -> Answered {
    let (after, limit) = (place("dead-jobs", query.after.as_deref())?, Limit::rows(query.limit, PAGE_ROWS_MAX)?);
    let page = ctx.read(async move |tx| dead_jobs::list(tx, may.tenant(), after, limit).await).await?;
    Ok(Answer::shown(&Listed::page("dead-jobs", page, DeadJobView::from))?)
}

/// Try a job again, from its first try.
#[utoipa::path(post, path = "/api/v1/dead-jobs/{id}/retry", tag = "house", operation_id = "retry_dead_job",
    params(("id" = i64, Path)), responses((status = 204)))]
async fn retry_dead_job(ctx: Ctx, may: May<TendHouse>, IdPath(id): IdPath<JobId>) -> Answered {
    Ok(ctx
        .post(async move |tx| dead_jobs::try_again(tx, may.tenant(), id.number()).await.map(|()| Answer::done()))
        .await?)
}

/// Give a job up.
#[utoipa::path(post, path = "/api/v1/dead-jobs/{id}/skip", tag = "house", operation_id = "skip_dead_job",
    params(("id" = i64, Path)), responses((status = 204)))]
async fn skip_dead_job(ctx: Ctx, may: May<TendHouse>, IdPath(id): IdPath<JobId>) -> Answered {
    Ok(ctx.post(async move |tx| dead_jobs::skip(tx, may.tenant(), id.number()).await.map(|()| Answer::done())).await?)
}
