//! The shelf of a node: its index and the dictionary, in the data folder beside what they were made from. It can be thrown away;
//! the [`librarian`](super::librarian) fills it anew.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use madoguchi_kernel::{Problem, TenantId, problem::Result};

use super::{
    analysis::{Analysis, CHAIN},
    highlight::Needles,
    index::{Index, SHAPE},
    seeking::{self, Hits, Question},
};

/// Where things are found, shared by clones.
#[derive(Clone)]
pub struct Shelf(Arc<Inner>);

struct Inner {
    /// Where the index lies, and where the dictionary does.
    folders: Option<(PathBuf, PathBuf)>,
    ready: OnceLock<Ready>,
    /// Whether it was seen what there is to fill in.
    begun: AtomicBool,
    /// Whose things are not all on it yet.
    unfinished: RwLock<BTreeSet<TenantId>>,
}

pub(super) struct Ready {
    pub analysis: Analysis,
    pub index: Index,
}

impl Shelf {
    /// In the first folder, with the dictionary in the other. They are opened when somebody begins to fill it.
    pub fn at(folder: PathBuf, dictionary: PathBuf) -> Self {
        Self::of(Some((folder, dictionary)))
    }

    /// None: whoever asks has to look elsewhere.
    pub fn nowhere() -> Self {
        Self::of(None)
    }

    fn of(folders: Option<(PathBuf, PathBuf)>) -> Self {
        let (ready, begun, unfinished) = (OnceLock::new(), AtomicBool::new(false), RwLock::default());
        Self(Arc::new(Inner { folders, ready, begun, unfinished }))
    }

    /// Whether everything of the tenant is on it.
    pub fn is_whole(&self, tenant: TenantId) -> bool {
        let unfinished = self.0.unfinished.read().unwrap_or_else(PoisonError::into_inner);
        self.0.begun.load(Ordering::Acquire) && !unfinished.contains(&tenant)
    }

    /// What fits the question; none while there is nothing to look into, or not everything.
    pub async fn find(&self, question: Question, limit: usize) -> Result<Option<Hits>> {
        if !self.is_whole(question.tenant) {
            return Ok(None);
        }
        let shelf = self.clone();
        aside(move || {
            let Some(Ready { analysis, index }) = shelf.0.ready.get() else { return Ok(None) };
            seeking::seek(index, analysis, &question, limit).map(Some)
        })
        .await
    }

    /// What to mark in texts that were found for a question.
    pub fn needles(&self, question: &str) -> Result<Needles> {
        match self.0.ready.get() {
            Some(Ready { analysis, .. }) => Needles::of(analysis, question),
            None => Ok(Needles::default()),
        }
    }

    /// Opens it, which builds the dictionary where there is none. An index that cannot be read is begun anew. Blocks.
    pub(super) fn open(&self) -> Result<Option<&Ready>> {
        let Some((folder, dictionary)) = &self.0.folders else { return Ok(None) };
        if self.0.ready.get().is_none() {
            let analysis = Analysis::open(dictionary)?;
            let index = index(folder)?;
            // Of two who open it at once one is believed.
            drop(self.0.ready.set(Ready { analysis, index }));
        }
        Ok(self.0.ready.get())
    }

    pub(super) fn ready(&self) -> Option<&Ready> {
        self.0.ready.get()
    }

    /// Notes whose things are not all on it.
    pub(super) fn note(&self, unfinished: BTreeSet<TenantId>) {
        *self.0.unfinished.write().unwrap_or_else(PoisonError::into_inner) = unfinished;
        self.0.begun.store(true, Ordering::Release);
    }
}

/// What would keep others waiting.
pub(super) async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Problem::broken)?
}

/// The index of today's analysis and shape; those of others go.
fn index(folder: &Path) -> Result<Index> {
    let name = format!("index-{CHAIN}-{SHAPE}");
    let place = folder.join(&name);
    fs::create_dir_all(folder).map_err(Problem::broken)?;
    for entry in fs::read_dir(folder).map_err(Problem::broken)? {
        let entry = entry.map_err(Problem::broken)?;
        let old = entry.file_name().to_string_lossy().starts_with("index-") && entry.file_name() != *name;
        if old && let Err(error) = fs::remove_dir_all(entry.path()) {
            tracing::warn!(%error, "An old search index stays");
        }
    }
    let opened = Index::open(&place).and_then(|index| index.payload().map(|_| index));
    match opened {
        Err(problem) => {
            tracing::warn!(%problem, "The search index cannot be read; it is built anew");
            fs::remove_dir_all(&place).map_err(Problem::broken)?;
            Index::open(&place)
        }
        index => index,
    }
}
