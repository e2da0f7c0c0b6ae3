//! Somebody signs in. The answer to a wrong password, to an unknown address, to a foreign tenant and to a former
//! member is the same, and takes the same work.

use std::{net::IpAddr, sync::Arc, time::Duration};

use madoguchi_kernel::{
    EmailAddress, Problem, TenantId,
    problem::{Kind, Result},
};
use madoguchi_platform::{
    db::{Reach, Tx},
    house::House,
    secrets::{Keys, Secret},
};

use super::{SignedIn, by_house, second_step::pass, session, tell};
use crate::{
    AccountId, AgentId,
    auth::{
        account::Account,
        facts::AuthFact,
        lockout::{Failures, KNOWN_FOR, Subject},
        password,
        second_step::CODE_WRONG,
        session::{Browser, Means, SessionId},
        store,
    },
    staff::{self, member::MemberState},
};

/// Somebody who wants to come in.
#[derive(Clone)]
pub struct SignIn {
    /// The tenant that the URL names; without one it is the first at which they work.
    pub slug: Option<String>,
    /// Their address, as they typed it.
    pub email: String,
    /// Their password.
    pub password: Secret<String>,
    /// The code of their second step, where they have one.
    pub code: Option<Secret<String>>,
    /// Where they are.
    pub browser: Browser,
    /// The session that the same browser had in the same tenant.
    pub leaving: Option<(TenantId, SessionId)>,
}

/// The address or the password is wrong, or there is nothing to come in to.
fn wrong() -> Problem {
    Problem::new(Kind::Unauthenticated, "auth.wrong")
}

fn locked(wait: Duration) -> Problem {
    Problem::new(Kind::TooMany, "auth.locked").with("seconds", wait.as_secs().max(1))
}

/// Lets somebody in who knows the password of an account that works here, and shows its second step where it has one.
pub async fn sign_in(house: &House, keys: &Arc<Keys>, ask: SignIn) -> Result<SignedIn> {
    let email: Option<EmailAddress> = ask.email.parse().ok();
    let attempt = Attempt::begin(house, &ask.email, ask.browser.ip).await?;
    let found = match &email {
        Some(email) => look_up(house, email.clone(), ask.slug.clone()).await?,
        None => None,
    };
    let hash = found.as_ref().map(|found| found.account.password_hash.clone());
    let known = password::matches(&ask.password, hash).await?;
    let place = found.as_ref().and_then(|found| found.place);
    let (Some(found), Some((tenant, agent)), true) = (&found, place, known) else {
        attempt.failed(house, found.as_ref()).await?;
        return Err(wrong());
    };
    let account = found.account.clone();
    let leaving = ask.leaving.filter(|(of, _)| *of == tenant).map(|(_, session)| session);
    let (browser, code, keys, counted) = (ask.browser, ask.code, keys.clone(), attempt.clone());
    let admitted = house
        .write(tenant, async move |tx| {
            require_same(tx, &account).await?;
            let code = code.as_ref().map(|code| code.reveal().as_str());
            pass(tx, &keys, (&account, Some((tenant, agent))), code).await?;
            counted.succeeded(tx).await?;
            if let Err(refused) = session::require_place(tx, tenant, agent, &browser).await {
                session::tell_refused(tx, agent, &browser).await?;
                return Ok(Err(refused));
            }
            session::start(tx, tenant, (account.id, agent), (&browser, Means::Password), leaving).await.map(Ok)
        })
        .await
        .and_then(std::convert::identity);
    if admitted.as_ref().is_err_and(|problem| problem.code == CODE_WRONG) {
        attempt.failed(house, Some(found)).await?;
    }
    admitted
}

/// The password was changed while the old one was being verified: then the old one is wrong.
pub(super) async fn require_same(tx: &Tx<'_>, verified: &Account) -> Result<()> {
    let now = store::account(tx, verified.id).await?;
    if now.password_hash == verified.password_hash { Ok(()) } else { Err(wrong()) }
}

/// An address as it is tried from one place.
fn pair(address: &str, ip: &str) -> String {
    format!("{ip}/{address}")
}

/// What is counted of an attempt, always in this order, so that two attempts never wait for each other.
fn subjects<'a>(address: &'a str, ip: &'a str, pair: &'a str) -> [(Subject, &'a str); 3] {
    [(Subject::Place, ip), (Subject::Address, address), (Subject::AddressFromPlace, pair)]
}

struct Found {
    account: Account,
    /// Where they come in, if they work there.
    place: Option<(TenantId, AgentId)>,
    /// The tenant of the URL, where it is told that they failed.
    audience: Option<TenantId>,
}

async fn look_up(house: &House, email: EmailAddress, slug: Option<String>) -> Result<Option<Found>> {
    house
        .read(Reach::House, async move |tx| {
            let Some(account) = store::account_by_email(tx, &email).await? else { return Ok(None) };
            let tenant = match &slug {
                Some(slug) => store::tenant_by_slug(tx, slug).await?,
                None => store::tenants_of(tx, account.id).await?.into_iter().next(),
            };
            let Some(tenant) = tenant else { return Ok(Some(Found { account, place: None, audience: None })) };
            let member = staff::views::member_of(tx, tenant.id, account.id).await?;
            let audience = member.as_ref().map(|_| tenant.id);
            let place =
                member.filter(|member| member.state == MemberState::Active).map(|member| (tenant.id, member.id));
            Ok(Some(Found { account, place, audience }))
        })
        .await
}

/// An attempt to show a password: counted when it begins, taken back when it succeeds.
#[derive(Clone)]
pub(super) struct Attempt {
    address: String,
    ip: String,
    /// The count that makes others wait longest.
    failures: Failures,
}

impl Attempt {
    /// Counts it, or refuses it for a while. What was typed counts whether anybody has it or not.
    pub async fn begin(house: &House, address: &str, ip: IpAddr) -> Result<Self> {
        let (address, ip) = (address.trim().to_lowercase(), ip.to_string());
        house
            .write(Reach::House, async move |tx| {
                let (now, pair) = (tx.now(), pair(&address, &ip));
                let is_known = store::is_known_place(tx, &pair, now.before(KNOWN_FOR)).await?;
                let mut counted = Vec::new();
                let mut wait = Duration::ZERO;
                for (subject, who) in subjects(&address, &ip, &pair) {
                    // Where the owner comes from, guesses that others made elsewhere do not count.
                    if subject == Subject::Address && is_known {
                        continue;
                    }
                    match store::failures(tx, subject, who).await?.attempt(subject, now) {
                        Ok(failures) => counted.push((subject, who, failures)),
                        Err(longer) => wait = wait.max(longer),
                    }
                }
                if !wait.is_zero() {
                    return Err(locked(wait));
                }
                let mut worst = Failures::default();
                for (subject, who, failures) in counted {
                    store::keep_failures(tx, subject, who, failures).await?;
                    if subject != Subject::Place && failures.locked_until >= worst.locked_until {
                        worst = failures;
                    }
                }
                Ok(Self { address: address.clone(), ip: ip.clone(), failures: worst })
            })
            .await
    }

    /// Takes it back, and remembers the place.
    pub async fn succeeded(&self, tx: &Tx<'_>) -> Result<()> {
        let pair = pair(&self.address, &self.ip);
        for (subject, who) in subjects(&self.address, &self.ip, &pair) {
            let failures = store::failures(tx, subject, who).await?;
            match subject {
                Subject::Place => store::keep_failures(tx, subject, who, failures.forgiven()).await?,
                Subject::Address => store::keep_failures(tx, subject, who, failures.taken_back()).await?,
                Subject::AddressFromPlace => store::forget_failures(tx, subject, who).await?,
            }
        }
        store::keep_known_place(tx, &pair).await
    }

    /// Tells the tenant when further attempts have to wait.
    async fn failed(&self, house: &House, found: Option<&Found>) -> Result<()> {
        let Some((account, tenant)) = found.and_then(|found| Some((found.account.id, found.audience?))) else {
            return Ok(());
        };
        if self.failures.locks(house.clock().now()) {
            self.tell_locked(house, tenant, account).await?;
        }
        Ok(())
    }

    async fn tell_locked(&self, house: &House, tenant: TenantId, account: AccountId) -> Result<()> {
        let (failures, ip) = (self.failures, self.ip.clone());
        house
            .write(tenant, async move |tx| {
                let lock = tx.new_id();
                let fact =
                    AuthFact::SignInLocked { lock, account, failures: failures.count, until: failures.locked_until };
                tell(tx, by_house(), 1, fact, &[("ip", &ip)]).await
            })
            .await
    }
}
