//! Letters as no program writes them: the vectors and the sample collection, damaged at random but each time alike.
//! None breaks the reader, and of all that come in none is lost.
//! A night runs the same loops for longer, and a fuzzer beside them that is led by what its letters reach (`fuzz/`).

use std::path::Path;

use madoguchi_channels::mail::{actions, letter, letters::Arrival, mailbox::MailboxId};
use madoguchi_platform::{
    both_engines,
    db::{Engine, Sql},
    params,
    testing::OnEngine,
};

use crate::desk::{ADDRESS, Desk, nowhere};

static STATES: Sql = Sql::new(
    "mail.test_states",
    "SELECT state, count(*), count(ticket_id), count(DISTINCT message_id) FROM mail_letters WHERE tenant_id = $1 GROUP BY state",
);
static TICKETS: Sql = Sql::new(
    "mail.test_tickets",
    "SELECT (SELECT count(*) FROM tickets WHERE tenant_id = $1),
            (SELECT count(*) FROM tickets_messages WHERE tenant_id = $1 AND direction = 'in')",
);

/// xorshift64*: the same letters wherever and whenever this runs.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).expect("31 bits") % below.max(1)
    }
    fn pick<'a, T: ?Sized>(&mut self, among: &[&'a T]) -> &'a T {
        among[self.roll(among.len())]
    }
}

/// What breaks readers.
const TOKENS: &[&[u8]] = &[
    b"\0",
    b"\r",
    b"\n",
    b"\r\n\r\n",
    b"\x1b$B",
    b"\x1b(B",
    b"\x1b$(D",
    b"=?",
    b"?=",
    b"=?utf-8?B?",
    b"=?iso-2022-jp?Q?=1B$B?=",
    b"--",
    b"Content-Type: multipart/mixed; boundary=\"\"\r\n",
    b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Type: application/ms-tnef; name=winmail.dat\r\n",
    b"\x78\x9f\x3e\x22",
    b"Content-Transfer-Encoding: base64\r\n",
    b"begin 644 x\n",
    b"PK\x05\x06",
    b"\xff\xfe",
    b"\x82\xa0",
    b"\xa4\xa2",
    b"\xf0\x9f\x98\x80",
    b"<a><!--<![CDATA[",
    b"&#0;",
    b"filename*0*=utf-8''%",
];

fn samples() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("../../tests/vectors/mail"), root.join("../../tests/letters")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of letters") {
            let path = entry.expect("a folder's entry").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    let letters = files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "eml"));
    letters.map(|path| std::fs::read(path).expect("a letter")).collect()
}

/// One of the letters, damaged a few times.
fn mutated(samples: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = samples[dice.roll(samples.len())].clone();
    for _ in 0..=dice.roll(6) {
        let at = dice.roll(bytes.len());
        let end = (at + dice.roll(200)).min(bytes.len());
        match dice.roll(8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, TOKENS[dice.roll(TOKENS.len())].iter().copied())),
            3 => {
                let piece = bytes[at..end].repeat(1 + dice.roll(20));
                bytes.splice(at..at, piece);
            }
            4 => {
                let other = &samples[dice.roll(samples.len())];
                let from = dice.roll(other.len());
                bytes.splice(at.., other[from..].iter().copied());
            }
            5 => {
                let charset: &str = dice.pick(&["shift_jis", "utf-16", "iso-2022-jp", "gb2312", "utf-7", "x-none", ""]);
                let text = String::from_utf8_lossy(&bytes).replacen("charset=", &format!("charset={charset};x="), 1);
                bytes = text.into_bytes();
            }
            _ if bytes.is_empty() => {}
            6 => bytes[at] ^= 1 << dice.roll(8),
            _ => bytes[at] = u8::try_from(dice.roll(256)).expect("a byte"),
        }
    }
    bytes
}

/// More of it by night.
fn times(by_day: usize, by_night: usize) -> usize {
    if std::env::var_os("MADOGUCHI_TEST_NIGHT").is_some() { by_night } else { by_day }
}

#[test]
fn no_mutation_breaks_the_reader() {
    let (samples, mut dice) = (samples(), Dice(0x6d61_646f_6775_6368));
    for _ in 0..times(3_000, 1_000_000) {
        let bytes = mutated(&samples, &mut dice);
        let read = letter::read(&bytes);
        let held = read.text.chars().chain(read.subject.chars());
        assert!(!held.into_iter().any(|c| c.is_control() && !matches!(c, '\n' | '\t')));
        for file in &read.attachments {
            assert_eq!(file.content(&bytes).len(), file.size);
        }
    }
}

/// Letters that are kept by one unit.
const TOGETHER: usize = 50;

/// Takes in that many mutated letters, as a mailbox does; then in = new + appended + set aside.
async fn take_in(desk: &Desk, count: usize) {
    let mailbox = desk.mailbox(nowhere(ADDRESS), "").await.id;
    let (samples, mut dice) = (samples(), Dice(0x6d61_646f_6775_6369));
    let mut uid = 0;
    for _ in 0..count / TOGETHER {
        let mut arrivals = Vec::new();
        for _ in 0..TOGETHER {
            uid += 1;
            arrivals.push(arrival(desk, uid, mutated(&samples, &mut dice)).await);
        }
        keep(desk, mailbox, arrivals, uid).await;
        desk.settle().await;
        // Ten minutes later nobody's letters are a burst.
        desk.house.advance(std::time::Duration::from_secs(601));
    }
    for _ in 0..6 {
        desk.settle().await;
        desk.house.advance(std::time::Duration::from_secs(1_800));
    }
    check(desk, i64::from(uid)).await;
}

async fn arrival(desk: &Desk, uid: u32, bytes: Vec<u8>) -> Arrival {
    let stored = desk.tools.blobs.put(desk.tenant, bytes).await.expect("kept");
    let (size_bytes, blob, sha256) = (stored.size, stored.blob, stored.sha256);
    Arrival { uid: Some(uid), size_bytes, head_only: false, delivered_at: None, blob, sha256 }
}

async fn keep(desk: &Desk, mailbox: MailboxId, arrivals: Vec<Arrival>, uid: u32) {
    let tenant = desk.tenant;
    desk.write(async move |tx| actions::keep_letters(tx, tenant, mailbox, 1, &arrivals, uid).await.map(drop))
        .await
        .expect("kept");
}

async fn check(desk: &Desk, came: i64) {
    let tenant = desk.tenant;
    let read = desk.house.read(tenant, async move |tx| {
        let states: Vec<(String, i64, i64, i64)> = tx.all(&STATES, params![tenant]).await?;
        let tickets: (i64, i64) = tx.one(&TICKETS, params![tenant]).await?;
        Ok((states, tickets))
    });
    let (states, (tickets, messages)) = read.await.expect("counted");
    let of = |wanted: &str| states.iter().find(|(state, ..)| state == wanted).map_or(0, |(_, count, ..)| *count);
    let aside = ["duplicate", "bounce", "disposition", "quarantine", "ignored"].map(of).iter().sum::<i64>();
    tell(&format!("{came} came: {states:?}; {tickets} tickets with {messages} messages"));
    assert_eq!((of("kept"), of("failed")), (0, 0), "{states:?}");
    assert_eq!(of("read") + aside, came, "{states:?}");
    let (_, letters, on_tickets, distinct) = states.iter().find(|(state, ..)| state == "read").expect("some are read");
    assert_eq!((letters, letters), (on_tickets, distinct), "every letter that was read is a message of its own");
    // New and appended: each message came by a letter, each ticket began with one.
    assert_eq!(messages, *letters);
    assert!(tickets > 0 && tickets <= messages);
}

both_engines! {
    async fn of_mutated_letters_none_is_lost(engine: Engine) {
        let by_day = match engine {
            Engine::Sqlite => 1_000,
            Engine::Postgres => 200,
        };
        take_in(&Desk::on(engine).await, times(by_day, 10_000)).await;
    }
}

#[expect(clippy::print_stdout, reason = "a figure for whoever looks")]
fn tell(figures: &str) {
    println!("{figures}");
}
