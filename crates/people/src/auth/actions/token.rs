//! A program gets a key, or loses it.

use std::collections::BTreeSet;

use madoguchi_kernel::{Problem, TenantId, Timestamp, problem::Result};
use madoguchi_platform::{
    access::May,
    db::Tx,
    house::fact::ActorKind,
    secrets::{Secret, hash_word, random_word},
};

use super::{by_agent, tell};
use crate::{
    AgentId,
    auth::{
        facts::AuthFact,
        rights::ChangeTokens,
        store::{self, KeptToken},
        token::{ApiToken, PREFIX, TokenId},
    },
    change::Changes,
    staff::{
        self,
        role::{RoleId, require_own},
    },
};

/// A token to be made.
#[derive(Clone, Debug, Default)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// The keys of its roles; those of whoever makes it when absent.
    pub roles: Option<Vec<String>>,
    /// What of its roles' rights it may use; all when absent.
    pub rights: Option<BTreeSet<String>>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// A token that was made.
pub struct MadeToken {
    /// The token.
    pub token: ApiToken,
    /// Its word; it is not known again.
    pub word: Secret<String>,
}

/// Makes a token that can do no more than whoever makes it.
pub async fn add_token(tx: &Tx<'_>, may: &May<ChangeTokens>, new: &NewToken) -> Result<MadeToken> {
    let (tenant, actor) = (may.tenant(), may.actor());
    let known = staff::views::roles(tx, tenant).await?;
    let roles: Vec<RoleId> = match (&new.roles, actor.kind, actor.id) {
        (Some(keys), ..) => staff::role::roles_of(&known, keys)?,
        (None, ActorKind::Agent, Some(agent)) => staff::views::roles_of_agent(tx, tenant, AgentId::new(agent)).await?,
        (None, ActorKind::Token, Some(token)) => store::token_roles(tx, tenant, TokenId::new(token)).await?,
        (None, ..) => return Err(Problem::field("roles", "required")),
    };
    let theirs = || known.iter().filter(|role| roles.contains(&role.id)).flat_map(|role| &role.rights);
    if new.rights.iter().flatten().any(|right| !theirs().any(|known| known == right)) {
        return Err(Problem::field("rights", "unknown"));
    }
    let granted: BTreeSet<&String> =
        theirs().filter(|right| new.rights.as_ref().is_none_or(|rights| rights.contains(*right))).collect();
    require_own(actor, "rights", granted)?;
    let id = TokenId::new(tx.new_id());
    let word = format!("{PREFIX}{}", random_word());
    // A token made with a token stands for the same agent, and ends with them.
    let created_by = match (actor.kind, actor.id) {
        (ActorKind::Agent, id) => id.map(AgentId::new),
        (ActorKind::Token, Some(token)) => store::token_maker(tx, tenant, TokenId::new(token)).await?,
        (ActorKind::Token | ActorKind::Contact | ActorKind::System, _) => None,
    };
    let kept = KeptToken {
        id,
        name: &new.name,
        word_hash: &hash_word(&word),
        roles: &roles,
        rights: new.rights.as_ref(),
        created_by,
        expires_at: new.expires_at,
    };
    store::add_token(tx, tenant, &kept).await?;
    let mut changes = Changes::new();
    changes.note("name", &None, &Some(&new.name));
    changes.note("roles", &None, &Some(&roles));
    changes.note("rights", &None, &new.rights.as_ref());
    changes.note("expires_at", &None, &new.expires_at);
    tell(tx, may.by(), 1, AuthFact::TokenAdded { token: id, changes: changes.into_parts().0 }, &[]).await?;
    let keys = known.iter().filter(|role| roles.contains(&role.id)).map(|role| role.key.clone()).collect();
    let token = ApiToken {
        id,
        name: new.name.clone(),
        roles: keys,
        rights: new.rights.clone(),
        created_by,
        created_at: tx.now(),
        expires_at: new.expires_at,
        last_used_at: None,
    };
    Ok(MadeToken { token, word: Secret::new(word) })
}

/// Revokes every token that an agent made: they know its word.
pub async fn revoke_tokens_of(tx: &Tx<'_>, tenant: TenantId, agent: AgentId) -> Result<()> {
    for token in store::tokens_made_by(tx, tenant, agent).await? {
        if store::revoke_token(tx, tenant, token).await? {
            tell(tx, by_agent(agent), 2, AuthFact::TokenRevoked { token }, &[]).await?;
        }
    }
    Ok(())
}

/// Revokes a token: it opens nothing any more.
pub async fn revoke_token(tx: &Tx<'_>, may: &May<ChangeTokens>, id: TokenId) -> Result<()> {
    if !store::revoke_token(tx, may.tenant(), id).await? {
        return Err(Problem::not_found());
    }
    tell(tx, may.by(), 2, AuthFact::TokenRevoked { token: id }, &[]).await
}
