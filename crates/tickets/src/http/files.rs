//! Files: uploaded before the message that they go with, read only by those who may see the ticket.

use std::io;

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::Engine as _;
use futures_util::{Stream, stream};
use madoguchi_kernel::{
    Problem,
    problem::{Kind, Result},
};
use madoguchi_platform::{
    access::May,
    http::{
        Answer, Answered, Ctx, FILES_OF_MESSAGES, IdPath, Queried, Signature, SignedPath, require_announced,
        to_be_saved,
    },
};
use serde::Deserialize;
use tokio::io::AsyncRead;
use tokio_util::io::ReaderStream;
use utoipa::IntoParams;

use super::shapes::{ArchiveView, AttachmentView};
use crate::{
    archive,
    attachments::{
        self, Attachment, AttachmentId, AttachmentKind, Encoding, NAME_CHARACTERS_MAX, NewAttachment,
        bytes::{bare, lenient},
    },
    rights,
};

/// A file to upload.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// Its name.
    name: String,
}

/// Upload a file for a message that is being written.
#[utoipa::path(post, path = "/api/v1/attachments", tag = "tickets", operation_id = "add_attachment", params(UploadQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 201, body = AttachmentView)))]
pub async fn add_attachment(
    ctx: Ctx,
    may: May<rights::Note>,
    Queried(query): Queried<UploadQuery>,
    request: Request,
) -> Answered {
    let name = tidy_name(&query.name);
    if name.is_empty() {
        return Err(Problem::field("name", "required").into());
    }
    let content_type = media_type(&request);
    let limit = ctx.app.settings().upload_bytes_max;
    require_announced(request.body(), limit)?;
    let stored = attachments::unused::uploads(ctx.app.blobs())
        .put_stream(may.tenant(), limit, request.into_body().into_data_stream())
        .await?;
    let size = i64::try_from(stored.size).map_err(Problem::broken)?;
    let file = NewAttachment {
        name,
        content_type,
        size_bytes: size,
        blob: stored.blob,
        blob_from: 0,
        blob_bytes: size,
        encoding: Encoding::Plain,
        inline: false,
        cid: None,
    };
    let answer = ctx.post_of(&stored.sha256, async move |tx| {
        let id = attachments::add(tx, &may, &file).await?;
        let kept = attachments::find(tx, &may, id).await?;
        Answer::created(&AttachmentView::from(&kept))
    });
    Ok(answer.await?)
}

/// Find out where a file can be fetched: at a signed address, for five minutes.
#[utoipa::path(get, path = "/api/v1/attachments/{id}", tag = "tickets", operation_id = "show_attachment", params(("id" = i64, Path)),
    responses((status = 302, description = "The address of the bytes", headers(("location" = String)))))]
pub async fn show_attachment(
    ctx: Ctx,
    may: May<rights::Read>,
    IdPath(id): IdPath<AttachmentKind>,
    asked: HeaderMap,
) -> Answered<Response> {
    let tenant = may.tenant();
    ctx.read(async move |tx| attachments::find(tx, &may, id).await.map(drop)).await?;
    // A picture that a page of ours shows, or takes in order to show it.
    let is_picture = asked.get("sec-fetch-dest").is_some_and(|dest| dest == "image")
        || asked.get(header::ACCEPT).is_some_and(|accepted| accepted == "image/*");
    let address = if is_picture { ctx.app.signed_picture(tenant, id) } else { ctx.app.signed_file(tenant, id) };
    let location = HeaderValue::from_str(&address).map_err(Problem::broken)?;
    let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((StatusCode::FOUND, headers).into_response())
}

/// List what is in a ZIP, without unpacking it. Names are read however Windows, macOS and others wrote them.
#[utoipa::path(get, path = "/api/v1/attachments/{id}/entries", tag = "tickets", operation_id = "list_entries_of_attachment",
    params(("id" = i64, Path)), responses((status = 200, body = ArchiveView)))]
pub async fn list_entries_of_attachment(
    ctx: Ctx,
    may: May<rights::Read>,
    IdPath(id): IdPath<AttachmentKind>,
) -> Answered {
    let file = ctx.read(async move |tx| attachments::find(tx, &may, id).await).await?;
    let end = attachments::bytes::end(ctx.app.blobs(), ctx.app.house().db(), &file, archive::END_BYTES).await?;
    let size = u64::try_from(file.size_bytes).map_err(Problem::broken)?;
    let listing = archive::list(&end, size).ok_or_else(|| Problem::new(Kind::Invalid, "attachment.no_archive"))?;
    Ok(Answer::shown(&ArchiveView::from(listing))?)
}

/// Fetch a file by its signed address. It is handed out to be saved, never to be run or shown as a page of ours.
#[utoipa::path(get, path = "/files/{tenant}/{id}", tag = "tickets", operation_id = "fetch_file",
    params(("tenant" = i64, Path), ("id" = i64, Path), Signature),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
pub async fn fetch_file(ctx: Ctx, path: SignedPath, Queried(signature): Queried<Signature>) -> Answered<Response> {
    let (tenant, id): (_, AttachmentId) = ctx.app.signed(path, FILES_OF_MESSAGES, &signature)?;
    let file = ctx.app.house().read(tenant, async move |tx| attachments::find_signed(tx, tenant, id).await).await?;
    let body = match file.encoding {
        Encoding::Plain => Body::from_stream(ReaderStream::new(opened(&ctx, &file).await?)),
        Encoding::Base64 if file.blob_bytes > BASE64_PIECE_BYTES => Body::from_stream(pieces(&ctx, &file)?),
        Encoding::Base64 | Encoding::QuotedPrintable => {
            Body::from(attachments::read(ctx.app.blobs(), ctx.app.house().db(), &file).await?)
        }
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let harmless = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(&file.content_type).unwrap_or(harmless));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(file.size_bytes));
    to_be_saved(headers, &file.name);
    Ok(response)
}

async fn opened(ctx: &Ctx, file: &Attachment) -> Result<impl AsyncRead + Send + use<>> {
    let (bytes, _) = ctx.app.blobs().get(ctx.app.house().db(), &file.blob).await?;
    Ok(bytes)
}

/// Bytes of a large file in base64 that are read at once.
const BASE64_PIECE_BYTES: i64 = 1024 * 1024;

/// The bytes of a large file that stands in base64 inside a letter, one piece after the other.
fn pieces(ctx: &Ctx, file: &Attachment) -> Result<impl Stream<Item = Result<Bytes, io::Error>> + Send + use<>> {
    let (blobs, house, name) = (ctx.app.blobs().clone(), ctx.app.house().clone(), file.blob.clone());
    let number = |number: i64| u64::try_from(number).map_err(Problem::broken);
    let (from, end) = (number(file.blob_from)?, number(file.blob_from + file.blob_bytes)?);
    let step = number(BASE64_PIECE_BYTES)?;
    Ok(stream::try_unfold((from, Vec::new()), move |(at, mut left)| {
        let (blobs, house, name) = (blobs.clone(), house.clone(), name.clone());
        async move {
            if at >= end {
                return Ok(None);
            }
            let next = end.min(at + step);
            let raw = blobs.read_part(house.db(), &name, at, next - at).await.map_err(io::Error::other)?;
            left.extend(bare(raw));
            // Four signs are three bytes; what is over goes with the next piece, and all of it with the last.
            let whole = if next == end { left.len() } else { left.len() / 4 * 4 };
            let rest = left.split_off(whole);
            Ok(Some((Bytes::from(lenient().decode(left).map_err(io::Error::other)?), (next, rest))))
        }
    }))
}

/// The name alone: no path, no control or direction marks, within the limit.
fn tidy_name(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_odd = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    base.chars().filter(|c| !is_odd(*c)).take(NAME_CHARACTERS_MAX).collect::<String>().trim().to_owned()
}

fn media_type(request: &Request) -> String {
    let given = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    given.filter(|given| given.len() <= 200 && given.contains('/')).unwrap_or("application/octet-stream").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(tidy_name("../../etc/見積書.pdf"), "見積書.pdf");
        assert_eq!(tidy_name("invoice\u{202e}fdp.exe"), "invoicefdp.exe");
    }
}
