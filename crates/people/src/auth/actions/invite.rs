//! Somebody is invited, or the invitation is taken back.

use madoguchi_kernel::{EmailAddress, Problem, problem::Result};
use madoguchi_platform::{
    access::May,
    db::Tx,
    secrets::{Secret, hash_word, random_word},
};

use super::tell;
use crate::{
    TeamId,
    auth::{
        facts::AuthFact,
        invitation::{AGE_MAX, Invitation, InvitationId, InvitationState},
        rights::ChangeInvitations,
        store,
    },
    staff::{
        self,
        member::MemberState,
        role::{require_own, roles_of},
    },
};

/// An invitation to be made.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// For whom.
    pub email: EmailAddress,
    /// The name that they will bear, unless they write another.
    pub name: Option<String>,
    /// The keys of the roles that they will have.
    pub roles: Vec<String>,
    /// The teams that they will be in.
    pub teams: Vec<TeamId>,
}

/// An invitation that was made.
pub struct Invited {
    /// The invitation.
    pub invitation: Invitation,
    /// The word of its link; it is not known again.
    pub word: Secret<String>,
}

/// Invites somebody, who will be able to do no more than whoever invites them. An open invitation for the same
/// address is replaced.
pub async fn invite(tx: &Tx<'_>, may: &May<ChangeInvitations>, new: &NewInvitation) -> Result<Invited> {
    let tenant = may.tenant();
    let known = staff::views::roles(tx, tenant).await?;
    let roles = roles_of(&known, &new.roles)?;
    for role in known.iter().filter(|role| roles.contains(&role.id)) {
        require_own(may.actor(), "roles", &role.rights)?;
    }
    for team in &new.teams {
        if !staff::views::team_exists(tx, tenant, *team).await? {
            return Err(Problem::field("teams", "unknown"));
        }
    }
    if let Some(account) = store::account_by_email(tx, &new.email).await?
        && let Some(member) = staff::views::member_of(tx, tenant, account.id).await?
        && member.state == MemberState::Active
    {
        return Err(Problem::field("email", "taken"));
    }
    for former in store::open_invitations_for(tx, tenant, &new.email).await? {
        withdraw(tx, may, former).await?;
    }
    let word = random_word();
    let invitation = Invitation {
        id: InvitationId::new(tx.new_id()),
        tenant,
        email: new.email.clone(),
        name: new.name.clone(),
        roles,
        teams: new.teams.clone(),
        state: InvitationState::Open,
        expires_at: tx.now().after(AGE_MAX),
    };
    store::add_invitation(tx, &invitation, &hash_word(&word), may.actor().id).await?;
    let fact = AuthFact::InvitationAdded { invitation: invitation.id, roles: invitation.roles.clone() };
    tell(tx, may.by(), 1, fact, &[("email", new.email.as_str())]).await?;
    Ok(Invited { invitation, word: Secret::new(word) })
}

/// Takes an invitation back.
pub async fn withdraw(tx: &Tx<'_>, may: &May<ChangeInvitations>, id: InvitationId) -> Result<()> {
    if !store::close_invitation(tx, may.tenant(), id, InvitationState::Withdrawn).await? {
        return Err(Problem::not_found());
    }
    tell(tx, may.by(), 2, AuthFact::InvitationWithdrawn { invitation: id }, &[]).await
}
