//! The demonstration: a desk that one can sign in to at once, and again the next day.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
};

use serde_json::json;

use crate::{program::program, server::Client};

/// The demonstration under way, and what it said until it had said how to sign in.
fn demo(data: &Path) -> (Child, String) {
    let mut command = program("en_US.UTF-8", &["demo", "--listen", "127.0.0.1:0", "--data"]);
    let mut child = command.arg(data).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map(|line| line.expect("text"));
    let mut said = String::new();
    for line in lines.by_ref() {
        said.push_str(line.trim());
        said.push('\n');
        if line.trim().starts_with("Password: ") {
            break;
        }
    }
    (child, said)
}

fn after<'a>(said: &'a str, name: &str) -> &'a str {
    said.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name} in {said}"))
}

fn end(mut child: Child) {
    child.kill().expect("it runs");
    child.wait().expect("it ends");
}

#[test]
fn the_demonstration_says_how_to_sign_in_and_says_it_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let (first, said) = demo(&data);
    let address = after(&said, "URL: http://").trim_end_matches("/t/demo/").parse().expect("an address");
    let mut client = Client::at(address, "");
    let sign_in = json!({ "email": after(&said, "E-mail: "), "password": after(&said, "Password: ") }).to_string();
    let session = client.send("POST", "/t/demo/api/v1/session", "application/json", sign_in.as_bytes());
    let session = session.expect("an answer");
    assert_eq!(session.status, 200, "{}", String::from_utf8_lossy(&session.body));
    assert_eq!(session.json()["tenant"]["slug"], "demo");
    end(first);
    let (second, again) = demo(&data);
    assert_eq!(after(&again, "Password: "), after(&said, "Password: "), "the desk of yesterday");
    end(second);
}
