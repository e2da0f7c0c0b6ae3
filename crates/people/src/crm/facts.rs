//! What happened to contacts and organizations.

use madoguchi_platform::house::fact::{Fact, Stream};
use serde::{Deserialize, Serialize};

use crate::{ContactId, OrganizationId, change::Change};

/// Something happened to a contact or an organization.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum CrmFact {
    /// A contact is known for the first time.
    ContactAdded {
        /// Who.
        contact: ContactId,
        /// Their fields.
        changes: Vec<Change>,
    },
    /// A contact's fields changed.
    ContactChanged {
        /// Who.
        contact: ContactId,
        /// The fields that changed.
        changes: Vec<Change>,
    },
    /// An organization is known for the first time.
    OrganizationAdded {
        /// Which.
        organization: OrganizationId,
        /// Its fields.
        changes: Vec<Change>,
    },
    /// An organization's fields changed.
    OrganizationChanged {
        /// Which.
        organization: OrganizationId,
        /// The fields that changed.
        changes: Vec<Change>,
    },
}

impl Fact for CrmFact {
    fn kind(&self) -> &'static str {
        match self {
            Self::ContactAdded { .. } => "contact.added",
            Self::ContactChanged { .. } => "contact.changed",
            Self::OrganizationAdded { .. } => "organization.added",
            Self::OrganizationChanged { .. } => "organization.changed",
        }
    }
}

impl CrmFact {
    /// The stream to which the fact belongs.
    pub fn stream(&self) -> Stream {
        match self {
            Self::ContactAdded { contact, .. } | Self::ContactChanged { contact, .. } => {
                Stream { kind: "contact", id: contact.number() }
            }
            Self::OrganizationAdded { organization, .. } | Self::OrganizationChanged { organization, .. } => {
                Stream { kind: "organization", id: organization.number() }
            }
        }
    }
}
