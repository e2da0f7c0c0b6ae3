//! A desk is opened: at the first start by a one-time word, later from the command line.

use madoguchi_kernel::{
    EmailAddress, Language, Problem, Slug, TenantId,
    problem::{Kind, Result},
};
use madoguchi_platform::{
    db::{Reach, Tx},
    house::House,
    secrets::{Secret, random_word},
};

use super::{SignedIn, session};
use crate::{
    AccountId, AgentId,
    auth::{
        password,
        session::{Browser, Means},
        store::{self, NewAccount},
    },
    staff::{self, actions::NewDesk},
};

/// A desk to be opened, and who may do everything in it.
#[derive(Clone)]
pub struct Founding {
    /// Its name.
    pub tenant_name: String,
    /// Its name in URLs.
    pub slug: Slug,
    /// The owner's name.
    pub name: String,
    /// The owner's address.
    pub email: EmailAddress,
    /// The hash of the owner's password. An account that is there already keeps its own.
    pub password_hash: String,
    /// The desk's language.
    pub language: Language,
}

/// A desk that was opened.
#[derive(Clone, Copy, Debug)]
pub struct Founded {
    /// The desk.
    pub tenant: TenantId,
    /// Its owner's account.
    pub account: AccountId,
    /// Its owner as an agent.
    pub agent: AgentId,
}

/// Opens a desk, in a unit of the tenant that it becomes.
pub async fn found_tenant(tx: &Tx<'_>, founding: &Founding) -> Result<Founded> {
    let Reach::Tenant(tenant) = tx.reach() else {
        return Err(Problem::broken("a desk is opened in a unit of its own tenant"));
    };
    let account = match store::account_by_email(tx, &founding.email).await? {
        Some(known) => known.id,
        None => {
            let Founding { email, name, password_hash, language, .. } = founding;
            store::add_account(tx, &NewAccount { email, name, password_hash, language: *language }).await?
        }
    };
    let desk = NewDesk {
        slug: &founding.slug,
        name: &founding.tenant_name,
        language: founding.language,
        owner: account,
        owner_name: &founding.name,
    };
    let agent = staff::actions::found(tx, tenant, &desk).await?;
    Ok(Founded { tenant, account, agent })
}

/// Opens a desk.
pub async fn found(house: &House, founding: Founding) -> Result<Founded> {
    let tenant = TenantId::new(house.db().env().new_id());
    house.write(tenant, async move |tx| found_tenant(tx, &founding).await).await
}

/// Whether nobody has opened a desk yet.
pub async fn setup_needed(tx: &Tx<'_>) -> Result<bool> {
    store::is_empty(tx).await
}

/// Whether this is the word of the first set-up.
pub async fn is_setup_word(tx: &Tx<'_>, word: &str) -> Result<bool> {
    store::is_setup_word(tx, word).await
}

/// Makes the one-time word of the first set-up, in place of the one before; `None` when a desk is open already.
pub async fn offer_setup(house: &House) -> Result<Option<Secret<String>>> {
    // Whoever has a desk needs no room to write to get in.
    if !house.read(Reach::House, async |tx| store::is_empty(tx).await).await? {
        return Ok(None);
    }
    let word = Secret::new(random_word());
    let kept = word.clone();
    let offered = house
        .write(Reach::House, async move |tx| {
            let needed = store::is_empty(tx).await?;
            if needed {
                store::keep_setup_word(tx, kept.reveal()).await?;
            }
            Ok(needed)
        })
        .await?;
    Ok(offered.then_some(word))
}

/// Opens the first desk by the one-time word, and signs its owner in. The password is not hashed yet.
pub async fn set_up(
    house: &House,
    word: Secret<String>,
    mut founding: Founding,
    password: Secret<String>,
    browser: Browser,
) -> Result<SignedIn> {
    let refused = || Problem::new(Kind::Denied, "setup.refused");
    let shown = word.clone();
    let holds = house
        .read(Reach::House, async move |tx| {
            Ok(store::is_empty(tx).await? && store::is_setup_word(tx, shown.reveal()).await?)
        })
        .await?;
    if !holds {
        return Err(refused());
    }
    let about = password::known_of(&founding.email, &[&founding.name, &founding.tenant_name]);
    password::check("password", &password, about).await?;
    founding.password_hash = password::hash(&password).await?;
    let tenant = TenantId::new(house.db().env().new_id());
    house
        .write(tenant, async move |tx| {
            if !store::use_setup_word(tx, word.reveal()).await? {
                return Err(refused());
            }
            let Founded { account, agent, .. } = found_tenant(tx, &founding).await?;
            session::start(tx, tenant, (account, agent), (&browser, Means::Password), None).await
        })
        .await
}
