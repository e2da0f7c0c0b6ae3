//! How letters that were handed to us came.

use std::{collections::HashMap, net::IpAddr};

use madoguchi_kernel::{TenantId, problem::Result};
use madoguchi_platform::{
    db::{DbError, FromRow, Row, Sql, Tx},
    params,
};

use crate::mail::{
    letters::{KeptLetter, LetterId},
    provenance::Provenance,
};

static KEEP: Sql = Sql::new(
    "mail.keep_provenance",
    "INSERT INTO mail_provenances (tenant_id, letter_id, road, machine, trusted, encrypted, hello, sender, recipient)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
);
static FIND: Sql = Sql::new(
    "mail.provenance",
    "SELECT road, machine, trusted, encrypted, hello, sender, recipient FROM mail_provenances WHERE tenant_id = $1 AND letter_id = $2",
);

static OF_LETTERS: Sql = Sql::new(
    "mail.provenances_of_letters",
    "SELECT road, machine, trusted, encrypted, hello, sender, recipient, letter_id FROM mail_provenances
      WHERE tenant_id = $1 AND letter_id any($2)",
);

/// Keeps how a letter came, and to which address.
pub async fn keep(
    tx: &Tx<'_>,
    tenant: TenantId,
    letter: LetterId,
    recipient: &str,
    provenance: &Provenance,
) -> Result<()> {
    let Provenance { road, machine, is_trusted, is_encrypted, hello, sender } = provenance;
    let machine = machine.to_string();
    tx.put(&KEEP, params![tenant, letter, *road, machine, *is_trusted, *is_encrypted, *hello, *sender, recipient]).await
}

/// How a letter came, and the address that it was for.
#[derive(Clone, Debug)]
pub struct Came {
    /// How.
    pub provenance: Provenance,
    /// The address that it was for.
    pub recipient: String,
}

impl FromRow for Came {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let machine: String = row.get(1)?;
        let provenance = Provenance {
            road: row.get(0)?,
            // We wrote it; what could not be read would be trusted by nobody.
            machine: machine.parse().unwrap_or(IpAddr::from([0, 0, 0, 0])),
            is_trusted: row.get(2)?,
            is_encrypted: row.get(3)?,
            hello: row.get(4)?,
            sender: row.get(5)?,
        };
        Ok(Self { provenance, recipient: row.get(6)? })
    }
}

struct CameOf(LetterId, Provenance);

impl FromRow for CameOf {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self(row.get(7)?, Came::from_row(row)?.provenance))
    }
}

/// How these letters came; those that we fetched are not among them.
pub async fn of_letters(
    tx: &Tx<'_>,
    tenant: TenantId,
    letters: &[KeptLetter],
) -> Result<HashMap<LetterId, Provenance>> {
    let ids: Vec<i64> = letters.iter().map(|kept| kept.id.number()).collect();
    let found: Vec<CameOf> = tx.all(&OF_LETTERS, params![tenant, ids]).await?;
    Ok(found.into_iter().map(|CameOf(letter, provenance)| (letter, provenance)).collect())
}

/// How a letter came; `None` for one that we fetched.
pub async fn find(tx: &Tx<'_>, tenant: TenantId, letter: LetterId) -> Result<Option<Came>> {
    tx.find(&FIND, params![tenant, letter]).await
}
