//! Who vouches for letters: signed by programs that are not ours, checked against a DNS server of our own.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use madoguchi_channels::mail::{
    letters::LetterState,
    listen::Reception,
    testing::{OUTAGE, serve_names},
    vouch::{Outcome, Policy, Source, Standing, Verdict, check::Vouching},
};
use madoguchi_platform::{both_engines, config::MailReception, db::Engine, dns::Resolver};
use madoguchi_tickets::TicketId;

use crate::{
    desk::{ADDRESS, Desk, handed_in, nowhere},
    listen::{Caller, open, open_with, settings},
};

/// Domains, and what they say of themselves. `127.0.0.1` is where the tests' letters come from.
const NAMES: &[(&str, &str)] = &[
    ("good.example", "v=spf1 ip4:127.0.0.1 -all"),
    ("_dmarc.good.example", "v=DMARC1; p=reject"),
    ("strict.example", "v=spf1 -all"),
    ("_dmarc.strict.example", "v=DMARC1; p=reject; aspf=s; adkim=s"),
    ("list.example", "v=spf1 ip4:127.0.0.1 -all"),
    ("below.example", "v=spf1 -all"),
    ("_dmarc.below.example", "v=DMARC1; p=reject; sp=quarantine"),
    ("unsure.example", OUTAGE),
    ("_dmarc.unsure.example", "v=DMARC1; p=reject"),
    ("silent.example", "v=spf1 -all"),
    ("_dmarc.silent.example", OUTAGE),
];

/// A key pair, and the record that publishes it.
struct Key {
    folder: tempfile::TempDir,
    record: String,
}

impl Key {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let private = folder.path().join("private.pem");
        run(Command::new("openssl").args(["genrsa", "-out"]).arg(&private), b"");
        let public = run(Command::new("openssl").args(["rsa", "-pubout", "-in"]).arg(&private), b"");
        let public: String =
            String::from_utf8(public).expect("PEM").lines().filter(|line| !line.starts_with('-')).collect();
        Self { folder, record: format!("v=DKIM1; k=rsa; p={public}") }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("private.pem")
    }

    /// Signed by dkimpy, which shares no code with us.
    fn signed(&self, domain: &str, letter: &str) -> String {
        let signed = run(Command::new("dkimsign").args(["s1", domain]).arg(self.path()), letter.as_bytes());
        String::from_utf8(signed).expect("text")
    }

    /// Signed by OpenDKIM, the servers' own signer, in this form of head and body.
    fn signed_by_opendkim(&self, domain: &str, form: &str, letter: &str) -> String {
        let [configuration, path] = ["conf", "letter"].map(|name| self.folder.path().join(name));
        let key = self.path();
        let says = format!(
            "Mode s\nDomain {domain}\nSelector s1\nKeyFile {}\nInternalHosts 0.0.0.0/0\nRequireSafeKeys no\nCanonicalization {form}\nSyslog no\n",
            key.display()
        );
        std::fs::write(&configuration, says).expect("written");
        std::fs::write(&path, letter).expect("written");
        let mut opendkim = Command::new("/usr/sbin/opendkim");
        let said = run(opendkim.arg("-x").arg(&configuration).args(["-v", "-v", "-t"]).arg(&path), b"");
        let said = String::from_utf8(said).expect("text");
        let header = said.split_once("hname='DKIM-Signature' hvalue='").and_then(|(_, rest)| rest.split_once('\''));
        let header = header.unwrap_or_else(|| panic!("no signature: {said}")).0.replace('\n', "\r\n");
        format!("DKIM-Signature: {header}\r\n{letter}")
    }

    /// Sealed by dkimpy, as a list does that passes on what it found.
    fn sealed(&self, domain: &str, letter: &str) -> String {
        let sealed = run(Command::new("arcsign").args(["s1", domain]).arg(self.path()).arg(domain), letter.as_bytes());
        String::from_utf8(sealed).expect("text")
    }
}

fn run(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let program = Path::new(command.get_program()).display().to_string();
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap_or_else(|error| {
            panic!("needs the packages openssl, opendkim and python3-dkim: {program}: {error}")
        });
    child.stdin.take().expect("piped").write_all(input).expect("it reads");
    let out = child.wait_with_output().expect("it ends");
    assert!(out.status.success(), "{program}: {}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

fn letter(from: &str, n: u32) -> String {
    format!(
        "From: <{from}>\r\nTo: {ADDRESS}\r\nMessage-ID: <{n}@test.example>\r\nDate: Wed, 01 Apr 2026 00:00:00 +0000\r\nSubject: {n}\r\n\r\nwords\r\n"
    )
}

/// Answers with the domains and this key for some of them.
fn asking(key: &Key, servers: &[&str]) -> Vouching {
    let signers = ["good", "strict", "list", "quiet"].map(|domain| format!("s1._domainkey.{domain}.example"));
    let mut names = NAMES.to_vec();
    names.extend(signers.iter().map(|name| (name.as_str(), key.record.as_str())));
    let dns = serve_names(&names).expect("a port is free");
    let servers: Vec<String> = servers.iter().map(ToString::to_string).collect();
    Vouching::new(Some(Resolver::new(Some(dns)).expect("a resolver")), &servers, "mx.help.example.com")
}

/// Hands a letter over by SMTP; what was found about it.
async fn handed(desk: &Desk, caller: &mut Caller, from: &str, letter: &str) -> Option<Verdict> {
    caller.tell(&format!("MAIL FROM:<{from}>"), "250").await;
    caller.tell(&format!("RCPT TO:<{ADDRESS}>"), "250").await;
    caller.tell("DATA", "354").await;
    caller.send(format!("{letter}.\r\n").as_bytes()).await;
    caller.expect("250").await;
    found(desk).await
}

/// What was found about the last letter, wherever it went.
async fn found(desk: &Desk) -> Option<Verdict> {
    desk.settle().await;
    let line = desk.letters().await.remove(0);
    let found = desk.verdict(line.id).await;
    if let Some(ticket) = line.ticket {
        assert_eq!(desk.verdicts(TicketId::new(ticket)).await.into_iter().next(), found);
    }
    found
}

both_engines! {
    async fn letters_that_come_to_us_are_checked_against_what_their_domains_say(engine: Engine) {
        let key = Key::new();
        let desk = Desk::with(engine, asking(&key, &["mx.help.example.com"])).await;
        desk.mailbox(handed_in(ADDRESS), "").await;
        let mut caller = Caller::greeted(open(&desk).smtp).await;
        // Whatever a stranger writes about themselves counts for nothing, even in our name.
        let boast = "Authentication-Results: mx.help.example.com; dmarc=pass header.from=strict.example\r\n";
        let mail = |domain: &str, n| letter(&format!("taro@{domain}"), n);
        let broken = key.signed("strict.example", &mail("strict.example", 3)).replace("words", "other words");
        for (from, text, standing, (spf, dkim, dmarc)) in [
            ("taro@good.example", mail("good.example", 1), Standing::Verified, (Outcome::Pass, Outcome::None, Outcome::Pass)),
            ("x@list.example", key.signed("good.example", &mail("good.example", 2)), Standing::Verified, (Outcome::Pass, Outcome::Pass, Outcome::Pass)),
            ("taro@strict.example", format!("{boast}{broken}"), Standing::Failed, (Outcome::Fail, Outcome::Neutral, Outcome::Fail)),
            ("x@list.example", mail("strict.example", 4), Standing::Failed, (Outcome::Pass, Outcome::None, Outcome::Fail)),
            ("taro@quiet.example", key.signed("quiet.example", &mail("quiet.example", 5)), Standing::Verified, (Outcome::None, Outcome::Pass, Outcome::None)),
            ("taro@quiet.example", mail("quiet.example", 6), Standing::Unverified, (Outcome::None, Outcome::None, Outcome::None)),
        ] {
            let verdict = handed(&desk, &mut caller, from, &text).await.expect("it was checked");
            let outcomes = (verdict.spf.outcome, verdict.dkim.outcome, verdict.dmarc.outcome);
            assert_eq!((verdict.source, verdict.standing, outcomes), (Source::Checked, standing, (spf, dkim, dmarc)), "{text}\n{}", verdict.raw);
        }
        // A list that changed the letter, and says what it had found before.
        let told = "Authentication-Results: list.example; dkim=pass header.d=strict.example; dmarc=pass header.from=strict.example\r\n";
        let sealed = key.sealed("list.example", &format!("{told}{}", mail("strict.example", 7)));
        let verdict = handed(&desk, &mut caller, "x@list.example", &sealed).await.expect("it was checked");
        assert_eq!((verdict.standing, verdict.arc.outcome), (Standing::Failed, Outcome::Pass), "{}", verdict.raw);
        assert_eq!(desk.letters().await[0].state, LetterState::Quarantine, "a list of which we know nothing");
        assert_eq!(verdict.arc.domain.as_deref(), Some("list.example"));
    }

    async fn a_list_that_is_believed_may_change_letters(engine: Engine) {
        let key = Key::new();
        let desk = Desk::with(engine, asking(&key, &[]).believing(&["list.example".to_owned()])).await;
        desk.mailbox(handed_in(ADDRESS), "").await;
        let mut caller = Caller::greeted(open(&desk).smtp).await;
        for (n, (sealer, found, standing, state)) in (1..).zip([
            ("list.example", "dmarc=pass header.from=strict.example", Standing::Unverified, LetterState::Read),
            ("list.example", "dmarc=fail header.from=strict.example", Standing::Failed, LetterState::Quarantine),
            ("good.example", "dmarc=pass header.from=strict.example", Standing::Failed, LetterState::Quarantine),
        ]) {
            let told = format!("Authentication-Results: {sealer}; {found}\r\n");
            let sealed = key.sealed(sealer, &format!("{told}{}", letter("taro@strict.example", n)));
            let verdict = handed(&desk, &mut caller, "x@list.example", &sealed).await.expect("it was checked");
            let is = (verdict.standing, verdict.dmarc.outcome, verdict.arc.outcome, desk.letters().await[0].state);
            assert_eq!(is, (standing, Outcome::Fail, Outcome::Pass, state), "{sealer} {found}\n{}", verdict.raw);
        }
    }

    async fn what_dns_cannot_say_sets_nothing_aside(engine: Engine) {
        let desk = Desk::with(engine, asking(&Key::new(), &[])).await;
        desk.mailbox(handed_in(ADDRESS), "").await;
        let mut caller = Caller::greeted(open(&desk).smtp).await;
        for (n, (domain, dmarc, policy, state)) in (1..).zip([
            ("strict.example", Outcome::Fail, Some(Policy::Reject), LetterState::Quarantine),
            ("mail.below.example", Outcome::Fail, Some(Policy::Quarantine), LetterState::Read),
            ("below.example", Outcome::Fail, Some(Policy::Reject), LetterState::Quarantine),
            ("unsure.example", Outcome::TempError, Some(Policy::Reject), LetterState::Read),
            ("silent.example", Outcome::TempError, Some(Policy::None), LetterState::Read),
        ]) {
            let from = format!("taro@{domain}");
            let verdict = handed(&desk, &mut caller, &from, &letter(&from, n)).await.expect("it was checked");
            let is = (verdict.dmarc.outcome, verdict.policy, desk.letters().await[0].state);
            assert_eq!(is, (dmarc, policy, state), "{domain}: {}", verdict.raw);
        }
    }

    async fn what_opendkim_signed_is_genuine(engine: Engine) {
        let key = Key::new();
        let desk = Desk::with(engine, asking(&key, &["mx.help.example.com"])).await;
        desk.mailbox(handed_in(ADDRESS), "").await;
        let mut caller = Caller::greeted(open(&desk).smtp).await;
        let mut n = 100;
        for form in ["relaxed/relaxed", "relaxed/simple", "simple/simple", "simple/relaxed"] {
            for (subject, words) in [
                ("=?ISO-2022-JP?B?GyRCPSRNfRsoQg==?=\r\n =?ISO-2022-JP?B?GyRCPSRNfRsoQg==?=", "\x1b$B=$M}\x1b(B\r\n  \x1b$B=$M}\x1b(B  \r\n\r\n\r\n"),
                ("=?UTF-8?B?5L+u55CG?=", &"冷蔵庫が冷えません。 \t\r\n".repeat(2_000)),
            ] {
                n += 2;
                let mail = |n| letter("taro@strict.example", n).replace(&format!("Subject: {n}"), &format!("Subject: {subject}")).replace("words\r\n", words);
                let signed = key.signed_by_opendkim("strict.example", form, &mail(n));
                let verdict = handed(&desk, &mut caller, "x@list.example", &signed).await.expect("it was checked");
                assert_eq!((verdict.standing, verdict.dkim.outcome, verdict.dmarc.outcome), (Standing::Verified, Outcome::Pass, Outcome::Pass), "{form} {}\n{signed}", verdict.raw);
                let changed = key.signed_by_opendkim("strict.example", form, &mail(n + 1)).replacen("\r\n\r\n", "\r\n\r\nx", 1);
                let verdict = handed(&desk, &mut caller, "x@list.example", &changed).await.expect("it was checked");
                assert_eq!((verdict.standing, verdict.dmarc.outcome), (Standing::Failed, Outcome::Fail), "{form} {}", verdict.raw);
            }
        }
    }

    async fn what_our_own_server_found_counts_and_what_others_wrote_does_not(engine: Engine) {
        let key = Key::new();
        let desk = Desk::with(engine, asking(&key, &["mx.ours.example"])).await;
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
        let mut uid = 0;
        for (results, standing) in [
            ("Authentication-Results: mx.ours.example; dmarc=pass header.from=strict.example\r\n", Some(Standing::Verified)),
            ("Authentication-Results: mx.ours.example; dmarc=fail header.from=strict.example\r\n", Some(Standing::Failed)),
            ("Authentication-Results: mx.theirs.example; dmarc=pass header.from=strict.example\r\n", None),
            ("", None),
        ] {
            uid += 1;
            desk.keep(mailbox.id, uid, format!("{results}{}", letter("taro@strict.example", uid))).await;
            let verdict = found(&desk).await;
            assert_eq!(verdict.as_ref().map(|verdict| verdict.standing), standing, "{results}");
            assert!(verdict.is_none_or(|verdict| verdict.source == Source::Told));
        }
        // A genuine signature says who wrote it, wherever the letter came from; its absence says nothing there.
        desk.keep(mailbox.id, 10, key.signed("strict.example", &letter("taro@strict.example", 10))).await;
        let verdict = found(&desk).await.expect("it was checked");
        assert_eq!((verdict.source, verdict.standing), (Source::Checked, Standing::Verified), "{}", verdict.raw);
        desk.keep(mailbox.id, 11, key.signed("list.example", &letter("taro@strict.example", 11))).await;
        let verdict = found(&desk).await.expect("it was checked");
        assert_eq!((verdict.standing, verdict.dkim.outcome), (Standing::Unverified, Outcome::Pass), "{}", verdict.raw);
    }

    async fn a_server_of_ours_that_hands_letters_on_is_believed(engine: Engine) {
        let desk = Desk::with(engine, asking(&Key::new(), &["mx.ours.example"])).await;
        desk.mailbox(handed_in(ADDRESS), "").await;
        let trusted_networks = vec!["127.0.0.1".parse().expect("a network")];
        let mut caller = Caller::greeted(open_with(&desk, &MailReception { trusted_networks, ..settings() }).smtp).await;
        let results = "Authentication-Results: mx.ours.example; dmarc=pass header.from=strict.example\r\n";
        let verdict = handed(&desk, &mut caller, "taro@strict.example", &format!("{results}{}", letter("taro@strict.example", 1))).await;
        assert_eq!(verdict.map(|verdict| (verdict.source, verdict.standing)), Some((Source::Told, Standing::Verified)));
    }
}

#[test]
fn a_reception_without_sockets_is_none() {
    let nowhere = MailReception { smtp_listen: None, lmtp_listen: None, ..settings() };
    assert!(Reception::bind(&nowhere).expect("nothing to bind").addresses().expect("none").is_empty());
}
