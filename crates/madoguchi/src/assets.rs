//! The console, embedded: its pages and files, compressed when it was built.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use madoguchi_platform::http::unless_known;
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../web/apps/console/dist"]
struct Console;

const PAGE: &str = "index.html";
/// Files whose name holds a hash of their content.
const HASHED: &str = "assets/";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

/// Scripts come from us alone. Inline styles are what the editor and positioned menus set; blobs are pictures
/// being attached, and the frame in which a letter's HTML is shown.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; frame-src 'self' blob:; connect-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

/// Answers what no other route does: a file of the console, or one of its pages, which the console finds by
/// the URL itself.
pub async fn serve(request: Request) -> Response {
    let (method, headers) = (request.method(), request.headers());
    if !matches!(*method, Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    if is_served(path) && Console::get(path).is_some() {
        return unless_known(method, headers, file(path, headers));
    }
    if is_page(path) {
        return unless_known(method, headers, file(PAGE, headers));
    }
    // Somebody with a browser is shown around by the console's own page for what is not there.
    let mut response = if reads_pages(headers) { file(PAGE, headers) } else { Response::new(Body::empty()) };
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn reads_pages(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|kinds| kinds.contains("text/html"))
}

/// `/`, `/setup` and everything below `/t/{slug}`; a name with an ending is a file that is not there.
fn is_page(path: &str) -> bool {
    let is_ours = path.is_empty() || path == "setup" || path == "t" || path.starts_with("t/");
    is_ours && !path.rsplit('/').next().is_some_and(|name| name.contains('.'))
}

/// The build's own notes are nobody's business, and compressed forms have no URL of their own.
fn is_served(path: &str) -> bool {
    !path.starts_with('.') && !path.ends_with(".br") && !path.ends_with(".gz")
}

fn file(path: &str, asked: &HeaderMap) -> Response {
    let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some((file, encoding)) = best(path, accepted) else { return StatusCode::NOT_FOUND.into_response() };
    let tag = tag(&file, encoding);
    let mut response = Response::new(Body::from(file.data));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(path)));
    let cached = if path.starts_with(HASHED) { FOR_EVER } else { ASK_AGAIN };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cached));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if path == PAGE {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    }
    response
}

/// The smallest form that the browser takes.
fn best(path: &str, accepted: &str) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let takes = |coding: &str| {
        accepted.split(',').any(|item| {
            let mut parts = item.split(';').map(str::trim);
            parts.next() == Some(coding) && !parts.any(|part| part == "q=0")
        })
    };
    for (ending, coding) in [("br", "br"), ("gz", "gzip")] {
        if takes(coding)
            && let Some(file) = Console::get(&format!("{path}.{ending}"))
        {
            return Some((file, Some(coding)));
        }
    }
    Console::get(path).map(|file| (file, None))
}

fn tag(file: &EmbeddedFile, encoding: Option<&str>) -> String {
    let hash: String = file.metadata.sha256_hash()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hash}{}\"", encoding.unwrap_or_default())
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(path: &str, headers: &[(&'static str, &str)]) -> Response {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        serve(request.body(Body::empty()).expect("a request")).await
    }

    #[tokio::test]
    async fn pages_are_the_console_and_guarded() {
        for path in ["/", "/setup?token=x", "/t/acme", "/t/acme/tickets/5"] {
            let response = get(path, &[]).await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8", "{path}");
            assert!(response.headers().contains_key("content-security-policy"), "{path}");
            assert_eq!(response.headers()["cache-control"], ASK_AGAIN, "{path}");
        }
    }

    #[tokio::test]
    async fn what_is_not_there_is_not_found() {
        for path in ["/nothing", "/assets/none.js", "/t/acme/favicon.ico", "/.vite/manifest.json", "/index.html.br"] {
            assert_eq!(get(path, &[]).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
        let page = get("/nothing", &[("accept", "text/html,*/*;q=0.8"), ("if-none-match", "*")]).await;
        assert_eq!((page.status(), page.headers().contains_key("content-type")), (StatusCode::NOT_FOUND, true));
        let post = Request::post("/").body(Body::empty()).expect("a request");
        assert_eq!(serve(post).await.status(), StatusCode::METHOD_NOT_ALLOWED);
    }

    #[tokio::test]
    async fn a_page_that_is_known_is_not_sent_again() {
        let tag = get("/", &[]).await.headers()["etag"].to_str().expect("text").to_owned();
        assert_eq!(get("/", &[("if-none-match", &tag)]).await.status(), StatusCode::NOT_MODIFIED);
    }

    #[tokio::test]
    async fn the_browser_has_its_say_about_compression() {
        for accepted in ["br;q=0, gzip;q=0", "identity", ""] {
            let response = get("/", &[("accept-encoding", accepted)]).await;
            assert!(!response.headers().contains_key("content-encoding"), "{accepted}");
        }
        if Console::get("index.html.br").is_some() {
            let response = get("/", &[("accept-encoding", "gzip, deflate, br")]).await;
            assert_eq!(response.headers()["content-encoding"], "br");
        }
    }
}
