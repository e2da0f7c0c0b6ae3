//! Whose page asks. A page of another site can make a browser send our cookie, but not our `Origin`.

use axum::http::{HeaderMap, Uri, header};
use madoguchi_kernel::{
    Problem,
    problem::{Kind, Result},
};

use super::{HttpSettings, files::host_of};

/// The origin of pages at this address, as browsers write it: in small letters, without the port that goes without
/// saying.
pub fn origin_of(url: &str) -> String {
    let url = url.trim_end_matches('/').to_ascii_lowercase();
    let plain = match url.split_once("://") {
        Some(("https", host)) => host.strip_suffix(":443").map(|host| format!("https://{host}")),
        Some(("http", host)) => host.strip_suffix(":80").map(|host| format!("http://{host}")),
        Some(_) | None => None,
    };
    plain.unwrap_or(url)
}

/// Refuses what a page of another site asks for.
///
/// Where the address that people use is set, its pages alone may change something: no proxy that rewrites `Host`, and
/// no name that was made to lead here, says otherwise. Where nobody set one, a page may change what its own host was
/// asked for. A foreign name that leads here (DNS rebinding) then passes, but with nothing in its hands: a browser
/// gives the session's cookie to the host that set it and to no other.
pub(super) fn require_own(settings: &HttpSettings, uri: &Uri, headers: &HeaderMap) -> Result<()> {
    let asks = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let host = host_of(uri, headers);
    let is_own = match &settings.origin {
        Some(own) => asks == Some(own),
        None => asks.and_then(|asks| asks.split_once("://")).is_some_and(|(_, asks)| host == Some(asks)),
    };
    if is_own {
        return Ok(());
    }
    let asked = settings.public_url.split_once("://").zip(host).map(|((scheme, _), host)| format!("{scheme}://{host}"));
    let own = settings.origin.clone().or(asked).unwrap_or_else(|| settings.public_url.clone());
    Err(Problem::new(Kind::Denied, "origin.foreign").with("url", own))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn an_address_as_browsers_write_it() {
        for (url, origin) in [
            ("https://Desk.Example.jp/", "https://desk.example.jp"),
            ("https://desk.example.jp:443", "https://desk.example.jp"),
            ("http://desk:80", "http://desk"),
            ("http://desk:443", "http://desk:443"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ] {
            assert_eq!(origin_of(url), origin);
        }
    }

    #[test]
    fn a_set_address_is_the_only_one() {
        let set = Some("https://desk.example.jp");
        for (own, host, origin, is_own) in [
            (set, "desk.example.jp", Some("https://desk.example.jp"), true),
            (set, "10.0.0.5:8080", Some("https://desk.example.jp"), true),
            (set, "evil.example", Some("https://evil.example"), false),
            (set, "desk.example.jp", Some("http://desk.example.jp"), false),
            (set, "desk.example.jp", None, false),
            (None, "10.0.0.5:8080", Some("http://10.0.0.5:8080"), true),
            (None, "10.0.0.5:8080", Some("http://evil.example"), false),
            (None, "10.0.0.5:8080", Some("null"), false),
            (None, "10.0.0.5:8080", None, false),
        ] {
            let settings = HttpSettings { origin: own.map(str::to_owned), ..HttpSettings::default() };
            let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            let answer = require_own(&settings, &Uri::from_static("/api/v1/tickets"), &headers);
            assert_eq!(answer.is_ok(), is_own, "{own:?} {host} {origin:?}");
        }
    }
}
