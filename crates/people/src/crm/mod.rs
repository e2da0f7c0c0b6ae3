//! People outside who write to us, and the organizations that they belong to.
//!
//! An address belongs to at most one contact of a tenant. A domain belongs to at most one organization, and
//! never one where anybody can have an address.

pub mod actions;
pub mod contact;
pub mod facts;
pub mod found;
pub mod http;
pub mod organization;
pub mod rights;
mod store;
pub mod views;
