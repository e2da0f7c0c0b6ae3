//! A small HTTP/1.1 client that keeps its connections and costs little beside the server.

use std::{net::SocketAddr, sync::Arc, sync::Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    task::JoinSet,
};

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Times of single requests, in microseconds.
pub type Times = Vec<u64>;

#[derive(Clone)]
struct Request {
    method: &'static str,
    path: String,
    body: String,
}

/// Posts every body to one path, from this many senders at once.
pub async fn post_all(
    address: SocketAddr,
    token: &str,
    path: &str,
    bodies: Vec<String>,
    senders: usize,
) -> Result<Times, Failed> {
    let requests = bodies.into_iter().map(|body| Request { method: "POST", path: path.to_owned(), body }).collect();
    send_all(address, token, requests, senders).await
}

/// Replies to each ticket.
pub async fn reply_all(address: SocketAddr, token: &str, tickets: &[i64], senders: usize) -> Result<Times, Failed> {
    let body = serde_json::json!({ "text": crate::seed::ANSWER }).to_string();
    let requests = tickets
        .iter()
        .map(|id| Request { method: "POST", path: format!("/api/v1/tickets/{id}/replies"), body: body.clone() })
        .collect();
    send_all(address, token, requests, senders).await
}

/// Reads every path.
pub async fn get_all(address: SocketAddr, token: &str, paths: Vec<String>, senders: usize) -> Result<Times, Failed> {
    let requests = paths.into_iter().map(|path| Request { method: "GET", path, body: String::new() }).collect();
    send_all(address, token, requests, senders).await
}

async fn send_all(address: SocketAddr, token: &str, requests: Vec<Request>, senders: usize) -> Result<Times, Failed> {
    let queue = Arc::new(Mutex::new(requests));
    let mut tasks = JoinSet::new();
    for _ in 0..senders {
        let (queue, token) = (queue.clone(), token.to_owned());
        tasks.spawn(async move {
            let mut stream = BufReader::new(TcpStream::connect(address).await?);
            stream.get_ref().set_nodelay(true)?;
            let mut times = Times::new();
            loop {
                let Some(request) = queue.lock().map_err(|_| "a sender panicked")?.pop() else {
                    return Ok::<Times, Failed>(times);
                };
                times.push(send(&mut stream, &token, &request).await?);
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
async fn send(stream: &mut BufReader<TcpStream>, token: &str, request: &Request) -> Result<u64, Failed> {
    let Request { method, path, body } = request;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
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
    Ok(u64::try_from(begun.elapsed().as_micros())?)
}
