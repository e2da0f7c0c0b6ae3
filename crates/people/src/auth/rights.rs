//! What one may do about who comes in. For one's own sessions, password and preferences, being signed in is
//! enough.

use madoguchi_platform::access::Right;

/// Invite people, and withdraw invitations.
pub struct ChangeInvitations;
impl Right for ChangeInvitations {
    const KEY: &'static str = "invitation.change";
}
/// Make tokens for programs, and revoke them.
pub struct ChangeTokens;
impl Right for ChangeTokens {
    const KEY: &'static str = "token.change";
    const GRAVE: bool = true;
}
/// Look at who may come in, from where and for how long, and who has a second step.
pub struct ReadSignInPolicies;
impl Right for ReadSignInPolicies {
    const KEY: &'static str = "sign_in_policy.read";
}
/// Say who may come in, from where and for how long.
pub struct ChangeSignInPolicies;
impl Right for ChangeSignInPolicies {
    const KEY: &'static str = "sign_in_policy.change";
    const GRAVE: bool = true;
}
/// Every right of this room, for the editor of roles.
pub const RIGHTS: &[&str] =
    &[ChangeInvitations::KEY, ChangeTokens::KEY, ReadSignInPolicies::KEY, ChangeSignInPolicies::KEY];
