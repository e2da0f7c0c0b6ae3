//! What is done with contacts and organizations.

mod contact;
mod organization;
mod recognize;

use madoguchi_kernel::problem::Result;
use madoguchi_platform::{
    db::Tx,
    house::fact::{By, Telling},
};

pub use contact::{add_contact, change_contact};
pub use organization::{OrganizationEdit, add_organization, change_organization};
pub use recognize::{meet, recognize};

use super::facts::CrmFact;
use crate::change::borrowed;

async fn tell(tx: &Tx<'_>, by: By, seq: i64, fact: CrmFact, texts: &[(&'static str, String)]) -> Result<()> {
    let stream = fact.stream();
    tx.tell(Telling { stream, seq, fact: &fact, texts: &borrowed(texts), by, wall: None }).await.map(drop)
}
