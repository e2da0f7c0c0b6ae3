//! What one may do with contacts and organizations.

use madoguchi_platform::access::Right;

/// Look at contacts.
pub struct ReadContacts;
impl Right for ReadContacts {
    const KEY: &'static str = "contact.read";
}
/// Add and change contacts.
pub struct KeepContacts;
impl Right for KeepContacts {
    const KEY: &'static str = "contact.change";
}
/// Look at organizations.
pub struct ReadOrganizations;
impl Right for ReadOrganizations {
    const KEY: &'static str = "organization.read";
}
/// Add and change organizations.
pub struct KeepOrganizations;
impl Right for KeepOrganizations {
    const KEY: &'static str = "organization.change";
}
/// Every right of this room, for the editor of roles.
pub const RIGHTS: &[&str] = &[ReadContacts::KEY, KeepContacts::KEY, ReadOrganizations::KEY, KeepOrganizations::KEY];
