//! A desk with a mailbox, on either engine; the clock is turned by hand and nothing runs by itself.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use madoguchi_channels::mail::{
    self, Tools,
    actions::{self, Passwords},
    letter::{self, Letter},
    letters::{Arrival, LetterId, LetterState},
    mailbox::{Account, Activity, AfterCrash, Mailbox, MailboxId, Settings, TAKEN_DAYS},
    outgoing::{Outgoing, OutgoingId},
    rights::{ChangeMailboxes, ReadLetters, RetryLetters},
    road::{Patience, Server, Tls},
    store,
    tools::PASSWORD,
    views::{Filter, Line, Plan, Shown},
    vouch::{Verdict, check::Vouching},
};
use madoguchi_kernel::{Language, TenantId, Timestamp, problem::Result};
use madoguchi_people::{
    AccountId, AgentId,
    staff::{self, actions::NewDesk},
};
use madoguchi_platform::{
    access::{Actor, Walls},
    blob::Blobs,
    clock::SystemClock,
    db::{Engine, Sql},
    egress::Egress,
    house::fact::ActorKind,
    params,
    secrets::Keys,
    testing::{OnEngine, TestHouse},
};
use madoguchi_tickets::{
    MessageId, Ticket, TicketId,
    actions::{NewMessage, Patch},
    attachments::{self, Attachment, AttachmentId, Encoding, NewAttachment},
    message::Words,
    rights as ticket_rights, views,
};
use tempfile::TempDir;

pub const ADDRESS: &str = "support@help.example.com";

static ADD_ACCOUNT: Sql = Sql::new(
    "mail.test_account",
    "INSERT INTO people_accounts (id, email, name, password_hash, password_changed_at, language, theme, density, created_at)
     VALUES ($1, $2, 'a', '', $3, 'ja', 'system', 'normal', $3)",
);

pub struct Desk {
    pub house: Arc<TestHouse>,
    pub tools: Arc<Tools>,
    pub tenant: TenantId,
    pub actor: Arc<Actor>,
    pub files: Arc<TempDir>,
}

impl OnEngine for Desk {
    async fn on(engine: Engine) -> Self {
        Self::with_hold(engine, Duration::ZERO).await
    }
}

impl Desk {
    /// A desk on which what a person wrote waits that long before it leaves.
    pub async fn with_hold(engine: Engine, hold: Duration) -> Self {
        Self::furnished(engine, hold, Vouching::new(None, &[], "mx.help.example.com")).await
    }

    /// One whose letters' senders are checked by this.
    pub async fn with(engine: Engine, vouching: Vouching) -> Self {
        Self::furnished(engine, Duration::ZERO, vouching).await
    }

    async fn furnished(engine: Engine, hold: Duration, vouching: Vouching) -> Self {
        let files = tempfile::tempdir().expect("a folder");
        let keys = Arc::new(Keys::new([7; 32]));
        let tools = Arc::new(Tools {
            blobs: Blobs::open(files.path(), "node", keys.clone()).expect("a store"),
            keys,
            poll_every: Duration::from_secs(60),
            letter_bytes_max: 2 * 1024 * 1024,
            hold,
            patience: Patience { connect_seconds: 10, command_seconds: 10, data_seconds: 20 },
            vouching,
            public_url: "https://desk.example".into(),
            turns: madoguchi_channels::mail::tools::Turns::default(),
            egress: Arc::new(Egress::new(Arc::new(SystemClock), vec![Ipv4Addr::LOCALHOST.into()])),
        });
        let at_work = tools.clone();
        let house = TestHouse::with(engine, move |builder| mail::listen(builder, &at_work)).await;
        let tenant = house.tenant();
        let agent = found(&house, tenant, "desk").await;
        Self { actor: actor(tenant, agent), house: Arc::new(house), tools, tenant, files: Arc::new(files) }
    }
}

/// Opens a desk for the tenant.
pub async fn found(house: &TestHouse, tenant: TenantId, slug: &'static str) -> AgentId {
    house
        .write(tenant, async move |tx| {
            let desk = NewDesk {
                slug: &slug.parse().expect("a slug"),
                name: "窓口",
                language: Language::Ja,
                owner: AccountId::new(tx.new_id()),
                owner_name: "係",
            };
            staff::actions::found(tx, tenant, &desk).await
        })
        .await
        .expect("the desk is founded")
}

/// Somebody who may do everything.
pub fn actor(tenant: TenantId, agent: AgentId) -> Arc<Actor> {
    let people = [madoguchi_people::crm::rights::RIGHTS, staff::rights::RIGHTS].concat();
    let rights = [mail::rights::RIGHTS, madoguchi_tickets::rights::RIGHTS, &people].concat();
    Arc::new(Actor {
        tenant,
        kind: ActorKind::Agent,
        id: Some(agent.number()),
        door: None,
        account: None,
        name: "係".to_owned(),
        language: Language::Ja,
        rights: Arc::new(rights.into_iter().map(str::to_owned).collect()),
        walls: Walls::All,
        teams: Arc::new([]),
        recent: true,
    })
}

fn account(server: Server, user: &str) -> Account {
    Account { host: server.host, port: server.port, tls: server.tls, user: user.to_owned(), secret: None }
}

/// Settings of a mailbox at these servers.
pub fn settings(address: &str, imap: Server, smtp: Server) -> Settings {
    Settings {
        name: "サポート窓口".to_owned(),
        address: address.parse().expect("an address"),
        team: None,
        activity: Activity::On,
        extra_ca: imap.extra_ca.clone(),
        imap: account(imap, address),
        folder: "INBOX".to_owned(),
        smtp: account(smtp, address),
        application: None,
        plus_addressing: true,
        after_crash: AfterCrash::Resend,
        taken_days: TAKEN_DAYS,
        gateways: Vec::new(),
        quarantine_forged: true,
        taken_folder: None,
    }
}

/// Servers that are not there.
pub fn nowhere(address: &str) -> Settings {
    let server = || Server { host: "127.0.0.1".to_owned(), port: 1, tls: Tls::None, extra_ca: None };
    settings(address, server(), server())
}

/// A mailbox whose letters are handed to us and fetched nowhere.
pub fn handed_in(address: &str) -> Settings {
    let mut settings = nowhere(address);
    settings.imap.host.clear();
    settings
}

impl Desk {
    /// Adds a mailbox.
    pub async fn mailbox(&self, settings: Settings, password: &str) -> Mailbox {
        let seal = || Some(self.tools.keys.seal(self.tenant, PASSWORD, password.as_bytes()));
        let passwords = Passwords { imap: seal(), smtp: seal() };
        let may = self.actor.may::<ChangeMailboxes>().expect("the right");
        self.house
            .write(self.tenant, async move |tx| actions::add_mailbox(tx, &may, &settings, &passwords).await)
            .await
            .expect("the mailbox is added")
    }

    /// Changes a mailbox.
    pub async fn change(&self, id: MailboxId, change: impl Fn(&mut Settings) + Send + Sync + 'static) {
        let may = self.actor.may::<ChangeMailboxes>().expect("the right");
        let after = move |before: &Settings| {
            let mut after = before.clone();
            change(&mut after);
            Ok((after, Passwords::default()))
        };
        self.house
            .write(self.tenant, async move |tx| actions::change_mailbox(tx, &may, id, None, &after).await.map(drop))
            .await
            .expect("the mailbox is changed");
    }

    /// Removes a mailbox.
    pub async fn remove(&self, id: MailboxId) {
        let may = self.actor.may::<ChangeMailboxes>().expect("the right");
        self.write(async move |tx| actions::remove_mailbox(tx, &may, id, None).await).await.expect("it is removed");
    }

    /// Gives a mailbox another password.
    pub async fn new_password(&self, id: MailboxId, password: &str) {
        let may = self.actor.may::<ChangeMailboxes>().expect("the right");
        let imap = Some(self.tools.keys.seal(self.tenant, PASSWORD, password.as_bytes()));
        let passwords = Passwords { imap, smtp: None };
        let after = move |before: &Settings| Ok((before.clone(), passwords.clone()));
        self.write(async move |tx| actions::change_mailbox(tx, &may, id, None, &after).await.map(drop))
            .await
            .expect("the password is changed");
    }

    /// A letter as if it had come to this mailbox, read at once; what became of it.
    pub async fn letter(&self, mailbox: MailboxId, uid: u32, raw: impl AsRef<[u8]>) -> Line {
        self.keep(mailbox, uid, raw).await;
        self.settle().await;
        self.letters().await.into_iter().max_by_key(|line| line.id.number()).expect("the letter is listed")
    }

    /// The same, not read yet.
    pub async fn keep(&self, mailbox: MailboxId, uid: u32, raw: impl AsRef<[u8]>) {
        self.keep_of(mailbox, uid, raw, None).await;
    }

    /// The same, as its server got it at that time.
    pub async fn keep_of(&self, mailbox: MailboxId, uid: u32, raw: impl AsRef<[u8]>, at: Option<Timestamp>) {
        let raw = raw.as_ref().to_vec();
        let stored = self.tools.blobs.put(self.tenant, raw).await.expect("the bytes are stored");
        let arrival = Arrival {
            uid: Some(uid),
            size_bytes: stored.size,
            head_only: false,
            delivered_at: at,
            blob: stored.blob,
            sha256: stored.sha256,
        };
        let tenant = self.tenant;
        self.house
            .write(tenant, async move |tx| {
                actions::keep_letters(tx, tenant, mailbox, 1, std::slice::from_ref(&arrival), uid).await
            })
            .await
            .expect("the letter is kept");
    }

    /// The bytes of a letter, which are text.
    pub async fn source(&self, id: LetterId) -> String {
        String::from_utf8(self.bytes(id).await).expect("text")
    }

    /// The bytes of a letter.
    pub async fn bytes(&self, id: LetterId) -> Vec<u8> {
        let may = self.actor.may::<ReadLetters>().expect("the right");
        let origin = self.house.read(self.tenant, async move |tx| mail::views::origin(tx, &may, id).await).await;
        let bytes = self.tools.blobs.read(self.house.db(), &origin.expect("it is listed").blob, u64::MAX).await;
        bytes.expect("it is kept")
    }

    /// How a letter came.
    pub async fn came(&self, id: LetterId) -> Option<store::provenances::Came> {
        let tenant = self.tenant;
        let found = self.house.read(tenant, async move |tx| store::provenances::find(tx, tenant, id).await).await;
        found.expect("it is read")
    }

    /// The letters that stand on a ticket, the newest first.
    pub async fn letter_heads(&self, ticket: TicketId) -> Vec<store::verdicts::OfMessage> {
        let tenant = self.tenant;
        let found = self.house.read(tenant, async move |tx| store::verdicts::of_ticket(tx, tenant, ticket).await);
        found.await.expect("letters are read")
    }

    /// What was found about the senders of a ticket's messages, the newest first.
    pub async fn verdicts(&self, ticket: TicketId) -> Vec<Verdict> {
        self.letter_heads(ticket).await.into_iter().filter_map(|of| of.verdict).collect()
    }

    /// What was found about a letter's sender.
    pub async fn verdict(&self, letter: LetterId) -> Option<Verdict> {
        let tenant = self.tenant;
        let found = self.house.read(tenant, async move |tx| store::verdicts::of_letter(tx, tenant, letter).await).await;
        found.expect("a verdict is read")
    }

    /// What lies where files are that are still being taken in.
    pub fn unfinished_files(&self) -> Vec<String> {
        let folder = self.files.path().join("incoming").join("node");
        let listed = std::fs::read_dir(folder).expect("the store's own folder");
        listed.map(|file| file.expect("listed").file_name().to_string_lossy().into_owned()).collect()
    }

    pub async fn settle(&self) {
        self.house.settle().await.expect("everything that was due");
    }

    /// Every letter, the newest first.
    pub async fn letters(&self) -> Vec<Line> {
        let may = self.actor.may::<ReadLetters>().expect("the right");
        let page = self
            .house
            .read(self.tenant, async move |tx| mail::views::lines(tx, &may, &Filter::default(), None, 100).await);
        page.await.expect("letters are listed").items
    }

    /// What became of the letters, the oldest first.
    pub async fn states(&self) -> Vec<LetterState> {
        self.letters().await.into_iter().rev().map(|line| line.state).collect()
    }

    pub async fn ticket(&self, id: TicketId) -> Ticket {
        let may = self.actor.may::<ticket_rights::Read>().expect("the right");
        self.house.read(self.tenant, async move |tx| views::ticket(tx, &may, id).await).await.expect("the ticket")
    }

    /// The messages of a ticket, the oldest first.
    pub async fn messages(&self, id: TicketId) -> Vec<(views::Told, Vec<Attachment>)> {
        let may = self.actor.may::<ticket_rights::Read>().expect("the right");
        let messages = self.house.read(self.tenant, async move |tx| views::messages(tx, &may, id, 0, 100).await);
        messages.await.expect("the messages")
    }

    /// The texts of a ticket's messages, the oldest first.
    pub async fn texts(&self, id: TicketId) -> Vec<String> {
        self.messages(id).await.into_iter().map(|(told, _)| told.text.trim().to_owned()).collect()
    }

    /// An agent answers.
    pub async fn reply(&self, id: TicketId, text: &str) -> MessageId {
        self.reply_with(id, text, Vec::new()).await
    }

    /// The same, with files.
    pub async fn reply_with(&self, id: TicketId, text: &str, attachments: Vec<AttachmentId>) -> MessageId {
        let may = self.actor.may::<ticket_rights::Reply>().expect("the right");
        let words = Words { text: text.to_owned(), html: None, beginning: None };
        let new = NewMessage { attachments, ..NewMessage::of(words) };
        self.house
            .write(self.tenant, async move |tx| {
                madoguchi_tickets::actions::reply(tx, &may, id, &new).await.map(|(_, message)| message.id)
            })
            .await
            .expect("the answer is kept")
    }

    /// An agent uploads a file for an answer.
    pub async fn file(&self, name: &str, bytes: &[u8]) -> AttachmentId {
        let stored = self.tools.blobs.put(self.tenant, bytes.to_vec()).await.expect("stored");
        let size_bytes = i64::try_from(stored.size).expect("small");
        let may = self.actor.may::<ticket_rights::Note>().expect("the right");
        let file = NewAttachment {
            name: name.to_owned(),
            content_type: "application/octet-stream".to_owned(),
            size_bytes,
            blob: stored.blob,
            blob_from: 0,
            blob_bytes: size_bytes,
            encoding: Encoding::Plain,
            inline: false,
            cid: None,
        };
        self.write(async move |tx| attachments::add(tx, &may, &file).await).await.expect("it is kept")
    }

    /// An agent solves it.
    pub async fn solve(&self, id: TicketId) {
        let may = self.actor.may::<ticket_rights::Read>().expect("the right");
        let patch = Patch { state: Some("solved".to_owned()), ..Patch::default() };
        self.write(async move |tx| madoguchi_tickets::actions::change(tx, &may, id, None, &patch).await.map(drop))
            .await
            .expect("it is solved");
    }

    /// Where an answer is on its way out, as the ticket shows it.
    pub async fn delivery(&self, message: MessageId) -> Option<views::Delivered> {
        let may = self.actor.may::<ticket_rights::Read>().expect("the right");
        let found =
            self.house.read(self.tenant, async move |tx| views::deliveries(tx, &may, &[message.number()]).await).await;
        found.expect("deliveries are read").pop()
    }

    /// The letter that carries an answer.
    pub async fn outgoing(&self, message: MessageId) -> Option<Outgoing> {
        let tenant = self.tenant;
        self.house
            .write(tenant, async move |tx| store::outgoing::of_message(tx, tenant, message).await)
            .await
            .expect("outgoing letters are read")
    }

    /// The same, once the answer was heard.
    pub async fn outgoing_id(&self, message: MessageId) -> OutgoingId {
        self.house.dispatch_due().await.expect("facts are heard");
        self.outgoing(message).await.expect("the answer was put down").id
    }

    /// What a letter is to say.
    pub async fn plan(&self, id: OutgoingId) -> Plan {
        let tenant = self.tenant;
        self.house.read(tenant, async move |tx| mail::views::plan(tx, tenant, id).await).await.expect("a plan")
    }

    /// The letter of an answer, as its readers would get it.
    pub async fn written(&self, message: MessageId) -> Letter {
        let plan = self.plan(self.outgoing_id(message).await).await;
        let (mailbox, keys) = (plan.mailbox.clone().expect("it is there"), self.tools.mail_keys(self.tenant));
        let written = mail::written::write(&plan, &mailbox, (None, &[]), &keys[0], plan.message.occurred_at);
        letter::read(&written.expect("a letter").bytes)
    }

    /// A mailbox as people see it.
    pub async fn shown(&self, id: MailboxId) -> Shown {
        let tenant = self.tenant;
        self.house.read(tenant, async move |tx| mail::views::mailbox(tx, tenant, id).await).await.expect("a mailbox")
    }

    /// Has an answer sent again.
    pub async fn resend(&self, message: MessageId) -> Result<()> {
        let may = self.actor.may::<ticket_rights::Reply>().expect("the right");
        let read = self.actor.may::<ticket_rights::Read>().expect("the right");
        self.write(async move |tx| actions::resend(tx, &may, &read, message).await).await
    }

    /// Has a letter read again.
    pub async fn retry(&self, id: LetterId) {
        let may = self.actor.may::<RetryLetters>().expect("the right");
        self.write(async move |tx| actions::retry_letter(tx, &may, id).await).await.expect("it may be retried");
        self.settle().await;
    }

    /// Somebody works here and signs in with this address; the address.
    pub async fn agent_with_address(&self, address: &'static str) -> String {
        self.agent(address, &[]).await;
        address.to_owned()
    }

    /// The same, in these roles.
    pub async fn agent(&self, address: &'static str, roles: &'static [&'static str]) -> AgentId {
        let tenant = self.tenant;
        self.write(async move |tx| {
            let account = AccountId::new(tx.new_id());
            tx.run(&ADD_ACCOUNT, params![account, address, tx.now()]).await?;
            let known = staff::views::roles(tx, tenant).await?;
            let held: Vec<_> =
                known.iter().filter(|role| roles.contains(&role.key.as_str())).map(|role| role.id).collect();
            staff::actions::admit(tx, tenant, account, "担当 花子", &held).await
        })
        .await
        .expect("the agent is admitted")
    }

    /// Another tenant's desk in the same house.
    pub async fn on_the_same_house(desk: &Self) -> Self {
        let tenant = TenantId::new(desk.house.db().env().new_id());
        let house = desk.house.clone();
        let (tools, files) = (desk.tools.clone(), desk.files.clone());
        Self { house, tools, tenant, actor: actor(tenant, AgentId::new(1)), files }
    }

    /// Dies as in a power cut and comes back.
    pub async fn crash(self) -> Self {
        let Self { house, tools, tenant, actor, files } = self;
        let house = Arc::into_inner(house).expect("one desk in the house");
        Self { house: Arc::new(house.crash().await), tools, tenant, actor, files }
    }

    pub async fn write<T, F>(&self, unit: F) -> Result<T>
    where
        T: Send + 'static,
        F: AsyncFn(&madoguchi_platform::db::Tx<'_>) -> Result<T> + Send + Sync + 'static,
    {
        self.house.write(self.tenant, unit).await
    }
}
