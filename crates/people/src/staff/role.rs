//! A role: a named set of rights that a tenant may edit. Pure.

use std::collections::BTreeSet;

use madoguchi_kernel::{Id, Problem, problem::Result};
use madoguchi_platform::access::Actor;

/// Marks ids of roles.
pub enum RoleKind {}
/// A named, editable set of rights.
pub type RoleId = Id<RoleKind>;

/// The longest name of a role, in characters.
pub const NAME_CHARACTERS_MAX: usize = 80;
/// Rights of one role.
pub const RIGHTS_MAX: usize = 300;
/// The role that may do everything. It cannot be edited, so that a tenant cannot lock itself out.
pub const ADMIN: &str = "admin";

/// A named, editable set of rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The id.
    pub id: RoleId,
    /// Its name in the API, for ever.
    pub key: String,
    /// Its name for people.
    pub name: String,
    /// What it may do.
    pub rights: BTreeSet<String>,
    /// Whether every tenant has it from the beginning.
    pub builtin: bool,
    /// How many facts there are.
    pub revision: i64,
}

/// A role that every tenant has from the beginning.
pub struct Builtin {
    /// Its name in the API.
    pub key: &'static str,
    /// The sentence that names it.
    pub name: &'static str,
    /// What it may do until somebody edits it.
    pub rights: &'static [&'static [&'static str]],
}

/// Look at everything that an agent needs.
const LOOK: &[&str] =
    &["agent.read", "team.read", "role.read", "contact.read", "organization.read", "ticket.read", "wall.read"];
const NOTE: &[&str] = &["ticket.note", "attachment.add"];
const WORK: &[&str] = &[
    "ticket.open",
    "ticket.reply",
    "ticket.change",
    "ticket.assign",
    "ticket.move",
    "ticket.merge",
    "contact.change",
    "organization.change",
];
const LEAD: &[&str] =
    &["ticket.wall", "team.change", "invitation.change", "mailbox.read", "letter.read", "letter.retry"];
const AUDIT: &[&str] = &["mailbox.read", "letter.read", "fact.read", "sign_in_policy.read"];
const GOVERN: &[&str] = &[
    "agent.change",
    "role.change",
    "wall.change",
    "token.change",
    "mailbox.change",
    "fact.read",
    "house.tend",
    "sign_in_policy.read",
    "sign_in_policy.change",
    "desk.change",
    "field.change",
    "state.change",
];

/// The roles that every tenant has from the beginning.
pub const BUILTIN: &[Builtin] = &[
    Builtin { key: ADMIN, name: "people.role.admin", rights: &[LOOK, NOTE, WORK, LEAD, GOVERN] },
    Builtin { key: "lead", name: "people.role.lead", rights: &[LOOK, NOTE, WORK, LEAD] },
    Builtin { key: "agent", name: "people.role.agent", rights: &[LOOK, NOTE, WORK] },
    Builtin { key: "light_agent", name: "people.role.light_agent", rights: &[LOOK, NOTE] },
    Builtin { key: "read_only", name: "people.role.read_only", rights: &[LOOK] },
    Builtin { key: "auditor", name: "people.role.auditor", rights: &[LOOK, AUDIT] },
];

impl Builtin {
    /// Its rights as a set.
    pub fn rights(&self) -> BTreeSet<String> {
        self.rights.iter().copied().flatten().map(|&right| right.to_owned()).collect()
    }
}

/// A right's name as somebody typed it: `thing.verb`.
pub fn right_key(text: &str) -> Result<String> {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let sound = text.len() <= 80 && text.split_once('.').is_some_and(|(thing, verb)| word(thing) && word(verb));
    if sound { Ok(text.to_owned()) } else { Err(Problem::field("rights", "unknown")) }
}

/// The roles of these keys, in the order of their ids.
pub fn roles_of(known: &[Role], keys: &[String]) -> Result<Vec<RoleId>> {
    let find = |key: &String| known.iter().find(|role| role.key == *key).map(|role| role.id);
    let ids: Option<BTreeSet<RoleId>> = keys.iter().map(find).collect();
    ids.map(|ids| ids.into_iter().collect()).ok_or_else(|| Problem::field("roles", "unknown"))
}

/// Refuses to hand out what one does not have: whoever could, could give it to themselves.
pub fn require_own<'a>(actor: &Actor, field: &'static str, rights: impl IntoIterator<Item = &'a String>) -> Result<()> {
    if rights.into_iter().all(|right| actor.has(right)) { Ok(()) } else { Err(Problem::field(field, "beyond_own")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_builtin_role_can_do_what_its_name_says() {
        let rights = |key: &str| BUILTIN.iter().find(|role| role.key == key).expect("built in").rights();
        let admin = rights(ADMIN);
        for role in BUILTIN {
            assert!(role.rights().is_subset(&admin), "{} can do more than the administrator", role.key);
            assert!(role.rights().iter().all(|right| right_key(right).is_ok()));
        }
        let reads: BTreeSet<String> = admin.iter().filter(|right| right.ends_with(".read")).cloned().collect();
        assert_eq!(rights("auditor"), reads);
        assert!(rights("read_only").iter().all(|right| right.ends_with(".read")));
        assert!(rights("light_agent").contains("ticket.note") && !rights("light_agent").contains("ticket.reply"));
    }

    #[test]
    fn a_right_is_a_thing_and_a_verb() {
        assert!(right_key("ticket.read").is_ok());
        for wrong in ["", "ticket", "ticket.", ".read", "Ticket.read", "a.b.c", "a b.c"] {
            assert!(right_key(wrong).is_err(), "{wrong}");
        }
    }
}
