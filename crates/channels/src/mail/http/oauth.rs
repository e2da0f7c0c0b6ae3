//! The doors of the applications by which mailboxes sign in, and of the consent that somebody gives for one.

use madoguchi_kernel::{
    Problem, TenantId, Timestamp, Word,
    problem::{Check, Kind, Result},
};
use madoguchi_people::auth;
use madoguchi_platform::{
    access::{Actor, May, Right},
    http::{Answer, Answered, Ctx, IdPath, Input, Listed},
    secrets::{Sealed, Secret, random_word},
};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::shapes::MailboxView;
use crate::mail::{
    actions,
    mailbox::MailboxKind,
    oauth::{
        self, Asked, CLIENT_SECRET, Flow, NAME_CHARACTERS_MAX, OauthApplication, OauthApplicationKind, Provider,
        Refusal, SECRET_BYTES_MAX, Settings, TEXT_CHARACTERS_MAX, VERIFIER, WORD_CHARACTERS_MAX,
    },
    rights::{ChangeMailboxes, ReadMailboxes},
    road::shown,
    sign_in::SignIn,
    store::oauth as store,
    views,
};

/// The directories at Microsoft that stand for any.
const ANY_DIRECTORY: [&str; 3] = ["common", "organizations", "consumers"];

/// An application by which mailboxes sign in. Its secret is never shown.
#[derive(Serialize, ToSchema)]
pub struct OauthApplicationView {
    id: i64,
    name: String,
    /// `google`, `microsoft` or `other`.
    provider: &'static str,
    /// `authorization_code` or `client_credentials`.
    flow: &'static str,
    client_id: String,
    has_secret: bool,
    /// Where people consent.
    authorize_url: String,
    /// Where tokens are given.
    token_url: String,
    /// What is asked for, divided by spaces.
    scopes: String,
    /// The directory (tenant) at Microsoft.
    directory: Option<String>,
    revision: i64,
    can: Vec<&'static str>,
}

impl OauthApplicationView {
    fn of(application: OauthApplication, actor: &Actor) -> Self {
        let OauthApplication { id, settings, revision } = application;
        Self {
            id: id.number(),
            provider: settings.provider.word(),
            flow: settings.flow.word(),
            has_secret: settings.secret.is_some(),
            authorize_url: settings.authorize_url(),
            token_url: settings.token_url(),
            scopes: settings.scopes().to_owned(),
            directory: (settings.provider == Provider::Microsoft).then(|| settings.directory.clone()),
            revision,
            can: if actor.has(ChangeMailboxes::KEY) { vec!["change", "remove"] } else { Vec::new() },
            name: settings.name,
            client_id: settings.client_id,
        }
    }
}

/// An application, or what of it becomes different.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OauthApplicationInput {
    name: Option<String>,
    /// `google`, `microsoft` or `other`.
    provider: Option<String>,
    /// `authorization_code` (each mailbox is consented to in a browser) or `client_credentials`.
    flow: Option<String>,
    /// Its name at the provider.
    client_id: Option<String>,
    /// Never shown again. What is empty or left out stays as it is.
    #[schema(value_type = Option<String>, format = Password)]
    client_secret: Option<Secret<String>>,
    /// Where people consent; of another provider only.
    authorize_url: Option<String>,
    /// Where tokens are given; of another provider only. `https`, or this machine itself (`http://127.0.0.1`).
    token_url: Option<String>,
    /// What is asked for, divided by spaces; of another provider only.
    scopes: Option<String>,
    /// The directory (tenant) at Microsoft: its id or domain; `organizations` unless said.
    directory: Option<String>,
}

impl OauthApplicationInput {
    /// The settings that come of it, and the new secret in clear.
    fn checked(&self, before: Option<&Settings>) -> Result<(Settings, Option<Secret<String>>)> {
        let mut check = Check::new();
        let text = |given: &Option<String>, before: Option<&String>| {
            given.as_ref().or(before).map(|text| text.trim().to_owned()).unwrap_or_default()
        };
        let provider = word(&mut check, "provider", self.provider.as_deref(), before.map(|before| before.provider));
        let flow = word(&mut check, "flow", self.flow.as_deref(), before.map(|before| before.flow));
        let (provider, flow) = (provider.unwrap_or(Provider::Other), flow.unwrap_or(Flow::AuthorizationCode));
        let mut settings = Settings {
            name: text(&self.name, before.map(|before| &before.name)),
            provider,
            flow,
            client_id: text(&self.client_id, before.map(|before| &before.client_id)),
            secret: before.and_then(|before| before.secret),
            authorize_url: text(&self.authorize_url, before.map(|before| &before.authorize_url)),
            token_url: text(&self.token_url, before.map(|before| &before.token_url)),
            scopes: text(&self.scopes, before.map(|before| &before.scopes)),
            directory: text(&self.directory, before.map(|before| &before.directory)),
        };
        let secret = self.client_secret.clone().filter(|secret| !secret.reveal().is_empty());
        for (name, value) in [("name", &settings.name), ("client_id", &settings.client_id)] {
            check.require(!value.is_empty(), name, "required");
        }
        check.require(settings.name.chars().count() <= NAME_CHARACTERS_MAX, "name", "too_long");
        check.require(settings.client_id.chars().count() <= TEXT_CHARACTERS_MAX, "client_id", "too_long");
        let fits = secret.as_ref().is_none_or(|secret| secret.reveal().len() <= SECRET_BYTES_MAX);
        check.require(fits, "client_secret", "too_long");
        let has_secret = secret.is_some() || settings.secret.is_some();
        let needs_secret = provider != Provider::Other || flow == Flow::ClientCredentials;
        check.require(has_secret || !needs_secret, "client_secret", "required");
        of_provider(&mut check, &mut settings);
        // What is kept goes to no other endpoint: whoever may change an application would read it there.
        let asks_elsewhere =
            before.is_some_and(|before| before.secret.is_some() && before.token_url() != settings.token_url());
        check.require(!asks_elsewhere || secret.is_some(), "client_secret", "password_again");
        check.done()?;
        Ok((settings, secret))
    }
}

/// What one provider asks for and another does not know.
fn of_provider(check: &mut Check, settings: &mut Settings) {
    let (flow, directory) = (settings.flow, settings.directory.to_lowercase());
    settings.directory.clear();
    match settings.provider {
        Provider::Google => check.require(flow == Flow::AuthorizationCode, "flow", "unknown"),
        Provider::Microsoft => {
            settings.directory = if directory.is_empty() { "organizations".to_owned() } else { directory };
            let name = &settings.directory;
            let is_name =
                name.len() <= 253 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
            let is_one = flow == Flow::AuthorizationCode || !ANY_DIRECTORY.contains(&name.as_str());
            check.require(is_name && is_one, "directory", "directory");
        }
        Provider::Other => {
            check.require(settings.scopes.chars().count() <= TEXT_CHARACTERS_MAX, "scopes", "too_long");
            // RFC 6749, 3.3.
            let is_scope = |c: char| c == ' ' || (c.is_ascii_graphic() && c != '"' && c != '\\');
            check.require(settings.scopes.chars().all(is_scope), "scopes", "scopes");
            check.require(oauth::is_token_url(&settings.token_url), "token_url", "https_address");
            if flow == Flow::AuthorizationCode {
                let is_page = is_page(&settings.authorize_url);
                check.require(is_page, "authorize_url", "https_address");
            } else {
                settings.authorize_url.clear();
            }
            for (name, value) in [("authorize_url", &settings.authorize_url), ("token_url", &settings.token_url)] {
                check.require(value.chars().count() <= TEXT_CHARACTERS_MAX, name, "too_long");
            }
            return;
        }
    }
    settings.authorize_url.clear();
    settings.token_url.clear();
    settings.scopes.clear();
}

/// Whether people may be sent there: encrypted, or on the machine before which they sit.
fn is_page(address: &str) -> bool {
    let is_local = |url: &Url| url.scheme() == "http" && url.host_str() == Some("localhost");
    oauth::is_token_url(address) || Url::parse(address).is_ok_and(|url| is_local(&url) && url.fragment().is_none())
}

fn word<W: Word>(check: &mut Check, field: &'static str, given: Option<&str>, before: Option<W>) -> Option<W> {
    match given {
        Some(given) => {
            let known = W::from_word(given);
            check.require(known.is_some(), field, "unknown");
            known
        }
        None => {
            check.require(before.is_some(), field, "required");
            before
        }
    }
}

/// What is entered at a provider.
#[derive(Serialize, ToSchema)]
pub struct OauthCallbackView {
    /// Where the provider sends people back: one address for every application of this desk.
    redirect_uri: String,
}

/// Where somebody consents.
#[derive(Serialize, ToSchema)]
pub struct ConsentPageView {
    /// The provider's page. It is good once, for fifteen minutes and for whoever asked.
    url: String,
}

/// What a provider sent back by the browser.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentInput {
    /// The word by which the question is known.
    state: String,
    /// For which tokens are given; absent where there is an error.
    #[schema(value_type = Option<String>)]
    code: Option<Secret<String>>,
    /// Who sent it (RFC 9207), where they tell.
    iss: Option<String>,
    /// Why there is no code.
    error: Option<String>,
    /// The same in the provider's words.
    error_description: Option<String>,
}

/// List the OAuth applications by which mailboxes can sign in.
#[utoipa::path(get, path = "/api/v1/oauth-applications", tag = "mail", operation_id = "list_oauth_applications",
    responses((status = 200, body = Listed<OauthApplicationView>)))]
pub async fn list_oauth_applications(ctx: Ctx, may: May<ReadMailboxes>) -> Answered {
    let actor = may.actor().clone();
    let applications = ctx.read(async move |tx| store::all(tx, may.tenant()).await).await?;
    let views = applications.into_iter().map(|application| OauthApplicationView::of(application, &actor)).collect();
    Ok(Answer::shown(&Listed::whole(views))?)
}

/// Add an OAuth application, as it is registered at the provider.
#[utoipa::path(post, path = "/api/v1/oauth-applications", tag = "mail", operation_id = "add_oauth_application",
    request_body = OauthApplicationInput, responses((status = 201, body = OauthApplicationView)))]
pub async fn add_oauth_application(
    ctx: Ctx,
    may: May<ChangeMailboxes>,
    Input(input): Input<OauthApplicationInput>,
) -> Answered {
    let (settings, secret) = input.checked(None)?;
    let secret = sealed(&ctx, may.tenant(), secret);
    let answer = ctx.post(async move |tx| {
        let application = actions::add_oauth_application(tx, &may, &settings, secret.as_ref()).await?;
        let revision = application.revision;
        Ok(Answer::created(&OauthApplicationView::of(application, may.actor()))?.at(revision))
    });
    Ok(answer.await?)
}

/// Change an OAuth application.
#[utoipa::path(patch, path = "/api/v1/oauth-applications/{id}", tag = "mail", operation_id = "change_oauth_application",
    params(("id" = i64, Path)), request_body = OauthApplicationInput,
    responses((status = 200, body = OauthApplicationView)))]
pub async fn change_oauth_application(
    ctx: Ctx,
    may: May<ChangeMailboxes>,
    IdPath(id): IdPath<OauthApplicationKind>,
    Input(input): Input<OauthApplicationInput>,
) -> Answered {
    let (seen, keys) = (ctx.seen_revision(), ctx.app.keys().clone());
    let view = ctx.write(async move |tx| {
        let tenant = may.tenant();
        let after = |before: &Settings| {
            let (settings, secret) = input.checked(Some(before))?;
            Ok((settings, secret.map(|secret| keys.seal(tenant, CLIENT_SECRET, secret.reveal().as_bytes()))))
        };
        let application = actions::change_oauth_application(tx, &may, id, seen, after).await?;
        Ok(OauthApplicationView::of(application, may.actor()))
    });
    let view = view.await?;
    Ok(Answer::shown(&view)?.at(view.revision))
}

/// Remove an OAuth application by which no mailbox signs in.
#[utoipa::path(delete, path = "/api/v1/oauth-applications/{id}", tag = "mail",
    operation_id = "remove_oauth_application", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn remove_oauth_application(
    ctx: Ctx,
    may: May<ChangeMailboxes>,
    IdPath(id): IdPath<OauthApplicationKind>,
) -> Answered {
    let seen = ctx.seen_revision();
    ctx.write(async move |tx| actions::remove_oauth_application(tx, &may, id, seen).await).await?;
    Ok(Answer::done())
}

/// Show the address to which a provider sends people back, as it is entered there.
#[utoipa::path(get, path = "/api/v1/oauth-callback", tag = "mail", operation_id = "show_oauth_callback",
    responses((status = 200, body = OauthCallbackView)))]
pub async fn show_oauth_callback(ctx: Ctx, may: May<ReadMailboxes>) -> Answered {
    Ok(Answer::shown(&OauthCallbackView { redirect_uri: redirect_uri(&ctx, may.tenant()).await? })?)
}

/// Ask for the consent that a mailbox signs in by its application: where somebody gives it.
#[utoipa::path(post, path = "/api/v1/mailboxes/{id}/consent", tag = "mail", operation_id = "begin_consent",
    params(("id" = i64, Path)), responses((status = 201, body = ConsentPageView)))]
pub async fn begin_consent(ctx: Ctx, may: May<ChangeMailboxes>, IdPath(id): IdPath<MailboxKind>) -> Answered {
    let tenant = may.tenant();
    let redirect_uri = redirect_uri(&ctx, tenant).await?;
    let state = random_word();
    let challenge = oauth::challenge(&oauth::verifier(ctx.app.keys().derive(tenant, VERIFIER).reveal(), &state));
    let url = ctx.post_secret(async move |tx| {
        let (application, address) = actions::begin_consent(tx, &may, id, &state).await?;
        let page = application.settings.consent_page(&address, &redirect_uri, &state, &challenge);
        page.ok_or_else(|| Problem::broken("an application's address is checked when it is kept"))
    });
    Ok(Answer::created(&ConsentPageView { url: url.await? })?)
}

/// Hand in what the provider sent back. The mailbox signs in by it from now on.
#[utoipa::path(post, path = "/api/v1/consents", tag = "mail", operation_id = "finish_consent",
    request_body = ConsentInput, responses((status = 200, body = MailboxView)))]
pub async fn finish_consent(ctx: Ctx, may: May<ChangeMailboxes>, Input(input): Input<ConsentInput>) -> Answered {
    let (tenant, actor, state) = (may.tenant(), may.actor().clone(), input.state.clone());
    let taken = ctx.write(async move |tx| actions::take_consent(tx, &actor, &state).await);
    let (consent, application) = taken.await?;
    let code = code(&input, &application)?;
    let verifier = oauth::verifier(ctx.app.keys().derive(tenant, VERIFIER).reveal(), &input.state);
    let redirect_uri = redirect_uri(&ctx, tenant).await?;
    let sign_in = SignIn::of(&ctx.app);
    let asked = Asked::Code { code: code.reveal(), verifier: &verifier, redirect_uri: &redirect_uri };
    let tokens = sign_in.ask(tenant, &application, &asked).await?.map_err(no_tokens)?;
    if tokens.refresh.is_none() {
        return Err(Problem::new(Kind::Invalid, "consent.no_refresh_token").into());
    }
    let tokens = sign_in.sealed(tenant, &tokens);
    let view = ctx.write(async move |tx| {
        let mailbox = actions::connect(tx, &may, &consent, &tokens).await?;
        Ok(MailboxView::of(views::mailbox(tx, tenant, mailbox).await?, may.actor()))
    });
    let view = view.await?;
    Ok(Answer::shown(&view)?.at(view.revision))
}

/// The code that came back, unless it is an error, or comes from somebody else than was asked.
fn code(input: &ConsentInput, application: &OauthApplication) -> Result<Secret<String>> {
    if !application.settings.is_from(input.iss.as_deref()) {
        return Err(Problem::new(Kind::Invalid, "consent.other_issuer"));
    }
    let fits = |code: &&Secret<String>| !code.reveal().is_empty() && code.reveal().len() <= WORD_CHARACTERS_MAX;
    match (&input.error, input.code.as_ref().filter(fits)) {
        (Some(error), _) => {
            let said = input.error_description.as_deref().filter(|said| !said.trim().is_empty());
            let said = said.map_or_else(|| error.clone(), |said| format!("{error}: {said}"));
            Err(Problem::new(Kind::Invalid, "consent.refused").with("detail", shown(&said)))
        }
        (None, Some(code)) => Ok(code.clone()),
        (None, None) => Err(Problem::field("code", "required")),
    }
}

fn no_tokens(refusal: Refusal) -> Problem {
    let (kind, code, detail) = match refusal {
        Refusal::Consent(said) => (Kind::Invalid, "consent.refused", said),
        Refusal::Application(said) => (Kind::Invalid, "consent.application_refused", said),
        Refusal::ForNow(said) => (Kind::Unavailable, "consent.no_token", said),
    };
    Problem::new(kind, code).with("detail", detail)
}

fn sealed(ctx: &Ctx, tenant: TenantId, secret: Option<Secret<String>>) -> Option<Sealed> {
    secret.map(|secret| ctx.app.keys().seal(tenant, CLIENT_SECRET, secret.reveal().as_bytes()))
}

/// Where the provider sends people back: a page of the desk's console.
async fn redirect_uri(ctx: &Ctx, tenant: TenantId) -> Result<String> {
    let slug = ctx.read(async move |tx| auth::views::slug(tx, tenant).await).await?;
    Ok(format!("{}/t/{slug}/oauth/callback", ctx.app.settings().public_url))
}

/// How a mailbox stands with the application by which it signs in.
#[derive(Serialize, ToSchema)]
pub struct ConsentView {
    /// `not_needed`, `missing`, `granted` or `lost`.
    state: &'static str,
    /// Why it is lost, in the provider's words.
    reason: Option<String>,
    /// Who gave it.
    agent: Option<String>,
    #[schema(value_type = Option<String>)]
    since: Option<Timestamp>,
}

impl ConsentView {
    /// As it stands.
    pub fn of(signs_in: &views::SignsIn) -> Self {
        let standing = signs_in.standing.as_ref();
        let state = match (signs_in.flow, standing) {
            (Flow::ClientCredentials, _) => "not_needed",
            (Flow::AuthorizationCode, None) => "missing",
            (Flow::AuthorizationCode, Some(standing)) => standing.state.word(),
        };
        Self {
            state,
            reason: standing.and_then(|standing| standing.reason.clone()),
            agent: standing.and_then(|standing| standing.agent.clone()),
            since: standing.filter(|_| signs_in.flow == Flow::AuthorizationCode).map(|standing| standing.since),
        }
    }
}
