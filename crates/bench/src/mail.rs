//! Letters on an IMAP server that is not ours: a Dovecot of our own, with one mailbox.

use std::{
    fs,
    io::Write,
    net::{TcpListener, TcpStream},
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{Failed, seed};

/// Debian's `nobody` and `nogroup`, to whom the letters belong.
const NOBODY: u32 = 65_534;
/// The mailbox, and its password.
pub const ADDRESS: &str = "desk@bench.example";
pub const PASSWORD: &str = "mailbox";

/// A running Dovecot; its folder goes when it does.
pub struct Dovecot {
    folder: PathBuf,
    child: Child,
    /// Where it listens.
    pub port: u16,
}

impl Dovecot {
    /// Starts it in this folder, with these letters in the inbox.
    pub fn start(folder: &Path, letters: &[Vec<u8>]) -> Result<Self, Failed> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        deliver(&folder.join("inbox"), letters)?;
        fs::write(folder.join("users"), format!("{ADDRESS}:{{PLAIN}}{PASSWORD}\n"))?;
        fs::write(folder.join("dovecot.conf"), configuration(folder, port))?;
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "--", "dovecot", "-F", "-c"])
            .arg(folder.join("dovecot.conf"))
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::null())
            .spawn()?;
        let dovecot = Self { folder: folder.to_owned(), child, port };
        dovecot.wait_until_up()?;
        Ok(dovecot)
    }

    #[expect(clippy::disallowed_methods, reason = "a benchmark waits for another process")]
    fn wait_until_up(&self) -> Result<(), Failed> {
        for _ in 0..600 {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err("Dovecot did not come up".into())
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(fs::remove_dir_all(&self.folder));
    }
}

fn deliver(inbox: &Path, letters: &[Vec<u8>]) -> Result<(), Failed> {
    for name in ["cur", "new", "tmp"] {
        fs::create_dir_all(inbox.join(name))?;
        chown(inbox.join(name), Some(NOBODY), Some(NOBODY))?;
    }
    chown(inbox, Some(NOBODY), Some(NOBODY))?;
    for (i, letter) in letters.iter().enumerate() {
        let path = inbox.join("new").join(format!("{}.M{i}P1.bench", 1_700_000_000 + i));
        fs::File::create(&path)?.write_all(letter)?;
        chown(&path, Some(NOBODY), Some(NOBODY))?;
    }
    Ok(())
}

fn configuration(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
log_path = {folder}/log
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{folder}/inbox
first_valid_uid = 1
mail_max_userip_connections = 50
passdb {{
  driver = passwd-file
  args = username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={NOBODY} gid={NOBODY} home={folder}
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"
    )
}

/// Letters of different people, half of them in UTF-8 and half in ISO-2022-JP, as mail programs write them.
pub fn letters(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(letter).collect()
}

fn letter(i: usize) -> Vec<u8> {
    let (name, address) = seed::person(i);
    let (charset, encoding) = match i % 2 {
        0 => ("UTF-8", encoding_rs::UTF_8),
        _ => ("ISO-2022-JP", encoding_rs::ISO_2022_JP),
    };
    let word = |text: &str| format!("=?{charset}?B?{}?=", STANDARD.encode(encoding.encode(text).0));
    let text = seed::text(i).replace('\n', "\r\n");
    let mut out = format!(
        "Return-Path: <{address}>\r\nReceived: from mail.example (mail.example [192.0.2.1]) by mx.bench.example; Sun, 22 Nov 2026 10:00:00 +0900\r\n\
         Date: Sun, 22 Nov 2026 10:00:00 +0900\r\nFrom: {} <{address}>\r\nTo: <{ADDRESS}>\r\nSubject: {}\r\nMessage-ID: <{i}.letter@customer.example>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset={charset}\r\n",
        word(&name),
        word(&format!("お問い合わせ {i}")),
    )
    .into_bytes();
    match i % 2 {
        0 => {
            out.extend_from_slice(b"Content-Transfer-Encoding: base64\r\n\r\n");
            for line in STANDARD.encode(text).as_bytes().chunks(76) {
                out.extend_from_slice(line);
                out.extend_from_slice(b"\r\n");
            }
        }
        _ => {
            out.extend_from_slice(b"Content-Transfer-Encoding: 7bit\r\n\r\n");
            out.extend_from_slice(&encoding.encode(&text).0);
            out.extend_from_slice(b"\r\n");
        }
    }
    out
}
