//! Problems on the wire: RFC 9457, with a stable code and a sentence in the caller's language.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use madoguchi_kernel::{Language, Problem, Word, problem::Kind};
use serde::Serialize;
use utoipa::ToSchema;

use crate::words;

/// The one table of statuses.
pub fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::Malformed => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Denied => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Stale => StatusCode::PRECONDITION_FAILED,
        Kind::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
        Kind::UriTooLong => StatusCode::URI_TOO_LONG,
        Kind::WrongMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// What went wrong (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemView {
    /// `about:blank`: the code says which problem it is.
    pub r#type: &'static str,
    /// What kind of problem, in the caller's language.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do, in the caller's language.
    pub detail: String,
    /// Stable code.
    pub code: &'static str,
    /// Wrong fields of the input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldView>,
}

/// A wrong field.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldView {
    /// Its path, such as `requester.email`.
    pub field: String,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong, in the caller's language.
    pub detail: String,
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

/// The body is written by the porch, which knows the caller's language.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = status_of(self.0.kind).into_response();
        response.extensions_mut().insert(Arc::new(self.0));
        response
    }
}

/// A problem on its way out of a handler.
#[derive(Debug)]
pub struct Failure(pub Problem);

/// What a refusal of the framework's means, such as a method for which there is no handler.
fn framework_said(status: StatusCode) -> Problem {
    match status {
        StatusCode::NOT_FOUND => Problem::not_found(),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(Kind::WrongMethod, "method.not_allowed"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::new(Kind::WrongMediaType, "content_type.unsupported"),
        status if status.is_server_error() => Problem::broken(format!("the framework answered {status}")),
        _ => Problem::new(Kind::Malformed, "request.unreadable"),
    }
}

/// Says in the caller's language what was refused without a word.
pub(super) fn worded(response: Response, language: Language) -> Response {
    let is_bare = is_refusal(&response) && !response.headers().contains_key(header::CONTENT_TYPE);
    if is_bare { written(response, language, "") } else { response }
}

fn is_refusal(response: &Response) -> bool {
    response.status().is_client_error() || response.status().is_server_error()
}

/// Writes the body of a response that carries a problem, and logs what is ours. A refusal that carries none is the
/// framework's own.
pub(super) fn written(response: Response, language: Language, request_id: &str) -> Response {
    let carried = response.extensions().get::<Arc<Problem>>().cloned();
    let problem = match carried {
        Some(problem) => problem,
        None if is_refusal(&response) => Arc::new(framework_said(response.status())),
        None => return response,
    };
    match problem.kind {
        Kind::Broken => tracing::error!(%problem, request_id, "A request failed"),
        Kind::Unavailable => tracing::warn!(%problem, request_id, "A request could not be served now"),
        _ => tracing::debug!(code = problem.code, request_id, "A request was refused"),
    }
    let status = status_of(problem.kind);
    let body = serde_json::to_vec(&view(&problem, language)).unwrap_or_default();
    let mut out = Response::new(Body::from(body));
    *out.status_mut() = status;
    *out.headers_mut() = response.headers().clone();
    out.headers_mut().remove(header::CONTENT_LENGTH);
    out.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    out.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    out.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    out.headers_mut().insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.word()));
    if problem.kind == Kind::Unauthenticated {
        out.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"madoguchi\""));
    }
    if matches!(problem.kind, Kind::Unavailable | Kind::TooMany) {
        let seconds =
            problem.params.iter().find(|(name, _)| *name == "seconds").map_or("5", |(_, seconds)| seconds.as_str());
        if let Ok(value) = HeaderValue::from_str(seconds) {
            out.headers_mut().insert(header::RETRY_AFTER, value);
        }
    }
    out
}

fn view(problem: &Problem, language: Language) -> ProblemView {
    let values: Vec<(&str, &dyn std::fmt::Display)> =
        problem.params.iter().map(|(name, value)| (*name, value as &dyn std::fmt::Display)).collect();
    let field = |field: &madoguchi_kernel::problem::FieldProblem| FieldView {
        field: field.field.clone(),
        code: field.code,
        detail: words::say(language, &format!("problems.field.{}", field.code), &values),
    };
    ProblemView {
        r#type: "about:blank",
        title: words::say(language, &format!("problems.title.{}", status_of(problem.kind).as_u16()), &[]),
        status: status_of(problem.kind).as_u16(),
        detail: words::say(language, &format!("problems.{}", problem.code), &values),
        code: problem.code,
        errors: problem.fields.iter().map(field).collect(),
    }
}
