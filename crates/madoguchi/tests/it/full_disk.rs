//! A disk that is full: writes are refused with their reason, reads go on, also after a restart; nothing that was
//! acknowledged is lost, and when there is room again everything goes on by itself.
//!
//! The disk is a small one in memory, in a mount namespace of its own, so what fills it is the kernel's own "no space
//! left". Any user may make one where the system lets users have namespaces, as Debian does, and root anywhere but in a
//! container that forbids it. What SQLite does when its file may not grow is told in `madoguchi-platform`, everywhere.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use crate::server::{Answer, Client, Desk, Rows};

/// A small disk, gone when dropped.
pub struct SmallDisk {
    /// Keeps the namespace.
    keeper: Child,
    path: PathBuf,
}

impl SmallDisk {
    /// A disk of this size; `None` where the system does not let us have one.
    fn of(mib: u32, path: &Path) -> Option<Self> {
        let script = format!("mount -t tmpfs -o size={mib}m,mode=0700 tmpfs \"$0\" && echo mounted && exec cat");
        let mut unshare = Command::new("unshare");
        unshare.args(["-r", "-m", "sh", "-c", &script]).arg(path).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut keeper = unshare.spawn().ok()?;
        let mut said = String::new();
        BufReader::new(keeper.stdout.as_mut().expect("piped")).read_line(&mut said).expect("it speaks");
        let disk = Self { keeper, path: path.to_owned() };
        (said == "mounted\n").then_some(disk)
    }
    pub fn path(&self) -> &Path {
        &self.path
    }
    /// The beginning of a command that runs where the disk is.
    pub fn enter(&self) -> Vec<String> {
        let keeper = self.keeper.id().to_string();
        ["nsenter", "-U", "-m", "--preserve-credentials", "-t", &keeper, "--"].map(str::to_owned).to_vec()
    }
    fn outside(&self, path: &Path) -> PathBuf {
        Path::new("/proc")
            .join(self.keeper.id().to_string())
            .join("root")
            .join(path.strip_prefix("/").expect("absolute"))
    }
    /// Copies a folder onto it.
    pub fn take_in(&self, from: &Path, to: &Path) {
        let copied = Command::new("cp").arg("-a").arg(from).arg(self.outside(to)).status().expect("cp is there");
        assert!(copied.success());
    }
    /// Takes whatever room there is left, to the last byte.
    fn fill(&self) {
        let mut filler = File::options().create(true).append(true).open(self.filler()).expect("a file");
        for block in [1 << 20, 1 << 12, 1] {
            while filler.write(&vec![7; block]).is_ok_and(|written| written > 0) {}
        }
    }
    fn make_room(&self) {
        fs::remove_file(self.filler()).expect("removed");
    }
    fn filler(&self) -> PathBuf {
        self.outside(&self.path.join("filler"))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.keeper.kill());
        drop(self.keeper.wait());
    }
}

fn open(client: &mut Client, n: usize) -> Answer {
    let body = json!({
        "subject": format!("Ticket {n}"),
        "requester": { "email": "taro@example.com" },
        "message": { "text": "あ".repeat(2000) },
    });
    client.send("POST", "/api/v1/tickets", "application/json", body.to_string().as_bytes()).expect("an answer")
}

/// Opens tickets until one is refused: the refusal, and those that were acknowledged are noted.
fn until_refused(client: &mut Client, known: &mut Vec<String>) -> Answer {
    loop {
        let answer = open(client, known.len());
        if answer.status != 201 {
            return answer;
        }
        known.push(format!("Ticket {}", known.len()));
    }
}

/// Opens tickets until one is acknowledged: there is room again, and the server finds that out by itself.
fn until_taken(client: &mut Client, known: &mut Vec<String>) {
    loop {
        let answer = open(client, known.len());
        if answer.status == 201 {
            known.push(format!("Ticket {}", known.len()));
            return;
        }
        assert_eq!(answer.json()["code"], "storage_full");
    }
}

fn tickets(client: &mut Client) -> Vec<String> {
    let (mut subjects, mut after) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("/api/v1/tickets?view=all&sort=created&limit=100{after}"));
        assert_eq!(page.status, 200, "reads go on");
        let page = page.json();
        let items = page["items"].as_array().expect("a list").iter();
        subjects.extend(items.map(|ticket| ticket["subject"].as_str().expect("a subject").to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    subjects.sort();
    subjects
}

fn refused(answer: &Answer) -> Value {
    let problem = answer.json();
    assert_eq!((answer.status, problem["code"].as_str()), (503, Some("storage_full")), "{problem}");
    problem["detail"].clone()
}

#[test]
fn a_full_disk_refuses_writes_with_their_reason_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let mount = folder.path().join("disk");
    fs::create_dir(&mount).expect("a folder");
    let desk = Desk::set_up(&folder.path().join("data"), Rows::File);
    let Some(disk) = SmallDisk::of(48, &mount) else {
        // Said aloud rather than passed over: this story is told only where one may mount.
        let why = "This system does not let us mount a small disk: the story of the full disk is not told.";
        return writeln!(std::io::stderr(), "{why}").expect("told");
    };
    let desk = desk.moved_onto(&disk);
    let server = desk.serve();
    let mut client = server.client();
    let mut known = Vec::new();
    until_taken(&mut client, &mut known);
    disk.fill();
    refused(&until_refused(&mut client, &mut known));
    let sentences = ["ja", "en"].map(|language| {
        client.more = vec![("Accept-Language", language.to_owned())];
        refused(&open(&mut client, known.len()))
    });
    client.more.clear();
    assert_ne!(sentences[0], sentences[1], "each in their own language");
    // Whoever is refused in the middle of a file is hung up on, so the file goes over a connection of its own.
    let file = server.client().send("POST", "/api/v1/attachments?name=a.bin", "text/plain", &[7; 200_000]);
    refused(&file.expect("an answer"));
    let all = |known: &[String]| {
        let mut all = known.to_vec();
        all.sort();
        all
    };
    assert_eq!(tickets(&mut client), all(&known), "all that was acknowledged, and nothing else");
    assert_eq!(client.get("/readyz").status, 200);

    // Killed and started again on the full disk.
    drop(server);
    disk.fill();
    let server = desk.serve();
    let mut client = server.client();
    assert_eq!(tickets(&mut client), all(&known));
    refused(&until_refused(&mut client, &mut known));
    disk.make_room();
    until_taken(&mut client, &mut known);
    assert_eq!(tickets(&mut client), all(&known));

    // Stopped well, which leaves no log to write into, and started again on a disk that was filled meanwhile.
    let (code, _) = server.stop();
    assert_eq!(code, 0);
    disk.fill();
    let server = desk.serve();
    let mut client = server.client();
    assert_eq!(tickets(&mut client), all(&known));
    refused(&until_refused(&mut client, &mut known));
    disk.make_room();
    until_taken(&mut client, &mut known);
    assert_eq!(tickets(&mut client), all(&known));
}
