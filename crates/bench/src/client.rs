//! A small HTTP/1.1 client that keeps its connections and costs little beside the server.

use std::{net::SocketAddr, sync::Arc, sync::Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    task::JoinSet,
};

use crate::Failed;

/// Times of single requests, in microseconds.
pub type Times = Vec<u64>;

struct Request {
    method: &'static str,
    path: String,
    token: String,
    /// Said by a browser, never by a program.
    origin: bool,
    body: String,
}

/// Something to read, and whose.
pub struct Get {
    token: String,
    path: String,
}

impl Get {
    /// With this token.
    pub fn of(token: &str, path: String) -> Self {
        Self { token: token.to_owned(), path }
    }
}

/// Posts every body to one path, from this many senders at once.
pub async fn post_all(
    address: SocketAddr,
    token: &str,
    path: &str,
    bodies: Vec<String>,
    senders: usize,
) -> Result<Times, Failed> {
    send_all(address, bodies.into_iter().map(|body| post(token, path.to_owned(), body)).collect(), senders).await
}

/// Replies to each ticket.
pub async fn reply_all(address: SocketAddr, token: &str, tickets: &[i64], senders: usize) -> Result<Times, Failed> {
    let body = serde_json::json!({ "text": crate::seed::ANSWER }).to_string();
    let replies = tickets.iter().map(|id| post(token, format!("/api/v1/tickets/{id}/replies"), body.clone()));
    send_all(address, replies.collect(), senders).await
}

/// Reads each.
pub async fn get_all(address: SocketAddr, gets: Vec<Get>, senders: usize) -> Result<Times, Failed> {
    let request =
        |get: Get| Request { method: "GET", path: get.path, token: get.token, origin: false, body: String::new() };
    send_all(address, gets.into_iter().map(request).collect(), senders).await
}

/// Reads one, and what it says.
pub async fn read(address: SocketAddr, get: Get) -> Result<String, Failed> {
    let request = Request { method: "GET", path: get.path, token: get.token, origin: false, body: String::new() };
    let mut stream = BufReader::new(TcpStream::connect(address).await?);
    let (_, answer) = send(&mut stream, &request).await?;
    Ok(String::from_utf8(answer)?)
}

/// Signs in as a browser does.
pub async fn sign_in(address: SocketAddr, slug: &str, email: &str, password: &str) -> Result<(), Failed> {
    let body = serde_json::json!({ "email": email, "password": password }).to_string();
    let request = Request { origin: true, ..post("", format!("/t/{slug}/api/v1/session"), body) };
    send_all(address, vec![request], 1).await.map(drop)
}

fn post(token: &str, path: String, body: String) -> Request {
    Request { method: "POST", path, token: token.to_owned(), origin: false, body }
}

async fn send_all(address: SocketAddr, requests: Vec<Request>, senders: usize) -> Result<Times, Failed> {
    let queue = Arc::new(Mutex::new(requests));
    let mut tasks = JoinSet::new();
    for _ in 0..senders {
        let queue = queue.clone();
        tasks.spawn(async move {
            let mut stream = BufReader::new(TcpStream::connect(address).await?);
            stream.get_ref().set_nodelay(true)?;
            let mut times = Times::new();
            loop {
                let Some(request) = queue.lock().map_err(|_| "a sender panicked")?.pop() else {
                    return Ok::<Times, Failed>(times);
                };
                times.push(send(&mut stream, &request).await?.0);
            }
        });
    }
    let mut times = Times::new();
    while let Some(sent) = tasks.join_next().await {
        times.extend(sent??);
    }
    Ok(times)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures with the machine's own clock")]
async fn send(stream: &mut BufReader<TcpStream>, request: &Request) -> Result<(u64, Vec<u8>), Failed> {
    let Request { method, path, token, origin, body } = request;
    let who = match origin {
        true => "origin: http://bench".to_owned(),
        false => format!("authorization: Bearer {token}"),
    };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: bench\r\n{who}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let begun = std::time::Instant::now();
    stream.get_mut().write_all(&[head.as_bytes(), body.as_bytes()].concat()).await?;
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let is_good = line.contains(" 200 ") || line.contains(" 201 ");
    let status = line.trim().to_owned();
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
    }
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer).await?;
    if !is_good {
        return Err(format!("{method} {path}: {status}: {}", String::from_utf8_lossy(&answer)).into());
    }
    Ok((u64::try_from(begun.elapsed().as_micros())?, answer))
}
