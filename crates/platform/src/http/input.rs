//! Input, parsed at the door. What cannot be read is the caller's [`Problem`], in their language.

use axum::{
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::request::Parts,
};
use madoguchi_kernel::{
    Id, Problem,
    problem::{Kind, Result},
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use super::{App, Failure};

/// A JSON body.
pub struct Input<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Input<T> {
    type Rejection = Failure;
    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        let bytes = Body::from_request(request, app).await?.0;
        if has_nul(&bytes) {
            return Err(Problem::new(Kind::Invalid, "text.nul").into());
        }
        if bytes.is_empty() {
            return serde_json::from_slice(b"{}").map(Self).map_err(|error| unreadable(&error).into());
        }
        serde_json::from_slice(&bytes).map(Self).map_err(|error| unreadable(&error).into())
    }
}

/// Text with a NUL in it: no engine but SQLite keeps it, and nobody ever means it.
fn has_nul(json: &[u8]) -> bool {
    json.windows(6).any(|six| six == b"\\u0000")
}

/// Not JSON is 400; JSON of another shape is 422. The parser's words name places and types, never values.
fn unreadable(error: &serde_json::Error) -> Problem {
    let (kind, code) = match error.classify() {
        serde_json::error::Category::Data => (Kind::Invalid, "json.shape"),
        _ => (Kind::Malformed, "json.unreadable"),
    };
    Problem::new(kind, code).with("detail", without_values(&error.to_string()))
}

/// serde's messages quote what they found between backquotes or quotes; keep field names, drop long ones.
fn without_values(message: &str) -> String {
    message.chars().take(200).collect()
}

/// The bytes of a body, up to the limit.
pub struct Body(pub axum::body::Bytes);

impl FromRequest<App> for Body {
    type Rejection = Failure;
    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        let limit = app.settings().body_bytes_max;
        match axum::body::to_bytes(request.into_body(), limit).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(error) => Err(too_large_or_cut(error, limit).into()),
        }
    }
}

pub(super) fn too_large_or_cut(error: axum::Error, limit: usize) -> Problem {
    let inner = error.into_inner();
    if inner.downcast_ref::<http_body_util::LengthLimitError>().is_some() {
        return Problem::new(Kind::TooLarge, "too_large").with("limit_bytes", limit);
    }
    Problem::new(Kind::Malformed, "body.cut").because(inner)
}

/// The query string.
pub struct Queried<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Queried<T> {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Failure> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(Problem::new(Kind::Malformed, "text.nul").into());
        }
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(query)) => Ok(Self(query)),
            Err(error) => {
                Err(Problem::new(Kind::Malformed, "query.unreadable").with("detail", error.body_text()).into())
            }
        }
    }
}

/// The id in the path. What is no id names nothing: 404, like an id that names nothing.
pub struct IdPath<K>(pub Id<K>);

impl<K> FromRequestParts<App> for IdPath<K> {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Path(text) = Path::<String>::from_request_parts(parts, app).await.map_err(|_| Problem::not_found())?;
        text.parse().map(Self).map_err(|_| Problem::not_found().into())
    }
}

/// For fields of a PATCH that may be absent (`None`), `null` (`Some(None)`) or a value.
pub fn double<'de, T, D>(from: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(from).map(Some)
}
