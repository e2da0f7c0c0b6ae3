//! Requests that are answered before they were read to their end: one that is refused at the door, or is too large.
//!
//! A client that is still writing then must get the answer all the same. A little is read and thrown away, and the
//! connection lives on. Of more, the answer says that the connection ends (RFC 9112, 9.6), and what still comes is
//! thrown away for a while after our last byte: a socket that is closed over unread bytes resets the connection, and
//! the answer is lost with it.

use std::{
    future::{Ready, ready},
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    Extension,
    body::{Body, HttpBody},
    extract::{Request, State},
    http::{HeaderValue, Version, header},
    middleware::{AddExtension, Next},
    response::Response,
};
use axum_server::accept::Accept;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tower::Layer;

use crate::clock::{Clock, Waiting};

/// So little of a body that nobody wants is read, and the connection lives on.
const READ_OUT_BYTES_MAX: u64 = 64 * 1024;
/// How long that may take.
const READ_OUT_WITHIN: Duration = Duration::from_secs(1);
/// What a client may still send after our answer, in bytes.
const LINGER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How long it may still send.
const LINGER_WITHIN: Duration = Duration::from_secs(10);
/// What is thrown away at once, in bytes.
const THROWN_BYTES: usize = 16 * 1024;

/// Whether something that was sent on a connection will not be read.
#[derive(Clone, Debug, Default)]
pub(super) struct Unread(Arc<AtomicBool>);

/// Sees to it that whoever still writes gets the answer.
pub(super) async fn answered_early(State(clock): State<Arc<dyn Clock>>, request: Request, next: Next) -> Response {
    let unread = request.extensions().get::<Unread>().cloned();
    let Some(unread) = unread.filter(|_| request.version() <= Version::HTTP_11) else { return next.run(request).await };
    // Who waits for our word before the body (`Expect: 100-continue`) sends none after a refusal.
    let waits = request.headers().contains_key(header::EXPECT);
    let (parts, body) = request.into_parts();
    if body.is_end_stream() {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let body = Arc::new(Mutex::new(body));
    let mut response = next.run(Request::from_parts(parts, Body::new(Lent(body.clone())))).await;
    let rest = std::mem::take(&mut *body.lock().unwrap_or_else(PoisonError::into_inner));
    if rest.is_end_stream() {
        return response;
    }
    let is_read = !waits
        && tokio::select! {
            is_read = is_read_out(rest) => is_read,
            () = clock.sleep(READ_OUT_WITHIN) => false,
        };
    if !is_read {
        unread.0.store(true, Ordering::Relaxed);
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Whether the rest was little enough to be read to its end.
async fn is_read_out(mut rest: Body) -> bool {
    let mut read = 0;
    while read + rest.size_hint().lower() <= READ_OUT_BYTES_MAX {
        match rest.frame().await {
            None | Some(Err(_)) => return true,
            Some(Ok(frame)) => read += frame.data_ref().map_or(0, |data| data.len() as u64),
        }
    }
    false
}

/// A body that is taken back once the answer is there.
struct Lent(Arc<Mutex<Body>>);

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;
    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).poll_frame(cx)
    }
    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_end_stream()
    }
    fn size_hint(&self) -> SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}

/// Accepts connections that linger where something was left unread.
#[derive(Clone)]
pub(super) struct Lingering(pub Arc<dyn Clock>);

impl<I, S> Accept<I, S> for Lingering {
    type Stream = Lingered<I>;
    type Service = AddExtension<S, Unread>;
    type Future = Ready<io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let unread = Unread::default();
        let service = Extension(unread.clone()).layer(service);
        ready(Ok((Lingered { stream, unread, clock: self.0.clone(), end: None }, service)))
    }
}

/// A connection whose end waits until the other side has ended too, if it is still writing.
pub(super) struct Lingered<I> {
    stream: I,
    unread: Unread,
    clock: Arc<dyn Clock>,
    end: Option<End>,
}

/// After our last byte.
struct End {
    waited: Waiting<'static>,
    left_bytes: usize,
}

impl<I: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Lingered<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, pieces)
    }
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, unread, clock, end } = &mut *self;
        let end = match end {
            Some(end) => end,
            None => {
                ready!(Pin::new(&mut *stream).poll_shutdown(cx))?;
                if !unread.0.load(Ordering::Relaxed) {
                    return Poll::Ready(Ok(()));
                }
                let clock = clock.clone();
                let waited = Box::pin(async move { clock.sleep(LINGER_WITHIN).await });
                end.insert(End { waited, left_bytes: LINGER_BYTES_MAX })
            }
        };
        let mut thrown = [0; THROWN_BYTES];
        while end.left_bytes > 0 && end.waited.as_mut().poll(cx).is_pending() {
            let mut thrown = ReadBuf::new(&mut thrown);
            match ready!(Pin::new(&mut *stream).poll_read(cx, &mut thrown)) {
                Ok(()) if !thrown.filled().is_empty() => {
                    end.left_bytes = end.left_bytes.saturating_sub(thrown.filled().len());
                }
                Ok(()) | Err(_) => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Lingered<I> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}
