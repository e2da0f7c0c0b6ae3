//! Letters through a real Postfix into a real Dovecot and back out, and every way in which that fails.

use std::future::pending;
use std::time::Duration;

use madoguchi_channels::mail::imap::{self, Fetched, Session, Waiting, Woken};
use madoguchi_channels::mail::judge;
use madoguchi_channels::mail::letter::{self, Letter};
use madoguchi_channels::mail::road::{Login, Patience, Server, Tls, TroubleKind, Way};
use madoguchi_channels::mail::smtp::{self, Envelope, Outcome};
use madoguchi_channels::mail::testing::{Account, Counterparts};

const DESK: Account<'static> = Account { address: "support@help.example.com", password: "窓口 の鍵\"" };
const TARO: Account<'static> = Account { address: "taro@example.jp", password: "taro" };
const SIZE_MAX: u32 = 25 * 1024 * 1024;

fn servers() -> Counterparts {
    Counterparts::start(&[DESK, TARO])
        .expect("needs root and the packages dovecot-imapd, dovecot-lmtpd, postfix, openssl")
}

fn login(account: Account<'static>) -> Login<'static> {
    Login { user: account.address, secret: account.password, way: Way::Password }
}

fn patience() -> Patience {
    Patience { connect_seconds: 10, command_seconds: 10, data_seconds: 30 }
}

fn vector(name: &str) -> Vec<u8> {
    let path = format!("{}/../../tests/vectors/mail/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).expect("the vectors are part of the project")
}

async fn send(servers: &Counterparts, account: Account<'static>, to: &str, bytes: &[u8]) -> Outcome {
    let (to, login) = ([to.to_owned()], login(account));
    let envelope = Envelope { from: Some(account.address), to: &to };
    smtp::submit(&servers.smtp(Tls::StartTls), Some(&login), "example.jp", envelope, bytes, patience()).await
}

fn accepted(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Accepted { refused, .. } if refused.is_empty())
}

/// Waits by IDLE until there is a letter above the watermark.
async fn next_letter(mut session: Session, above: u32) -> (Session, Waiting) {
    loop {
        if let Some(letter) = session.waiting(above).await.expect("the folder is open").into_iter().next() {
            return (session, letter);
        }
        let woken;
        (session, woken) = session.wait(Duration::from_secs(30), pending()).await.expect("the line holds");
        assert_eq!(woken, Woken::News);
    }
}

async fn read(session: &mut Session, waiting: Waiting) -> Letter {
    let mut bytes = Vec::new();
    let fetched = session.fetch(waiting, SIZE_MAX, &mut bytes).await.expect("the letter is there");
    assert_eq!(fetched, Fetched::Whole { bytes: bytes.len() as u64 });
    letter::read(&bytes)
}

#[tokio::test]
async fn a_japanese_letter_comes_in_while_we_wait() {
    let servers = servers();
    let mut session = imap::connect(&servers.imap(Tls::Implicit), &login(DESK), patience()).await.expect("it works");
    assert!(session.can_idle());
    let folder = session.open("INBOX").await.expect("it works");
    assert_eq!((folder.letters, session.waiting(0).await.expect("it works").len()), (0, 0));

    let waiting = tokio::time::timeout(Duration::from_secs(30), next_letter(session, 0));
    let raw = vector("m01-iso2022jp.eml");
    let sending = send(&servers, TARO, "support+t.1.abc@help.example.com", &raw);
    let (found, outcome) = tokio::join!(waiting, sending);
    assert!(accepted(&outcome), "{outcome:?}\n{}", servers.logs());
    let (mut session, waiting) = found.expect("it works");
    let letter = read(&mut session, waiting).await;
    assert_eq!((letter.subject.as_str(), letter.text.as_str()), ("修理の依頼", "冷蔵庫が冷えません。"));
    assert_eq!(letter.from.as_ref().expect("it works").name.as_deref(), Some("山田太郎"));
    assert!(letter.delivered_to.iter().any(|to| to == "support+t.1.abc@help.example.com"), "{:?}", letter.delivered_to);

    // `n:*` names the last letter again; it must not be read twice.
    session.mark_seen(&[waiting.uid]).await.expect("it works");
    assert_eq!(session.waiting(waiting.uid).await.expect("it works"), []);
    let gone = Waiting { uid: waiting.uid + 100, size_bytes: 10, delivered_at: None };
    assert_eq!(session.fetch(gone, SIZE_MAX, &mut Vec::new()).await.expect("it works"), Fetched::Gone);
    session.leave().await;
}

#[tokio::test]
async fn large_letters_come_in_pieces_and_too_large_ones_by_their_head() {
    let servers = servers();
    let mut large = vector("m01-iso2022jp.eml");
    while large.len() < 1_700_000 {
        large.extend_from_slice("0123456789012345678901234567890123456789012345678901234567890123\r\n".as_bytes());
    }
    assert!(accepted(&send(&servers, TARO, DESK.address, &large).await));
    let mut session = imap::connect(&servers.imap(Tls::StartTls), &login(DESK), patience()).await.expect("it works");
    session.open("INBOX").await.expect("it works");
    let (mut session, waiting) = next_letter(session, 0).await;
    let mut bytes = Vec::new();
    let fetched = session.fetch(waiting, SIZE_MAX, &mut bytes).await.expect("it works");
    assert_eq!(fetched, Fetched::Whole { bytes: bytes.len() as u64 });
    let at = bytes.windows(20).position(|w| w == &large[..20]).expect("it works");
    let differs = bytes[at..].iter().zip(&large).position(|(a, b)| a != b);
    assert_eq!((bytes.len() - at, differs), (large.len(), None), "the pieces are put together in order");
    let mut head = Vec::new();
    let fetched = session.fetch(waiting, 1_000_000, &mut head).await.expect("it works");
    assert_eq!(fetched, Fetched::HeadOnly { size_bytes: waiting.size_bytes });
    assert_eq!(letter::read(&head).subject, "修理の依頼");
    assert!(head.len() < 4_000);
    session.leave().await;
}

#[tokio::test]
async fn what_goes_wrong_on_the_way_in_is_told_apart() {
    let servers = servers();
    let patience = patience();
    let kind = async |server: &Server, login: &Login<'_>, folder: &str| {
        imap::test(server, login, (folder, None), patience).await.map_err(|trouble| trouble.kind)
    };
    let desk = login(DESK);
    for tls in [Tls::Implicit, Tls::StartTls, Tls::None] {
        assert!(kind(&servers.imap(tls), &desk, "INBOX").await.is_ok(), "{tls:?}");
    }
    let wrong = Login { secret: "wrong", ..desk };
    assert_eq!(kind(&servers.imap(Tls::Implicit), &wrong, "INBOX").await, Err(TroubleKind::Auth));
    assert_eq!(kind(&servers.imap(Tls::Implicit), &desk, "無い 箱").await, Err(TroubleKind::FolderMissing));
    let untrusted = Server { extra_ca: None, ..servers.imap(Tls::Implicit) };
    assert_eq!(kind(&untrusted, &desk, "INBOX").await, Err(TroubleKind::Tls));
    let untrusted = Server { extra_ca: None, ..servers.imap(Tls::StartTls) };
    assert_eq!(kind(&untrusted, &desk, "INBOX").await, Err(TroubleKind::Tls));
    let closed = Server { port: 1, ..servers.imap(Tls::None) };
    assert_eq!(kind(&closed, &desk, "INBOX").await, Err(TroubleKind::Unreachable));
    let nowhere = Server { host: "no-such-host.invalid".to_owned(), ..servers.imap(Tls::None) };
    assert_eq!(kind(&nowhere, &desk, "INBOX").await, Err(TroubleKind::Unreachable));
    let other = Server { port: servers.smtp(Tls::None).port, ..servers.imap(Tls::None) };
    assert_eq!(kind(&other, &desk, "INBOX").await, Err(TroubleKind::Protocol));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("it works");
    let port = listener.local_addr().expect("it works").port();
    let silent = Server { host: "127.0.0.1".to_owned(), port, ..servers.imap(Tls::None) };
    let hasty = Patience { connect_seconds: 1, ..patience };
    let trouble = imap::test(&silent, &desk, ("INBOX", None), hasty).await.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Timeout);
}

#[tokio::test]
async fn a_renumbered_folder_is_noticed() {
    let servers = servers();
    assert!(accepted(&send(&servers, TARO, DESK.address, &vector("m10-no-message-id.eml")).await));
    let mut session = imap::connect(&servers.imap(Tls::None), &login(DESK), patience()).await.expect("it works");
    let before = session.open("INBOX").await.expect("it works");
    let (session, _) = next_letter(session, 0).await;
    session.leave().await;
    let mut after = before;
    // Dovecot takes the second for the new number.
    while after.uid_validity == before.uid_validity {
        servers.renumber(DESK.address).expect("it works");
        after =
            imap::test(&servers.imap(Tls::None), &login(DESK), ("INBOX", None), patience()).await.expect("it works");
    }
    assert_eq!(after.letters, 1);
}

#[tokio::test]
async fn waiting_ends_when_the_caller_wants_or_the_time_is_up() {
    let servers = servers();
    let mut session = imap::connect(&servers.imap(Tls::None), &login(DESK), patience()).await.expect("it works");
    session.open("INBOX").await.expect("it works");
    let (session, woken) = session.wait(Duration::from_secs(1), pending()).await.expect("it works");
    assert_eq!(woken, Woken::Time);
    let (mut session, woken) = session.wait(Duration::from_secs(60), async {}).await.expect("it works");
    assert_eq!(woken, Woken::Cancelled);
    assert_eq!(session.waiting(0).await.expect("it works"), []);
    session.leave().await;
}

#[tokio::test]
async fn what_goes_wrong_on_the_way_out_is_told_apart() {
    let servers = servers();
    let letter = vector("m01-iso2022jp.eml");
    let submit = async |server: Server, login: Option<Login<'static>>, to: &[&str]| {
        let to: Vec<String> = to.iter().map(|to| (*to).to_owned()).collect();
        let envelope = Envelope { from: Some(DESK.address), to: &to };
        smtp::submit(&server, login.as_ref(), "help.example.com", envelope, &letter, patience()).await
    };
    let desk = login(DESK);
    for tls in [Tls::Implicit, Tls::StartTls, Tls::None] {
        assert!(accepted(&submit(servers.smtp(tls), Some(desk), &[TARO.address]).await), "{tls:?}\n{}", servers.logs());
        let abilities =
            smtp::test(&servers.smtp(tls), Some(&desk), "help.example.com", patience()).await.expect("it works");
        assert_eq!((abilities.encrypted, abilities.name.as_str()), (tls != Tls::None, "mx.localhost"));
    }
    let some = submit(servers.smtp(Tls::None), Some(desk), &[TARO.address, "nobody@example.jp"]).await;
    let Outcome::Accepted { refused, .. } = some else { panic!("{some:?}") };
    assert_eq!((refused[0].recipient.as_deref(), refused[0].code), (Some("nobody@example.jp"), Some(550)));
    let none = submit(servers.smtp(Tls::None), Some(desk), &["nobody@example.jp"]).await;
    assert!(
        matches!(&none, Outcome::Permanent(refusal) if refusal.code == Some(550) && refusal.text.contains("5.1.1")),
        "{none:?}"
    );
    let relay = submit(servers.smtp(Tls::None), None, &["a@elsewhere.example"]).await;
    assert!(matches!(&relay, Outcome::Permanent(refusal) if refusal.code == Some(554)), "{relay:?}");
    let odd = submit(servers.smtp(Tls::None), None, &["not an address"]).await;
    assert!(matches!(&odd, Outcome::Permanent(refusal) if refusal.code.is_none()), "{odd:?}");
    let not_sent = |outcome: Outcome| match outcome {
        Outcome::NotSent(trouble) => trouble.kind,
        other => panic!("{other:?}"),
    };
    let wrong = Login { secret: "wrong", ..desk };
    assert_eq!(not_sent(submit(servers.smtp(Tls::StartTls), Some(wrong), &[TARO.address]).await), TroubleKind::Auth);
    let closed = Server { port: 1, ..servers.smtp(Tls::None) };
    assert_eq!(not_sent(submit(closed, Some(desk), &[TARO.address]).await), TroubleKind::Unreachable);
    for tls in [Tls::Implicit, Tls::StartTls] {
        let untrusted = Server { extra_ca: None, ..servers.smtp(tls) };
        assert_eq!(not_sent(submit(untrusted, Some(desk), &[TARO.address]).await), TroubleKind::Tls, "{tls:?}");
    }
}

#[tokio::test]
async fn a_bounce_from_a_real_server_names_our_letter() {
    let servers = servers();
    let raw = b"From: support@help.example.com\r\nTo: a@elsewhere.example\r\nSubject: x\r\nMessage-ID: <out.1.k@help.example.com>\r\n\r\nx\r\n";
    assert!(accepted(&send(&servers, DESK, "a@elsewhere.example", raw).await));
    let mut session = imap::connect(&servers.imap(Tls::None), &login(DESK), patience()).await.expect("it works");
    session.open("INBOX").await.expect("it works");
    let (mut session, waiting) = next_letter(session, 0).await;
    let verdict = judge::judge(&read(&mut session, waiting).await, &judge::Context::default());
    let judge::Kind::Bounce { of, recipients, .. } = verdict.kind else { panic!("{verdict:?}") };
    assert_eq!(of.expect("it works").as_str(), "out.1.k@help.example.com");
    assert_eq!((recipients[0].address.as_str(), recipients[0].status.as_str()), ("a@elsewhere.example", "5.1.1"));
    assert!(recipients[0].permanent());
}
