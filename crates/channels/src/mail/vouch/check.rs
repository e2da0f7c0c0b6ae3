//! Checking by ourselves: SPF of the machine that handed the letter to us, the signatures in its head, and what the
//! sender's domain says about both. Asks DNS and nothing else.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use madoguchi_kernel::Timestamp;
use madoguchi_platform::{clock::Clock, config::MailVouching, dns::Resolver};
use mail_auth::{
    AuthenticatedMessage, AuthenticationResults, DmarcResult, MessageAuthenticator, SpfOutput,
    dmarc::verify::DmarcParameters, spf::verify::SpfParameters,
};

use super::{
    Source, Verdict,
    results::{self, Results},
    sealed::Sealed,
};
use crate::mail::{bytes::Bytes, provenance::Provenance};

/// How long one letter may wait for DNS.
const CHECKED_WITHIN: Duration = Duration::from_secs(10);
/// After DNS did not answer in time, letters are not held up by it for so long.
const DOWN_FOR: Duration = Duration::from_secs(60);
/// The largest letter whose signatures are checked; larger ones are read piece by piece.
const SIGNED_BYTES_MAX: usize = 32 * 1024 * 1024;

/// What finds out who vouches for a letter.
#[derive(Clone)]
pub struct Vouching {
    dns: Option<MessageAuthenticator>,
    /// The names under which servers of our own write.
    servers: Arc<[String]>,
    /// Those whose seals on letters that they handed on are believed (ARC).
    sealers: Arc<[String]>,
    hostname: Arc<str>,
    /// Until when DNS is not asked.
    down_until: Arc<AtomicI64>,
}

impl Vouching {
    /// As the settings say. A house that cannot ask DNS works without.
    pub fn as_set(settings: &MailVouching, hostname: &str) -> Self {
        let resolver = settings.is_on.then(|| Resolver::new(settings.dns_server)).transpose();
        let resolver = resolver.unwrap_or_else(|problem| {
            tracing::warn!(%problem, "DNS cannot be asked: senders are not checked");
            None
        });
        Self::new(resolver, &settings.authserv_ids, hostname).believing(&settings.arc_sealers)
    }

    /// Asks this resolver, if any, and believes these servers.
    pub fn new(resolver: Option<Resolver>, servers: &[String], hostname: &str) -> Self {
        Self {
            dns: resolver.map(|resolver| MessageAuthenticator(resolver.inner())),
            servers: servers.into(),
            sealers: Arc::new([]),
            hostname: hostname.into(),
            down_until: Arc::new(AtomicI64::new(i64::MIN)),
        }
    }

    /// The same, believing what these found before they handed a letter on.
    #[must_use]
    pub fn believing(self, sealers: &[String]) -> Self {
        Self { sealers: sealers.into(), ..self }
    }

    /// What is found about a letter whose `From` is of this domain; `None` when nobody says anything.
    pub async fn verdict(
        &self,
        clock: &dyn Clock,
        letter: Bytes,
        came: Option<&Provenance>,
        domain: Option<&str>,
    ) -> Option<Verdict> {
        // Whoever is not one of ours may write into a letter's head what they like.
        let stranger = came.filter(|came| !came.is_trusted);
        let head = letter.first(results::HEAD_BYTES_MAX).ok()?;
        if stranger.is_none()
            && let Some(told) = results::told(&head, &self.servers)
        {
            return Some(self.verdict_of(Source::Told, &told, (domain, &head)));
        }
        let dns = self.dns.clone()?;
        let now = clock.now();
        let has_nothing_to_check = stranger.is_none() && !results::is_signed(&head);
        if has_nothing_to_check || now < Timestamp::from_micros(self.down_until.load(Ordering::Relaxed)) {
            return None;
        }
        let (came, hostname) = (stranger.cloned(), self.hostname.clone());
        let handle = tokio::runtime::Handle::current();
        // Hashing a large letter takes a while, and a letter at which the checker breaks must break nothing else.
        let checking = tokio::task::spawn_blocking(move || {
            let is_small = letter.count().is_ok_and(|count| count <= SIGNED_BYTES_MAX as u64);
            let letter = is_small.then(|| letter.first(SIGNED_BYTES_MAX).ok()).flatten();
            handle.block_on(async {
                let checked = async {
                    match letter {
                        Some(letter) => check(&dns, &letter, came.as_ref(), &hostname).await,
                        None => None,
                    }
                };
                tokio::time::timeout(CHECKED_WITHIN, checked).await
            })
        });
        match checking.await {
            Ok(Ok(Some(written))) => {
                let found = results::read(&written)?;
                Some(self.verdict_of(Source::Checked, &found, (domain, &head)))
            }
            Ok(Ok(None)) => None,
            Ok(Err(_)) => {
                tracing::warn!("DNS does not answer: senders are not checked for a while");
                self.down_until.store(now.after(DOWN_FOR).micros(), Ordering::Relaxed);
                None
            }
            Err(broken) => {
                tracing::error!(%broken, "A letter's sender could not be checked");
                None
            }
        }
    }

    fn verdict_of(&self, source: Source, found: &Results, (domain, head): (Option<&str>, &[u8])) -> Verdict {
        Verdict::of(source, found, domain).heard(&Sealed::read(head), &self.sealers)
    }
}

/// As a server writes down what it found; `None` when there was nothing to be found.
async fn check(dns: &MessageAuthenticator, letter: &[u8], came: Option<&Provenance>, hostname: &str) -> Option<String> {
    let message = AuthenticatedMessage::parse(letter)?;
    let has_signatures = !message.dkim_headers.is_empty() || !message.ams_headers.is_empty();
    if came.is_none() && !has_signatures {
        return None;
    }
    let dkim = dns.verify_dkim(&message).await;
    let arc = dns.verify_arc(&message).await;
    let from = message.from.first().map(String::as_str).unwrap_or_default();
    let mut out = AuthenticationResults::new(hostname).with_dkim_results(&dkim, from);
    let (spf, sender_domain) = match came {
        Some(came) => {
            let sender = came.sender.as_deref().unwrap_or_default();
            let domain = sender.rsplit_once('@').map_or(came.hello.as_str(), |(_, domain)| domain);
            let asked = match sender {
                "" => SpfParameters::verify_ehlo(came.machine, &came.hello, hostname),
                _ => SpfParameters::verify_mail_from(came.machine, &came.hello, hostname, sender),
            };
            let spf = dns.verify_spf(asked).await;
            out = match sender {
                "" => out.with_spf_ehlo_result(&spf, came.machine, &came.hello),
                _ => out.with_spf_mailfrom_result(&spf, came.machine, sender, &came.hello),
            };
            (spf, domain.to_owned())
        }
        None => (SpfOutput::default(), String::new()),
    };
    let dmarc = dns.verify_dmarc(DmarcParameters::new(&message, &dkim, &sender_domain, &spf)).await;
    // Without the machine that sent it nobody can say that neither way vouches for it.
    if came.is_some() || dmarc.result() == DmarcResult::Pass {
        out = out.with_dmarc_result(&dmarc);
    }
    if let Some(came) = came {
        out = out.with_arc_result(&arc, came.machine);
    } else if !message.ams_headers.is_empty() {
        out = out.with_arc_result(&arc, std::net::IpAddr::from([0, 0, 0, 0]));
    }
    Some(out.to_string())
}
