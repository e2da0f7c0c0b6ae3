//! Handing letters to the server by SMTP, as other mail servers do: several at once, each on a line that it keeps.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    task::JoinSet,
};

use crate::{Failed, client::Times, mail};

/// One large letter's line.
const LINE: &[u8] = &[b'x'; 76];

struct Line(BufReader<TcpStream>);

impl Line {
    async fn open(address: SocketAddr) -> Result<Self, Failed> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut line = Self(BufReader::new(stream));
        line.hear("220").await?;
        line.0.write_all(b"EHLO bench.example\r\n").await?;
        line.hear("250").await?;
        Ok(line)
    }

    async fn hear(&mut self, expected: &str) -> Result<(), Failed> {
        loop {
            let mut answer = String::new();
            self.0.read_line(&mut answer).await?;
            if !answer.starts_with(expected) {
                return Err(format!("expected {expected}, heard {answer}").into());
            }
            if answer.as_bytes().get(3) == Some(&b' ') {
                return Ok(());
            }
        }
    }

    /// Announces a letter, all words in one piece as servers do that heard of pipelining.
    async fn begin(&mut self) -> Result<(), Failed> {
        let words = format!("MAIL FROM:<a@customer.example>\r\nRCPT TO:<{}>\r\nDATA\r\n", mail::ADDRESS);
        self.0.write_all(words.as_bytes()).await?;
        for expected in ["250", "250", "354"] {
            self.hear(expected).await?;
        }
        Ok(())
    }

    async fn end(&mut self) -> Result<(), Failed> {
        self.0.write_all(b".\r\n").await?;
        self.hear("250").await
    }
}

/// Hands over all letters; how long each waited for its answer.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures with the machine's own clock")]
pub async fn hand_over(address: SocketAddr, letters: Arc<Vec<Vec<u8>>>, senders: usize) -> Result<Times, Failed> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..senders {
        let (letters, next) = (letters.clone(), next.clone());
        tasks.spawn(async move {
            let (mut line, mut times) = (Line::open(address).await?, Times::new());
            while let Some(letter) = letters.get(next.fetch_add(1, Ordering::Relaxed)) {
                let begun = Instant::now();
                line.begin().await?;
                line.0.write_all(letter).await?;
                line.end().await?;
                times.push(begun.elapsed().as_micros().try_into()?);
            }
            Ok::<_, Failed>(times)
        });
    }
    let mut all = Times::new();
    while let Some(sent) = tasks.join_next().await {
        all.extend(sent??);
    }
    Ok(all)
}

/// Hands over one letter of so many MiB, and looks now and then.
pub async fn hand_over_large(address: SocketAddr, mib: usize, mut look: impl FnMut()) -> Result<(), Failed> {
    let mut line = Line::open(address).await?;
    line.begin().await?;
    line.0
        .write_all(b"From: <a@customer.example>\r\nSubject: large\r\nMessage-ID: <large@customer.example>\r\n\r\n")
        .await?;
    let lines = [LINE, b"\r\n"].concat().repeat(1024);
    let pieces = (mib << 20).div_ceil(lines.len());
    for _ in 0..pieces {
        line.0.write_all(&lines).await?;
        look();
    }
    line.end().await?;
    look();
    Ok(())
}
