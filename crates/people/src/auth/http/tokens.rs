//! Tokens for programs.

use std::collections::BTreeSet;

use madoguchi_kernel::{
    Problem, Timestamp,
    problem::{Check, Kind},
};
use madoguchi_platform::{
    access::May,
    house::fact::ActorKind,
    http::{
        Answer, Answered, Ctx, IdPath, Input, Limit, Listed, PAGE_ROWS_MAX, PageQuery, Queried, Signed, double, place,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::TenantView;
use crate::{
    AgentId,
    auth::{
        actions::{self, NewToken},
        rights::ChangeTokens,
        token::{AGE_DEFAULT, ApiToken, NAME_CHARACTERS_MAX, TokenId, TokenKind},
        views,
    },
    staff::{
        member::ROLES_MAX,
        role::{RIGHTS_MAX, right_key},
    },
};

/// A program's key.
#[derive(Serialize, ToSchema)]
struct TokenView {
    #[schema(value_type = i64)]
    id: TokenId,
    name: String,
    /// Keys of its roles.
    roles: Vec<String>,
    /// What of its roles' rights it may use; absent for all.
    rights: Option<BTreeSet<String>>,
    #[schema(value_type = Option<i64>)]
    created_by: Option<AgentId>,
    #[schema(value_type = String)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>)]
    expires_at: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    last_used_at: Option<Timestamp>,
    /// Only in the answer that makes the token; it is not known again.
    token: Option<String>,
}

impl TokenView {
    fn of(token: ApiToken, word: Option<String>) -> Self {
        let ApiToken { id, name, roles, rights, created_by, created_at, expires_at, last_used_at } = token;
        Self { id, name, roles, rights, created_by, created_at, expires_at, last_used_at, token: word }
    }
}

/// List the tokens that were not revoked, the newest first.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "people", operation_id = "list_tokens", params(PageQuery),
    responses((status = 200, body = Listed<TokenView>)))]
pub(super) async fn list_tokens(ctx: Ctx, may: May<ChangeTokens>, Queried(query): Queried<PageQuery>) -> Answered {
    let (after, limit) = (place("tokens", query.after.as_deref())?, Limit::rows(query.limit, PAGE_ROWS_MAX)?);
    let page = ctx.read(async move |tx| views::tokens(tx, &may, after, limit).await).await?;
    Ok(Answer::shown(&Listed::page("tokens", page, |token| TokenView::of(token, None)))?)
}

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenInput {
    name: String,
    /// Keys of roles; those of whoever makes it when absent.
    roles: Option<Vec<String>>,
    /// What of its roles' rights it may use; all when absent.
    rights: Option<Vec<String>>,
    /// When it ends; in a year when absent, never when `null`.
    #[serde(default, deserialize_with = "double")]
    #[schema(value_type = Option<String>)]
    expires_at: Option<Option<Timestamp>>,
}

/// Make a token. Its word is in the answer and nowhere else: a repeated request with the same Idempotency-Key is
/// refused (`idempotency.answer_not_kept`).
#[utoipa::path(post, path = "/api/v1/tokens", tag = "people", operation_id = "add_token",
    request_body = TokenInput, responses((status = 201, body = TokenView)))]
pub(super) async fn add_token(ctx: Ctx, may: May<ChangeTokens>, Input(input): Input<TokenInput>) -> Answered {
    let now = ctx.app.house().clock().now();
    let expires_at = input.expires_at.unwrap_or(Some(now.after(AGE_DEFAULT)));
    let name = input.name.trim().to_owned();
    let mut check = Check::new();
    check.require(!name.is_empty(), "name", "required");
    check.require(name.chars().count() <= NAME_CHARACTERS_MAX, "name", "too_long");
    check.require(input.roles.as_ref().is_none_or(|roles| roles.len() <= ROLES_MAX), "roles", "too_many");
    check.require(input.rights.as_ref().is_none_or(|rights| rights.len() <= RIGHTS_MAX), "rights", "too_many");
    check.require(expires_at.is_none_or(|end| end > now), "expires_at", "past");
    check.done()?;
    let rights = input.rights.map(|rights| rights.iter().map(|right| right_key(right)).collect()).transpose()?;
    let new = NewToken { name, roles: input.roles, rights, expires_at };
    let made = ctx.post_secret(async move |tx| actions::add_token(tx, &may, &new).await).await?;
    let word = made.word.reveal().clone();
    Ok(Answer::created(&TokenView::of(made.token, Some(word)))?)
}

/// The token by which a program asks.
#[derive(Serialize, ToSchema)]
struct OwnTokenView {
    #[schema(value_type = i64)]
    id: TokenId,
    name: String,
    tenant: TenantView,
    /// What it may do now: of its roles' rights those that were left to it.
    rights: Vec<String>,
    #[schema(value_type = Option<String>)]
    expires_at: Option<Timestamp>,
}

/// Show the token by which this is asked: to which desk it belongs, and what it may do.
#[utoipa::path(get, path = "/api/v1/token", tag = "session", operation_id = "show_token",
    responses((status = 200, body = OwnTokenView)))]
pub(super) async fn show_token(ctx: Ctx, Signed(actor): Signed) -> Answered {
    let (ActorKind::Token, Some(id), tenant) = (actor.kind, actor.id, actor.tenant) else {
        return Err(Problem::new(Kind::Denied, "access.tokens_only").into());
    };
    let id = TokenId::new(id);
    let (token, tenant) = ctx.read(async move |tx| views::own_token(tx, tenant, id).await).await?;
    Ok(Answer::shown(&OwnTokenView {
        id,
        name: token.name,
        tenant: tenant.into(),
        rights: actor.rights.iter().cloned().collect(),
        expires_at: token.expires_at,
    })?)
}

/// Revoke a token.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "people", operation_id = "revoke_token",
    params(("id" = i64, Path)), responses((status = 204)))]
pub(super) async fn revoke_token(ctx: Ctx, may: May<ChangeTokens>, IdPath(id): IdPath<TokenKind>) -> Answered {
    ctx.write(async move |tx| actions::revoke_token(tx, &may, id).await).await?;
    Ok(Answer::done())
}
