//! One's own passkeys, and signing in by one.

use madoguchi_kernel::{
    Problem, Timestamp,
    problem::{Check, Result},
};
use madoguchi_platform::http::{Answer, Answered, Ctx, IdPath, Input, Listed, Signed};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{Me, browser_of, signed_in};
use crate::auth::{
    actions::{self, Owner, PasskeySignIn},
    passkey::{Ceremony, NAME_CHARACTERS_MAX, PasskeyId, PasskeyKind},
    views::{self, PasskeyShown},
};

/// What the browser is asked.
#[derive(Serialize, ToSchema)]
struct CeremonyView {
    /// Comes back with the answer; good once, for ten minutes
    ceremony: String,
    /// For `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`
    #[schema(value_type = Object)]
    options: Value,
}

impl From<Ceremony> for CeremonyView {
    fn from(Ceremony { word, options }: Ceremony) -> Self {
        Self { ceremony: word, options }
    }
}

/// A passkey of one's own.
#[derive(Serialize, ToSchema)]
struct PasskeyView {
    #[schema(value_type = i64)]
    id: PasskeyId,
    name: String,
    #[schema(value_type = String)]
    created_at: Timestamp,
    /// When somebody last signed in by it
    #[schema(value_type = Option<String>)]
    last_used_at: Option<Timestamp>,
}

impl From<PasskeyShown> for PasskeyView {
    fn from(shown: PasskeyShown) -> Self {
        let PasskeyShown { id, name, created_at, last_used_at } = shown;
        Self { id, name, created_at, last_used_at }
    }
}

async fn mine(ctx: &Ctx, me: Me) -> Result<Vec<PasskeyView>> {
    let shown = ctx.read(async move |tx| views::passkeys(tx, me.account).await).await?;
    Ok(shown.into_iter().map(PasskeyView::from).collect())
}

async fn one(ctx: &Ctx, me: Me, id: PasskeyId) -> Result<PasskeyView> {
    mine(ctx, me).await?.into_iter().find(|passkey| passkey.id == id).ok_or_else(Problem::not_found)
}

/// List one's passkeys, the oldest first.
#[utoipa::path(get, path = "/api/v1/passkeys", tag = "session", operation_id = "list_passkeys",
    responses((status = 200, body = Listed<PasskeyView>)))]
pub(super) async fn list_passkeys(ctx: Ctx, Signed(actor): Signed) -> Answered {
    Ok(Answer::shown(&Listed::whole(mine(&ctx, Me::of(&actor)?).await?))?)
}

/// Begin to add a passkey: what the browser's device is asked to make.
#[utoipa::path(post, path = "/api/v1/passkeys/ceremony", tag = "session", operation_id = "begin_passkey",
    responses((status = 200, body = CeremonyView)))]
pub(super) async fn begin_passkey(ctx: Ctx, Signed(actor): Signed) -> Answered {
    let me = Me::of(&actor)?;
    actor.require_recent()?;
    let (house, keys, settings) = (ctx.app.house(), ctx.app.keys(), ctx.app.settings());
    let begun = actions::begin_passkey(house, keys, settings, me.account).await?;
    Ok(Answer::shown(&CeremonyView::from(begun))?)
}

/// What the device made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasskeyInput {
    ceremony: String,
    /// As `PublicKeyCredential.toJSON` gives it
    #[schema(value_type = Object)]
    credential: Value,
    /// What its owner calls it
    name: String,
}

fn named(name: &str) -> Result<String> {
    let name = name.trim().to_owned();
    let mut check = Check::new();
    check.require(!name.is_empty(), "name", "required");
    check.require(name.chars().count() <= NAME_CHARACTERS_MAX, "name", "too_long");
    check.done()?;
    Ok(name)
}

/// Add the passkey that the browser's device made.
#[utoipa::path(post, path = "/api/v1/passkeys", tag = "session", operation_id = "add_passkey",
    request_body = PasskeyInput, responses((status = 201, body = PasskeyView)))]
pub(super) async fn add_passkey(ctx: Ctx, Signed(actor): Signed, Input(input): Input<PasskeyInput>) -> Answered {
    let me = Me::of(&actor)?;
    actor.require_recent()?;
    let name = named(&input.name)?;
    let owner = Owner { tenant: me.tenant, account: me.account, agent: me.agent, browser: browser_of(&ctx) };
    let (house, keys, settings) = (ctx.app.house(), ctx.app.keys(), ctx.app.settings());
    let made = (input.ceremony.as_str(), input.credential, name);
    let id = actions::add_passkey(house, keys, settings, owner, made).await?;
    Ok(Answer::created(&one(&ctx, me, id).await?)?)
}

/// A new name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasskeyPatch {
    name: String,
}

/// Call one of one's passkeys otherwise.
#[utoipa::path(patch, path = "/api/v1/passkeys/{id}", tag = "session", operation_id = "rename_passkey",
    params(("id" = i64, Path)), request_body = PasskeyPatch, responses((status = 200, body = PasskeyView)))]
pub(super) async fn rename_passkey(
    ctx: Ctx,
    Signed(actor): Signed,
    IdPath(id): IdPath<PasskeyKind>,
    Input(input): Input<PasskeyPatch>,
) -> Answered {
    let me = Me::of(&actor)?;
    let name = named(&input.name)?;
    ctx.write(async move |tx| actions::rename_passkey(tx, me.account, id, &name).await).await?;
    Ok(Answer::shown(&one(&ctx, me, id).await?)?)
}

/// Take one of one's passkeys away.
#[utoipa::path(delete, path = "/api/v1/passkeys/{id}", tag = "session", operation_id = "remove_passkey",
    params(("id" = i64, Path)), responses((status = 204)))]
pub(super) async fn remove_passkey(ctx: Ctx, Signed(actor): Signed, IdPath(id): IdPath<PasskeyKind>) -> Answered {
    let me = Me::of(&actor)?;
    actor.require_recent()?;
    ctx.write(async move |tx| actions::remove_passkey(tx, me.tenant, (me.account, me.agent), id).await).await?;
    Ok(Answer::done())
}

/// Begin to sign in by a passkey: what the browser's device is asked for.
#[utoipa::path(post, path = "/api/v1/session/passkey/ceremony", tag = "session",
    operation_id = "begin_passkey_sign_in", responses((status = 200, body = CeremonyView)))]
pub(super) async fn begin_passkey_sign_in(ctx: Ctx) -> Answered {
    let (house, keys, settings) = (ctx.app.house(), ctx.app.keys(), ctx.app.settings());
    Ok(Answer::shown(&CeremonyView::from(actions::begin_passkey_sign_in(house, keys, settings)?))?)
}

/// What the device answered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasskeyShownInput {
    ceremony: String,
    /// As `PublicKeyCredential.toJSON` gives it
    #[schema(value_type = Object)]
    credential: Value,
}

/// Sign in by a passkey. It is both steps at once; the session's cookie comes with the answer.
#[utoipa::path(post, path = "/api/v1/session/passkey", tag = "session", operation_id = "sign_in_by_passkey",
    request_body = PasskeyShownInput, responses((status = 200, body = super::SessionView)))]
pub(super) async fn sign_in_by_passkey(ctx: Ctx, Input(input): Input<PasskeyShownInput>) -> Answered {
    let before = ctx.visit.who.as_ref().and_then(|actor| Me::of(actor).ok());
    let ask = PasskeySignIn {
        slug: ctx.visit.tenant.clone(),
        word: input.ceremony,
        credential: input.credential,
        browser: browser_of(&ctx),
        leaving: before.map(|me| (me.tenant, me.session)),
    };
    let who = actions::sign_in_by_passkey(ctx.app.house(), ctx.app.keys(), ctx.app.settings(), ask).await?;
    Ok(signed_in(&ctx, who).await?)
}
