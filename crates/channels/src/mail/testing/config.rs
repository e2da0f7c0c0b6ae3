//! The configuration files of the counterparts.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use super::{Account, Ports};

/// Debian's `nobody`, to whom the letters belong.
pub const MAIL_UID: u32 = 65_534;
/// Debian's `nogroup`.
pub const MAIL_GID: u32 = 65_534;

/// Writes everything but the certificate.
pub fn write(
    root: &Path,
    ports: &Ports,
    accounts: &[Account<'_>],
    routes: &[(String, String)],
    introspection: Option<&str>,
) -> io::Result<()> {
    let users: String = accounts.iter().map(|a| format!("{}:{{PLAIN}}{}\n", a.address, a.password)).collect();
    fs::write(root.join("users"), users)?;
    let boxes: String = accounts.iter().map(|a| format!("{} here\n", a.address)).collect();
    fs::write(root.join("mailboxes"), boxes)?;
    let transports: String = routes.iter().map(|(domain, way)| format!("{domain} {way}\n")).collect();
    fs::write(root.join("transports"), transports)?;
    let mut dovecot = dovecot(root, ports);
    if let Some(address) = introspection {
        fs::write(root.join("oauth2.conf"), oauth2(address))?;
        dovecot = dovecot.replace("auth_mechanisms = plain login", "auth_mechanisms = plain login xoauth2");
        dovecot.push_str(&format!(
            "passdb {{\n  driver = oauth2\n  mechanisms = xoauth2\n  args = {}/oauth2.conf\n}}\n",
            root.display()
        ));
    }
    fs::write(root.join("dovecot.conf"), dovecot)?;
    make_queue(root)?;
    let postfix = root.join("postfix");
    fs::create_dir(&postfix)?;
    let mut domains: Vec<&str> = accounts.iter().filter_map(|a| a.address.rsplit_once('@')).map(|(_, d)| d).collect();
    domains.sort_unstable();
    domains.dedup();
    fs::write(postfix.join("main.cf"), main_cf(root, ports, &domains.join(", ")))?;
    fs::write(postfix.join("master.cf"), master_cf(ports))
}

/// The folders that Postfix's start command would make.
fn make_queue(root: &Path) -> io::Result<()> {
    let owner = number_of("/etc/passwd", "postfix")?;
    let drop = number_of("/etc/group", "postdrop")?;
    let queue = root.join("queue");
    fs::create_dir(&queue)?;
    fs::create_dir(queue.join("pid"))?;
    let data = root.join("postfix-data");
    fs::create_dir(&data)?;
    chown(&data, Some(owner), None)?;
    const OWN: &[&str] =
        &["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace"];
    for (name, group, mode) in OWN
        .iter()
        .map(|name| (*name, None, 0o700))
        .chain([("maildrop", Some(drop), 0o730), ("public", Some(drop), 0o710)])
    {
        let folder = queue.join(name);
        fs::create_dir(&folder)?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode))?;
        chown(&folder, Some(owner), group)?;
    }
    Ok(())
}

/// The number of a user or group of this machine.
pub fn number_of(table: &str, name: &str) -> io::Result<u32> {
    let text = fs::read_to_string(table)?;
    let found =
        text.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields.first() == Some(&name));
    let number = found.and_then(|fields| fields.get(2)?.parse().ok());
    number.ok_or_else(|| io::Error::other(format!("{table} knows no {name}: is the package installed?")))
}

/// Writes what `openssl req` needs; the certificate must not be one of an authority.
pub fn write_openssl(root: &Path) -> io::Result<PathBuf> {
    let path = root.join("openssl.cnf");
    fs::write(
        &path,
        "[req]\ndistinguished_name = dn\nx509_extensions = ext\nprompt = no\n\
         [dn]\nCN = localhost\n\
         [ext]\nsubjectAltName = DNS:localhost,IP:127.0.0.1\nbasicConstraints = CA:FALSE\n",
    )?;
    Ok(path)
}

fn dovecot(root: &Path, ports: &Ports) -> String {
    let root = root.display();
    let Ports { imap, imaps, lmtp, auth, .. } = ports;
    format!(
        "protocols = imap lmtp
listen = 127.0.0.1
base_dir = {root}/dovecot
log_path = {root}/dovecot.log
ssl = yes
ssl_cert = <{root}/cert.pem
ssl_key = <{root}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_username_format = %Lu
mail_location = maildir:{root}/mail/%d/%n
first_valid_uid = 1
recipient_delimiter = +
auth_failure_delay = 0
mail_max_userip_connections = 50
passdb {{
  driver = passwd-file
  args = username_format=%u {root}/users
}}
userdb {{
  driver = static
  args = uid={MAIL_UID} gid={MAIL_GID} home={root}/mail/%d/%n
}}
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service auth {{
  inet_listener {{
    port = {auth}
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@localhost
}}
"
    )
}

/// Whoever gave a token is asked each time whether it is good.
fn oauth2(introspection: &str) -> String {
    format!(
        "introspection_mode = post
introspection_url = {introspection}
username_attribute = sub
active_attribute = active
active_value = true
"
    )
}

fn main_cf(root: &Path, ports: &Ports, domains: &str) -> String {
    let root = root.display();
    let Ports { lmtp, auth, .. } = ports;
    format!(
        "compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/postfix-data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {root}/postfix.log
maillog_file_prefixes = {root}
myhostname = mx.localhost
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
notify_classes =
biff = no
smtp_dns_support_level = disabled
default_transport = lmtp:inet:127.0.0.1:{lmtp}
virtual_mailbox_domains = {domains}
virtual_mailbox_maps = texthash:{root}/mailboxes
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
transport_maps = texthash:{root}/transports
recipient_delimiter = +
message_size_limit = 41943040
mailbox_size_limit = 0
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions =
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_tls_security_level = may
smtpd_tls_cert_file = {root}/cert.pem
smtpd_tls_key_file = {root}/key.pem
smtpd_peername_lookup = no
in_flow_delay = 0
"
    )
}

fn master_cf(ports: &Ports) -> String {
    let Ports { smtp, smtps, .. } = ports;
    format!(
        "127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"
    )
}
