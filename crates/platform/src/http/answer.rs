//! Answers, kept as bytes so that a repeated request can be given the very same one.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use madoguchi_kernel::{Cursor, Page, Problem, problem::Result};
use serde::Serialize;
use utoipa::ToSchema;

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
}
impl<T, U: From<T>> From<Page<T>> for Listed<U> {
    fn from(page: Page<T>) -> Self {
        Self {
            items: page.items.into_iter().map(U::from).collect(),
            next: page.next.map(|cursor: Cursor| cursor.to_string()),
        }
    }
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
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if self.status != StatusCode::NO_CONTENT {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(revision) = self.revision {
            headers.insert(header::ETAG, HeaderValue::from_str(&format!("\"{revision}\"")).expect("digits in quotes"));
        }
        if let Some(cookie) = self.cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
            headers.insert(header::SET_COOKIE, cookie);
        }
        response
    }
}
