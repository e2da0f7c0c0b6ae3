//! Accounts, failed attempts to sign in, and the word of the first set-up: none of it belongs to a tenant.

use madoguchi_kernel::{EmailAddress, Language, Problem, TenantId, Timestamp, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    params,
    secrets::hash_word,
};

use crate::{
    AccountId, AgentId,
    auth::{
        account::{Account, Density, Theme},
        lockout::{Failures, Subject},
    },
};

static BY_EMAIL: Sql = Sql::new(
    "people.account_by_email",
    "SELECT id, email, name, password_hash, language, theme, density FROM people_accounts WHERE email = $1",
);
static BY_ID: Sql = Sql::new(
    "people.account",
    "SELECT id, email, name, password_hash, language, theme, density FROM people_accounts WHERE id = $1",
);
static ADD: Sql = Sql::new(
    "people.add_account",
    "INSERT INTO people_accounts (id, email, name, password_hash, password_changed_at, language, theme, density, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $5) ON CONFLICT DO NOTHING",
);
static PREFER: Sql = Sql::new(
    "people.save_preferences",
    "UPDATE people_accounts SET language = $2, theme = $3, density = $4 WHERE id = $1",
);
static SAVE_PASSWORD: Sql = Sql::new(
    "people.save_password",
    "UPDATE people_accounts SET password_hash = $3, password_changed_at = $4 WHERE id = $1 AND password_hash = $2",
);

/// The account with this address.
pub async fn account_by_email(tx: &Tx<'_>, email: &EmailAddress) -> Result<Option<Account>> {
    tx.find(&BY_EMAIL, params![*email]).await
}

/// The account.
pub async fn account(tx: &Tx<'_>, id: AccountId) -> Result<Account> {
    tx.one(&BY_ID, params![id]).await
}

/// An account to be kept.
pub struct NewAccount<'a> {
    pub email: &'a EmailAddress,
    pub name: &'a str,
    pub password_hash: &'a str,
    pub language: Language,
}

/// Keeps a new account. Somebody else may make one with the same address at the same moment: a conflict.
pub async fn add_account(tx: &Tx<'_>, new: &NewAccount<'_>) -> Result<AccountId> {
    let id = AccountId::new(tx.new_id());
    let (theme, density) = (Theme::System, Density::Compact);
    let kept = params![id, *new.email, new.name, new.password_hash, tx.now(), new.language, theme, density];
    if tx.run_new(&ADD, kept).await? { Ok(id) } else { Err(Problem::conflict("conflict")) }
}

/// Keeps what somebody prefers.
pub async fn save_preferences(tx: &Tx<'_>, account: &Account) -> Result<()> {
    tx.run(&PREFER, params![account.id, account.language, account.theme, account.density]).await.map(drop)
}

/// Keeps a new password in place of the one that was verified; every session that is older ends by it.
pub async fn save_password(tx: &Tx<'_>, id: AccountId, verified: &str, hash: &str) -> Result<()> {
    match tx.run(&SAVE_PASSWORD, params![id, verified, hash, tx.now()]).await? {
        1 => Ok(()),
        _ => Err(Problem::conflict("changed_meanwhile")),
    }
}

static NEXT_REVISION: Sql = Sql::new(
    "people.next_member_revision",
    "UPDATE people_memberships SET revision = revision + 1 WHERE tenant_id = $1 AND id = $2 RETURNING revision",
);

/// Counts one more fact of a membership.
pub async fn next_member_revision(tx: &Tx<'_>, tenant: TenantId, agent: AgentId) -> Result<i64> {
    Ok(tx.one::<(i64,)>(&NEXT_REVISION, params![tenant, agent]).await?.0)
}

static FAILURES: Sql = Sql::new(
    "people.sign_in_failures",
    "SELECT failures, last_at, locked_until FROM people_sign_in_failures WHERE subject = $1 /*lock*/",
);
static KEEP_FAILURES: Sql = Sql::new(
    "people.keep_sign_in_failures",
    "INSERT INTO people_sign_in_failures (subject, failures, last_at, locked_until) VALUES ($1, $2, $3, $4)
     ON CONFLICT (subject) DO UPDATE SET failures = $2, last_at = $3, locked_until = $4",
);
static FORGET_FAILURES: Sql =
    Sql::new("people.forget_sign_in_failures", "DELETE FROM people_sign_in_failures WHERE subject = $1");
static FORGET_OLD_FAILURES: Sql = Sql::new(
    "people.forget_old_sign_in_failures",
    "DELETE FROM people_sign_in_failures WHERE last_at < $1 AND (failures > 0 OR last_at < $2)",
);
/// A place where somebody has signed in is a row that counts nothing.
static KNOWN_PLACE: Sql = Sql::new(
    "people.known_place",
    "SELECT last_at FROM people_sign_in_failures WHERE subject = $1 AND failures = 0 AND last_at > $2",
);

/// Whose attempts are counted: hashed, for what somebody typed may be anything.
fn subject_key(subject: Subject, who: &str) -> String {
    let kind = match subject {
        Subject::AddressFromPlace => "pair",
        Subject::Address => "address",
        Subject::Place => "place",
    };
    hashed_key(kind, who)
}

fn hashed_key(kind: &str, who: &str) -> String {
    let hash = hash_word(&format!("{kind}/{who}"));
    hash[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether somebody signed in with this address from this place, after a time.
pub async fn is_known_place(tx: &Tx<'_>, pair: &str, after: Timestamp) -> Result<bool> {
    let kept: Option<(Timestamp,)> = tx.find(&KNOWN_PLACE, params![hashed_key("known", pair), after]).await?;
    Ok(kept.is_some())
}

/// Remembers that somebody signed in with this address from this place.
pub async fn keep_known_place(tx: &Tx<'_>, pair: &str) -> Result<()> {
    let kept = params![hashed_key("known", pair), 0_i64, tx.now(), Timestamp::default()];
    tx.run(&KEEP_FAILURES, kept).await.map(drop)
}

/// Failures so far.
pub async fn failures(tx: &Tx<'_>, subject: Subject, who: &str) -> Result<Failures> {
    let key = subject_key(subject, who);
    let found: Option<(i64, Timestamp, Timestamp)> = tx.find(&FAILURES, params![key]).await?;
    Ok(found.map_or_else(Failures::default, |(count, last_at, locked_until)| Failures { count, last_at, locked_until }))
}

/// Keeps the count.
pub async fn keep_failures(tx: &Tx<'_>, subject: Subject, who: &str, failures: Failures) -> Result<()> {
    let kept = params![subject_key(subject, who), failures.count, failures.last_at, failures.locked_until];
    tx.run(&KEEP_FAILURES, kept).await.map(drop)
}

/// Somebody got in: their count begins anew.
pub async fn forget_failures(tx: &Tx<'_>, subject: Subject, who: &str) -> Result<()> {
    tx.run(&FORGET_FAILURES, params![subject_key(subject, who)]).await.map(drop)
}

/// Forgets counts that are older, and places that were not used for longer.
pub async fn forget_old_failures(tx: &Tx<'_>, counts: Timestamp, places: Timestamp) -> Result<()> {
    tx.run(&FORGET_OLD_FAILURES, params![counts, places]).await.map(drop)
}

static ANY_TENANT: Sql = Sql::new("people.any_tenant", "SELECT tenant_id FROM people_tenants LIMIT 1");
static DROP_SETUP_WORDS: Sql = Sql::new("people.drop_setup_words", "DELETE FROM people_setup_words");
static ADD_SETUP_WORD: Sql =
    Sql::new("people.add_setup_word", "INSERT INTO people_setup_words (word_hash, created_at) VALUES ($1, $2)");
static SETUP_WORD: Sql =
    Sql::new("people.setup_word", "SELECT created_at FROM people_setup_words WHERE word_hash = $1");
static USE_SETUP_WORD: Sql = Sql::new("people.use_setup_word", "DELETE FROM people_setup_words WHERE word_hash = $1");

/// Whether nobody has founded a desk yet.
pub async fn is_empty(tx: &Tx<'_>) -> Result<bool> {
    Ok(tx.find::<(i64,)>(&ANY_TENANT, &[]).await?.is_none())
}

fn setup_hash(word: &str) -> String {
    hash_word(word).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Keeps the one word of the first set-up; the ones before it do not hold any more.
pub async fn keep_setup_word(tx: &Tx<'_>, word: &str) -> Result<()> {
    tx.run(&DROP_SETUP_WORDS, &[]).await?;
    tx.run(&ADD_SETUP_WORD, params![setup_hash(word), tx.now()]).await.map(drop)
}

/// Whether this is the word of the first set-up.
pub async fn is_setup_word(tx: &Tx<'_>, word: &str) -> Result<bool> {
    Ok(tx.find::<(i64,)>(&SETUP_WORD, params![setup_hash(word)]).await?.is_some())
}

/// Uses the word up; `false` when it does not hold.
pub async fn use_setup_word(tx: &Tx<'_>, word: &str) -> Result<bool> {
    Ok(tx.run(&USE_SETUP_WORD, params![setup_hash(word)]).await? == 1)
}
