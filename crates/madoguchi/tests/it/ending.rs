//! An end that something stands in the way of: a watchdog ends the process in a named time, a second signal at once,
//! and nothing that was acknowledged is lost.

use std::{fs, io::Write, net::TcpStream, thread};

use crate::server::{Desk, Rows};

/// How a process ends that a second SIGTERM ended.
const BY_SIGNAL: i32 = 128 + 15;

fn log(desk: &Desk) -> String {
    fs::read_to_string(desk.data.with_extension("log")).unwrap_or_default()
}

#[test]
fn a_request_that_never_comes_whole_is_told_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::set_up(&folder.path().join("data"), Rows::File);
    let mut server = desk.serve_with(&[("MADOGUCHI_SERVER_STOP_SECONDS", "3600")]);
    let mut half = TcpStream::connect(server.address).expect("connected");
    half.write_all(b"POST /api/v1/tickets HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{").expect("half of it");
    // Answered after the half one was accepted, so that one is under way.
    assert_eq!(server.client().get("/healthz").status, 200);
    while !server.has_ended() {
        server.terminate();
        thread::yield_now();
    }
    assert_eq!(server.end().0, BY_SIGNAL, "{}", log(&desk));
    let log = log(&desk);
    let told = log.lines().find(|line| line.contains("Asked again to stop")).expect("a line of the log");
    assert!(told.contains("connections over HTTP"), "{told}");
}

/// What stands in the way is a verb that only a debug build knows.
#[cfg(debug_assertions)]
mod hung {
    use std::os::unix::net::UnixStream;

    use serde_json::json;

    use super::*;
    use crate::server::{Client, Server};

    /// How a process ends that the watchdog ended.
    const BY_WATCHDOG: i32 = 70;
    /// Opens a ticket; its id.
    fn acknowledged(client: &mut Client) -> i64 {
        let ticket = json!({ "subject": "a", "requester": { "email": "a@example.com" }, "message": { "text": "b" } });
        let answer = client.send("POST", "/api/v1/tickets", "application/json", ticket.to_string().as_bytes());
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 201);
        answer.json()["id"].as_i64().expect("an id")
    }

    /// A server, a ticket that it acknowledged, and work in it that never ends.
    fn hung(desk: &Desk, stop_seconds: &str, is_unit: bool) -> (Server, i64) {
        let server = desk.serve_with(&[("MADOGUCHI_SERVER_STOP_SECONDS", stop_seconds)]);
        let ticket = acknowledged(&mut server.client());
        let mut control = UnixStream::connect(desk.data.join("control.sock")).expect("the control socket");
        let request = json!({ "verb": "hang", "with": { "unit": is_unit }, "language": "en" });
        std::io::Write::write_all(&mut control, format!("{request}\n").as_bytes()).expect("asked");
        let mut answer = String::new();
        std::io::Read::read_to_string(&mut control, &mut answer).expect("answered");
        assert!(answer.contains("done"), "{answer}");
        (server, ticket)
    }

    fn check_kept(desk: &Desk, ticket: i64) {
        assert_eq!(
            desk.serve().client().get(&format!("/api/v1/tickets/{ticket}")).status,
            200,
            "acknowledged, so it is there"
        );
    }

    #[test]
    fn work_that_never_ends_is_named_and_the_process_ended() {
        for is_unit in [false, true] {
            let folder = tempfile::tempdir().expect("a folder");
            let desk = Desk::set_up(&folder.path().join("data"), Rows::File);
            let (server, ticket) = hung(&desk, "1", is_unit);
            let (code, _) = server.stop();
            let log = log(&desk);
            assert_eq!(code, BY_WATCHDOG, "{log}");
            let told = log.lines().find(|line| line.contains("Not stopped in time")).expect("a line of the log");
            assert!(told.contains("verbs::control"), "{told}");
            check_kept(&desk, ticket);
        }
    }

    #[test]
    fn a_second_signal_ends_the_process_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let desk = Desk::set_up(&folder.path().join("data"), Rows::File);
        let (mut server, ticket) = hung(&desk, "3600", false);
        // Signals that come together count as one, so it takes one that comes later.
        while !server.has_ended() {
            server.terminate();
            thread::yield_now();
        }
        let (code, _) = server.end();
        assert_eq!(code, BY_SIGNAL, "{}", log(&desk));
        check_kept(&desk, ticket);
    }
}
