//! Pictures that letters name elsewhere, fetched by us: the sender's server sees our machine and never the reader's. It is
//! the one request that waits for the outside: the picture is shown now or not at all.

use axum::{
    body::Body,
    extract::{Path, rejection::PathRejection},
    http::{HeaderValue, header},
    response::Response,
};
use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_platform::{
    access::May,
    http::{Answered, Ctx, to_be_saved},
};
use tokio::sync::Semaphore;

use crate::rights;

/// A larger picture is not fetched.
const PICTURE_BYTES_MAX: usize = 5 * 1024 * 1024;
/// Pictures that are fetched at once by this process.
const FETCHED_AT_ONCE_MAX: usize = 16;
static FETCHES: Semaphore = Semaphore::const_new(FETCHED_AT_ONCE_MAX);
/// A reader who opens the ticket again does not ask the sender's server again.
const KEPT: &str = "private, max-age=86400, immutable";

/// Fetch a picture that a letter names elsewhere. The address stands in the message's HTML; no other is known.
#[utoipa::path(get, path = "/api/v1/pictures/{signature}/{address}", tag = "tickets", operation_id = "show_picture",
    params(("signature" = String, Path), ("address" = String, Path)),
    responses((status = 200, content_type = "image/png", body = Vec<u8>)))]
pub async fn show_picture(
    ctx: Ctx,
    may: May<rights::Read>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Answered<Response> {
    let Path((signature, address)) = path.map_err(|_| Problem::not_found())?;
    let outside = ctx.app.pictures(may.tenant()).outside(&signature, &address)?;
    let turn = FETCHES.acquire().await.map_err(Problem::broken)?;
    let fetched = ctx.app.egress().get(&outside, PICTURE_BYTES_MAX).await;
    drop(turn);
    let bytes = fetched.map_err(|refused| {
        tracing::info!(%refused, "A picture that a letter names was not fetched");
        Problem::not_found()
    })?;
    // What the server calls it does not count: a picture is what begins like one.
    let kind = kind_of(&bytes).ok_or_else(Problem::not_found)?;
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    to_be_saved(headers, "picture");
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(KEPT));
    Ok(response)
}

/// The media type of a picture by its first bytes. SVG is none of these: it is a document that can hold a script.
fn kind_of(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', b'f' | b's', ..] => Some("image/avif"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::kind_of;

    #[test]
    fn a_picture_is_what_begins_like_one() {
        assert_eq!(kind_of(b"GIF89a\x01\x00"), Some("image/gif"));
        assert_eq!(kind_of(b"\x89PNG\r\n\x1a\n...."), Some("image/png"));
        for none in [&b"<svg xmlns='http://www.w3.org/2000/svg'>"[..], b"<html>", b"", b"GIF", b"%PDF-1.7"] {
            assert_eq!(kind_of(none), None);
        }
    }
}
