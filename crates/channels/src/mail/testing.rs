//! Real counterparts: a Dovecot and a Postfix of one's own, for tests and for the demonstration with mail.
//!
//! Everything lies in one folder that goes away with the value. Both listen on 127.0.0.1 only and no mail
//! leaves the machine: what is addressed elsewhere comes back as a bounce. A supervising shell holds the
//! other end of a pipe, so they stop even when the process that started them is killed.

use std::fs;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::road::{Server, Tls};

mod config;
mod exim;
mod names;

pub use exim::{By, Exim, Route};
pub use names::{OUTAGE, serve_names};

/// The folder that every account has.
const INBOX: &str = "INBOX";
/// How often, and how many times, we look whether the servers are up.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const LOOKS_MAX: u32 = 600;

/// Somebody with a mailbox.
#[derive(Debug, Clone, Copy)]
pub struct Account<'a> {
    /// The address, which is the user name too.
    pub address: &'a str,
    /// The password.
    pub password: &'a str,
}

/// The running servers.
#[derive(Debug)]
pub struct Counterparts {
    folder: TempDir,
    ports: Ports,
    certificate: String,
    supervisor: Child,
}

/// Where they listen.
#[derive(Debug, Clone, Copy)]
struct Ports {
    imap: u16,
    imaps: u16,
    lmtp: u16,
    auth: u16,
    smtp: u16,
    smtps: u16,
}

impl Counterparts {
    /// Starts both with these accounts; their domains are the ones that Postfix delivers to.
    ///
    /// Needs root, as Postfix does, and the packages `dovecot-imapd`, `dovecot-lmtpd`, `postfix` and
    /// `openssl`.
    pub fn start(accounts: &[Account<'_>]) -> io::Result<Counterparts> {
        Self::start_handing_on(accounts, &[])
    }

    /// The same, and both take access tokens (XOAUTH2) that this address vouches for (RFC 7662); `sub` says whose they are.
    pub fn start_taking_tokens(accounts: &[Account<'_>], introspection: &str) -> io::Result<Counterparts> {
        Self::start_with(accounts, &[], Some(introspection))
    }

    /// The same, with a Postfix that hands letters for further domains on, each by the way that stands beside it.
    pub fn start_handing_on(accounts: &[Account<'_>], routes: &[(String, String)]) -> io::Result<Counterparts> {
        Self::start_with(accounts, routes, None)
    }

    fn start_with(
        accounts: &[Account<'_>],
        routes: &[(String, String)],
        introspection: Option<&str>,
    ) -> io::Result<Counterparts> {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory)? } else { tempfile::tempdir()? };
        let root = folder.path();
        // The servers' own users must be able to walk in.
        fs::set_permissions(root, fs::Permissions::from_mode(0o755))?;
        let [imap, imaps, lmtp, auth, smtp, smtps] = free_ports()?;
        let ports = Ports { imap, imaps, lmtp, auth, smtp, smtps };
        let certificate = make_certificate(root)?;
        config::write(root, &ports, accounts, routes, introspection)?;
        let mail = root.join("mail");
        fs::create_dir(&mail)?;
        std::os::unix::fs::chown(&mail, Some(config::MAIL_UID), Some(config::MAIL_GID))?;
        let supervisor = supervise(root)?;
        let mut started = Counterparts { folder, ports, certificate, supervisor };
        started.wait_until_up()?;
        Ok(started)
    }

    /// The IMAP server.
    pub fn imap(&self, tls: Tls) -> Server {
        self.server(tls, self.ports.imap, self.ports.imaps)
    }

    /// The submission server.
    pub fn smtp(&self, tls: Tls) -> Server {
        self.server(tls, self.ports.smtp, self.ports.smtps)
    }

    /// The port at which letters are handed to Dovecot without a server before it (LMTP, RFC 2033).
    pub fn lmtp_port(&self) -> u16 {
        self.ports.lmtp
    }

    /// The certificate that both show, for those who are to trust it.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// The folder in which an account's letters lie, in Maildir form.
    pub fn maildir(&self, address: &str) -> PathBuf {
        let (local, domain) = address.rsplit_once('@').unwrap_or((address, "localhost"));
        self.folder.path().join("mail").join(domain).join(local)
    }

    /// The letters in an account's inbox.
    pub fn letters_in(&self, address: &str) -> Vec<String> {
        let Ok(listed) = fs::read_dir(self.maildir(address).join("new")) else { return Vec::new() };
        listed.filter_map(|file| fs::read_to_string(file.ok()?.path()).ok()).collect()
    }

    /// Lays a letter into an account's inbox as if it had come that long after 1970 began.
    pub fn lay(&self, address: &str, letter: &str, since: Duration) -> io::Result<()> {
        self.lay_in(address, INBOX, letter, since)
    }

    /// The same, into a folder of the account's.
    #[expect(clippy::disallowed_types, reason = "a file's time is set in the standard library's type")]
    pub fn lay_in(&self, address: &str, folder: &str, letter: &str, since: Duration) -> io::Result<()> {
        let (inbox, place) = (self.maildir(address), self.folder_of(address, folder));
        let new = place.join("new");
        let above = inbox.parent().unwrap_or(&inbox);
        let folders = [above, &inbox, &place, &place.join("cur"), &place.join("tmp"), &new];
        for folder in folders {
            if !folder.is_dir() {
                fs::create_dir(folder)?;
                std::os::unix::fs::chown(folder, Some(config::MAIL_UID), Some(config::MAIL_GID))?;
            }
        }
        let path = new.join(format!("{}.letter", since.as_micros()));
        fs::write(&path, letter)?;
        fs::File::options().write(true).open(&path)?.set_modified(std::time::SystemTime::UNIX_EPOCH + since)?;
        std::os::unix::fs::chown(&path, Some(config::MAIL_UID), Some(config::MAIL_GID))
    }

    /// Makes Dovecot number an account's inbox anew: its UIDVALIDITY changes, the letters stay. Nobody may
    /// have it open.
    pub fn renumber(&self, address: &str) -> io::Result<()> {
        self.renumber_folder(address, INBOX)
    }

    /// The same for a folder of the account's.
    pub fn renumber_folder(&self, address: &str, folder: &str) -> io::Result<()> {
        for entry in fs::read_dir(self.folder_of(address, folder))? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with("dovecot") && entry.file_type()?.is_file() {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Gives a folder of an account's another name.
    pub fn rename_folder(&self, address: &str, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.folder_of(address, from), self.folder_of(address, to))
    }

    fn folder_of(&self, address: &str, folder: &str) -> PathBuf {
        let inbox = self.maildir(address);
        if folder == INBOX { inbox } else { inbox.join(format!(".{folder}")) }
    }

    /// Stops Dovecot in the middle of whatever it does, and comes back when it is there again.
    #[expect(clippy::disallowed_methods, reason = "waits for another process, on a thread of its own")]
    pub fn restart_imap(&self) -> io::Result<()> {
        let number = || fs::read_to_string(self.folder.path().join("dovecot/master.pid"));
        let before = number()?;
        Command::new("kill").arg(before.trim()).status()?;
        for _ in 0..LOOKS_MAX {
            let is_new = number().is_ok_and(|now| now != before);
            if is_new && TcpStream::connect(("127.0.0.1", self.ports.imap)).is_ok() {
                return Ok(());
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Err(io::Error::other(format!("Dovecot did not come back:\n{}", self.logs())))
    }

    /// What the servers logged so far, for the person who looks at a failed test.
    pub fn logs(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        format!("{}\n{}\n{}", read("dovecot.log"), read("postfix.log"), read("supervisor.log"))
    }

    fn server(&self, tls: Tls, plain: u16, implicit: u16) -> Server {
        let port = if tls == Tls::Implicit { implicit } else { plain };
        let extra_ca = (tls != Tls::None).then(|| self.certificate.clone());
        Server { host: "localhost".to_owned(), port, tls, extra_ca }
    }

    #[expect(clippy::disallowed_methods, reason = "waits for other processes, on a thread of its own")]
    fn wait_until_up(&mut self) -> io::Result<()> {
        let ports =
            [self.ports.imap, self.ports.imaps, self.ports.lmtp, self.ports.auth, self.ports.smtp, self.ports.smtps];
        for port in ports {
            let mut looks = 0;
            while TcpStream::connect(("127.0.0.1", port)).is_err() {
                looks += 1;
                let ended = self.supervisor.try_wait()?;
                if looks > LOOKS_MAX || ended.is_some() {
                    return Err(io::Error::other(format!("the mail servers did not come up:\n{}", self.logs())));
                }
                std::thread::sleep(LOOK_EVERY);
            }
        }
        Ok(())
    }
}

impl Drop for Counterparts {
    fn drop(&mut self) {
        // Closing the pipe is what tells the supervisor to stop both.
        drop(self.supervisor.stdin.take());
        if let Err(error) = self.supervisor.wait() {
            tracing::warn!(%error, "The mail servers' supervisor could not be waited for");
        }
    }
}

/// Ports that nobody uses at the moment, and that nobody is given by chance before a server of ours has bound them: below
/// those that systems hand out for connections, and each process looks among some of its own.
fn free_ports<const COUNT: usize>() -> io::Result<[u16; COUNT]> {
    const FIRST: u16 = 12_000;
    const OF_ONE_PROCESS: u16 = 40;
    const PROCESSES: u32 = 500;
    let place = u16::try_from(std::process::id() % PROCESSES).unwrap_or_default();
    let first = FIRST + place * OF_ONE_PROCESS;
    let mut held = (first..first + OF_ONE_PROCESS).filter_map(|port| TcpListener::bind(("127.0.0.1", port)).ok());
    let mut ports = [0; COUNT];
    let mut kept = Vec::with_capacity(COUNT);
    for port in &mut ports {
        let listener = held.next().ok_or_else(|| io::Error::other("no port is free"))?;
        *port = listener.local_addr()?.port();
        // Until all are found.
        kept.push(listener);
    }
    drop(kept);
    Ok(ports)
}

/// A certificate for `localhost`, trusted by nobody but those who are given it.
fn make_certificate(root: &Path) -> io::Result<String> {
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "30",
            "-config",
        ])
        .arg(config::write_openssl(root)?)
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(root)
        .output()?;
    if !made.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&made.stderr).into_owned()));
    }
    fs::read_to_string(root.join("cert.pem"))
}

/// Starts the shell that starts both servers and stops them when its input ends. Postfix's own start command
/// is passed over: it spends seconds on checking an installation that was made a moment ago.
fn supervise(root: &Path) -> io::Result<Child> {
    const SCRIPT: &str = "\
        (while [ ! -e \"$1/over\" ]; do dovecot -F -c \"$1/dovecot.conf\"; sleep 0.2; done) & \
        /usr/lib/postfix/sbin/master -c \"$1/postfix\" -s & P=$!; \
        read -r _; \
        : > \"$1/over\"; kill $P $(cat \"$1/dovecot/master.pid\"); wait; rm -rf \"$1\"";
    let log = fs::File::create(root.join("supervisor.log"))?;
    Command::new("sh")
        .args(["-c", SCRIPT, "mail-servers"])
        .arg(root)
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .stdin(Stdio::piped())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
}
