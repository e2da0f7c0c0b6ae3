//! The line to a client: what it says is read in pieces, what we answer is sent when it has nothing more to say, and in
//! between it may become encrypted.

use std::{io, time::Duration};

use bytes::{Buf, BytesMut};
use madoguchi_platform::house::House;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use super::{command::LINE_BYTES_MAX, reply::Reply};

/// What is read at once, in bytes.
const PIECE_BYTES: usize = 64 * 1024;
/// What is read at once while commands are spoken: an idle line takes little.
const COMMANDS_BYTES: usize = 4 * 1024;
/// How long an answer may take to be sent.
const SENT_WITHIN: Duration = Duration::from_secs(60);
/// How long encrypting may take.
const ENCRYPTED_WITHIN: Duration = Duration::from_secs(60);

/// Both ends of a connection.
pub trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<W: AsyncRead + AsyncWrite + Unpin + Send> Wire for W {}

/// Why a line ended.
#[derive(Debug)]
pub enum Ended {
    /// The client hung up, or the connection broke.
    Gone(io::Error),
    /// The client said nothing for too long.
    Slow,
    /// The house stops.
    Stopping,
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        Self::Gone(error)
    }
}

/// What a client said.
#[derive(Debug)]
pub enum Said {
    /// A line, without its end.
    Line(BytesMut),
    /// Something that is no line of a command: too long, or not ended by `CRLF`.
    NoLine,
}

/// The line to a client.
pub struct Line {
    house: House,
    wire: Box<dyn Wire>,
    input: BytesMut,
    output: String,
}

impl Line {
    /// Over this wire.
    pub fn new(house: &House, wire: Box<dyn Wire>) -> Self {
        Self { house: house.clone(), wire, input: BytesMut::new(), output: String::new() }
    }

    /// Says something, as soon as we would wait for the client.
    pub fn say(&mut self, reply: &Reply) {
        self.output.push_str(&reply.written());
    }

    /// What the client says next, if it does so in time.
    pub async fn hear(&mut self, within: Duration) -> Result<Said, Ended> {
        loop {
            if let Some(end) = self.input.iter().take(LINE_BYTES_MAX).position(|byte| *byte == b'\n') {
                let mut line = self.input.split_to(end + 1);
                line.truncate(end);
                let ends_well = line.last() == Some(&b'\r');
                line.truncate(end.saturating_sub(1));
                return Ok(if ends_well && !line.contains(&b'\r') { Said::Line(line) } else { Said::NoLine });
            }
            if self.input.len() >= LINE_BYTES_MAX {
                return Ok(Said::NoLine);
            }
            self.read(within, COMMANDS_BYTES).await?;
        }
    }

    /// A piece of a letter; what of it was not used is given back by [`Self::used`].
    pub async fn piece(&mut self, within: Duration) -> Result<&[u8], Ended> {
        if self.input.is_empty() {
            self.read(within, PIECE_BYTES).await?;
        }
        Ok(&self.input)
    }

    /// So much of the piece was used.
    pub fn used(&mut self, bytes: usize) {
        self.input.advance(bytes);
    }

    /// Whether the client said something before it heard our last answer.
    pub fn has_more(&self) -> bool {
        !self.input.is_empty()
    }

    async fn read(&mut self, within: Duration, at_once: usize) -> Result<(), Ended> {
        self.send().await?;
        self.input.reserve(at_once);
        let stopping = self.house.stopping().clone();
        let read = tokio::select! {
            // What was said in time counts, however late we look.
            biased;
            read = self.wire.read_buf(&mut self.input) => read?,
            () = self.house.clock().sleep(within) => return Err(Ended::Slow),
            () = stopping.cancelled() => return Err(Ended::Stopping),
        };
        if read == 0 { Err(Ended::Gone(io::ErrorKind::UnexpectedEof.into())) } else { Ok(()) }
    }

    /// Sends what is to be said.
    pub async fn send(&mut self) -> Result<(), Ended> {
        if self.output.is_empty() {
            return Ok(());
        }
        let output = std::mem::take(&mut self.output);
        let sending = async {
            self.wire.write_all(output.as_bytes()).await?;
            self.wire.flush().await
        };
        tokio::select! {
            biased;
            sent = sending => Ok(sent?),
            () = self.house.clock().sleep(SENT_WITHIN) => Err(Ended::Slow),
        }
    }

    /// Encrypts the line. What was said in the clear is forgotten.
    pub async fn encrypted(mut self, acceptor: &TlsAcceptor) -> Result<Self, Ended> {
        self.send().await?;
        let house = self.house;
        let wire = tokio::select! {
            accepted = acceptor.accept(self.wire) => accepted?,
            () = house.clock().sleep(ENCRYPTED_WITHIN) => return Err(Ended::Slow),
        };
        Ok(Self { house, wire: Box::new(wire), input: BytesMut::new(), output: String::new() })
    }

    /// Says the last word and hangs up.
    pub async fn end(mut self, word: Option<Reply>) {
        if let Some(word) = word {
            self.say(&word);
        }
        let last = async {
            self.send().await?;
            self.wire.shutdown().await.map_err(Ended::Gone)
        };
        if let Err(ended) = last.await {
            tracing::debug!(?ended, "A client had left before our last word");
        }
    }
}
