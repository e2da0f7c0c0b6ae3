//! Blobs: large ones lie in files, small ones beside the rows that name them.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use madoguchi_kernel::{
    Problem, TenantId,
    problem::{Kind, Result},
};
use madoguchi_platform::{
    backup::{self, Damage, Wanted},
    blob::{Blob, BlobName, Blobs, SMALL_BYTES_MAX, Stored},
    both_engines,
    db::{Engine, PostgresSettings, Sql},
    params,
    secrets::Keys,
    testing::{TestHouse, play},
};

const SMALL: usize = SMALL_BYTES_MAX as usize;

fn store(house: &TestHouse) -> Blobs {
    Blobs::open(&house.dir().join("blobs"), "node", Arc::new(Keys::new([1; 32]))).expect("a store")
}

fn files(house: &TestHouse) -> Vec<PathBuf> {
    fn below(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        entries.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
    }
    below(&house.dir().join("blobs"))
}

/// What a unit does with it whose row names it.
async fn keep(house: &TestHouse, tenant: TenantId, blob: &Blob) -> BlobName {
    let blob = blob.clone();
    house.write(tenant, async move |tx| blob.keep(tx).await.cloned()).await.expect("kept")
}

async fn put(house: &TestHouse, blobs: &Blobs, tenant: TenantId, content: &[u8]) -> (Stored, BlobName) {
    let stored = blobs.put(tenant, content.to_vec()).await.expect("taken in");
    let name = keep(house, tenant, &stored.blob).await;
    (stored, name)
}

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|n| (n % 251) as u8).collect()
}

both_engines! {
    async fn what_was_stored_is_read_in_full_and_in_part(house: TestHouse) {
        let blobs = store(&house);
        for size in [0, 1, SMALL - 1, SMALL, SMALL + 1, 1_000_000] {
            let content = bytes(size);
            let mut incoming = blobs.begin(house.tenant(), u64::MAX);
            for chunk in content.chunks(7_777) {
                incoming.write(chunk).await.expect("room");
            }
            let stored = incoming.finish().await.expect("taken in");
            assert_eq!(stored.size, size as u64);
            let name = keep(&house, house.tenant(), &stored.blob).await;
            let db = house.db();
            assert_eq!(blobs.read(db, &name, u64::MAX).await.expect("read"), content);
            assert_eq!(blobs.read(db, &name, size as u64).await.expect("just enough"), content);
            let (from, to) = (size / 2, (size / 2 + 10).min(size));
            assert_eq!(blobs.read_part(db, &name, from as u64, 10).await.expect("read"), &content[from..to]);
            let (mut stream, length) = blobs.get(db, &name).await.expect("open");
            let mut streamed = Vec::new();
            tokio::io::copy(&mut stream, &mut streamed).await.expect("read");
            assert_eq!((streamed, length), (content, size as u64));
            if let Some(less) = (size as u64).checked_sub(1) {
                assert_eq!(blobs.read(db, &name, less).await.expect_err("too large").code, "too_large");
            }
        }
        assert_eq!(files(&house).len(), 2);
    }

    async fn the_same_content_is_kept_once_and_apart_for_each_tenant(house: TestHouse) {
        let (blobs, db, ours, others) = (store(&house), house.db(), house.tenant(), TenantId::new(8));
        for content in ["窓口".to_owned(), "窓口".repeat(SMALL)] {
            let (_, first) = put(&house, &blobs, ours, content.as_bytes()).await;
            let (stored, again) = put(&house, &blobs, ours, content.as_bytes()).await;
            assert_eq!(first, again);
            let (of_others, other) = put(&house, &blobs, others, content.as_bytes()).await;
            assert_eq!(stored.sha256, of_others.sha256);
            assert!(!other.as_str().ends_with(first.as_str().split_once('/').expect("two parts").1));
            blobs.delete(db, &first).await.expect("deleted");
            blobs.delete(db, &first).await.expect("gone already");
            assert!(blobs.read(db, &first, u64::MAX).await.is_err());
            assert_eq!(blobs.read(db, &other, u64::MAX).await.expect("theirs"), content.as_bytes());
        }
        assert_eq!(files(&house).len(), 1);
    }

    async fn a_store_apart_has_names_of_its_own(house: TestHouse) {
        let (blobs, db, tenant) = (store(&house), house.db(), house.tenant());
        let apart = blobs.apart("uploads");
        for content in ["窓口".to_owned(), "窓口".repeat(SMALL)] {
            let (_, shared) = put(&house, &blobs, tenant, content.as_bytes()).await;
            let (_, own) = put(&house, &apart, tenant, content.as_bytes()).await;
            assert_ne!(shared, own);
            let name = own.clone();
            let is_done = house.write(tenant, async move |tx| Blobs::forget_small(tx, &name, async || Ok(true)).await);
            assert_eq!(is_done.await.expect("asked"), own.path().is_none());
            assert_eq!(blobs.read(db, &own, u64::MAX).await.expect("it is named"), content.as_bytes());
            let name = own.clone();
            let forgotten = house.write(tenant, async move |tx| Blobs::forget_small(tx, &name, async || Ok(false)).await);
            assert_eq!(forgotten.await.expect("asked"), own.path().is_none());
            assert!(!apart.forget_file(&own).await.expect("it is new, or no file"));
            assert_eq!(blobs.read(db, &shared, u64::MAX).await.expect("nobody asked"), content.as_bytes());
        }
    }

    async fn a_small_one_is_there_when_its_unit_is(house: TestHouse) {
        let (blobs, tenant) = (store(&house), house.tenant());
        let stored = blobs.put(tenant, "small".to_owned()).await.expect("taken in");
        let blob = stored.blob.clone();
        let failed = house.write(tenant, async move |tx| {
            blob.keep(tx).await?;
            Err::<(), _>(Problem::not_found())
        });
        failed.await.expect_err("the unit fails");
        let (_, name) = put(&house, &blobs, tenant, b"another").await;
        let lost = name.as_str().to_owned();
        let name = keep(&house, tenant, &stored.blob).await;
        assert_ne!(lost, name.as_str());
        let both = [name.clone(), lost.parse().expect("a name")];
        let found = house.read(tenant, async |tx| Blobs::small(tx, &both).await).await.expect("read");
        assert_eq!(found.len(), 2);
        assert_eq!(found[&name], b"small");
    }

    async fn too_much_leaves_nothing_behind(house: TestHouse) {
        let blobs = store(&house);
        let mut incoming = blobs.begin(house.tenant(), 300_000);
        incoming.write(&[0; 200_000]).await.expect("room");
        assert_eq!(files(&house).len(), 1);
        let problem = incoming.write(&[0; 100_001]).await.expect_err("too large");
        assert_eq!((problem.kind, problem.code), (Kind::TooLarge, "too_large"));
        drop(incoming);
        assert_eq!(files(&house), Vec::<PathBuf>::new());
    }

    async fn what_a_crash_left_is_swept_at_the_start(house: TestHouse) {
        let blobs = store(&house);
        let (_, kept) = put(&house, &blobs, house.tenant(), &bytes(SMALL + 1)).await;
        fs::write(house.dir().join("blobs/incoming/node/left"), "half").expect("written");
        let blobs = store(&house);
        assert_eq!(files(&house).len(), 1);
        assert_eq!(blobs.read(house.db(), &kept, u64::MAX).await.expect("read"), bytes(SMALL + 1));
    }

    async fn an_interrupted_stream_leaves_nothing_behind(house: TestHouse) {
        let chunks = vec![Ok(Bytes::from(vec![0; 200_000])), Err(io::Error::other("hung up"))];
        let cut = store(&house).put_stream(house.tenant(), u64::MAX, futures_util::stream::iter(chunks)).await;
        assert_eq!(cut.expect_err("interrupted").kind, Kind::Malformed);
        assert_eq!(files(&house), Vec::<PathBuf>::new());
    }
}

/// A row that names a blob, as a domain would write it.
static NAMING: Sql = Sql::new(
    "platform.test_naming",
    "INSERT INTO tickets_attachments (id, tenant_id, name, type, size_bytes, blob, blob_from, blob_bytes, encoding, inline, actor_id, created_at)
     VALUES (1, $1, 'a', 'text/plain', 5, $2, 0, 5, 'plain', 0, 1, 0)",
);

async fn backed_up(house: &TestHouse, blobs: &Blobs, name: &str) -> Result<Vec<Damage>> {
    let wanted = Wanted {
        to: house.dir().join(name),
        program: "test".to_owned(),
        postgres: PostgresSettings { url: String::new(), connections: 1, ca_file: None },
        root_key: None,
    };
    let to = wanted.to.clone();
    backup::create(house.db(), blobs, wanted).await?;
    Ok(backup::verify(to).await?.1)
}

#[test]
fn a_backup_holds_small_blobs_and_tells_which_are_missing() {
    play(Engine::Sqlite, async |house: TestHouse| {
        let (blobs, tenant) = (store(&house), house.tenant());
        let (_, name) = put(&house, &blobs, tenant, b"small").await;
        let named = name.clone();
        house.write(tenant, async move |tx| tx.run(&NAMING, params![tenant, named]).await).await.expect("named");
        assert_eq!(backed_up(&house, &blobs, "sound").await.expect("made"), []);
        blobs.delete(house.db(), &name).await.expect("the row is lost");
        let refused = backed_up(&house, &blobs, "lost").await.expect_err("a row names what is not there");
        assert_eq!(refused.code, "backup.file_missing");
    });
}
