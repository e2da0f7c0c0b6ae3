//! Roads in and out: every way by which a message reaches the desk or leaves it. One folder each, all
//! ending in the ticket; the folders do not know each other.

pub mod mail;

use std::sync::Arc;

use madoguchi_kernel::problem::Result;
use madoguchi_platform::{
    house::{House, HouseBuilder},
    http::Routes,
};

/// What the roads work with besides the database.
#[derive(Clone)]
pub struct Tools {
    /// Mail's.
    pub mail: Arc<mail::Tools>,
}

/// Every right over channels that a role may hold, for the editor of roles.
pub const RIGHTS: &[&str] = mail::rights::RIGHTS;

/// Registers what the roads hear and the jobs that they do.
pub fn listen(house: &mut HouseBuilder, tools: &Tools) {
    mail::listen(house, &tools.mail);
}

/// Starts what waits for the outside, once the house is entered; it ends when the house closes.
pub fn start(house: &House, tools: &Tools, reception: mail::Reception) -> Result<()> {
    mail::start(house, &tools.mail);
    reception.open(house, &tools.mail)
}

/// The routes.
pub fn routes() -> Routes {
    mail::routes()
}
