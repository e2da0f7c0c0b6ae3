//! An Exim of one's own: the other mail server that desks meet. What it is handed it hands on by the ways it is told,
//! keeps for the people it knows, and sends back for everybody else.

use std::{
    fs, io,
    net::TcpStream,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use crate::mail::road::{Server, Tls};

/// Where the project's own command unpacks it beside Postfix; elsewhere it is the machine's own.
const PROGRAMS: [&str; 3] = ["/opt/madoguchi-tests/exim/usr/sbin/exim4", "/usr/sbin/exim4", "/usr/sbin/exim"];
/// The user as whom Debian's build runs.
const USERS: [&str; 2] = ["Debian-exim", "exim"];
/// How often, and how many times, we look whether it is up.
const LOOK_EVERY: Duration = Duration::from_millis(20);
const LOOKS_MAX: u32 = 1_500;

/// By what it hands letters on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// SMTP, encrypted, or not at all.
    EncryptedSmtp,
    /// SMTP.
    Smtp,
    /// LMTP (RFC 2033).
    Lmtp,
}

/// Letters for this domain go there.
#[derive(Clone, Copy, Debug)]
pub struct Route<'a> {
    /// The domain, which takes in those below it in no way.
    pub domain: &'a str,
    /// How.
    pub by: By,
    /// To which port of this machine.
    pub port: u16,
}

/// The running server.
#[derive(Debug)]
pub struct Exim {
    folder: TempDir,
    port: u16,
    certificate: String,
    supervisor: Child,
}

impl Exim {
    /// Starts one that keeps letters for these people, hands on by these routes, and lets whoever asks hand letters in:
    /// it listens on 127.0.0.1 alone, and no letter leaves the machine.
    ///
    /// Needs root, Debian's `exim4-daemon-light` (unpacked is enough) and `openssl`.
    pub fn start(people: &[&str], routes: &[Route<'_>]) -> io::Result<Self> {
        let missing = || io::Error::other(format!("none of {PROGRAMS:?} is there"));
        let program = PROGRAMS.into_iter().find(|program| Path::new(program).exists()).ok_or_else(missing)?;
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory)? } else { tempfile::tempdir()? };
        let root = folder.path();
        fs::set_permissions(root, fs::Permissions::from_mode(0o755))?;
        let certificate = super::make_certificate(root)?;
        let [port] = super::free_ports()?;
        let owner = USERS.into_iter().find_map(|user| super::config::number_of("/etc/passwd", user).ok());
        let owner = owner.ok_or_else(|| io::Error::other(format!("none of {USERS:?} is a user of this machine")))?;
        for name in ["spool", "log", "mail"] {
            fs::create_dir(root.join(name))?;
            chown(root.join(name), Some(owner), None)?;
        }
        chown(root.join("key.pem"), Some(owner), None)?;
        let known: String = people.iter().map(|address| format!("{address}: here\n")).collect();
        fs::write(root.join("people"), known)?;
        let path = root.join("exim.conf");
        fs::write(&path, configuration(root, program, port, routes))?;
        let supervisor = supervise(root, program, &path)?;
        let mut started = Self { folder, port, certificate, supervisor };
        started.wait_until_up()?;
        Ok(started)
    }

    /// Where it takes letters in.
    pub fn smtp(&self, tls: Tls) -> Server {
        let extra_ca = (tls != Tls::None).then(|| self.certificate.clone());
        Server { host: "localhost".to_owned(), port: self.port, tls, extra_ca }
    }

    /// The letters that it keeps for somebody.
    pub fn letters_for(&self, address: &str) -> Vec<String> {
        let Ok(listed) = fs::read_dir(self.inbox(address)) else { return Vec::new() };
        listed.filter_map(|file| fs::read(file.ok()?.path()).ok()).map(|bytes| lossy(&bytes)).collect()
    }

    fn inbox(&self, address: &str) -> PathBuf {
        self.folder.path().join("mail").join(address).join("new")
    }

    /// What it logged so far, for the person who looks at a failed test.
    pub fn logs(&self) -> String {
        let read = |name: &str| fs::read(self.folder.path().join(name)).map(|bytes| lossy(&bytes)).unwrap_or_default();
        [read("log/main"), read("log/reject"), read("log/panic"), read("supervisor.log")].join("\n")
    }

    #[expect(clippy::disallowed_methods, reason = "waits for another process, on a thread of its own")]
    fn wait_until_up(&mut self) -> io::Result<()> {
        for _ in 0..LOOKS_MAX {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return Ok(());
            }
            if self.supervisor.try_wait()?.is_some() {
                break;
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Err(io::Error::other(format!("Exim did not come up:\n{}", self.logs())))
    }
}

impl Drop for Exim {
    fn drop(&mut self) {
        // Closing the pipe is what tells the supervisor to stop it.
        drop(self.supervisor.stdin.take());
        if let Err(error) = self.supervisor.wait() {
            tracing::warn!(%error, "Exim's supervisor could not be waited for");
        }
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn supervise(root: &Path, program: &str, configuration: &Path) -> io::Result<Child> {
    const SCRIPT: &str = "\"$2\" -C \"$3\" -bdf & E=$!; read -r _; kill $E; wait; rm -rf \"$1\"";
    let log = fs::File::create(root.join("supervisor.log"))?;
    Command::new("sh")
        .args(["-c", SCRIPT, "exim"])
        .arg(root)
        .arg(program)
        .arg(configuration)
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .stdin(Stdio::piped())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
}

fn configuration(root: &Path, program: &str, port: u16, routes: &[Route<'_>]) -> String {
    let root = root.display();
    // What a sender wrote may name no file until a list of ours has it.
    let known = format!("${{lookup{{$local_part@$domain}}lsearch,ret=key{{{root}/people}}}}");
    let handed_on: String = routes.iter().enumerate().map(router).collect();
    let ways: String = routes.iter().enumerate().map(transport).collect();
    format!(
        "exim_path = {program}
primary_hostname = mx.localhost
spool_directory = {root}/spool
log_file_path = {root}/log/%s
pid_file_path = {root}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
disable_ipv6 = true
keep_environment =
tls_certificate = {root}/cert.pem
tls_privatekey = {root}/key.pem
tls_advertise_hosts = *
smtputf8_advertise_hosts = *
host_lookup =
rfc1413_hosts =
helo_allow_chars = _
deliver_drop_privilege = true
queue_run_in_order = true
accept_8bitmime = true
message_size_limit = 40M
log_selector = +smtp_protocol_error +tls_cipher
acl_smtp_rcpt = accept_all
acl_smtp_data = accept_all
begin acl
accept_all:
  accept
begin routers
{handed_on}here:
  driver = accept
  condition = ${{if !eq{{{known}}}{{}}}}
  transport = kept
begin transports
{ways}kept:
  driver = appendfile
  directory = {root}/mail/{known}
  maildir_format
  return_path_add
  delivery_date_add
  envelope_to_add
begin retry
* * F,1h,1m
"
    )
}

fn router((nth, route): (usize, &Route<'_>)) -> String {
    format!(
        "route{nth}:
  driver = manualroute
  domains = {}
  transport = way{nth}
  route_list = * 127.0.0.1
  self = send
  no_more
",
        route.domain
    )
}

fn transport((nth, route): (usize, &Route<'_>)) -> String {
    let protocol = if route.by == By::Lmtp { "lmtp" } else { "smtp" };
    let encrypted = if route.by == By::EncryptedSmtp { "  hosts_require_tls = *\n" } else { "" };
    format!(
        "way{nth}:
  driver = smtp
  protocol = {protocol}
  port = {}
  allow_localhost
  tls_verify_certificates =
  return_path_add = false
{encrypted}",
        route.port
    )
}
