//! Whoever gives tokens, and a mail server that takes them, played by a test.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::desk::ADDRESS;

/// What the played servers know and were told.
#[derive(Default)]
pub struct World {
    /// What the token endpoint answers next.
    pub answers: VecDeque<(u16, Value)>,
    /// What it was handed.
    pub asked: Vec<BTreeMap<String, String>>,
    /// The tokens that the mail server takes.
    pub good: BTreeSet<String>,
    /// Those that it was shown.
    pub shown: Vec<String>,
    /// The letters that it took.
    pub letters: usize,
}

#[derive(Clone)]
pub struct Played {
    world: Arc<Mutex<World>>,
    pub token_url: String,
    pub smtp_port: u16,
}

impl Played {
    pub async fn begin() -> Self {
        let world = Arc::new(Mutex::new(World::default()));
        let bind = async || TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let (tokens, smtp) = (bind().await, bind().await);
        let port = |listener: &TcpListener| listener.local_addr().expect("it is bound").port();
        let token_url = format!("http://127.0.0.1:{}/token", port(&tokens));
        let played = Self { world, token_url, smtp_port: port(&smtp) };
        let (here, there) = (played.clone(), played.clone());
        #[expect(clippy::disallowed_methods, reason = "servers of the test's own, which end with it")]
        {
            tokio::spawn(async move {
                while let Ok((stream, _)) = tokens.accept().await {
                    here.give(stream).await;
                }
            });
            tokio::spawn(async move {
                while let Ok((stream, _)) = smtp.accept().await {
                    there.take(stream).await;
                }
            });
        }
        played
    }

    pub fn world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.world.lock().expect("one test"))
    }

    pub fn answers(&self, status: u16, body: Value) {
        self.world(|world| world.answers.push_back((status, body)));
    }

    /// Answers with an access token of an hour, and takes it at the mail server.
    pub fn gives(&self, access: &str, refresh: Option<&str>) {
        let body =
            json!({ "access_token": access, "token_type": "Bearer", "expires_in": 3600, "refresh_token": refresh });
        self.answers(200, body);
        self.world(|world| world.good.insert(access.to_owned()));
    }

    pub fn asked(&self) -> Vec<BTreeMap<String, String>> {
        self.world(|world| world.asked.clone())
    }

    async fn give(&self, mut stream: TcpStream) {
        let mut request = Vec::new();
        let (head, body) = loop {
            let mut piece = [0; 4096];
            let length = stream.read(&mut piece).await.expect("it speaks");
            request.extend_from_slice(&piece[..length]);
            let text = String::from_utf8_lossy(&request).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let head = head.to_lowercase();
            let size = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            if body.len() >= size.unwrap_or_default() {
                break (head, body.to_owned());
            }
        };
        let mut asked: BTreeMap<String, String> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        if let Some(authorization) = head.lines().find_map(|line| line.strip_prefix("authorization: ")) {
            asked.insert("authorization".to_owned(), authorization.to_owned());
        }
        let (status, body) = self.world(|world| {
            world.asked.push(asked);
            world.answers.pop_front().unwrap_or((500, json!("nothing was to be asked")))
        });
        let body = body.to_string();
        let head =
            format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).await.expect("it listens");
    }

    /// A submission server that knows XOAUTH2 alone.
    async fn take(&self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 played ESMTP\r\n").await.expect("it listens");
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or_default() == 0 {
                return;
            }
            let answer: &[u8] = match line.split_whitespace().next().unwrap_or_default() {
                "EHLO" => b"250-played\r\n250 AUTH XOAUTH2\r\n",
                "AUTH" if self.takes(&line) => b"235 ok\r\n",
                "AUTH" => {
                    stream.write_all(b"334 eyJzdGF0dXMiOiI0MDEifQ==\r\n").await.expect("it listens");
                    stream.read_line(&mut line).await.expect("it speaks");
                    b"535 5.7.8 not that one\r\n"
                }
                "DATA" => {
                    stream.write_all(b"354 go\r\n").await.expect("it listens");
                    while line != ".\r\n" {
                        line.clear();
                        stream.read_line(&mut line).await.expect("it speaks");
                    }
                    self.world(|world| world.letters += 1);
                    b"250 2.0.0 taken\r\n"
                }
                "QUIT" => b"221 bye\r\n",
                _ => b"250 ok\r\n",
            };
            stream.write_all(answer).await.expect("it listens");
        }
    }

    fn takes(&self, line: &str) -> bool {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let said = line.split_whitespace().nth(2).and_then(|said| STANDARD.decode(said).ok()).unwrap_or_default();
        let said = String::from_utf8_lossy(&said).into_owned();
        let token = said.strip_prefix(&format!("user={ADDRESS}\u{1}auth=Bearer ")).unwrap_or_default();
        let token = token.trim_end_matches('\u{1}').to_owned();
        self.world(|world| {
            world.shown.push(token.clone());
            world.good.contains(&token)
        })
    }
}
