//! Somebody prefers another language or look.

use madoguchi_kernel::{Language, TenantId, Word, problem::Result};
use madoguchi_platform::db::Tx;

use super::{by_agent, tell};
use crate::{
    AccountId, AgentId,
    auth::{
        account::{Account, Density, Theme},
        facts::AuthFact,
        store,
    },
    change::Changes,
};

/// What becomes different.
#[derive(Clone, Copy, Debug, Default)]
pub struct Preferences {
    /// The language that they read.
    pub language: Option<Language>,
    /// Light or dark.
    pub theme: Option<Theme>,
    /// How close things stand.
    pub density: Option<Density>,
}

/// Keeps what somebody prefers, for every tenant at which they work.
pub async fn prefer(
    tx: &Tx<'_>,
    tenant: TenantId,
    (account, agent): (AccountId, AgentId),
    preferences: Preferences,
) -> Result<()> {
    let before = store::account(tx, account).await?;
    let after = Account {
        language: preferences.language.unwrap_or(before.language),
        theme: preferences.theme.unwrap_or(before.theme),
        density: preferences.density.unwrap_or(before.density),
        ..before.clone()
    };
    let mut changes = Changes::new();
    changes.note("locale", &before.language, &after.language);
    changes.note("theme", &before.theme.word(), &after.theme.word());
    changes.note("density", &before.density.word(), &after.density.word());
    if changes.is_empty() {
        return Ok(());
    }
    store::save_preferences(tx, &after).await?;
    let revision = store::next_member_revision(tx, tenant, agent).await?;
    let fact = AuthFact::PreferencesChanged { agent, changes: changes.into_parts().0 };
    tell(tx, by_agent(agent), revision, fact, &[]).await
}
