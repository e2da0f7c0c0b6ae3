//! Mailboxes as people see them.

use std::collections::HashMap;

use madoguchi_kernel::{TenantId, Timestamp, problem::Result};
use madoguchi_people::{TeamId, staff};
use madoguchi_platform::{access::May, db::Tx};

use crate::mail::{
    mailbox::{Mailbox, MailboxId, Watch},
    oauth::{Flow, OauthApplication, OauthApplicationId},
    rights::ReadMailboxes,
    store::{
        mailboxes as store,
        oauth::{self, Standing},
    },
};

/// A mailbox, how its watch goes, and its team by name.
pub struct Shown {
    /// The mailbox.
    pub mailbox: Mailbox,
    /// How its watch goes.
    pub watch: Watch,
    /// Its team.
    pub team: Option<(TeamId, String)>,
    /// When this was so.
    pub at: Timestamp,
    /// The application by which it signs in, and how it stands with it; none where it signs in by password.
    pub signs_in: Option<SignsIn>,
}

/// By which application a mailbox signs in.
#[derive(Clone, Debug)]
pub struct SignsIn {
    /// Which.
    pub application: OauthApplicationId,
    /// What people call it.
    pub name: String,
    /// How it comes to a token.
    pub flow: Flow,
    /// How the mailbox stands with it; none before somebody consented.
    pub standing: Option<Standing>,
}

/// Every mailbox, the oldest first.
pub async fn mailboxes(tx: &Tx<'_>, may: &May<ReadMailboxes>) -> Result<Vec<Shown>> {
    let tenant = may.tenant();
    let mut watches: HashMap<MailboxId, Watch> = store::watches(tx, tenant).await?.into_iter().collect();
    let mut teams = HashMap::new();
    for team in staff::views::teams(tx, tenant).await? {
        teams.insert(team.id, team.name);
    }
    let mut signing_in = SigningIn::load(tx, tenant).await?;
    let shown = |mailbox: Mailbox| Shown {
        signs_in: signing_in.of(&mailbox),
        watch: watches.remove(&mailbox.id).unwrap_or_default(),
        team: mailbox.settings.team.and_then(|team| Some((team, teams.get(&team)?.clone()))),
        at: tx.now(),
        mailbox,
    };
    Ok(store::all(tx, tenant).await?.into_iter().map(shown).collect())
}

/// One mailbox.
pub async fn mailbox(tx: &Tx<'_>, tenant: TenantId, id: MailboxId) -> Result<Shown> {
    let mailbox = store::one(tx, tenant, id).await?;
    let team = match mailbox.settings.team {
        Some(team) => Some((team, staff::views::team(tx, tenant, team).await?.name)),
        None => None,
    };
    let signs_in = match mailbox.settings.application {
        Some(_) => SigningIn::load(tx, tenant).await?.of(&mailbox),
        None => None,
    };
    Ok(Shown { watch: store::watch(tx, tenant, id).await?, team, signs_in, at: tx.now(), mailbox })
}

/// What is asked once for all mailboxes.
struct SigningIn {
    applications: Vec<OauthApplication>,
    standings: HashMap<MailboxId, Standing>,
}

impl SigningIn {
    async fn load(tx: &Tx<'_>, tenant: TenantId) -> Result<Self> {
        let standings: Vec<Standing> = oauth::standings(tx, tenant).await?;
        Ok(Self {
            applications: oauth::all(tx, tenant).await?,
            standings: standings.into_iter().map(|standing| (standing.mailbox, standing)).collect(),
        })
    }

    fn of(&mut self, mailbox: &Mailbox) -> Option<SignsIn> {
        let id = mailbox.settings.application?;
        let application = self.applications.iter().find(|application| application.id == id)?;
        let standing = self.standings.remove(&mailbox.id).filter(|standing| standing.application == id);
        let settings = &application.settings;
        Some(SignsIn { application: id, name: settings.name.clone(), flow: settings.flow, standing })
    }
}
