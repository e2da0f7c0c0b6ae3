//! Invitations and tokens, for those who may make them; and one invitation, for whoever holds its word.

use madoguchi_kernel::{Cursor, EmailAddress, Page, Problem, TenantId, problem::Result};
use madoguchi_platform::{access::May, db::Tx};

use crate::auth::{
    actions::open_invitation,
    invitation::Invitation,
    rights::{ChangeInvitations, ChangeTokens},
    store::{self, TenantAtDoor},
    token::{ApiToken, TokenId},
};

/// What an invitation says to whoever holds its word.
#[derive(Clone, Debug)]
pub struct InvitationLook {
    /// Into which desk.
    pub tenant_name: String,
    /// For which address.
    pub email: EmailAddress,
    /// The name that they will bear, unless they write another.
    pub name: Option<String>,
    /// Whether a password is to be chosen; otherwise the account's own is asked for.
    pub needs_password: bool,
}

/// Looks at an invitation; asked with the reach of the house.
pub async fn look(tx: &Tx<'_>, token: &str, slug: Option<&str>) -> Result<InvitationLook> {
    let opened = open_invitation(tx, token, slug).await?;
    Ok(InvitationLook {
        tenant_name: opened.tenant.name,
        email: opened.invitation.email,
        name: opened.invitation.name,
        needs_password: opened.account.is_none(),
    })
}

/// A page of invitations that can be used, the newest first.
pub async fn invitations(
    tx: &Tx<'_>,
    may: &May<ChangeInvitations>,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Invitation>> {
    store::open_invitations(tx, may.tenant(), after, limit).await
}

/// A page of tokens that were not revoked, the newest first.
pub async fn tokens(
    tx: &Tx<'_>,
    may: &May<ChangeTokens>,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<ApiToken>> {
    store::tokens(tx, may.tenant(), after, limit).await
}

/// A token as whoever holds it sees it, and its desk.
pub async fn own_token(tx: &Tx<'_>, tenant: TenantId, id: TokenId) -> Result<(ApiToken, TenantAtDoor)> {
    let just_above = Cursor { key: id.number(), id: id.number() + 1 };
    let token = store::tokens(tx, tenant, Some(just_above), 1).await?.items.pop().filter(|token| token.id == id);
    Ok((token.ok_or_else(Problem::not_found)?, store::tenant(tx, tenant).await?))
}
