//! Mailboxes and the watches over them.

use madoguchi_kernel::{EmailAddress, Problem, TenantId, Timestamp, problem::Result};
use madoguchi_people::{BrandId, TeamId};
use madoguchi_platform::{
    db::{DbError, FromRow, Row, Sql, Tx},
    house::fact::Json,
    params, record,
};

use crate::mail::{
    mailbox::{Account, Activity, Left, Mailbox, MailboxId, Obstacle, Settings, Watch},
    oauth::OauthApplicationId,
};

static ALL: Sql = Sql::new(
    "mail.mailboxes",
    "SELECT id, brand_id, team_id, name, address, active, imap_host, imap_port, imap_tls, imap_user, imap_folder, imap_secret_id,
            smtp_host, smtp_port, smtp_tls, smtp_user, smtp_secret_id, extra_ca, plus_addressing, after_crash, taken_days, gateways, revision, quarantine_forged,
            imap_taken_folder, application_id
       FROM mail_mailboxes WHERE tenant_id = $1 AND removed = 0 ORDER BY id",
);
static ONE: Sql = Sql::new(
    "mail.mailbox",
    "SELECT id, brand_id, team_id, name, address, active, imap_host, imap_port, imap_tls, imap_user, imap_folder, imap_secret_id,
            smtp_host, smtp_port, smtp_tls, smtp_user, smtp_secret_id, extra_ca, plus_addressing, after_crash, taken_days, gateways, revision, quarantine_forged,
            imap_taken_folder, application_id
       FROM mail_mailboxes WHERE tenant_id = $1 AND id = $2 AND removed = 0",
);
static COUNT: Sql =
    Sql::new("mail.mailboxes_count", "SELECT count(*) FROM mail_mailboxes WHERE tenant_id = $1 AND removed = 0");
static ADD: Sql = Sql::new(
    "mail.add_mailbox",
    "INSERT INTO mail_mailboxes (id, tenant_id, brand_id, team_id, name, address, active, removed, imap_host, imap_port, imap_tls,
            imap_user, imap_folder, imap_secret_id, smtp_host, smtp_port, smtp_tls, smtp_user, smtp_secret_id, extra_ca,
            plus_addressing, after_crash, taken_days, gateways, quarantine_forged, revision, created_at, updated_at, imap_taken_folder, application_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, 1, $25, $25, $26, $27)
     ON CONFLICT DO NOTHING",
);
static SAVE: Sql = Sql::new(
    "mail.save_mailbox",
    "UPDATE mail_mailboxes SET team_id = $4, name = $5, address = $6, active = $7, imap_host = $8, imap_port = $9, imap_tls = $10,
            imap_user = $11, imap_folder = $12, imap_secret_id = $13, smtp_host = $14, smtp_port = $15, smtp_tls = $16,
            smtp_user = $17, smtp_secret_id = $18, extra_ca = $19, plus_addressing = $20, after_crash = $21, taken_days = $22,
            gateways = $23, quarantine_forged = $24, updated_at = $25, imap_taken_folder = $26, application_id = $27, revision = revision + 1
      WHERE tenant_id = $1 AND id = $2 AND revision = $3 AND removed = 0",
);
static OTHER: Sql = Sql::new(
    "mail.other_mailbox_of_address",
    "SELECT id FROM mail_mailboxes WHERE tenant_id = $1 AND address = $2 AND removed = 0 AND id <> $3",
);
static REMOVE: Sql = Sql::new(
    "mail.remove_mailbox",
    "UPDATE mail_mailboxes SET removed = 1, active = 0, imap_secret_id = NULL, smtp_secret_id = NULL, application_id = NULL, updated_at = $4, revision = revision + 1
      WHERE tenant_id = $1 AND id = $2 AND revision = $3 AND removed = 0",
);
static TOUCH: Sql = Sql::new(
    "mail.touch_mailbox",
    "UPDATE mail_mailboxes SET updated_at = $3, revision = revision + 1 WHERE tenant_id = $1 AND id = $2 AND removed = 0
     RETURNING revision",
);
static SIGNING_IN_BY: Sql = Sql::new(
    "mail.mailboxes_signing_in_by",
    "SELECT count(*) FROM mail_mailboxes WHERE tenant_id = $1 AND application_id = $2 AND removed = 0",
);
static ADDRESSES: Sql = Sql::new(
    "mail.own_addresses",
    "SELECT address FROM mail_mailboxes WHERE tenant_id = $1 AND removed = 0 ORDER BY id",
);
static TO_ANSWER_FROM: Sql = Sql::new(
    "mail.mailbox_to_answer_from",
    "SELECT id, brand_id, team_id, name, address, active, imap_host, imap_port, imap_tls, imap_user, imap_folder, imap_secret_id,
            smtp_host, smtp_port, smtp_tls, smtp_user, smtp_secret_id, extra_ca, plus_addressing, after_crash, taken_days, gateways, revision, quarantine_forged,
            imap_taken_folder, application_id
       FROM mail_mailboxes WHERE tenant_id = $1 AND removed = 0
      ORDER BY CASE WHEN id = $2 THEN 0 WHEN active = 1 AND team_id = $3 THEN 1 WHEN active = 1 AND team_id IS NULL THEN 2
                    WHEN active = 1 THEN 3 WHEN team_id = $3 THEN 4 ELSE 5 END, id LIMIT 1",
);
static REACHED: Sql = Sql::new(
    "mail.mailbox_reached_by",
    "SELECT tenant_id, id, active, plus_addressing FROM mail_mailboxes WHERE address = $1 AND removed = 0
      ORDER BY active DESC, id LIMIT 1",
);
static OF_DOMAIN: Sql = Sql::new(
    "mail.mailboxes_of_domain",
    "SELECT tenant_id, id, address FROM mail_mailboxes WHERE lower(address) LIKE $1 AND removed = 0 AND active = 1 ORDER BY id LIMIT 20",
);
static WATCHED: Sql = Sql::new(
    "mail.watched_mailboxes",
    "SELECT tenant_id, id, revision FROM mail_mailboxes WHERE removed = 0 AND active = 1 AND imap_host <> '' ORDER BY id",
);

impl FromRow for Mailbox {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let account = |first: usize, secret: usize| -> Result<Account, DbError> {
            Ok(Account {
                host: row.get(first)?,
                port: u16::try_from(row.get::<i64>(first + 1)?).unwrap_or_default(),
                tls: row.get(first + 2)?,
                user: row.get(first + 3)?,
                secret: row.get(secret)?,
            })
        };
        let settings = Settings {
            team: row.get::<Option<TeamId>>(2)?,
            name: row.get(3)?,
            address: row.get(4)?,
            activity: if row.get(5)? { Activity::On } else { Activity::Off },
            imap: account(6, 11)?,
            folder: row.get(10)?,
            smtp: account(12, 16)?,
            application: row.get(25)?,
            extra_ca: row.get(17)?,
            plus_addressing: row.get(18)?,
            after_crash: row.get(19)?,
            taken_days: u32::try_from(row.get::<i64>(20)?).unwrap_or_default(),
            gateways: row.get::<Json<_>>(21)?.0,
            quarantine_forged: row.get(23)?,
            taken_folder: row.get(24)?,
        };
        Ok(Self { id: row.get(0)?, brand: row.get::<BrandId>(1)?, settings, revision: row.get(22)? })
    }
}

/// Every mailbox of the tenant, the oldest first.
pub async fn all(tx: &Tx<'_>, tenant: TenantId) -> Result<Vec<Mailbox>> {
    tx.all(&ALL, params![tenant]).await
}

/// The mailbox.
pub async fn one(tx: &Tx<'_>, tenant: TenantId, id: MailboxId) -> Result<Mailbox> {
    tx.one(&ONE, params![tenant, id]).await
}

/// The mailbox, unless it was removed.
pub async fn find(tx: &Tx<'_>, tenant: TenantId, id: MailboxId) -> Result<Option<Mailbox>> {
    tx.find(&ONE, params![tenant, id]).await
}

/// How many there are.
pub async fn count(tx: &Tx<'_>, tenant: TenantId) -> Result<usize> {
    let (count,): (i64,) = tx.one(&COUNT, params![tenant]).await?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// Every address at which the tenant receives.
pub async fn own_addresses(tx: &Tx<'_>, tenant: TenantId) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = tx.all(&ADDRESSES, params![tenant]).await?;
    Ok(rows.into_iter().map(|(address,)| address).collect())
}

/// The mailbox through which a ticket is answered: its own, else its team's, else the desk's, the oldest first. One
/// that rests is taken only where none works: what waits in it is seen, what has nowhere to wait is not.
pub async fn to_answer_from(
    tx: &Tx<'_>,
    tenant: TenantId,
    own: Option<i64>,
    team: Option<TeamId>,
) -> Result<Option<Mailbox>> {
    tx.find(&TO_ANSWER_FROM, params![tenant, own, team]).await
}

record! {
    /// The mailbox that a letter reaches, whoever's it is.
    #[derive(Clone, Copy, Debug)]
    pub struct Reached {
        /// Whose it is.
        pub tenant: TenantId,
        /// Which.
        pub mailbox: MailboxId,
        /// Whether it works.
        pub active: bool,
        /// Whether `name+anything@` arrives there too.
        pub plus_addressing: bool,
    }
}

/// The mailbox of an address. Where several tenants claim one, the first of them has it.
pub async fn reached_by(tx: &Tx<'_>, address: &EmailAddress) -> Result<Option<Reached>> {
    tx.find(&REACHED, params![*address]).await
}

/// The oldest mailbox at work of a domain, and its address; of any domain where none is said.
pub async fn oldest_of(tx: &Tx<'_>, domain: Option<&str>) -> Result<Option<(TenantId, MailboxId, EmailAddress)>> {
    let domain = domain.map(str::to_ascii_lowercase);
    let ending = domain.as_ref().map_or_else(|| "%".to_owned(), |domain| format!("%@{domain}"));
    let found: Vec<(TenantId, MailboxId, EmailAddress)> = tx.all(&OF_DOMAIN, params![ending]).await?;
    // What LIKE takes for any sign can stand in a domain.
    let is_of =
        |address: &EmailAddress| domain.as_ref().is_none_or(|domain| address.domain().eq_ignore_ascii_case(domain));
    Ok(found.into_iter().find(|(_, _, address)| is_of(address)))
}

/// Whether another mailbox has this address.
pub async fn is_taken(tx: &Tx<'_>, tenant: TenantId, address: &EmailAddress, by_other_than: MailboxId) -> Result<bool> {
    Ok(is_other(tx, tenant, address, by_other_than).await?.is_some())
}

async fn is_other(tx: &Tx<'_>, tenant: TenantId, address: &EmailAddress, than: MailboxId) -> Result<Option<MailboxId>> {
    let found: Option<(i64,)> = tx.find(&OTHER, params![tenant, *address, than]).await?;
    Ok(found.map(|(id,)| MailboxId::new(id)))
}

/// The one of this address.
pub async fn of_address(tx: &Tx<'_>, tenant: TenantId, address: &EmailAddress) -> Result<Option<MailboxId>> {
    is_other(tx, tenant, address, MailboxId::new(0)).await
}

/// Keeps a new one; `false` when the address is another's.
pub async fn add(tx: &Tx<'_>, tenant: TenantId, mailbox: &Mailbox) -> Result<bool> {
    let s = &mailbox.settings;
    let is_on = s.activity == Activity::On;
    tx.run_new(
        &ADD,
        params![
            mailbox.id,
            tenant,
            mailbox.brand,
            s.team,
            s.name,
            s.address,
            is_on,
            s.imap.host,
            i64::from(s.imap.port),
            s.imap.tls,
            s.imap.user,
            s.folder,
            s.imap.secret,
            s.smtp.host,
            i64::from(s.smtp.port),
            s.smtp.tls,
            s.smtp.user,
            s.smtp.secret,
            s.extra_ca,
            s.plus_addressing,
            s.after_crash,
            i64::from(s.taken_days),
            Json(&s.gateways),
            s.quarantine_forged,
            tx.now(),
            s.taken_folder,
            s.application
        ],
    )
    .await
}

/// Keeps a changed one; the second of two who saved is told.
pub async fn save(tx: &Tx<'_>, tenant: TenantId, before: &Mailbox, after: &Settings) -> Result<()> {
    let (s, is_on) = (after, after.activity == Activity::On);
    let saved = tx
        .run(
            &SAVE,
            params![
                tenant,
                before.id,
                before.revision,
                s.team,
                s.name,
                s.address,
                is_on,
                s.imap.host,
                i64::from(s.imap.port),
                s.imap.tls,
                s.imap.user,
                s.folder,
                s.imap.secret,
                s.smtp.host,
                i64::from(s.smtp.port),
                s.smtp.tls,
                s.smtp.user,
                s.smtp.secret,
                s.extra_ca,
                s.plus_addressing,
                s.after_crash,
                i64::from(s.taken_days),
                Json(&s.gateways),
                s.quarantine_forged,
                tx.now(),
                s.taken_folder,
                s.application
            ],
        )
        .await?;
    if saved == 1 { Ok(()) } else { Err(Problem::conflict("changed_meanwhile")) }
}

/// Notes that it is neither read nor sent from any more.
pub async fn remove(tx: &Tx<'_>, tenant: TenantId, mailbox: &Mailbox) -> Result<()> {
    let removed = tx.run(&REMOVE, params![tenant, mailbox.id, mailbox.revision, tx.now()]).await?;
    if removed == 1 { Ok(()) } else { Err(Problem::conflict("changed_meanwhile")) }
}

/// Something that is kept beside it changed; its new revision, unless it was removed.
pub async fn touch(tx: &Tx<'_>, tenant: TenantId, id: MailboxId) -> Result<Option<i64>> {
    let row: Option<(i64,)> = tx.find(&TOUCH, params![tenant, id, tx.now()]).await?;
    Ok(row.map(|(revision,)| revision))
}

/// How many sign in by this application.
pub async fn signing_in_by(tx: &Tx<'_>, tenant: TenantId, application: OauthApplicationId) -> Result<i64> {
    let (count,): (i64,) = tx.one(&SIGNING_IN_BY, params![tenant, application]).await?;
    Ok(count)
}

record! {
    /// A mailbox that is to be watched, by whichever node is free.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Watched {
        /// Whose it is.
        pub tenant: TenantId,
        /// Which.
        pub mailbox: MailboxId,
        /// Its revision: another one wants another watch.
        pub revision: i64,
    }
}

/// The mailboxes of all tenants that are to be watched.
pub async fn watched(tx: &Tx<'_>) -> Result<Vec<Watched>> {
    tx.all(&WATCHED, &[]).await
}

static WATCH: Sql = Sql::new(
    "mail.watch",
    "SELECT uid_validity, uid_last, last_seen_at, in_error, in_detail, in_error_at, out_error, out_detail, out_error_at, mailbox_id,
            left_below, left_before, move_error, move_detail, move_error_at
       FROM mail_watches WHERE tenant_id = $1 AND mailbox_id = $2",
);
static WATCHES: Sql = Sql::new(
    "mail.watches",
    "SELECT uid_validity, uid_last, last_seen_at, in_error, in_detail, in_error_at, out_error, out_detail, out_error_at, mailbox_id,
            left_below, left_before, move_error, move_detail, move_error_at
       FROM mail_watches WHERE tenant_id = $1",
);
static MOVE_TROUBLE: Sql = Sql::new(
    "mail.watch_trouble_moving",
    "UPDATE mail_watches SET move_error = $3, move_detail = $4,
            move_error_at = CASE WHEN move_error = $3 THEN move_error_at ELSE $5 END
      WHERE tenant_id = $1 AND mailbox_id = $2",
);
static MOVE_WELL: Sql = Sql::new(
    "mail.watch_well_moving",
    "UPDATE mail_watches SET move_error = NULL, move_detail = NULL, move_error_at = NULL
      WHERE tenant_id = $1 AND mailbox_id = $2 AND move_error IS NOT NULL",
);
static BEGIN_WATCH: Sql = Sql::new(
    "mail.begin_watch",
    "INSERT INTO mail_watches (tenant_id, mailbox_id, uid_last) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING",
);
static BEGIN_AT: Sql = Sql::new(
    "mail.watch_from",
    "UPDATE mail_watches SET uid_validity = $3, uid_last = $4, left_below = $5, left_before = $6 WHERE tenant_id = $1 AND mailbox_id = $2",
);
static ADVANCE: Sql = Sql::new(
    "mail.watch_advance",
    "UPDATE mail_watches SET uid_last = $4 WHERE tenant_id = $1 AND mailbox_id = $2 AND uid_validity = $3 AND uid_last < $4",
);
static SEEN: Sql = Sql::new(
    "mail.watch_seen",
    "UPDATE mail_watches SET last_seen_at = $3, in_error = NULL, in_detail = NULL, in_error_at = NULL
      WHERE tenant_id = $1 AND mailbox_id = $2",
);
static IN_TROUBLE: Sql = Sql::new(
    "mail.watch_trouble_in",
    "UPDATE mail_watches SET in_error = $3, in_detail = $4, in_error_at = coalesce(in_error_at, $5)
      WHERE tenant_id = $1 AND mailbox_id = $2",
);
static OUT_TROUBLE: Sql = Sql::new(
    "mail.watch_trouble_out",
    "UPDATE mail_watches SET out_error = $3, out_detail = $4, out_error_at = coalesce(out_error_at, $5)
      WHERE tenant_id = $1 AND mailbox_id = $2",
);
static IN_WELL: Sql = Sql::new(
    "mail.watch_well_in",
    "UPDATE mail_watches SET in_error = NULL, in_detail = NULL, in_error_at = NULL
      WHERE tenant_id = $1 AND mailbox_id = $2 AND in_error IS NOT NULL",
);
static OUT_WELL: Sql = Sql::new(
    "mail.watch_well_out",
    "UPDATE mail_watches SET out_error = NULL, out_detail = NULL, out_error_at = NULL
      WHERE tenant_id = $1 AND mailbox_id = $2 AND out_error IS NOT NULL",
);

struct WatchRow {
    mailbox: MailboxId,
    watch: Watch,
}

impl FromRow for WatchRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let obstacle = |first: usize| -> Result<Option<Obstacle>, DbError> {
            let (code, detail, at) = (row.get(first)?, row.get(first + 1)?, row.get(first + 2)?);
            let (Some(code), Some(at)): (Option<String>, Option<Timestamp>) = (code, at) else { return Ok(None) };
            Ok(Some(Obstacle { code, detail: Option::<String>::unwrap_or_default(detail), at }))
        };
        let uid = |number: i64| u32::try_from(number).unwrap_or_default();
        let left = row.get::<Option<i64>>(10)?.zip(row.get::<Option<Timestamp>>(11)?);
        let watch = Watch {
            uid_validity: row.get::<Option<i64>>(0)?.map(uid),
            uid_last: uid(row.get(1)?),
            left: left.map(|(below, before)| Left { below: uid(below), before }),
            last_seen_at: row.get(2)?,
            incoming: obstacle(3)?,
            outgoing: obstacle(6)?,
            moving: obstacle(12)?,
        };
        Ok(Self { mailbox: row.get(9)?, watch })
    }
}

/// How the watch over a mailbox goes.
pub async fn watch(tx: &Tx<'_>, tenant: TenantId, mailbox: MailboxId) -> Result<Watch> {
    let row: Option<WatchRow> = tx.find(&WATCH, params![tenant, mailbox]).await?;
    Ok(row.map(|row| row.watch).unwrap_or_default())
}

/// The same for all mailboxes of the tenant.
pub async fn watches(tx: &Tx<'_>, tenant: TenantId) -> Result<Vec<(MailboxId, Watch)>> {
    let rows: Vec<WatchRow> = tx.all(&WATCHES, params![tenant]).await?;
    Ok(rows.into_iter().map(|row| (row.mailbox, row.watch)).collect())
}

/// Puts down the row of a new mailbox's watch.
pub async fn begin_watch(tx: &Tx<'_>, tenant: TenantId, mailbox: MailboxId) -> Result<()> {
    tx.run(&BEGIN_WATCH, params![tenant, mailbox]).await.map(drop)
}

/// From now on letters above this number of this numbering are new.
pub async fn watch_from(
    tx: &Tx<'_>,
    tenant: TenantId,
    mailbox: MailboxId,
    (uid_validity, uid): (u32, u32),
    left: Option<Left>,
) -> Result<()> {
    let (below, before) = left.map(|left| (i64::from(left.below), left.before)).unzip();
    let params = params![tenant, mailbox, i64::from(uid_validity), i64::from(uid), below, before];
    tx.run(&BEGIN_AT, params).await.map(drop)
}

/// Letters up to this number are kept. It never goes back.
pub async fn advance(tx: &Tx<'_>, tenant: TenantId, mailbox: MailboxId, uid_validity: u32, uid: u32) -> Result<()> {
    tx.put(&ADVANCE, params![tenant, mailbox, i64::from(uid_validity), i64::from(uid)]).await
}

/// The folder was looked at, and nothing was in the way.
pub async fn seen(tx: &Tx<'_>, tenant: TenantId, mailbox: MailboxId) -> Result<()> {
    tx.put(&SEEN, params![tenant, mailbox, tx.now()]).await
}

/// Something is in the way in; the moment since which something is stays, whatever it is by now.
pub async fn trouble_in(tx: &Tx<'_>, tenant: TenantId, mailbox: MailboxId, (code, detail): (&str, &str)) -> Result<()> {
    tx.run(&IN_TROUBLE, params![tenant, mailbox, code, detail, tx.now()]).await.map(drop)
}

/// Something is in the way out; the moment since which something is stays, whatever it is by now.
pub async fn trouble_out(
    tx: &Tx<'_>,
    tenant: TenantId,
    mailbox: MailboxId,
    (code, detail): (&str, &str),
) -> Result<()> {
    tx.run(&OUT_TROUBLE, params![tenant, mailbox, code, detail, tx.now()]).await.map(drop)
}

/// A letter left: nothing is in the way out.
pub async fn well_out(tx: &Tx<'_>, tenant: TenantId, mailbox: MailboxId) -> Result<()> {
    tx.run(&OUT_WELL, params![tenant, mailbox]).await.map(drop)
}

/// Letters that are kept cannot be put aside; the moment of the first time stays.
pub async fn trouble_moving(
    tx: &Tx<'_>,
    tenant: TenantId,
    mailbox: MailboxId,
    (code, detail): (&str, &str),
) -> Result<()> {
    tx.run(&MOVE_TROUBLE, params![tenant, mailbox, code, detail, tx.now()]).await.map(drop)
}

/// They were put aside, or are to stay: nothing is in the way of that. Whether something was.
pub async fn well_moving(tx: &Tx<'_>, tenant: TenantId, mailbox: MailboxId) -> Result<bool> {
    Ok(tx.run(&MOVE_WELL, params![tenant, mailbox]).await? > 0)
}

/// What was in the way in is mended, as far as we know; the folder was not looked at yet.
pub async fn well_in(tx: &Tx<'_>, tenant: TenantId, mailbox: MailboxId) -> Result<()> {
    tx.run(&IN_WELL, params![tenant, mailbox]).await.map(drop)
}
