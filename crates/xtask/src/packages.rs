//! What the tests need from the system, installed through its package manager.
//!
//! Debian 12 is what we promise; elsewhere we say what is missing and leave it to you. Nothing that is installed here
//! is left running: tests start servers of their own, on ports and in folders of their own.

use std::path::Path;

use crate::say;
use crate::shell::{Outcome, command, has, is_root, output, run};

/// (Debian's package, a program or file by which it is known elsewhere, what it is for)
const NEEDED: &[(&str, &str, &str)] = &[
    ("postgresql", "psql", "the second engine"),
    ("openssl", "openssl", "certificates for the tests of TLS"),
    ("curl", "curl", "a real HTTPS client"),
    ("dovecot-imapd", "dovecot", "a real IMAP server"),
    ("dovecot-lmtpd", "dovecot", "delivery into it"),
    ("postfix", "postfix", "a real SMTP server"),
    ("python3-dkim", "dkimverify", "signs letters, and verifies our signatures"),
    ("python3-nacl", "/usr/lib/python3/dist-packages/nacl", "those of the newer kind"),
    ("python3-authres", "/usr/lib/python3/dist-packages/authres", "what a server before us found, sealed by it (ARC)"),
    ("swaks", "swaks", "a real mail client"),
    ("libnet-ssleay-perl", "swaks", "its encryption"),
    ("opendkim", "opendkim", "signs letters as other desks' servers do, and verifies our signatures"),
    ("libgnutls-dane0", "exim4", "for Exim, the other SMTP server"),
    ("libidn12", "exim4", "the same"),
    ("libnsl2", "exim4", "the same"),
    ("oathtool", "oathtool", "another maker of the codes of a second step"),
    ("tnef", "tnef", "another reader of Outlook's containers"),
    ("chromium", "chromium", "the browser of the end-to-end tests"),
    ("fonts-noto-cjk", "fc-list", "Japanese letters on their screenshots"),
];

/// Debian lets one machine have one mail server, and the tests need two: the other one is unpacked into a folder of the
/// tests and not installed.
const EXIM: &str = "exim4-base exim4-daemon-light";
/// Where it lies, as the tests' own counterparts know.
const EXIM_FOLDER: &str = "/opt/madoguchi-tests/exim";

/// Runs as root. The arguments are what to unpack, into which folder, and what to install. `policy-rc.d` keeps Debian from starting a service as soon as it is unpacked; where it is not ours,
/// it stays as it was. On a machine with systemd, what we brought does not start with the next boot either.
const INSTALL: &str = r#"
set -eu
unpacked=$1 folder=$2
shift 2
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
case " $* " in *' postfix '*)
  echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections ;;
esac
log=$(mktemp)
quietly() { "$@" > "$log" 2>&1 || { cat "$log"; exit 1; }; }
quietly apt-get -o DPkg::Lock::Timeout=300 -qq update
[ $# = 0 ] || quietly apt-get -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -qq -y --no-install-recommends install "$@"
if [ -n "$unpacked" ]; then
  there=$(mktemp -d)
  chmod 755 "$there"
  ! getent passwd _apt > /dev/null || chown _apt "$there"
  cd "$there"
  quietly apt-get -qq download $unpacked
  rm -rf "$folder.new" "$folder"
  mkdir -p "$folder.new"
  for package in *.deb; do quietly dpkg-deb -x "$package" "$folder.new"; done
  mv "$folder.new" "$folder"
  cd /
  rm -rf "$there"
  # Its program knows this user by name, and goes no step without.
  getent passwd Debian-exim > /dev/null ||
    quietly adduser --system --group --quiet --home /var/spool/exim4 --no-create-home --disabled-login --force-badname Debian-exim
fi
rm -f "$log"
if [ -d /run/systemd/system ]; then
  for service in postgresql dovecot postfix opendkim; do
    case " $* " in *" $service"*) systemctl --quiet disable --now "$service" || true ;; esac
  done
fi
"#;

/// Installs what is missing, saying so first.
pub(crate) fn install() -> Outcome {
    if !has("apt-get") || !has("dpkg-query") {
        return elsewhere();
    }
    let missing: Vec<&str> =
        NEEDED.iter().map(|(package, ..)| *package).filter(|package| !installed(package)).collect();
    let unpacked = if Path::new(EXIM_FOLDER).join("usr/sbin/exim4").exists() { "" } else { EXIM };
    if missing.is_empty() && unpacked.is_empty() {
        say::line("Everything that the tests need is installed.");
        return Ok(());
    }
    say::line("The tests need packages that are not installed yet:");
    for (package, _, purpose) in NEEDED.iter().filter(|(package, ..)| missing.contains(package)) {
        say::line(format!("  {package:<16} {purpose}"));
    }
    if !unpacked.is_empty() {
        say::line(format!("  {unpacked} another real SMTP server, unpacked into {EXIM_FOLDER} and not installed"));
    }
    let mut shell = if is_root() {
        command("sh")
    } else if has("sudo") {
        say::line("They are installed with apt-get through sudo, which may ask for your password.");
        let mut sudo = command("sudo");
        sudo.arg("sh");
        sudo
    } else {
        return Err(format!("needs root (or sudo) once for: apt-get install {} {unpacked}", missing.join(" ")));
    };
    if !missing.is_empty() {
        say::line(format!("apt-get install {}", missing.join(" ")));
    }
    let script = std::env::temp_dir().join(format!("madoguchi-install-{}.sh", std::process::id()));
    std::fs::write(&script, INSTALL).map_err(|err| format!("{}: {err}", script.display()))?;
    let outcome = run(shell.arg(&script).args([unpacked, EXIM_FOLDER]).args(&missing));
    std::fs::remove_file(&script).map_err(|err| format!("{}: {err}", script.display()))?;
    outcome
}

/// Whether Debian says that the package is there, configured and whole.
pub(crate) fn installed(package: &str) -> bool {
    output(command("dpkg-query").args(["-W", "-f=${db:Status-Status}", package]))
        .is_ok_and(|status| status == "installed")
}

fn elsewhere() -> Outcome {
    let missing: Vec<String> = NEEDED
        .iter()
        .filter(|(_, program, _)| !has(program))
        .map(|(package, program, purpose)| format!("  {program} ({purpose}; Debian's package {package})"))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("this is not Debian; please install these yourself:\n{}", missing.join("\n")))
}
