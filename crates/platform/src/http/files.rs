//! Handing files out: by a path that is signed for a few minutes, so that a file needs no cookie to be read and
//! can be served from an address of its own, where nothing of ours is within its reach.

use std::time::Duration;

use axum::{
    extract::{Path, Request, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, Uri, header},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use madoguchi_kernel::{
    Id, Problem, TenantId, Timestamp,
    problem::{Kind, Result},
};
use serde::Deserialize;
use sha2::Sha256;
use utoipa::IntoParams;

use super::App;

/// How long a signed path opens what it names.
pub const SIGNED_FOR: Duration = Duration::from_secs(5 * 60);
/// Signed paths begin with this, and nothing else does.
const FILES: &str = "/files/";
/// Files of messages stand in the folder itself.
pub const FILES_OF_MESSAGES: &str = "";
const PURPOSE: &str = "http.files";

/// What makes a path of a file good, and until when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The last second in which it is good, counted from 1970.
    until: i64,
    /// Shows that we wrote it.
    signature: String,
}

/// The two parts of a signed path: the tenant, and whose bytes they are.
pub type SignedPath = std::result::Result<Path<(String, String)>, PathRejection>;

impl App {
    /// Where whoever holds the answer may fetch a file for the next minutes. Only for a caller who may see it.
    pub fn signed_file<K>(&self, tenant: TenantId, id: Id<K>) -> String {
        let origin = self.settings().files_origin.as_deref().unwrap_or_default();
        format!("{origin}{}", self.signed_picture(tenant, id))
    }

    /// The same at the desk's own address: a picture inside a page of ours, whose policy knows no other address. A
    /// picture runs nothing, and opened by itself it is handed out to be saved like any file.
    pub fn signed_picture<K>(&self, tenant: TenantId, id: Id<K>) -> String {
        self.signed_in(tenant, FILES_OF_MESSAGES, id)
    }

    /// The same for bytes that are no file of a message: below a folder of their own, such as `letters/`.
    pub fn signed_in<K>(&self, tenant: TenantId, folder: &str, id: Id<K>) -> String {
        let until = self.house().clock().now().after(SIGNED_FOR).micros() / 1_000_000;
        let signature = URL_SAFE_NO_PAD.encode(self.signing(tenant, (folder, id), until).finalize().into_bytes());
        format!("{FILES}{tenant}/{folder}{id}?until={until}&signature={signature}")
    }

    /// Whose bytes a path in this folder names. One that we did not sign is refused as if nothing were there, and one whose
    /// time is over by its name.
    pub fn signed<K>(&self, path: SignedPath, folder: &str, shown: &Signature) -> Result<(TenantId, Id<K>)> {
        let Path((tenant, id)) = path.map_err(|_| Problem::not_found())?;
        let tenant: TenantId = tenant.parse().map_err(|_| Problem::not_found())?;
        let id: Id<K> = id.parse().map_err(|_| Problem::not_found())?;
        self.require_signed(tenant, (folder, id), shown)?;
        Ok((tenant, id))
    }

    fn require_signed<K>(&self, tenant: TenantId, (folder, id): (&str, Id<K>), shown: &Signature) -> Result<()> {
        let given = URL_SAFE_NO_PAD.decode(&shown.signature).map_err(|_| Problem::not_found())?;
        self.signing(tenant, (folder, id), shown.until).verify_slice(&given).map_err(|_| Problem::not_found())?;
        if Timestamp::from_micros(shown.until * 1_000_000) < self.house().clock().now() {
            return Err(Problem::new(Kind::Denied, "file.link_expired"));
        }
        Ok(())
    }

    fn signing<K>(&self, tenant: TenantId, (folder, id): (&str, Id<K>), until: i64) -> Hmac<Sha256> {
        let key = self.keys().derive(tenant, PURPOSE);
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key.reveal()).expect("any length is a key");
        mac.update(format!("{folder}{id}/{until}").as_bytes());
        mac
    }
}

/// The headers with which a file goes out: to be saved, never to be run or shown as a page of ours.
pub fn to_be_saved(headers: &mut HeaderMap, name: &str) {
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::CONTENT_DISPOSITION, disposition(name));
}

/// `attachment` with the name twice (RFC 6266): plain for old programs, and whole in UTF-8 (RFC 8187).
fn disposition(name: &str) -> HeaderValue {
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%');
    let plain: String = name.chars().map(|c| if is_plain(c) || c == ' ' { c } else { '_' }).collect();
    let mut whole = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            whole.push_str(&format!("%{byte:02X}"));
        }
    }
    HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}"))
        .expect("printable ASCII alone")
}

/// At the address that is kept for files there is nothing else: no page, no API, and so nothing to steal.
pub(super) fn is_out_of_place(app: &App, request: &Request) -> bool {
    let apart = app.settings().files_origin.as_deref().and_then(|origin| origin.split_once("://"));
    let is_apart = apart.is_some_and(|(_, host)| host_of(request.uri(), request.headers()) == Some(host));
    is_apart && !request.uri().path().starts_with(FILES)
}

/// HTTP/2 names the host in the URI, HTTP/1.1 beside it.
pub(super) fn host_of<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let named = uri.authority().map(axum::http::uri::Authority::as_str);
    named.or_else(|| headers.get(header::HOST).and_then(|host| host.to_str().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, header) in [
            ("a b.pdf", "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf"),
            ("見積.pdf", "attachment; filename=\"__.pdf\"; filename*=UTF-8''%E8%A6%8B%E7%A9%8D.pdf"),
            ("a\"b\\c%20.txt", "attachment; filename=\"a_b_c_20.txt\"; filename*=UTF-8''a%22b%5Cc%2520.txt"),
        ] {
            assert_eq!(disposition(name), header);
        }
    }
}
