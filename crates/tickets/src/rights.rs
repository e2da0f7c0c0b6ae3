//! What one may be allowed to do with tickets.

use madoguchi_platform::access::Right;

/// Read tickets behind one's walls.
pub struct Read;
impl Right for Read {
    const KEY: &'static str = "ticket.read";
}
/// Open a ticket.
pub struct Open;
impl Right for Open {
    const KEY: &'static str = "ticket.open";
}
/// Write to the customer in the name of the house.
pub struct Reply;
impl Right for Reply {
    const KEY: &'static str = "ticket.reply";
}
/// Write a note that never leaves the house.
pub struct Note;
impl Right for Note {
    const KEY: &'static str = "ticket.note";
}
/// Change state, type, priority, tags, subject, fields, requester and copies.
pub struct Change;
impl Right for Change {
    const KEY: &'static str = "ticket.change";
}
/// Give a ticket to an agent.
pub struct Assign;
impl Right for Assign {
    const KEY: &'static str = "ticket.assign";
}
/// Give a ticket to another team.
pub struct Move;
impl Right for Move {
    const KEY: &'static str = "ticket.move";
}
/// Put a ticket behind another wall.
pub struct PutBehind;
impl Right for PutBehind {
    const KEY: &'static str = "ticket.wall";
}
/// Bring tickets together, take them apart again, and make a ticket of a message.
pub struct Merge;
impl Right for Merge {
    const KEY: &'static str = "ticket.merge";
}
/// Take a contact's word in: for channels.
pub struct Receive;
impl Right for Receive {
    const KEY: &'static str = "ticket.receive";
}

/// Say where an answer is on its way out: for channels.
pub struct Deliver;
impl Right for Deliver {
    const KEY: &'static str = "ticket.deliver";
}

/// Make, change and order the desk's own fields.
pub struct ChangeFields;
impl Right for ChangeFields {
    const KEY: &'static str = "field.change";
}

/// Make and change the desk's own states.
pub struct ChangeStates;
impl Right for ChangeStates {
    const KEY: &'static str = "state.change";
}

/// Every right over tickets that a role may hold, for the editor of roles.
pub const RIGHTS: &[&str] = &[
    Read::KEY,
    Open::KEY,
    Reply::KEY,
    Note::KEY,
    Change::KEY,
    Assign::KEY,
    Move::KEY,
    PutBehind::KEY,
    Merge::KEY,
    ChangeFields::KEY,
    ChangeStates::KEY,
];
