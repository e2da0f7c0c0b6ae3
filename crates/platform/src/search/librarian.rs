//! The librarian of a node: reads the feed of each tenant and puts what its facts speak of on the shelf. Where the shelf is empty,
//! or not of this time, everything is put there first.
//!
//! How far it is stands in the index's own commit: neither is ever ahead of the other, however the program ends.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use madoguchi_kernel::{Problem, TenantId, problem::Result};
use serde::{Deserialize, Serialize};

use super::{
    index::{Entry, Place, Writer},
    shelf::{Ready, Shelf, aside},
};
use crate::{
    access::Walls,
    db::{Reach, Tx},
    house::{
        House,
        fact::FactRow,
        feed::{self, FeedEntry},
    },
};

/// Facts that are read at once.
const FACTS_AT_ONCE: i64 = 500;
/// Documents that are read at once.
const DOCUMENTS_AT_ONCE: usize = 100;
/// Documents of one tenant that are put on the shelf before it is the next one's turn.
const DOCUMENTS_A_ROUND: usize = 2_000;
/// How often it looks whether there is something new: what is committed is found within a second.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long it waits when something failed.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// What a source answers.
pub type Reading<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Something to be found, as its domain tells it.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Its id.
    pub id: i64,
    /// The wall behind which it stands.
    pub wall: Option<i64>,
    /// What it is called.
    pub title: String,
    /// What it says.
    pub body: String,
    /// Words by which it is found besides, that nobody said there: whose it is, what was put on it.
    pub about: String,
    /// By what it is also found, whole or by its last signs: numbers, addresses.
    pub marks: Vec<String>,
}

/// Where a domain's documents come from.
#[derive(Clone, Copy)]
pub struct Source {
    /// What kind of thing they tell of.
    pub kind: &'static str,
    /// Those that these facts may have changed.
    pub touched: for<'a> fn(&'a Tx<'a>, TenantId, &'a [FactRow]) -> Reading<'a, Vec<i64>>,
    /// The first ids after this one, in order, at most so many.
    pub after: for<'a> fn(&'a Tx<'a>, TenantId, i64, usize) -> Reading<'a, Vec<i64>>,
    /// The documents of these ids that there are.
    pub documents: for<'a> fn(&'a Tx<'a>, TenantId, &'a [i64]) -> Reading<'a, Vec<Document>>,
}

/// How far it is with a tenant.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Mark {
    /// Facts up to here are told of on the shelf, once nothing is left to put there first.
    seq: i64,
    /// Of which source, by its number, what follows which id is still to be put there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first: Option<(usize, i64)>,
}

type Marks = BTreeMap<i64, Mark>;

/// Fills a shelf.
pub struct Librarian {
    house: House,
    shelf: Shelf,
    sources: Arc<[Source]>,
    working: tokio::sync::Mutex<Option<Working>>,
}

struct Working {
    writer: Arc<Mutex<Writer>>,
    marks: Marks,
}

impl Librarian {
    /// Puts the documents of these sources on the shelf.
    pub fn new(house: House, shelf: Shelf, sources: Vec<Source>) -> Self {
        Self { house, shelf, sources: sources.into(), working: tokio::sync::Mutex::default() }
    }

    /// Works until the house closes.
    pub async fn run(&self) {
        let stop = self.house.stopping().clone();
        while !stop.is_cancelled() {
            let wait = match self.round().await {
                Ok(0) => LOOK_EVERY,
                Ok(_) => Duration::ZERO,
                Err(problem) => {
                    tracing::warn!(%problem, "The search index could not be brought up to date");
                    AFTER_FAILURE
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.house.clock().sleep(wait) => {}
            }
        }
    }

    /// Works until everything that was committed is on the shelf; how many documents were put there.
    pub async fn catch_up(&self) -> Result<usize> {
        let mut done = 0;
        loop {
            match self.round().await? {
                0 => return Ok(done),
                documents => done += documents,
            }
        }
    }

    /// Does a part of what is to be done for each tenant; how many documents or facts that were.
    async fn round(&self) -> Result<usize> {
        let mut working = self.working.lock().await;
        if working.is_none() {
            *working = self.begin().await?;
        }
        let Some(at_work) = &mut *working else { return Ok(0) };
        let done = self.serve_all(at_work).await;
        if done.is_err() {
            // What was not committed goes with its writer, and how far it is is read again.
            *working = None;
        }
        done
    }

    async fn serve_all(&self, Working { writer, marks }: &mut Working) -> Result<usize> {
        let heads = self.house.read(Reach::House, async move |tx| feed::heads(tx).await).await?;
        let mut done = 0;
        for (tenant, head) in heads {
            let mark = marks.entry(tenant.number()).or_insert(Mark { seq: head, first: Some((0, 0)) });
            let before = (mark.seq, mark.first);
            done += self.serve(tenant, head, mark, writer).await?;
            done += usize::from(before != (mark.seq, mark.first));
        }
        if done > 0 {
            self.commit(writer, marks).await?;
        }
        let unfinished =
            marks.iter().filter(|(_, mark)| mark.first.is_some()).map(|(tenant, _)| TenantId::new(*tenant));
        self.shelf.note(unfinished.collect::<BTreeSet<_>>());
        Ok(done)
    }

    /// Opens the shelf and sees how far it is.
    async fn begin(&self) -> Result<Option<Working>> {
        let shelf = self.shelf.clone();
        aside(move || {
            let Some(Ready { index, .. }) = shelf.open()? else { return Ok(None) };
            let writer = Arc::new(Mutex::new(index.writer()?));
            let marks = index.payload()?.map(|payload| serde_json::from_str(&payload)).transpose();
            Ok(Some(Working { writer, marks: marks.map_err(Problem::broken)?.unwrap_or_default() }))
        })
        .await
    }

    async fn commit(&self, writer: &Arc<Mutex<Writer>>, marks: &Marks) -> Result<()> {
        let payload = serde_json::to_string(marks).map_err(Problem::broken)?;
        let (shelf, writer) = (self.shelf.clone(), writer.clone());
        aside(move || {
            writer.lock().unwrap_or_else(PoisonError::into_inner).commit_with(&payload)?;
            shelf.ready().map_or(Ok(()), |ready| ready.index.reload())
        })
        .await
    }

    /// A part of what is to be done for a tenant.
    async fn serve(&self, tenant: TenantId, head: i64, mark: &mut Mark, writer: &Arc<Mutex<Writer>>) -> Result<usize> {
        match mark.first {
            Some((source, after)) => self.fill(tenant, (source, after), mark, writer).await,
            None if mark.seq < head => self.follow(tenant, mark, writer).await,
            None => Ok(0),
        }
    }

    /// Puts what there is on the shelf, in the order of its ids.
    async fn fill(
        &self,
        tenant: TenantId,
        (number, mut after): (usize, i64),
        mark: &mut Mark,
        writer: &Arc<Mutex<Writer>>,
    ) -> Result<usize> {
        let Some(source) = self.sources.get(number).copied() else {
            mark.first = None;
            return Ok(0);
        };
        let mut done = 0;
        while done < DOCUMENTS_A_ROUND {
            let reading = async move |tx: &Tx<'_>| (source.after)(tx, tenant, after, DOCUMENTS_AT_ONCE).await;
            let ids = self.house.read(tenant, reading).await?;
            let Some(last) = ids.last().copied() else {
                mark.first = Some((number + 1, 0));
                return Ok(done);
            };
            done += ids.len();
            self.put(tenant, source, ids, writer).await?;
            after = last;
            mark.first = Some((number, after));
        }
        Ok(done)
    }

    /// Puts what the next facts speak of on the shelf.
    async fn follow(&self, tenant: TenantId, mark: &mut Mark, writer: &Arc<Mutex<Writer>>) -> Result<usize> {
        let (from, sources) = (mark.seq, self.sources.clone());
        let reading = async move |tx: &Tx<'_>| {
            let entries = feed::after(tx, tenant, &Walls::All, from, FACTS_AT_ONCE).await?;
            let last = entries.last().map(|entry| entry.feed_seq);
            let facts: Vec<FactRow> = entries.into_iter().map(|FeedEntry { fact, .. }| fact).collect();
            let mut touched = Vec::new();
            for source in sources.iter() {
                let ids: BTreeSet<i64> = (source.touched)(tx, tenant, &facts).await?.into_iter().collect();
                touched.push((*source, ids));
            }
            Ok((last, touched))
        };
        let (last, touched) = self.house.read(tenant, reading).await?;
        let mut done = 0;
        for (source, ids) in touched {
            done += ids.len();
            self.put(tenant, source, ids.into_iter().collect(), writer).await?;
        }
        mark.seq = last.unwrap_or(mark.seq);
        Ok(done)
    }

    /// Puts documents as they are now in the place of what was there.
    async fn put(&self, tenant: TenantId, source: Source, ids: Vec<i64>, writer: &Arc<Mutex<Writer>>) -> Result<()> {
        for ids in ids.chunks(DOCUMENTS_AT_ONCE) {
            let (shelf, writer, ids) = (self.shelf.clone(), writer.clone(), Arc::new(ids.to_vec()));
            let wanted = ids.clone();
            let reading = async move |tx: &Tx<'_>| (source.documents)(tx, tenant, &wanted).await;
            let documents = self.house.read(tenant, reading).await?;
            aside(move || {
                let Some(Ready { analysis, .. }) = shelf.ready() else { return Ok(()) };
                let writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
                for id in ids.iter().copied() {
                    writer.remove(&key(source.kind, id));
                }
                for Document { id, wall, title, body, about, marks } in &documents {
                    let place = Some(Place { tenant, kind: source.kind, wall: *wall });
                    let body = format!("{body}\n{about}");
                    let entry = Entry { id: &key(source.kind, *id), title, body: &body, marks, place };
                    writer.add(analysis, entry)?;
                }
                Ok(())
            })
            .await?;
        }
        Ok(())
    }
}

/// The id of a document on the shelf.
fn key(kind: &str, id: i64) -> String {
    format!("{kind}:{id}")
}

/// The thing of which a document on the shelf tells.
pub fn id_of(key: &str) -> Option<i64> {
    key.split_once(':')?.1.parse().ok()
}
