//! Answers, kept as bytes so that a repeated request can be given the very same one.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use madoguchi_kernel::{Cursor, Page, Problem, problem::Result};
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use super::tags;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listed<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Give it as `after` for the next page; absent on the last.
    pub next: Option<String>,
}

impl<T> Listed<T> {
    /// Everything there is.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
    /// One page of the list of this name, to be gone on with by [`place`].
    pub fn page<R>(list: &str, page: Page<R>, view: impl FnMut(R) -> T) -> Self {
        Self { items: page.items.into_iter().map(view).collect(), next: page.next.map(|cursor| cursor.of(list)) }
    }
}

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// At most this many.
    #[param(inline)]
    pub limit: Option<Limit>,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// How many rows of a list are asked for, which is from one to so many as any list gives on a page.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(transparent)]
pub struct Limit(i64);

/// Rows of one page of any list.
pub const PAGE_ROWS_MAX: usize = 200;

impl Limit {
    /// How many rows: `unasked` when nobody says. Fewer than one and more than a page are refused, for whoever is given
    /// less than they asked for may take it for all there is.
    pub fn rows(asked: Option<Self>, unasked: usize) -> Result<usize> {
        let Some(Self(asked)) = asked else { return Ok(unasked) };
        let rows = usize::try_from(asked).ok().filter(|rows| (1..=PAGE_ROWS_MAX).contains(rows));
        rows.ok_or_else(|| Problem::field("limit", "out_of_range").with("min", 1).with("max", PAGE_ROWS_MAX))
    }
}

impl PartialSchema for Limit {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(PAGE_ROWS_MAX)).into()
    }
}
impl ToSchema for Limit {}

/// Where in the list of this name a page is to begin, from `after`.
pub fn place(list: &str, after: Option<&str>) -> Result<Option<Cursor>> {
    after.map(|text| Cursor::within(list, text)).transpose()
}

/// A JSON answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// The revision of the thing that it shows.
    pub revision: Option<i64>,
    /// A cookie to set.
    pub cookie: Option<String>,
    /// The JSON; empty for none.
    pub body: Vec<u8>,
}

impl Answer {
    /// 200 with this view.
    pub fn shown<T: Serialize>(view: &T) -> Result<Self> {
        Self::of(StatusCode::OK, view)
    }
    /// 201 with this view.
    pub fn created<T: Serialize>(view: &T) -> Result<Self> {
        Self::of(StatusCode::CREATED, view)
    }
    /// 204.
    pub fn done() -> Self {
        Self { status: StatusCode::NO_CONTENT, revision: None, cookie: None, body: Vec::new() }
    }
    fn of<T: Serialize>(status: StatusCode, view: &T) -> Result<Self> {
        Ok(Self { status, revision: None, cookie: None, body: serde_json::to_vec(view).map_err(Problem::broken)? })
    }
    /// With the revision as `ETag`.
    #[must_use]
    pub fn at(mut self, revision: i64) -> Self {
        self.revision = Some(revision);
        self
    }
    /// With a cookie.
    #[must_use]
    pub fn with_cookie(mut self, cookie: String) -> Self {
        self.cookie = Some(cookie);
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let tag = self.revision.map(|revision| tags::of(revision, &self.body));
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if self.status != StatusCode::NO_CONTENT {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(tag) = tag {
            headers.insert(header::ETAG, tag);
        }
        if let Some(cookie) = self.cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
            headers.insert(header::SET_COOKIE, cookie);
        }
        response
    }
}
