//! A browser's live socket: just enough of RFC 6455 to hear hints.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
};

use serde_json::Value;

use crate::server::Client;

/// An open live socket.
pub struct Live {
    stream: BufReader<TcpStream>,
}

impl Live {
    /// Opens it for a browser that is signed in at the desk, and hears the greeting.
    pub fn open(browser: &Client) -> Self {
        let mut stream = BufReader::new(TcpStream::connect(browser.address).expect("it listens"));
        let head = format!(
            "GET /t/acme/api/v1/live HTTP/1.1\r\nHost: {}\r\n{}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            browser.address, browser.word
        );
        stream.get_mut().write_all(head.as_bytes()).expect("sent");
        let mut line = String::new();
        stream.read_line(&mut line).expect("an answer");
        assert!(line.contains(" 101 "), "{line}");
        while line != "\r\n" {
            line.clear();
            stream.read_line(&mut line).expect("a header");
        }
        let mut live = Self { stream };
        assert_eq!(live.text().expect("a greeting")["type"], "hello");
        live
    }

    /// The next text; `None` when the server closes.
    fn text(&mut self) -> Option<Value> {
        loop {
            let mut head = [0; 2];
            self.stream.read_exact(&mut head).ok()?;
            let length = match head[1] & 0x7f {
                126 => {
                    let mut more = [0; 2];
                    self.stream.read_exact(&mut more).expect("a length");
                    usize::from(u16::from_be_bytes(more))
                }
                short => usize::from(short),
            };
            let mut payload = vec![0; length];
            self.stream.read_exact(&mut payload).expect("a payload");
            match head[0] & 0x0f {
                1 => return Some(serde_json::from_slice(&payload).expect("JSON")),
                8 => return None,
                _ => {}
            }
        }
    }

    /// The things of this kind in the next message that names some of a ticket's kind.
    pub fn hints(&mut self, kind: &str) -> Vec<i64> {
        loop {
            let said = self.text().expect("a message");
            let hints = said["hints"].as_array().expect("hints");
            if hints.iter().any(|hint| hint["kind"] == "ticket" || hint["kind"] == "gone") {
                let of_kind = hints.iter().filter(|hint| hint["kind"] == kind);
                return of_kind.map(|hint| hint["id"].as_i64().expect("an id")).collect();
            }
        }
    }

    /// Waits until the server closes.
    pub fn ends(&mut self) -> bool {
        while self.text().is_some() {}
        true
    }
}
