//! Signing in and out, and what is one's own.

use madoguchi_kernel::{Language, Timestamp, Word, problem::Check};
use madoguchi_platform::{
    http::{
        Answer, Answered, Ctx, IdPath, Input, Limit, Listed, PAGE_ROWS_MAX, PageQuery, Queried, Signed, place, present,
    },
    secrets::Secret,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Me, SessionView, browser_of, session_view, signed_in};
use crate::auth::{
    account::{Density, Theme},
    actions::{self, PasswordChange, Preferences, SignIn},
    session::{SessionId, SessionKind, no_cookie},
    views,
};

/// An address and its password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    email: String,
    #[schema(value_type = String)]
    password: Secret<String>,
    /// The code of the second step, where the account has one: without it the answer is `auth.code_needed`
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    code: Option<Secret<String>>,
}

/// Sign in. The session's cookie comes with the answer.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", operation_id = "sign_in",
    request_body = Credentials, responses((status = 200, body = SessionView)))]
pub(super) async fn sign_in(ctx: Ctx, Input(input): Input<Credentials>) -> Answered {
    let before = ctx.visit.who.as_ref().and_then(|actor| Me::of(actor).ok());
    let ask = SignIn {
        slug: ctx.visit.tenant.clone(),
        email: input.email,
        password: input.password,
        code: input.code,
        browser: browser_of(&ctx),
        leaving: before.map(|me| (me.tenant, me.session)),
    };
    let who = actions::sign_in(ctx.app.house(), ctx.app.keys(), ask).await?;
    Ok(signed_in(&ctx, who).await?)
}

/// Show who is signed in.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", operation_id = "show_session",
    responses((status = 200, body = SessionView)))]
pub(super) async fn show_session(ctx: Ctx, Signed(actor): Signed) -> Answered {
    let me = Me::of(&actor)?;
    Ok(Answer::shown(&session_view(&ctx.app, me.tenant, (me.account, me.agent, me.session)).await?)?)
}

/// Sign out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", operation_id = "sign_out",
    responses((status = 204)))]
pub(super) async fn sign_out(ctx: Ctx, Signed(actor): Signed) -> Answered {
    let me = Me::of(&actor)?;
    ctx.write(async move |tx| actions::end_session_of_browser(tx, me.tenant, me.agent, me.session).await).await?;
    let slug = ctx.visit.tenant.clone().unwrap_or_default();
    Ok(Answer::done().with_cookie(no_cookie(&slug, ctx.visit.secure)))
}

/// Another desk at which one works.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeskInput {
    slug: String,
}

/// Go on at another desk at which one works, without signing in anew. That desk's cookie comes with the answer.
#[utoipa::path(post, path = "/api/v1/session/desk", tag = "session", operation_id = "go_to_desk",
    request_body = DeskInput, responses((status = 200, body = SessionView)))]
pub(super) async fn go_to_desk(ctx: Ctx, Signed(actor): Signed, Input(input): Input<DeskInput>) -> Answered {
    let me = Me::of(&actor)?;
    let from = (me.tenant, me.session, me.account);
    let who = actions::go_to_desk(ctx.app.house(), from, input.slug, browser_of(&ctx)).await?;
    Ok(signed_in(&ctx, who).await?)
}

/// What somebody prefers from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PreferencesPatch {
    /// `ja` or `en`
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    locale: Option<String>,
    /// `system`, `light` or `dark`
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    theme: Option<String>,
    /// `compact` or `comfortable`
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    density: Option<String>,
}

/// Change one's language or look.
#[utoipa::path(patch, path = "/api/v1/session", tag = "session", operation_id = "change_preferences",
    request_body = PreferencesPatch, responses((status = 200, body = SessionView)))]
pub(super) async fn change_preferences(
    ctx: Ctx,
    Signed(actor): Signed,
    Input(input): Input<PreferencesPatch>,
) -> Answered {
    let me = Me::of(&actor)?;
    let mut check = Check::new();
    let preferences = Preferences {
        language: word::<Language>(&mut check, "locale", input.locale.as_deref()),
        theme: word::<Theme>(&mut check, "theme", input.theme.as_deref()),
        density: word::<Density>(&mut check, "density", input.density.as_deref()),
    };
    check.done()?;
    ctx.write(async move |tx| actions::prefer(tx, me.tenant, (me.account, me.agent), preferences).await).await?;
    Ok(Answer::shown(&session_view(&ctx.app, me.tenant, (me.account, me.agent, me.session)).await?)?)
}

fn word<W: Word>(check: &mut Check, field: &'static str, text: Option<&str>) -> Option<W> {
    let value = W::from_word(text?);
    check.require(value.is_some(), field, "unknown");
    value
}

/// A signed-in browser.
#[derive(Serialize, ToSchema)]
struct SessionLineView {
    #[schema(value_type = i64)]
    id: SessionId,
    #[schema(value_type = String)]
    created_at: Timestamp,
    #[schema(value_type = String)]
    last_seen_at: Timestamp,
    ip: String,
    user_agent: String,
    current: bool,
}

/// List one's sessions at this desk, the last used first.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "session", operation_id = "list_sessions", params(PageQuery),
    responses((status = 200, body = Listed<SessionLineView>)))]
pub(super) async fn list_sessions(ctx: Ctx, Signed(actor): Signed, Queried(query): Queried<PageQuery>) -> Answered {
    let me = Me::of(&actor)?;
    let (after, limit) = (place("sessions", query.after.as_deref())?, Limit::rows(query.limit, PAGE_ROWS_MAX)?);
    let page =
        ctx.read(async move |tx| views::sessions(tx, me.tenant, (me.account, me.agent), after, limit).await).await?;
    let listed = Listed::page("sessions", page, |line| SessionLineView {
        current: line.id == me.session,
        id: line.id,
        created_at: line.created_at,
        last_seen_at: line.last_seen_at,
        ip: line.ip,
        user_agent: line.user_agent,
    });
    Ok(Answer::shown(&listed)?)
}

/// End one of one's sessions.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "session", operation_id = "end_session",
    params(("id" = i64, Path)), responses((status = 204)))]
pub(super) async fn end_session(ctx: Ctx, Signed(actor): Signed, IdPath(id): IdPath<SessionKind>) -> Answered {
    let me = Me::of(&actor)?;
    ctx.write(async move |tx| actions::end_own_session(tx, me.tenant, (me.account, me.agent), id).await).await?;
    Ok(Answer::done())
}

/// The present password, and the one from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordInput {
    #[schema(value_type = String)]
    current: Secret<String>,
    #[schema(value_type = String)]
    new: Secret<String>,
}

/// Change one's password. Every other session ends; this browser gets a new one.
#[utoipa::path(post, path = "/api/v1/password", tag = "session", operation_id = "change_password",
    request_body = PasswordInput, responses((status = 204)))]
pub(super) async fn change_password(ctx: Ctx, Signed(actor): Signed, Input(input): Input<PasswordInput>) -> Answered {
    let me = Me::of(&actor)?;
    let change = PasswordChange {
        tenant: me.tenant,
        account: me.account,
        agent: me.agent,
        session: me.session,
        current: input.current,
        new: input.new,
        browser: browser_of(&ctx),
    };
    let who = actions::change_password(ctx.app.house(), change).await?;
    Ok(Answer::done().with_cookie(crate::auth::session::cookie(&who.slug, who.word.reveal(), ctx.visit.secure)))
}
