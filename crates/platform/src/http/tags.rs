//! Entity tags (RFC 9110, 8.8.3 and 13.1). Ours are `"<revision>.<hash>"`: the revision is what a change is checked
//! against, and the hash of the answer tells whether anything at all is different, such as a name that stands in it.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use madoguchi_kernel::{
    Problem,
    problem::{Kind, Result},
};
use sha2::{Digest, Sha256};

/// No thing ever has this revision.
const NEVER: i64 = -1;

/// The tag of an answer.
pub(super) fn of(revision: i64, body: &[u8]) -> HeaderValue {
    let hash = Sha256::digest(body);
    let (hash, _) = hash.split_first_chunk().expect("32 bytes");
    let hash = u64::from_be_bytes(*hash);
    HeaderValue::from_str(&format!("\"{revision}.{hash:016x}\"")).expect("digits and letters in quotes")
}

/// A tag as a caller writes it.
#[derive(Debug, PartialEq)]
struct Tag<'a> {
    is_weak: bool,
    word: &'a str,
}

/// What a condition asks for.
#[derive(Debug, PartialEq)]
enum Asked<'a> {
    Any,
    OneOf(Vec<Tag<'a>>),
}

/// The condition in all headers of this name; `None` when there is none, an error when one is not written as tags are.
fn asked<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<Asked<'a>>, ()> {
    let mut tags = Vec::new();
    let mut is_there = false;
    for value in headers.get_all(name) {
        is_there = true;
        let mut left = value.to_str().map_err(|_| ())?.trim();
        if left == "*" {
            return Ok(Some(Asked::Any));
        }
        while !left.is_empty() {
            let is_weak = left.starts_with("W/");
            let quoted = left.strip_prefix("W/").unwrap_or(left).strip_prefix('"').ok_or(())?;
            let (word, rest) = quoted.split_once('"').ok_or(())?;
            tags.push(Tag { is_weak, word });
            let rest = rest.trim_start();
            if !rest.is_empty() && !rest.starts_with(',') {
                return Err(());
            }
            left = rest.trim_start_matches([',', ' ', '\t']);
        }
    }
    Ok(is_there.then_some(Asked::OneOf(tags)))
}

/// The revision that `If-Match` names, alone (`"7"`) or as in our tags. Weak tags never match. Revisions only grow,
/// so of several the newest is the one that can still hold; when none is ours, nothing matches. Only changes are
/// checked.
pub(super) fn seen_revision(method: &Method, headers: &HeaderMap) -> Result<Option<i64>> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return Ok(None);
    }
    match asked(headers, &header::IF_MATCH).map_err(|()| Problem::new(Kind::Malformed, "if_match.unknown"))? {
        None | Some(Asked::Any) => Ok(None),
        Some(Asked::OneOf(tags)) => {
            let strong = tags.iter().filter(|tag| !tag.is_weak);
            let revisions = strong.filter_map(|tag| tag.word.split('.').next()?.parse().ok());
            Ok(Some(revisions.max().unwrap_or(NEVER)))
        }
    }
}

/// Whether the caller has the answer with this tag already: weak and strong tags are alike for that.
fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    match asked(headers, &header::IF_NONE_MATCH) {
        Ok(Some(Asked::Any)) => true,
        Ok(Some(Asked::OneOf(tags))) => {
            tag.to_str().is_ok_and(|tag| tags.iter().any(|known| tag.trim_matches('"') == known.word))
        }
        Ok(None) | Err(()) => false,
    }
}

/// The answer, or 304 without a body for a caller who has it already.
pub fn unless_known(method: &Method, asked: &HeaderMap, response: Response) -> Response {
    let is_read = matches!(*method, Method::GET | Method::HEAD) && response.status() == StatusCode::OK;
    if !is_read || !response.headers().get(header::ETAG).is_some_and(|tag| is_known(asked, tag)) {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::from_str(value).expect("a value"))).collect()
    }

    #[test]
    fn if_match() {
        for (values, seen) in [
            (&[][..], Some(None)),
            (&["*"][..], Some(None)),
            (&["\"7\""][..], Some(Some(7))),
            (&["\"7.0123456789abcdef\""][..], Some(Some(7))),
            (&["\"7\", \"9.ab\" ,\"8\""][..], Some(Some(9))),
            (&["\"7\"", "\"8\""][..], Some(Some(8))),
            (&["W/\"7\""][..], Some(Some(NEVER))),
            (&["W/\"9\", \"7\""][..], Some(Some(7))),
            (&["\"somebody else's, with a comma\""][..], Some(Some(NEVER))),
            (&["7"][..], None),
            (&["\"7"][..], None),
            (&["\"7\" \"8\""][..], None),
        ] {
            assert_eq!(seen_revision(&Method::PATCH, &with(header::IF_MATCH, values)).ok(), seen, "{values:?}");
        }
    }

    #[test]
    fn if_none_match() {
        let tag = of(7, b"body");
        let written = tag.to_str().expect("text");
        for (value, known) in [
            ("*", true),
            (written, true),
            (&format!("W/{written}"), true),
            (&format!("\"6\", {written}"), true),
            ("\"7\"", false),
            (of(7, b"another").to_str().expect("text"), false),
            ("7", false),
        ] {
            assert_eq!(is_known(&with(header::IF_NONE_MATCH, &[value]), &tag), known, "{value}");
        }
    }
}
