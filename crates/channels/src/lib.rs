//! Roads in and out: every way by which a message reaches the desk or leaves it. One folder each, all
//! ending in the ticket; the folders do not know each other.

pub mod mail;
