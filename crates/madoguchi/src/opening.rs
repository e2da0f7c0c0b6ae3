//! Opening the house: the folder's lock, the keys, the database, and everybody's listeners and jobs.

use std::sync::Arc;

use madoguchi_channels::Tools;
use madoguchi_kernel::problem::Result;
use madoguchi_platform::{
    blob::Blobs,
    clock::Clock,
    config::{Config, DatabaseEngine},
    db::{Db, Env},
    house::House,
    lock::DataFolder,
    search::{librarian::Librarian, shelf::Shelf},
    secrets::Keys,
};

use crate::wiring;

/// A house that is open, with a number of its own among the nodes; nothing runs in it yet.
pub struct Opened {
    /// The data folder, ours.
    pub folder: DataFolder,
    /// The keys.
    pub keys: Arc<Keys>,
    /// The files.
    pub blobs: Blobs,
    /// What the roads in and out work with.
    pub tools: Tools,
    /// Where things are found.
    pub shelf: Shelf,
    /// Who keeps it up to date.
    pub librarian: Arc<Librarian>,
    /// The house.
    pub house: House,
}

impl Opened {
    /// Opens it, bringing the schema to the newest version.
    pub async fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<Self> {
        let folder = DataFolder::take(&config.server.data)?;
        let db = database(config, Env::new(clock)).await?;
        db.migrate().await?;
        if config.root_key_is_missing() {
            Keys::refuse_begun(&db, &config.root_key_file()).await?;
        }
        let keys = config.keys()?;
        let blobs = Blobs::open(&config.files(), folder.node(), keys.clone())?;
        let tools = wiring::tools(&keys, &blobs, config);
        let house = wiring::furnished(&tools, config).open(db);
        house.agree_on_time().await?;
        house.enter_or_wait().await?;
        keys.belong_to(&house).await?;
        let shelf = Shelf::at(config.search(), config.dictionary());
        let librarian = Arc::new(wiring::librarian(&house, &shelf));
        Ok(Self { folder, keys, blobs, tools, shelf, librarian, house })
    }
}

/// Opens the database; does not migrate.
pub async fn database(config: &Config, env: Arc<Env>) -> Result<Db> {
    match config.database.engine {
        DatabaseEngine::Sqlite => Db::open_sqlite(&config.sqlite(), env),
        DatabaseEngine::Postgres => Db::open_postgres(&config.postgres(), env).await,
    }
}
