//! A letter of a hundred and fifty megabytes: taken in whole, with little of it in memory.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use madoguchi_channels::mail::{
    actions,
    letters::{Arrival, LetterState},
};
use madoguchi_platform::{db::Engine, testing::OnEngine};
use madoguchi_tickets::{TicketId, attachments::Encoding};

use crate::desk::{ADDRESS, Desk, nowhere};

/// Bytes of the letter.
const LETTER_BYTES: u64 = 150 * 1024 * 1024;
/// How much memory may be taken for it, in KiB.
const GROWTH_KIB_MAX: u64 = 64 * 1024;

/// Memory of this process that no file stands behind, in KiB.
fn anonymous_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).expect("Linux 4.5");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

/// The most that it takes while it is watched.
struct Watch {
    most: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<()>,
}

impl Watch {
    #[expect(clippy::disallowed_methods, reason = "a measurement from outside, on a thread of its own")]
    fn begin() -> Self {
        let (most, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (seen, end) = (most.clone(), over.clone());
        let thread = std::thread::spawn(move || {
            while !end.load(Ordering::Relaxed) {
                seen.fetch_max(anonymous_kib(), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        Self { most, over, thread }
    }

    fn end(self) -> u64 {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().expect("it ends");
        self.most.load(Ordering::Relaxed)
    }
}

/// A letter with a text, a large file in base64, and one half as large that has to be decoded to be kept.
async fn put(desk: &Desk) -> Arrival {
    let mut incoming = desk.tools.blobs.begin(desk.tenant, u64::MAX);
    let head = format!(
        "From: 太郎 <taro@example.jp>\r\nTo: {ADDRESS}\r\nSubject: 図面\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n図面です。\r\n\
         --b\r\nContent-Type: application/zip; name=drawing.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    );
    incoming.write(head.as_bytes()).await.expect("room");
    let lines = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\r\n".repeat(1_000);
    while incoming.size() < LETTER_BYTES * 2 / 3 {
        incoming.write(lines.as_bytes()).await.expect("room");
    }
    let between = "--b\r\nContent-Type: text/csv; name=points.csv\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
    incoming.write(between.as_bytes()).await.expect("room");
    let lines = "1,2,3,4,5,6,7,8,9,10\r\n".repeat(1_000);
    while incoming.size() < LETTER_BYTES {
        incoming.write(lines.as_bytes()).await.expect("room");
    }
    incoming.write(b"--b--\r\n").await.expect("room");
    let stored = incoming.finish().await.expect("kept");
    let (size_bytes, blob, sha256) = (stored.size, stored.blob, stored.sha256);
    Arrival { uid: Some(1), size_bytes, head_only: false, delivered_at: None, blob, sha256 }
}

#[tokio::test]
async fn a_letter_of_a_hundred_megabytes_takes_little_memory() {
    let desk = Desk::on(Engine::Sqlite).await;
    let mailbox = desk.mailbox(nowhere(ADDRESS), "").await.id;
    // What reading any letter takes is there before.
    desk.letter(mailbox, 2, format!("From: a@x.jp\r\nTo: {ADDRESS}\r\nSubject: x\r\n\r\nx")).await;
    let before = anonymous_kib();
    let watch = Watch::begin();
    let arrival = put(&desk).await;
    let tenant = desk.tenant;
    desk.write(async move |tx| {
        actions::keep_letters(tx, tenant, mailbox, 1, std::slice::from_ref(&arrival), 1).await.map(drop)
    })
    .await
    .expect("kept");
    desk.settle().await;
    let growth = watch.end().saturating_sub(before);
    println!("a letter of {} MiB: anonymous memory grew by at most {growth} KiB", LETTER_BYTES >> 20);
    let line = desk.letters().await.into_iter().find(|line| line.subject.as_deref() == Some("図面")).expect("listed");
    assert_eq!(line.state, LetterState::Read, "{line:?}");
    let (told, files) = desk.messages(TicketId::new(line.ticket.expect("a ticket"))).await.remove(0);
    assert_eq!(told.text.trim(), "図面です。");
    let kept: Vec<_> =
        files.iter().map(|file| (file.name.as_str(), file.encoding, file.size_bytes > 30 << 20)).collect();
    assert_eq!(kept, [("drawing.zip", Encoding::Base64, true), ("points.csv", Encoding::Plain, true)]);
    assert!(growth <= GROWTH_KIB_MAX, "{growth} KiB");
}
