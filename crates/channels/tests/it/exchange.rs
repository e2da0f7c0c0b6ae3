//! Customers and a desk that write to one another through a real Postfix and Dovecot, the customers in mail programs that
//! `programs.py` plays. After each letter everything about it is compared with what it should be.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

use axum::http::StatusCode;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use madoguchi_channels::mail::{
    letters::LetterState,
    road::{Login, Patience, Tls, Way},
    smtp::{self, Envelope, Outcome},
    testing::{Account, Counterparts},
};
use madoguchi_platform::config::MailReception;
use madoguchi_tickets::{TicketId, attachments};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    desk::{ADDRESS, Desk, handed_in},
    doors::Doors,
    listen::{certificate, open_with, settings},
    neighbours::{come, lie},
};

const PROGRAMS: &str = include_str!("programs.py");
/// What carries the desk's letters.
const SENDER: Account<'static> = Account { address: "desk@submission.example", password: "desk" };
const HOUR: Duration = Duration::from_secs(3_600);

/// Somebody on the customer's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    pub name: &'static str,
    pub address: &'static str,
}

pub const TARO: Person = Person { name: "山田 太郎", address: "taro@example.jp" };
pub const HANAKO: Person = Person { name: "佐藤 花子", address: "hanako@example.jp" };
pub const JIRO: Person = Person { name: "高橋 次郎", address: "jiro@example.jp" };
pub const BOSS: Person = Person { name: "", address: "boss@example.jp" };
const EVERYBODY: [Person; 4] = [TARO, HANAKO, JIRO, BOSS];

/// A file: its name, and the form in which Becky! writes that.
pub type File = (&'static str, &'static str);

/// A letter of the customer's side, and the desk's answer to it.
pub struct Step {
    pub who: Person,
    pub cc: &'static [Person],
    /// What it says; its first line stands nowhere else.
    pub new: &'static str,
    pub files: &'static [File],
    /// Which answer of ours it answers, counted from 0; the first letter answers none.
    pub answers: Option<usize>,
    /// Another subject than before.
    pub subject: Option<&'static str>,
    /// What else its program does.
    pub program: Value,
    /// What we answer, and with which files.
    pub answer: &'static str,
    pub answer_files: &'static [&'static str],
    /// Who is to read along from this answer on, where the agent says so.
    pub readers: Option<&'static [Person]>,
    /// Who stands in its copy.
    pub answer_cc: &'static [Person],
}

/// A letter as the other side sees it.
#[derive(Clone)]
struct Seen {
    /// As its program tells it, for whoever answers it.
    told: Value,
    /// The steps whose words stand in it: the customer's and ours.
    has: BTreeSet<String>,
}

impl Seen {
    /// Whose words an answer to it repeats: all of them, or what it is put between.
    fn repeated_by(&self, step: &Step) -> impl Iterator<Item = &String> {
        let is_between = step.program.get("between").is_some();
        let text = self.told["text"].as_str().expect("a text");
        self.has.iter().filter(move |line| !is_between || text.starts_with(line.as_str()))
    }
}

pub struct Exchange {
    desk: Desk,
    doors: Doors,
    servers: Counterparts,
    program: &'static str,
    lang: &'static str,
    charset: &'static str,
    ticket: Option<TicketId>,
    subject: String,
    answers: Vec<Seen>,
    /// Ids of all letters, the oldest first.
    thread: Vec<String>,
    /// How many letters lie in whose mailbox.
    lying: BTreeMap<&'static str, usize>,
    /// First lines of what was written, in order.
    lines: Vec<String>,
}

async fn python(asked: Value) -> Vec<u8> {
    let ran = tokio::task::spawn_blocking(move || {
        let mut program = Command::new("/usr/bin/python3");
        program.args(["-c", PROGRAMS]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = program.spawn().expect("needs python3");
        child.stdin.take().expect("piped").write_all(asked.to_string().as_bytes()).expect("it reads");
        child.wait_with_output().expect("it ends")
    });
    let ran = ran.await.expect("it ran");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    ran.stdout
}

fn party(person: &Person) -> Value {
    json!([person.name, person.address])
}

fn parties(people: &[Person]) -> Value {
    people.iter().map(party).collect()
}

/// Bytes that no text reader leaves alone, different for each name.
fn bytes_of(name: &str) -> Vec<u8> {
    (0..3_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8 ^ Sha256::digest(name)[n as usize % 32])
        .collect()
}

fn sum_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn first_line(text: &str) -> String {
    text.lines().next().expect("it says something").to_owned()
}

/// Whether the desk wrote it.
fn ours(letter: &str) -> bool {
    letter.lines().any(|line| line.starts_with("Message-ID: <out."))
}

/// Addresses of a list of pairs.
fn addresses(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().filter_map(|pair| pair[1].as_str()).collect()
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().filter_map(Value::as_str).collect()
}

impl Exchange {
    /// A desk with one mailbox, and servers for both sides.
    pub async fn begin(desk: Desk, program: &'static str, lang: &'static str, charset: &'static str) -> Self {
        let hands = open_with(&desk, &MailReception { tls: Some(certificate(desk.house.dir())), ..settings() });
        let routes = [("help.example.com".to_owned(), format!("smtp:[127.0.0.1]:{}", hands.smtp.port()))];
        let mut accounts = vec![SENDER];
        accounts.extend(EVERYBODY.map(|person| Account { address: person.address, password: "secret" }));
        let servers = Counterparts::start_handing_on(&accounts, &routes)
            .expect("needs root and the packages dovecot-imapd, dovecot-lmtpd, postfix, openssl");
        let way = servers.smtp(Tls::StartTls);
        let mut mailbox = handed_in(ADDRESS);
        mailbox.extra_ca.clone_from(&way.extra_ca);
        (mailbox.smtp.host, mailbox.smtp.port, mailbox.smtp.tls) = (way.host, way.port, way.tls);
        mailbox.smtp.user = SENDER.address.to_owned();
        desk.mailbox(mailbox, SENDER.password).await;
        let doors = Doors::of(&desk);
        let (answers, thread, lines) = (Vec::new(), Vec::new(), Vec::new());
        let lying = EVERYBODY.map(|person| (person.address, 0)).into();
        let (ticket, subject) = (None, String::new());
        Self { desk, doors, servers, program, lang, charset, ticket, subject, answers, thread, lying, lines }
    }

    /// One letter and its answer.
    pub async fn exchange(&mut self, step: &Step) {
        let written = self.hand_in(step).await;
        self.is_shown(step).await;
        self.answer(step, &written).await;
        self.desk.house.advance(HOUR);
    }

    /// The customer's letter, by their own server.
    async fn hand_in(&mut self, step: &Step) -> Seen {
        let nth = self.answers.len();
        let answered = step.answers.map(|at| self.answers[at].clone());
        let hour = 9 + nth;
        let sent = match self.lang {
            "ja" => format!("2026年4月1日 {hour}:00"),
            _ => format!("Wednesday, April 1, 2026 {hour}:00 AM"),
        };
        let id = match self.program {
            "outlook" => format!("TYCPR01MB{nth}0A1B2C3D4E5F6@TYCPR01MB{nth}.jpnprd01.prod.outlook.com"),
            _ => format!("20260401{hour:02}0000.8C2A.TARO@example.jp"),
        };
        if let Some(subject) = step.subject {
            self.subject = subject.to_owned();
        }
        // Programs answer what the letter says to answer, and keep the mark of it in the subject.
        let to =
            answered.as_ref().map_or(json!([["サポート窓口", ADDRESS]]), |seen| seen.told["reply_to"].clone());
        let subject = match (&answered, step.subject) {
            (Some(seen), None) => seen.told["subject"].as_str().expect("a subject").to_owned(),
            _ => self.subject.clone(),
        };
        let file =
            |(name, form): &File| json!({ "name": name, "form": form, "data": BASE64_STANDARD.encode(bytes_of(name)) });
        let files: Vec<Value> = step.files.iter().map(file).collect();
        let mut letter = json!({
            "do": "write", "program": self.program, "lang": self.lang, "charset": self.charset,
            "from": party(&step.who), "to": to, "cc": parties(step.cc), "subject": subject, "topic": self.subject, "depth": nth,
            "date": format!("Wed, 01 Apr 2026 {hour:02}:00:00 +0900"), "id": id, "new": step.new, "files": files,
            "signature": "--\n株式会社北斗 山田 太郎\nTEL 03-0000-0000",
        });
        let mut has: BTreeSet<String> = BTreeSet::from([first_line(step.new)]);
        if let Some(seen) = &answered {
            has.extend(seen.repeated_by(step).cloned());
            letter["answered"] = seen.told.clone();
            letter["in_reply_to"] = seen.told["id"].clone();
            let mut references = strings(&seen.told["references"]);
            references.extend(seen.told["id"].as_str());
            letter["references"] = json!(references);
            let wrote = format!("On Wed, 01 Apr 2026 {hour}:00:00 +0000\n\"サポート窓口\" <{ADDRESS}> wrote:");
            letter["attribution"] = json!(wrote);
        }
        for (name, value) in step.program.as_object().into_iter().flatten() {
            letter[name] = value.clone();
        }
        let told = json!({
            "from": party(&step.who), "sent": sent, "to": to, "cc": parties(step.cc), "subject": subject, "id": format!("<{id}>"),
            "references": letter.get("references").filter(|list| list.is_array()).cloned().unwrap_or_default(),
        });
        let raw = python(letter).await;
        self.submit(step.who, step.cc, &addresses(&to), &raw).await;
        self.lines.push(first_line(step.new));
        self.thread.push(format!("<{id}>"));
        Seen { told, has }
    }

    async fn submit(&mut self, who: Person, cc: &[Person], to: &[&str], raw: &[u8]) {
        let count = self.desk.letters().await.len();
        let login = Login { user: who.address, secret: "secret", way: Way::Password };
        let patience = Patience { connect_seconds: 10, command_seconds: 10, data_seconds: 30 };
        let recipients: Vec<String> =
            to.iter().copied().chain(cc.iter().map(|person| person.address)).map(str::to_owned).collect();
        let envelope = Envelope { from: Some(who.address), to: &recipients };
        let way = self.servers.smtp(Tls::StartTls);
        let outcome = smtp::submit(&way, Some(&login), "example.jp", envelope, raw, patience).await;
        assert!(matches!(&outcome, Outcome::Accepted { refused, .. } if refused.is_empty()), "{outcome:?}");
        come(&self.desk, count + 1, || self.servers.logs()).await;
        for person in cc {
            let expected = self.lying.entry(person.address).or_default();
            *expected += 1;
            lie(*expected, || self.servers.letters_in(person.address), || self.servers.logs()).await;
        }
    }

    /// What the agent sees of it: on which ticket, what is new, what is history, which files.
    async fn is_shown(&mut self, step: &Step) {
        let line = self.desk.letters().await.remove(0);
        let source = self.desk.source(line.id).await;
        let ticket = TicketId::new(line.ticket.unwrap_or_else(|| panic!("{line:?}\n{source}")));
        assert_eq!((line.state, *self.ticket.get_or_insert(ticket)), (LetterState::Read, ticket), "{source}");
        let timeline = self.doors.all("GET", &format!("/tickets/{ticket}/timeline?order=desc"), None).await;
        let entries = timeline.body["items"].as_array().expect("entries").clone();
        let message = &entries.iter().find(|entry| entry["message"].is_object()).expect("a message")["message"];
        assert_eq!(
            (&message["author"]["email"], &message["verified"], &message["visibility"]),
            (&json!(step.who.address), &json!(true), &json!("public")),
            "{source}"
        );
        assert_eq!(
            message["author"]["name"],
            json!(if step.who.name.is_empty() { step.who.address } else { step.who.name })
        );
        assert_eq!(message["flaws"], json!([]), "{source}");
        // What is shown as new is what they wrote, and nothing that they wrote is folded away.
        let text: Vec<u16> = message["text"].as_str().expect("a text").encode_utf16().collect();
        let ends =
            ["signature_from", "quoted_from"].map(|end| message[end].as_u64().map_or(text.len(), |at| at as usize));
        let begin = message["fresh_from"].as_u64().map_or(0, |at| at as usize);
        let shown = String::from_utf16(&text[begin..ends[0].min(ends[1])]).expect("whole characters");
        let fresh = madoguchi_tickets::quote::fresh(message["text"].as_str().expect("a text"));
        let is_below = self.program == "becky" && step.answers.is_some() && step.program.get("above").is_none();
        if is_below {
            // They answer below or between what they repeat: what is short must be read with it and is not folded.
            assert!(shown.trim().ends_with(step.new), "{shown}");
        } else {
            assert_eq!(shown.trim(), step.new, "{}", message["text"]);
        }
        assert!(fresh.starts_with(step.new), "{fresh}");
        for line in &self.lines[..self.lines.len() - 1] {
            assert!(!fresh.contains(line.as_str()), "{line} is history: {fresh}");
        }
        if let Some(html) = message["html"].as_str() {
            let end = ["<!--signature-->", "<!--quoted-->"]
                .iter()
                .filter_map(|mark| html.find(mark))
                .min()
                .unwrap_or(html.len());
            for (nth, line) in self.lines.iter().enumerate() {
                assert_eq!(html[..end].contains(line.as_str()), nth + 1 == self.lines.len(), "{line}: {html}");
            }
            assert!(!html.contains("<o:p") && !html.contains("MsoNormal {") && !html.contains("font-face"), "{html}");
            assert_eq!(html.matches("<!--quoted-->").count(), usize::from(step.answers.is_some()), "{html}");
        }
        self.has_files(step, message).await;
    }

    async fn has_files(&self, step: &Step, message: &Value) {
        let (_, files) = self.desk.messages(self.ticket.expect("there")).await.pop().expect("a message");
        let listed: Vec<(&str, bool)> = message["attachments"]
            .as_array()
            .expect("files")
            .iter()
            .map(|file| (file["name"].as_str().expect("a name"), file["inline"] == json!(true)))
            .collect();
        let logo = step.program.get("logo").map(|_| ("image001.png", true));
        let expected: Vec<(&str, bool)> =
            logo.into_iter().chain(step.files.iter().map(|(name, _)| (*name, false))).collect();
        assert_eq!(listed, expected);
        for (name, _) in step.files {
            let file = files.iter().find(|file| file.name == *name).expect("it is there");
            let bytes = attachments::read(&self.desk.tools.blobs, self.desk.house.db(), file).await.expect("its bytes");
            assert_eq!(sum_of(&bytes), sum_of(&bytes_of(name)), "{name}");
        }
    }

    /// The desk's answer, and what each of its readers finds.
    async fn answer(&mut self, step: &Step, written: &Seen) {
        let ticket = self.ticket.expect("a ticket");
        let mut files = Vec::new();
        for name in step.answer_files {
            files.push(self.desk.file(name, &bytes_of(name)).await.number());
        }
        let mut input = json!({ "text": step.answer, "attachments": files });
        if let Some(readers) = step.readers {
            input["cc"] = readers.iter().map(|person| json!({ "email": person.address })).collect();
        }
        let answered = self.doors.all("POST", &format!("/tickets/{ticket}/replies"), Some(input)).await;
        assert_eq!(answered.status, StatusCode::CREATED, "{}", answered.text);
        self.desk.settle().await;
        let mut raw = None;
        for person in EVERYBODY {
            let reads = person == TARO || step.answer_cc.contains(&person);
            let expected = self.lying.entry(person.address).or_default();
            *expected += usize::from(reads);
            let letters = lie(*expected, || self.servers.letters_in(person.address), || self.servers.logs()).await;
            assert_eq!(letters.len(), *expected, "{} has a letter too many", person.address);
            // The one that is new among ours.
            let is_new = |letter: &&String| {
                letter.contains("<out.")
                    && !self.answers.iter().any(|seen| {
                        letter.contains(&format!("Message-ID: {}", seen.told["id"].as_str().expect("an id")))
                    })
            };
            raw = letters.iter().find(|letter| is_new(letter) && ours(letter)).cloned().or(raw);
        }
        let raw = raw.expect("somebody read it");
        let asked = json!({ "do": "read", "raw": BASE64_STANDARD.encode(raw.as_bytes()) });
        let read: Value = serde_json::from_slice(&python(asked).await).expect("JSON");
        self.is_read(step, written, &read, &raw).await;
    }

    async fn is_read(&mut self, step: &Step, written: &Seen, read: &Value, raw: &str) {
        let cc: Vec<&str> = step.answer_cc.iter().map(|person| person.address).collect();
        assert_eq!((addresses(&read["to"]), addresses(&read["cc"])), (vec![TARO.address], cc), "{raw}");
        assert_eq!(addresses(&read["from"]), [ADDRESS]);
        let number = self.desk.ticket(self.ticket.expect("there")).await.number;
        assert!(read["subject"].as_str().expect("a subject").ends_with(&format!("[#{number}]")), "{}", read["subject"]);
        assert_eq!(strings(&read["in_reply_to"]), [written.told["id"].as_str().expect("an id")], "{raw}");
        assert_eq!(strings(&read["references"]), self.thread, "{raw}");
        assert!(read["longest"].as_u64().is_some_and(|bytes| bytes <= 998), "{raw}");
        assert_eq!(read["html"], Value::Null, "plain stays plain");
        let files: Vec<(&str, &str)> = read["files"]
            .as_array()
            .expect("files")
            .iter()
            .map(|file| (file["name"].as_str().expect("a name"), file["sha256"].as_str().expect("a sum")))
            .collect();
        let sums: Vec<String> = step.answer_files.iter().map(|name| sum_of(&bytes_of(name))).collect();
        assert_eq!(files, step.answer_files.iter().copied().zip(sums.iter().map(String::as_str)).collect::<Vec<_>>());
        // Of what was said before it repeats the letter that it answers, once.
        let text = read["text"].as_str().expect("a text");
        assert!(text.starts_with(step.answer), "{text}");
        let mut has = written.has.clone();
        has.insert(first_line(step.answer));
        self.lines.push(first_line(step.answer));
        for line in &self.lines {
            assert_eq!(text.matches(line.as_str()).count(), usize::from(has.contains(line)), "{line}: {text}");
        }
        assert_eq!(madoguchi_tickets::quote::fresh(text), step.answer, "{text}");
        if self.charset == "iso-2022-jp" && self.program == "becky" {
            assert_eq!((&read["charset"], &read["ascii"]), (&json!("iso-2022-jp"), &json!(true)), "{raw}");
            assert!(!raw.to_ascii_lowercase().contains("=?utf-8?"), "{raw}");
        }
        self.thread.push(read["id"].as_str().expect("an id").to_owned());
        let mut told = read.clone();
        told["sent"] = json!(read["date"]);
        told["from"] = json!(["サポート窓口", ADDRESS]);
        self.answers.push(Seen { told, has });
    }

    /// The desk that writes.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// The ticket of it all.
    pub fn ticket(&self) -> TicketId {
        self.ticket.expect("a letter came")
    }

    /// Letters that were written, both sides.
    pub fn letters(&self) -> usize {
        self.thread.len()
    }
}
