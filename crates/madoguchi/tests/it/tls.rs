//! HTTPS without a proxy: a client that trusts the authority gets an answer, one that does not gets none.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use crate::server::{Desk, Rows};

/// A certificate for `localhost`, signed by an authority of our own.
fn certify(folder: &Path) {
    let openssl = |arguments: &[&str]| {
        let mut openssl = Command::new("openssl");
        openssl.current_dir(folder).args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
        let made = openssl.args(["-nodes", "-days", "2"]).args(arguments).output().expect("needs the package openssl");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    };
    openssl(&["-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=Test authority"]);
    let signed =
        ["-CA", "ca.crt", "-CAkey", "ca.key", "-addext", "subjectAltName=DNS:localhost", "-subj", "/CN=localhost"];
    openssl(&[&["-keyout", "server.key", "-out", "server.crt"], &signed[..]].concat());
}

struct Running(Child);
impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn curl(folder: &Path, arguments: &[&str]) -> Output {
    let mut curl = Command::new("curl");
    curl.current_dir(folder).args(["--silent", "--show-error", "--noproxy", "*", "--max-time", "20"]);
    curl.args(arguments).output().expect("needs the package curl")
}

#[test]
fn a_client_that_trusts_the_authority_is_answered_over_tls() {
    let folder = tempfile::tempdir().expect("a folder");
    certify(folder.path());
    let desk = Desk::set_up(&folder.path().join("data"), Rows::File);
    let mut serve = desk.program(&["serve", "--listen", "127.0.0.1:0"]);
    serve.env("MADOGUCHI_HTTP_TLS_CERTIFICATE", folder.path().join("server.crt"));
    serve.env("MADOGUCHI_HTTP_TLS_KEY", folder.path().join("server.key"));
    let mut server = Running(serve.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts"));
    let mut line = String::new();
    BufReader::new(server.0.stdout.take().expect("piped")).read_line(&mut line).expect("it speaks");
    let port = line.strip_prefix("Ready at https://127.0.0.1:").and_then(|rest| rest.split(' ').next());
    let port = port.unwrap_or_else(|| panic!("it is not ready: {line}"));
    let url = format!("https://localhost:{port}/api/v1/tickets");
    let token = format!("Authorization: Bearer {}", desk.token);
    for (version, offered) in [("2", "--http2"), ("1.1", "--http1.1")] {
        let said = curl(
            folder.path(),
            &["--cacert", "ca.crt", offered, "-H", &token, "-w", "\n%{http_code} %{http_version}", &url],
        );
        let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
        assert!(out.ends_with(&format!("\n200 {version}")), "{out}{err}");
    }
    assert_eq!(curl(folder.path(), &[&url]).status.code(), Some(60), "an authority that nobody trusts");
    let other = url.replace("localhost", "127.0.0.1");
    assert_eq!(
        curl(folder.path(), &["--cacert", "ca.crt", &other]).status.code(),
        Some(60),
        "a name that is not certified"
    );
    let plain = url.replace("https", "http");
    assert_ne!(curl(folder.path(), &[&plain]).status.code(), Some(0), "nothing is answered in the clear");
}
