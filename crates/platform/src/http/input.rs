//! Input, parsed at the door. What cannot be read is the caller's [`Problem`], in their language.

use axum::{
    body::HttpBody,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{HeaderMap, header, request::Parts},
};
use madoguchi_kernel::{
    Id, Problem,
    problem::{Kind, Result},
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

use super::{App, Failure, shape};

/// A JSON body.
pub struct Input<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Input<T> {
    type Rejection = Failure;
    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        let is_json = says_json(request.headers());
        let bytes = Body::from_request(request, app).await?.0;
        if bytes.is_empty() {
            return read_json(b"{}").map(Self).map_err(Failure);
        }
        if !is_json {
            return Err(Problem::new(Kind::WrongMediaType, "content_type.unsupported").into());
        }
        if let Some(field) = field_with_nul(&bytes) {
            return Err(nul_in(field).into());
        }
        read_json(&bytes).map(Self).map_err(Failure)
    }
}

/// `application/json`, or what is built on it, such as `application/merge-patch+json`.
fn says_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Text with a NUL in it: no engine but SQLite keeps it, and nobody ever means it.
fn nul_in(field: String) -> Problem {
    Problem::new(Kind::Invalid, "text.nul").and_field(field, "nul")
}

/// The path of the first text that holds one, or of whatever bears such a name. Only what looks like one is parsed for
/// it: a backslash may itself be escaped.
fn field_with_nul(json: &[u8]) -> Option<String> {
    json.windows(6).any(|six| six == b"\\u0000").then_some(())?;
    let mut path = Vec::new();
    is_nul_within(&serde_json::from_slice(json).ok()?, &mut path).then(|| path.join("."))
}

fn is_nul_within(value: &Value, path: &mut Vec<String>) -> bool {
    let mut is_in = |name: String, value: &Value| {
        let is_named = name.contains('\0');
        path.push(name.replace('\0', ""));
        let is_found = is_named || is_nul_within(value, path);
        if !is_found {
            path.pop();
        }
        is_found
    };
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().enumerate().any(|(at, item)| is_in(at.to_string(), item)),
        Value::Object(members) => members.iter().any(|(name, value)| is_in(name.clone(), value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Not JSON is 400, with the place; JSON of another shape is 422, with the field. An array is no object without names.
fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::new(Kind::Invalid, "json.shape").with("line", 1).with("column", 1));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let in_shape = serde_json::from_slice(bytes).ok();
        let wrong = in_shape.as_ref().and_then(shape::of_json::<T>);
        wrong.unwrap_or_else(|| {
            let (kind, code) = match in_shape {
                Some(_) => (Kind::Invalid, "json.shape"),
                None => (Kind::Malformed, "json.unreadable"),
            };
            Problem::new(kind, code).with("line", error.line()).with("column", error.column())
        })
    })
}

/// The bytes of a body, up to the limit.
pub struct Body(pub axum::body::Bytes);

impl FromRequest<App> for Body {
    type Rejection = Failure;
    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        Ok(Self(whole(request.into_body(), app.settings().body_bytes_max).await?))
    }
}

/// All of a body. One that announces itself as too large is refused before any of it is asked for.
pub(super) async fn whole(body: axum::body::Body, limit: usize) -> Result<axum::body::Bytes> {
    require_announced(&body, limit as u64)?;
    axum::body::to_bytes(body, limit).await.map_err(|error| too_large_or_cut(error, limit))
}

/// Refuses a body that says beforehand that it is larger than this, in bytes.
pub fn require_announced(body: &axum::body::Body, limit: u64) -> Result<()> {
    match body.size_hint().lower() > limit {
        true => Err(Problem::new(Kind::TooLarge, "too_large").with("limit_bytes", limit)),
        false => Ok(()),
    }
}

fn too_large_or_cut(error: axum::Error, limit: usize) -> Problem {
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
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|_| Problem::new(Kind::Malformed, "query.unreadable"))?;
        if let Some((name, _)) = pairs.iter().find(|(name, value)| name.contains('\0') || value.contains('\0')) {
            return Err(nul_in(name.replace('\0', "")).into());
        }
        shape::query(pairs).map(Self).map_err(Failure)
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

/// The word in the path. What is no text names nothing either.
pub struct WordPath(pub String);

impl FromRequestParts<App> for WordPath {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Path(text) = Path::<String>::from_request_parts(parts, app).await.map_err(|_| Problem::not_found())?;
        Ok(Self(text))
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

/// For fields of a PATCH that may be absent and never `null`: a ticket without a subject is none.
pub fn present<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(from).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_is_told_with_its_path() {
        for (json, field) in [
            (r#"{"message": {"text": "a\u0000b"}}"#, Some("message.text")),
            (r#"{"tags": ["a", {"b": 1}, "\u0000"]}"#, Some("tags.2")),
            (r#"{"a": {"b\u0000": 1}}"#, Some("a.b")),
            (r#""\u0000""#, Some("")),
            (r#"{"a": "no NUL: \\u0000"}"#, None),
            (r#"{"a": "\u0000"#, None),
        ] {
            assert_eq!(field_with_nul(json.as_bytes()).as_deref(), field, "{json}");
        }
    }
}
