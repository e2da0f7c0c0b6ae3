//! The words of these stories.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use madoguchi_kernel::{Problem, Timestamp, problem::Result};
use madoguchi_platform::{
    db::{Engine, Reach, Sql, Tx},
    house::{
        House, HouseBuilder,
        fact::{ActorKind, By, Fact, FactRow, Origin, Stream, Telling},
    },
    params,
    testing::TestHouse,
};
use serde::{Deserialize, Serialize};

static KEEP: Sql = Sql::new("platform.test_keep", "INSERT INTO house_settings (name, value) VALUES ($1, $1)");
static KEPT: Sql = Sql::new("platform.test_kept", "SELECT name FROM house_settings ORDER BY name");

/// Keeps a word; a second time is a conflict.
pub async fn keep(tx: &Tx<'_>, word: &str) -> Result<()> {
    tx.run(&KEEP, params![word]).await.map(drop)
}
/// The same, without waiting for it.
pub async fn put(tx: &Tx<'_>, word: &str) -> Result<()> {
    tx.put(&KEEP, params![word]).await
}
pub async fn kept_in(tx: &Tx<'_>) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = tx.all(&KEPT, &[]).await?;
    Ok(rows.into_iter().map(|(word,)| word).collect())
}
/// The words that were kept.
pub async fn kept(house: &House) -> Vec<String> {
    house.read(Reach::House, async |tx| kept_in(tx).await).await.expect("settings are read")
}

#[derive(Serialize, Deserialize)]
pub struct Noted {
    pub number: i64,
}
pub const NOTED: &str = "thing.noted";
impl Fact for Noted {
    fn kind(&self) -> &'static str {
        NOTED
    }
}
/// Follows from [`NOTED`] in some stories.
#[derive(Serialize, Deserialize)]
pub struct Echoed {}
pub const ECHOED: &str = "thing.echoed";
impl Fact for Echoed {
    fn kind(&self) -> &'static str {
        ECHOED
    }
}

pub const NOBODY: By = By { kind: ActorKind::System, id: None, origin: Origin::Live, occurred_at: None };

pub async fn noted(tx: &Tx<'_>, stream: i64, seq: i64) -> Result<()> {
    told(tx, stream, seq, &Noted { number: seq }, NOBODY).await
}
pub async fn told<F: Fact>(tx: &Tx<'_>, stream: i64, seq: i64, fact: &F, by: By) -> Result<()> {
    let stream = Stream { kind: "thing", id: stream };
    tx.tell(Telling { stream, seq, fact, texts: &[], by, wall: None }).await.map(drop)
}
/// Tells one fact in a unit of its own.
pub async fn tell(house: &TestHouse, stream: i64, seq: i64) -> Result<()> {
    house.write(house.tenant(), async move |tx| noted(tx, stream, seq).await).await
}

static MAKE_LOG: Sql = Sql::new(
    "platform.test_make_log",
    "CREATE TABLE heard (listener TEXT NOT NULL, stream BIGINT NOT NULL, place BIGINT NOT NULL, seq BIGINT NOT NULL, PRIMARY KEY (listener, stream, place))",
);
static LOG: Sql = Sql::new(
    "platform.test_log",
    "INSERT INTO heard (listener, stream, place, seq)
     SELECT $1, $2, (SELECT count(*) + 1 FROM heard WHERE listener = $1 AND stream = $2), $3",
);
static LOGGED: Sql =
    Sql::new("platform.test_logged", "SELECT stream, seq FROM heard WHERE listener = $1 ORDER BY stream, place");

/// A house whose listeners write down what they hear, in the unit in which they hear it.
pub async fn listening(engine: Engine, furnish: impl Fn(&mut HouseBuilder) + Send + Sync + 'static) -> TestHouse {
    let house = TestHouse::with(engine, furnish).await;
    house.write(Reach::House, async |tx| tx.run(&MAKE_LOG, &[]).await).await.expect("the log is made");
    house
}
pub async fn log(tx: &Tx<'_>, listener: &str, fact: &FactRow) -> Result<()> {
    tx.run(&LOG, params![listener, fact.stream_id, fact.seq]).await.map(drop)
}
/// What a listener heard: for each stream the numbers of its facts, in the order of hearing.
pub async fn heard(house: &House, listener: &'static str) -> BTreeMap<i64, Vec<i64>> {
    let rows: Vec<(i64, i64)> =
        house.read(Reach::House, async move |tx| tx.all(&LOGGED, params![listener]).await).await.expect("read");
    let mut heard: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (stream, seq) in rows {
        heard.entry(stream).or_default().push(seq);
    }
    heard
}

/// Which (stream, seq) fail, and until when.
#[derive(Clone, Default)]
pub struct Trouble(Arc<Mutex<Places>>, Timestamp);
type Places = Vec<(i64, i64)>;
impl Trouble {
    pub fn until(places: &[(i64, i64)], end: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(places.to_vec())), end)
    }
    pub fn meet(&self, tx: &Tx<'_>, fact: &FactRow) -> Result<()> {
        let places = self.0.lock().expect("no story panics here");
        if tx.now() < self.1 && places.contains(&(fact.stream_id, fact.seq)) {
            return Err(Problem::broken("on purpose"));
        }
        Ok(())
    }
    pub fn end(&self) {
        self.0.lock().expect("no story panics here").clear();
    }
}

/// Adds a listener that writes down what it hears, after meeting its trouble.
pub fn log_all(builder: &mut HouseBuilder, name: &'static str, trouble: Trouble) {
    builder.on(name, &[NOTED], move |tx, fact| {
        let trouble = trouble.clone();
        Box::pin(async move {
            // The trouble comes after the work, so that the undoing is seen too.
            log(tx, name, fact).await?;
            trouble.meet(tx, fact)
        })
    });
}
