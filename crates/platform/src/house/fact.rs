//! Facts: what happened, told in the transaction in which it happened.

use madoguchi_kernel::{
    Cell, Column, Id, Param, Problem, TenantId, Timestamp, Value, Word, problem::Result, value::BadCell,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    db::{Reach, Sql, Tx},
    params, record,
};

/// Marks ids of facts.
pub enum FactKind {}
/// The id of a fact.
pub type FactId = Id<FactKind>;

/// The kind of a hint about a thing that went behind another wall.
const GONE: &str = "gone";
/// How many facts may follow from one another: a listener's facts are one deeper than what it heard.
pub const DEPTH_MAX: i64 = 3;
/// Streams are spread over this many buckets; a node leases buckets.
pub const BUCKETS: i64 = 64;

/// The thing whose facts these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stream {
    /// What kind of thing, such as `ticket`.
    pub kind: &'static str,
    /// Its id.
    pub id: i64,
}

/// Where a fact came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Somebody or something did it here and now.
    Live,
    /// It was brought from elsewhere: it wakes no mail, webhook, clock or routing.
    Import,
}
impl Word for Origin {
    const ALL: &'static [Self] = &[Self::Live, Self::Import];
    fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Import => "import",
        }
    }
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorKind {
    /// A membership.
    Agent,
    /// An API token.
    Token,
    /// A contact, by mail or another channel.
    Contact,
    /// A part of the program.
    System,
}
impl Word for ActorKind {
    const ALL: &'static [Self] = &[Self::Agent, Self::Token, Self::Contact, Self::System];
    fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Token => "token",
            Self::Contact => "contact",
            Self::System => "system",
        }
    }
}

/// Who did it, as a fact remembers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct By {
    /// What kind of actor.
    pub kind: ActorKind,
    /// Its id; a part of the program has none.
    pub id: Option<i64>,
    /// Where the fact came from.
    pub origin: Origin,
    /// When it happened, if that is not now.
    pub occurred_at: Option<Timestamp>,
}

impl By {
    /// From when its thing has it: now, or in the past where it was brought over from elsewhere.
    pub fn counts_from(&self, now: Timestamp) -> Timestamp {
        match self.origin {
            Origin::Live => now,
            Origin::Import => self.occurred_at.unwrap_or(now),
        }
    }
}

/// Something that a domain tells, past tense. It carries ids and typed before/after values; text about
/// people goes into `texts`, which can be erased.
pub trait Fact: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// `<stream kind>.<what happened>`, for ever.
    fn kind(&self) -> &'static str;
}

/// What a unit told, for those who act after its commit.
#[derive(Clone, Debug)]
pub struct Told {
    /// Whose it is.
    pub tenant: TenantId,
    /// The fact's id.
    pub id: FactId,
    /// Its stream.
    pub stream: Stream,
    /// Its number in the stream: the stream's revision.
    pub seq: i64,
    /// Its kind.
    pub kind: &'static str,
    /// Whether a job was put down instead of a fact.
    pub job: bool,
    /// Who may hear of it live: the wall, if its thing stands behind one.
    pub wall: Option<i64>,
}

record! {
    /// A fact as it is kept.
    #[derive(Clone, Debug)]
    pub struct FactRow {
        /// Its id.
        pub id: FactId,
        /// Whose it is.
        pub tenant: TenantId,
        /// What kind of thing its stream is.
        pub stream_kind: String,
        /// The stream's id.
        pub stream_id: i64,
        /// Its number in the stream.
        pub seq: i64,
        /// Its kind.
        pub kind: String,
        /// Its values, as JSON.
        pub data: String,
        /// Who did it.
        pub actor_kind: ActorKind,
        /// The actor's id.
        pub actor_id: Option<i64>,
        /// Where it came from.
        pub origin: Origin,
        /// How many facts led to it.
        pub depth: i64,
        /// When it happened.
        pub occurred_at: Timestamp,
        /// When we learnt it.
        pub recorded_at: Timestamp,
    }
}

impl FactRow {
    /// From when its thing has it; see [`By::counts_from`].
    pub fn counts_from(&self) -> Timestamp {
        match self.origin {
            Origin::Live => self.recorded_at,
            Origin::Import => self.occurred_at,
        }
    }
    /// The fact as its domain told it.
    pub fn fact<F: Fact>(&self) -> Result<F> {
        self.part()
    }
    /// Part of the fact, for whoever hears many and needs little of each.
    pub fn part<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.data).map_err(Problem::broken)
    }
}

static KEEP: Sql = Sql::new(
    "platform.keep_fact",
    "INSERT INTO facts (id, tenant_id, stream_kind, stream_id, seq, kind, data, actor_kind, actor_id, origin, depth, wall_id, occurred_at, recorded_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
);
static MOVE_BEHIND: Sql =
    Sql::new("platform.move_facts_behind", "UPDATE facts SET wall_id = $3 WHERE tenant_id = $1 AND stream_id = $2");
static KEEP_TEXT: Sql = Sql::new(
    "platform.keep_fact_text",
    "INSERT INTO fact_texts (tenant_id, fact_id, name, text) VALUES ($1, $2, $3, $4)",
);
static DISPATCH: Sql = Sql::new(
    "platform.dispatch",
    "INSERT INTO dispatches (tenant_id, bucket, stream_id, seq, fact_id) VALUES ($1, $2, $3, $4, $5)",
);
static STREAM: Sql = Sql::new(
    "platform.stream",
    "SELECT id, tenant_id, stream_kind, stream_id, seq, kind, data, actor_kind, actor_id, origin, depth, occurred_at, recorded_at
       FROM facts WHERE tenant_id = $1 AND stream_id = $2 AND seq > $3 AND seq <= $4 ORDER BY seq",
);
static OF_KINDS: Sql = Sql::new(
    "platform.facts_of_kinds",
    "SELECT id, tenant_id, stream_kind, stream_id, seq, kind, data, actor_kind, actor_id, origin, depth, occurred_at, recorded_at
       FROM facts WHERE tenant_id = $1 AND stream_id = $2 AND kind IN ($5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) AND id > $3 ORDER BY seq LIMIT $4",
);
static LAST_OF_KINDS: Sql = Sql::new(
    "platform.last_facts_of_kinds",
    "SELECT id, tenant_id, stream_kind, stream_id, seq, kind, data, actor_kind, actor_id, origin, depth, occurred_at, recorded_at
       FROM facts WHERE tenant_id = $1 AND stream_id = $2 AND kind IN ($5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) AND id < $3 ORDER BY seq DESC LIMIT $4",
);
static TEXTS: Sql = Sql::new(
    "platform.fact_texts",
    "SELECT fact_id, name, text FROM fact_texts WHERE tenant_id = $1 AND fact_id any($2)",
);

/// One thing to tell.
pub struct Telling<'a, F> {
    /// Its stream.
    pub stream: Stream,
    /// The stream's new revision.
    pub seq: i64,
    /// The fact.
    pub fact: &'a F,
    /// Text about people, by name.
    pub texts: &'a [(&'static str, &'a str)],
    /// Who did it.
    pub by: By,
    /// Who may hear of it live.
    pub wall: Option<i64>,
}

impl Tx<'_> {
    /// Tells that something happened. Listeners that must be right at commit hear it now, the others later.
    ///
    /// That the stream has a fact of this number already is a [`Problem`] with code `conflict`, here or when the unit ends.
    pub async fn tell<F: Fact>(&self, telling: Telling<'_, F>) -> Result<FactId> {
        let Reach::Tenant(tenant) = self.reach() else {
            return Err(Problem::broken("a fact is told in a tenant's unit"));
        };
        let Telling { stream, seq, fact, texts, by, wall } = telling;
        let kind = fact.kind();
        if self.depth() > DEPTH_MAX {
            return Err(Problem::broken(format!("{kind} follows from more than {DEPTH_MAX} facts")));
        }
        let row = FactRow {
            id: FactId::new(self.new_id()),
            tenant,
            stream_kind: stream.kind.to_owned(),
            stream_id: stream.id,
            seq,
            kind: kind.to_owned(),
            data: serde_json::to_string(fact).map_err(Problem::broken)?,
            actor_kind: by.kind,
            actor_id: by.id,
            origin: by.origin,
            depth: self.depth(),
            occurred_at: by.occurred_at.unwrap_or(self.now()),
            recorded_at: self.now(),
        };
        keep(self, &row, wall).await?;
        for (name, text) in texts {
            self.put(&KEEP_TEXT, params![row.tenant, row.id, *name, *text]).await?;
        }
        self.put(&DISPATCH, params![tenant, bucket_of(row.stream_id), row.stream_id, row.seq, row.id]).await?;
        self.note_told(Told { tenant, id: row.id, stream, seq, kind, job: false, wall });
        for listener in self.env().listeners.get().map_or(&[][..], |listeners| listeners.within(kind)) {
            listener(self, &row, fact).await?;
        }
        Ok(row.id)
    }
}

impl Tx<'_> {
    /// Moves everything that was told of a stream behind another wall, so that the feed hides what its thing
    /// hides. Whoever could look behind the former wall gets a hint that the thing may be gone for them.
    pub async fn move_behind(&self, stream: Stream, revision: i64, former: i64, wall: i64) -> Result<()> {
        let Reach::Tenant(tenant) = self.reach() else {
            return Err(Problem::broken("a stream is moved in a tenant's unit"));
        };
        self.run(&MOVE_BEHIND, params![tenant, stream.id, wall]).await?;
        let gone = Stream { kind: GONE, id: stream.id };
        let (id, kind) = (FactId::new(0), GONE);
        self.note_told(Told { tenant, id, stream: gone, seq: revision, kind, job: false, wall: Some(former) });
        Ok(())
    }
}

async fn keep(tx: &Tx<'_>, row: &FactRow, wall: Option<i64>) -> Result<()> {
    tx.put(
        &KEEP,
        params![
            row.id,
            row.tenant,
            row.stream_kind,
            row.stream_id,
            row.seq,
            row.kind,
            row.data,
            row.actor_kind,
            row.actor_id,
            row.origin,
            row.depth,
            wall,
            row.occurred_at,
            row.recorded_at
        ],
    )
    .await
}

/// The facts of a stream after `after`, up to and including `until`, in order.
pub async fn stream(tx: &Tx<'_>, tenant: TenantId, stream_id: i64, after: i64, until: i64) -> Result<Vec<FactRow>> {
    tx.all(&STREAM, params![tenant, stream_id, after, until]).await
}

/// The facts of a stream that are of one of these kinds and came after that id, in order.
pub async fn of_kinds(
    tx: &Tx<'_>,
    tenant: TenantId,
    stream_id: i64,
    kinds: &[&str],
    after: i64,
    limit: i64,
) -> Result<Vec<FactRow>> {
    let k = one_of(kinds);
    let p = params![
        tenant, stream_id, after, limit, k[0], k[1], k[2], k[3], k[4], k[5], k[6], k[7], k[8], k[9], k[10], k[11]
    ];
    tx.all(&OF_KINDS, p).await
}

/// The facts of a stream that are of one of these kinds and came before that id, newest first.
pub async fn last_of_kinds(
    tx: &Tx<'_>,
    tenant: TenantId,
    stream_id: i64,
    kinds: &[&str],
    before: i64,
    limit: i64,
) -> Result<Vec<FactRow>> {
    let k = one_of(kinds);
    let p = params![
        tenant, stream_id, before, limit, k[0], k[1], k[2], k[3], k[4], k[5], k[6], k[7], k[8], k[9], k[10], k[11]
    ];
    tx.all(&LAST_OF_KINDS, p).await
}

/// Kinds that can be asked for at once.
const KINDS_MAX: usize = 12;

/// The kinds, the first of them as often as it takes to have one for every place of the statement.
fn one_of<'a>(kinds: &[&'a str]) -> [&'a str; KINDS_MAX] {
    assert!(!kinds.is_empty() && kinds.len() <= KINDS_MAX, "kinds are named in the code: {kinds:?}");
    std::array::from_fn(|place| kinds.get(place).copied().unwrap_or(kinds[0]))
}

record! {
    /// A text that a fact speaks of.
    pub struct FactText {
        /// The fact.
        pub fact: FactId,
        /// The text's name.
        pub name: String,
        /// The text.
        pub text: String,
    }
}

/// The texts of these facts, as far as they were not erased.
pub async fn texts(tx: &Tx<'_>, tenant: TenantId, facts: &[FactId]) -> Result<Vec<FactText>> {
    let ids: Vec<i64> = facts.iter().map(|fact| fact.number()).collect();
    tx.all(&TEXTS, params![tenant, ids]).await
}

/// The bucket of a stream: spread evenly, for ids that differ only in their low bits too.
pub fn bucket_of(stream_id: i64) -> i64 {
    let mixed = (stream_id.cast_unsigned()).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    (mixed % BUCKETS.cast_unsigned()).cast_signed()
}

/// A JSON value in a column.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);
impl<T: Serialize + Sync> Param for Json<T> {
    fn value(&self) -> Value<'_> {
        Value::Text(serde_json::to_string(&self.0).expect("our own types become JSON").into())
    }
}
impl<T: DeserializeOwned> Column for Json<T> {
    fn read(cell: Cell<'_>) -> Result<Self, BadCell> {
        match cell {
            Cell::Text(text) => serde_json::from_str(text)
                .map(Self)
                .map_err(|error| BadCell { expected: "JSON", found: error.to_string() }),
            other => Err(BadCell::new("JSON", other)),
        }
    }
}
