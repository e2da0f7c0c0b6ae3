//! Who we are at a mail server: the password that is kept, or an access token, which is asked for when there is none that
//! lasts. Whoever signs in anywhere gets a [`Login`] here.
//!
//! However many ask at once, on however many nodes, a mailbox's token is renewed by one of them: a provider that gives
//! another refresh token each time takes an old one for stolen. Nothing is asked inside a unit of work.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};

use madoguchi_kernel::{
    Problem, TenantId, Timestamp,
    problem::{Kind, Result},
};
use madoguchi_platform::{
    egress::{Egress, Refused},
    house::House,
    http::App,
    outbound,
    secrets::{self, Keys, Sealed, Secret},
};

use super::{
    actions::{self, SealedTokens},
    mailbox::{Account, Mailbox, MailboxId, Settings},
    oauth::{
        self, Answer, Asked, CLIENT_SECRET, Flow, GrantState, OauthApplication, OauthApplicationId, Refusal, TOKEN,
        Tokens,
    },
    road::{Login, Trouble, TroubleKind, Way, shown},
    store::oauth::{self as store, Grant},
    tools::PASSWORD,
};

/// The longest answer of a token endpoint, in bytes.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// How often, and how many times, we look whether another node is done renewing.
const LOOK_EVERY: Duration = Duration::from_millis(250);
const LOOKS_MAX: u32 = 80;

/// With what passwords are opened and tokens asked for.
#[derive(Clone)]
pub struct SignIn {
    /// Where both are kept.
    pub house: House,
    /// What opens them.
    pub keys: Arc<Keys>,
    /// The way to those who give tokens.
    pub egress: Arc<Egress>,
}

/// Why we do not know who we are.
#[derive(Debug)]
pub enum Failed {
    /// The application, the consent, or the way to those who give tokens.
    Trouble(Trouble),
    /// Our own house.
    Problem(Problem),
}
impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}
impl From<Trouble> for Failed {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// Who we are at a server.
#[derive(Clone, Debug)]
pub struct Credential {
    user: String,
    secret: Secret<String>,
    way: Way,
}

impl Credential {
    /// By a password; none is known where it is empty.
    pub fn password(account: &Account, secret: Secret<String>) -> Self {
        Self { user: account.user.clone(), secret, way: Way::Password }
    }

    /// By an access token.
    pub fn token(account: &Account, secret: Secret<String>) -> Self {
        Self { user: account.user.clone(), secret, way: Way::Token }
    }

    /// As the roads take it.
    pub fn login(&self) -> Login<'_> {
        Login { user: &self.user, secret: self.secret.reveal(), way: self.way }
    }

    /// What it means that a server gave this trouble; whether a new token may help is for the caller to try.
    pub fn explain(&self, trouble: Trouble) -> Trouble {
        match (self.way, trouble.kind) {
            (Way::Token, TroubleKind::Auth) => Trouble { kind: TroubleKind::TokenRefused, ..trouble },
            _ => trouble,
        }
    }

    /// Whether a server that gave this trouble may take a new token.
    pub fn may_be_stale(&self, trouble: &Trouble) -> bool {
        self.way == Way::Token && trouble.kind == TroubleKind::Auth
    }
}

impl SignIn {
    /// For what a person asks by HTTP.
    pub fn of(app: &App) -> Self {
        Self { house: app.house().clone(), keys: app.keys().clone(), egress: app.egress().clone() }
    }

    /// Who we are at one of a mailbox's servers.
    pub async fn credential(
        &self,
        tenant: TenantId,
        mailbox: &Mailbox,
        account: &Account,
    ) -> Result<Credential, Failed> {
        if mailbox.settings.application.is_some() {
            return Ok(Credential::token(account, self.token(tenant, mailbox, None).await?));
        }
        Ok(Credential::password(account, self.kept_password(tenant, account).await?))
    }

    /// The same by a new token, because the server refused this one.
    pub async fn renewed(
        &self,
        tenant: TenantId,
        mailbox: &Mailbox,
        (account, refused): (&Account, &Credential),
    ) -> Result<Credential, Failed> {
        Ok(Credential::token(account, self.token(tenant, mailbox, Some(&refused.secret)).await?))
    }

    /// The password that is kept; empty where there is none.
    pub async fn kept_password(&self, tenant: TenantId, account: &Account) -> Result<Secret<String>> {
        match account.secret {
            Some(id) => {
                let sealed = self.house.read(tenant, async move |tx| secrets::find(tx, tenant, id).await).await?;
                self.opened(tenant, PASSWORD, &sealed)
            }
            None => Ok(Secret::new(String::new())),
        }
    }

    /// A token of a mailbox that is not kept yet: only an application that needs nobody's consent has one.
    pub async fn first_token(&self, tenant: TenantId, settings: &Settings) -> Result<Secret<String>, Failed> {
        let Some(id) = settings.application else { return Err(missing().into()) };
        let application = self.house.read(tenant, async move |tx| store::one(tx, tenant, id).await).await?;
        match application.settings.flow {
            Flow::AuthorizationCode => Err(missing().into()),
            Flow::ClientCredentials => {
                let tokens = self.ask(tenant, &application, &Asked::Credentials).await?;
                tokens.map(|tokens| tokens.access).map_err(|refusal| trouble(refusal).into())
            }
        }
    }

    /// A token that lasts for now, and is not this one.
    async fn token(
        &self,
        tenant: TenantId,
        mailbox: &Mailbox,
        refused: Option<&Secret<String>>,
    ) -> Result<Secret<String>, Failed> {
        let Some(application) = mailbox.settings.application else { return Err(missing().into()) };
        let place = Place { tenant, mailbox: mailbox.id, application };
        if let Some(token) = self.standing(place).await?.usable(refused, self.now())? {
            return Ok(token);
        }
        // Whoever waits may give up in between; a refresh token that was used must not be forgotten with them.
        let (told, hears) = tokio::sync::oneshot::channel();
        let (this, refused) = (self.clone(), refused.cloned());
        self.house.spawn(async move {
            let token = this.renewed_in_turn(place, refused.as_ref()).await;
            drop(told.send(token));
        });
        hears.await.map_err(|_| Failed::Problem(Problem::new(Kind::Unavailable, "too_slow")))?
    }

    /// Waits for its turn, in this process and among the nodes, and renews where nobody else did.
    async fn renewed_in_turn(&self, place: Place, refused: Option<&Secret<String>>) -> Result<Secret<String>, Failed> {
        let turn = turn(place.mailbox);
        let _mine = turn.lock().await;
        let lease = format!("token/{}", place.mailbox);
        for _ in 0..LOOKS_MAX {
            if self.house.lease(&lease).await? {
                let token = self.renewed_alone(place, refused).await;
                self.house.drop_lease(&lease).await?;
                return token;
            }
            self.house.clock().sleep(LOOK_EVERY).await;
        }
        Err(Trouble::new(TroubleKind::NoToken, "another node has been renewing the token for too long").into())
    }

    async fn renewed_alone(&self, place: Place, refused: Option<&Secret<String>>) -> Result<Secret<String>, Failed> {
        let standing = self.standing(place).await?;
        match standing.usable(refused, self.now())? {
            Some(token) => Ok(token),
            None => self.renew(place, standing).await,
        }
    }

    fn now(&self) -> Timestamp {
        self.house.clock().now()
    }

    /// How the mailbox stands, its tokens opened.
    async fn standing(&self, Place { tenant, mailbox, application }: Place) -> Result<Standing, Failed> {
        let found = self.house.read(tenant, async move |tx| {
            let is_held = outbound::is_held(tx).await?;
            let Some(application) = store::find(tx, tenant, application).await? else { return Ok(None) };
            let grant = store::grant(tx, tenant, mailbox).await?.filter(|grant| grant.application == application.id);
            let (mut refresh, mut access) = (None, None);
            if let Some(grant) = &grant {
                for (id, place) in [(grant.refresh, &mut refresh), (grant.access, &mut access)] {
                    if let Some(id) = id {
                        *place = Some(secrets::find(tx, tenant, id).await?);
                    }
                }
            }
            Ok(Some((application, grant, refresh, access, is_held)))
        });
        let (application, grant, refresh, access, is_held) = found.await?.ok_or_else(missing)?;
        let open = |sealed: Option<Sealed>| sealed.map(|sealed| self.opened(tenant, TOKEN, &sealed)).transpose();
        Ok(Standing { application, grant, refresh: open(refresh)?, access: open(access)?, is_held })
    }

    /// Asks for new tokens and keeps them, or that there will be none.
    async fn renew(&self, place: Place, standing: Standing) -> Result<Secret<String>, Failed> {
        let Place { tenant, mailbox, .. } = place;
        let Standing { application, grant, refresh, is_held, .. } = standing;
        if is_held {
            // The token that renews may be good once, and then it is the original's.
            return Err(
                Trouble::new(TroubleKind::NoToken, "a restored copy renews no token before it is released").into()
            );
        }
        let asked = match (application.settings.flow, &refresh) {
            (Flow::ClientCredentials, _) => Asked::Credentials,
            (Flow::AuthorizationCode, Some(refresh_token)) => Asked::Renewed { refresh_token },
            (Flow::AuthorizationCode, None) => return Err(missing().into()),
        };
        match (self.ask(tenant, &application, &asked).await?, grant) {
            (Ok(tokens), grant) => {
                let (sealed, id) = (self.sealed(tenant, &tokens), application.id);
                self.house
                    .write(tenant, async move |tx| {
                        actions::renew(tx, tenant, mailbox, (id, grant.as_ref()), &sealed).await
                    })
                    .await?;
                Ok(tokens.access)
            }
            (Err(Refusal::Consent(said)), Some(grant)) if matches!(asked, Asked::Renewed { .. }) => {
                tracing::info!(mailbox = mailbox.number(), "The consent by which a mailbox signs in was lost");
                let (reason, lost) = (said.clone(), grant);
                self.house
                    .write(tenant, async move |tx| actions::lose(tx, tenant, mailbox, &lost, &reason).await)
                    .await?;
                Err(trouble(Refusal::Consent(said)).into())
            }
            (Err(refusal), _) => Err(trouble(refusal).into()),
        }
    }

    /// One question to the token endpoint.
    pub async fn ask(
        &self,
        tenant: TenantId,
        application: &OauthApplication,
        asked: &Asked<'_>,
    ) -> Result<Result<Tokens, Refusal>> {
        let settings = &application.settings;
        let secret = match settings.secret {
            Some(id) => {
                let sealed = self.house.read(tenant, async move |tx| secrets::find(tx, tenant, id).await).await?;
                Some(self.opened(tenant, CLIENT_SECRET, &sealed)?)
            }
            None => None,
        };
        let form = settings.form(asked, secret.as_ref());
        let answered = self.egress.post_form(&settings.token_url(), &form, ANSWER_BYTES_MAX).await;
        Ok(match answered {
            Ok(answered) => match oauth::answer(answered.status, &answered.body) {
                Answer::Tokens(tokens) => Ok(tokens),
                Answer::Refused(refusal) => Err(without_secrets(refusal, asked, secret.as_ref())),
            },
            Err(refused @ (Refused::Address(_) | Refused::Inner)) => Err(Refusal::Application(refused.to_string())),
            Err(refused) => Err(Refusal::ForNow(said(&refused))),
        })
    }

    /// Tokens as they are kept.
    pub fn sealed(&self, tenant: TenantId, tokens: &Tokens) -> SealedTokens {
        let seal = |token: &Secret<String>| self.keys.seal(tenant, TOKEN, token.reveal().as_bytes());
        SealedTokens {
            access: seal(&tokens.access),
            until: oauth::used_until(self.now(), tokens.life),
            refresh: tokens.refresh.as_ref().map(seal),
        }
    }

    fn opened(&self, tenant: TenantId, purpose: &str, sealed: &Sealed) -> Result<Secret<String>> {
        let opened = self.keys.open(tenant, purpose, sealed)?;
        let text = std::str::from_utf8(opened.reveal()).map_err(Problem::broken)?;
        Ok(Secret::new(text.to_owned()))
    }
}

/// Which mailbox of whom, and by which application it signs in.
#[derive(Clone, Copy)]
struct Place {
    tenant: TenantId,
    mailbox: MailboxId,
    application: OauthApplicationId,
}

/// How a mailbox stands with its application.
struct Standing {
    application: OauthApplication,
    grant: Option<Grant>,
    refresh: Option<Secret<String>>,
    access: Option<Secret<String>>,
    /// Whether this house may be a copy of one that still runs.
    is_held: bool,
}

impl Standing {
    /// The token that is kept, where it lasts and is not the refused one; or what somebody must do first.
    fn usable(&self, refused: Option<&Secret<String>>, now: Timestamp) -> Result<Option<Secret<String>>, Trouble> {
        let Some(grant) = &self.grant else {
            return match self.application.settings.flow {
                Flow::ClientCredentials => Ok(None),
                Flow::AuthorizationCode => Err(missing()),
            };
        };
        if grant.state == GrantState::Lost {
            return Err(Trouble::new(TroubleKind::ConsentLost, grant.reason.as_deref().unwrap_or_default()));
        }
        let lasts = grant.access_until.is_some_and(|until| until > now);
        let is_refused = |token: &&Secret<String>| refused.is_some_and(|refused| refused.reveal() == token.reveal());
        Ok(self.access.as_ref().filter(|token| lasts && !is_refused(token)).cloned())
    }
}

fn missing() -> Trouble {
    Trouble::new(TroubleKind::ConsentMissing, "")
}

/// What a refusal is to whoever wants to sign in.
pub fn trouble(refusal: Refusal) -> Trouble {
    match refusal {
        Refusal::Consent(said) => Trouble::new(TroubleKind::ConsentLost, said),
        Refusal::Application(said) => Trouble::new(TroubleKind::Application, said),
        Refusal::ForNow(said) => Trouble::new(TroubleKind::NoToken, said),
    }
}

/// A provider may repeat what it was handed; nobody is to read it here.
fn without_secrets(refusal: Refusal, asked: &Asked<'_>, secret: Option<&Secret<String>>) -> Refusal {
    let mut hidden: Vec<&str> = secret.map(|secret| secret.reveal().as_str()).into_iter().collect();
    match asked {
        Asked::Code { code, verifier, .. } => hidden.extend([code, verifier]),
        Asked::Renewed { refresh_token } => hidden.push(refresh_token.reveal()),
        Asked::Credentials => {}
    }
    let clean = |said: String| {
        let words = hidden.iter().filter(|word| !word.is_empty()).fold(said, |said, word| said.replace(word, "…"));
        shown(&words)
    };
    match refusal {
        Refusal::Consent(said) => Refusal::Consent(clean(said)),
        Refusal::Application(said) => Refusal::Application(clean(said)),
        Refusal::ForNow(said) => Refusal::ForNow(clean(said)),
    }
}

/// The whole cause, for the person who looks after the network.
fn said(refused: &Refused) -> String {
    match std::error::Error::source(refused) {
        Some(cause) => format!("{refused}: {cause}"),
        None => refused.to_string(),
    }
}

/// Whose turn it is to renew a mailbox's token, in this process.
fn turn(mailbox: MailboxId) -> Arc<tokio::sync::Mutex<()>> {
    type Turns = Mutex<HashMap<MailboxId, Arc<tokio::sync::Mutex<()>>>>;
    static TURNS: LazyLock<Turns> = LazyLock::new(Turns::default);
    TURNS.lock().unwrap_or_else(PoisonError::into_inner).entry(mailbox).or_default().clone()
}
