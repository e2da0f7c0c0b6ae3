//! A desk to look at: a fortnight of work of a small Japanese company with an English corner, done by the same
//! actions as real work is, while a clock is turned through those days.

mod plan;

use std::{
    collections::BTreeMap, fs, io, net::Ipv4Addr, os::unix::fs::OpenOptionsExt, path::Path, sync::Arc, time::Duration,
};

use madoguchi_channels::mail::{
    actions::{Passwords, add_mailbox},
    mailbox::{Account, Activity, AfterCrash, MailboxId, Settings, TAKEN_DAYS},
    rights::ChangeMailboxes,
    road::Tls,
};
use madoguchi_kernel::{EmailAddress, Language, Problem, TenantId, Timestamp, problem::Result};
use madoguchi_people::{
    AgentId, TeamId,
    auth::{
        actions::{self as auth, Acceptance, Founding, NewInvitation, found, invite},
        password,
        rights::ChangeInvitations,
        session::Browser,
        views::agent_actor,
    },
    crm::{self, organization::Domain},
    staff::{
        actions::{NewTeam, add_team},
        rights::ChangeTeams,
        views::agent_by_address,
    },
};
use madoguchi_platform::{
    access::{Actor, SystemActor},
    clock::{Clock, ManualClock, SystemClock},
    config::Config,
    house::House,
    lock::DataFolder,
    secrets::{Secret, random_word},
};
use madoguchi_tickets::{
    TicketId,
    actions::{Addressed, Incoming, NewMessage, Patch, change, note, receive, reply},
    message::Words,
    rights,
    words::{Channel, Priority, TicketType, Visibility},
};
use serde::{Deserialize, Serialize};

use crate::opening::Opened;
use plan::{Step, What, plan};

/// How many tickets there are.
pub const TICKETS: usize = 300;
/// How long ago the first one came.
const DAYS: Duration = Duration::from_secs(14 * 24 * 3600);
const SLUG: &str = "demo";
/// Where customers write to.
const ADDRESS: &str = "support@example.jp";
/// Where it is written down how to sign in: the password is made anew for each folder.
const SIGN_IN: &str = "demo.json";

/// Carries customers' words in.
static POSTMAN: SystemActor =
    SystemActor { name: "demo", rights: &["ticket.receive", "contact.change", "contact.read"] };

/// Those who work here: name, address, role, teams by number.
const AGENTS: &[(&str, &str, &str, &[usize])] = &[
    ("森 咲", "saki@example.jp", "admin", &[0, 1]),
    ("佐藤 陽子", "yoko@example.jp", "agent", &[0]),
    ("高橋 健", "ken@example.jp", "lead", &[1]),
    ("Emily Clark", "emily@example.jp", "agent", &[2]),
];
const TEAMS: &[&str] = &["ハードウェア", "請求・契約", "English desk"];

/// How to sign in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignIn {
    /// The desk's name in URLs.
    pub slug: String,
    /// The administrator's address.
    pub email: String,
    /// The password of everybody in the desk.
    pub password: String,
}

/// A person of the sample data.
#[derive(Debug, Deserialize)]
struct Person {
    name: String,
    organization: String,
    email: EmailAddress,
    language: Language,
}

/// What somebody may write about.
#[derive(Debug, Deserialize)]
struct Matter {
    language: Language,
    team: usize,
    #[serde(rename = "type")]
    ticket_type: TicketType,
    subject: String,
    text: String,
    tags: Vec<String>,
    #[serde(default)]
    priority: Priority,
    note: Option<String>,
    reply: String,
    thanks: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Sample {
    people: Vec<Person>,
    matters: Vec<Matter>,
}

/// Makes the desk in an empty data folder; in one that has it already, only says how to sign in.
pub async fn prepare(config: &Config) -> Result<SignIn> {
    let noted = config.server.data.join(SIGN_IN);
    match fs::read(&noted) {
        Ok(text) => return serde_json::from_slice(&text).map_err(Problem::broken),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(Problem::broken(error)),
    }
    if !DataFolder::is_empty(&config.server.data)? {
        // It may be a real desk's, or one whose sample was not finished.
        return Err(Problem::conflict("demo.not_empty").with("folder", config.server.data.display()));
    }
    let now = SystemClock.now();
    let clock = Arc::new(ManualClock::at(now.before(DAYS + Duration::from_secs(3600))));
    let opened = Opened::open(config, clock.clone()).await?;
    let sign_in = SignIn { slug: SLUG.into(), email: AGENTS[0].1.into(), password: random_word()[..14].to_owned() };
    let sample: Sample = serde_json::from_str(include_str!("../../demo/desk.json")).map_err(Problem::broken)?;
    let made = async {
        let desk = open(&opened, &sign_in).await?;
        enter_organizations(&opened.house, &desk, &sample).await?;
        work(&opened.house, &clock, &desk, &sample, now).await?;
        clock.set(now);
        opened.house.settle().await.map(drop)
    };
    let made = made.await;
    opened.house.close().await;
    made?;
    note_down(&noted, &sign_in)?;
    Ok(sign_in)
}

fn note_down(path: &Path, sign_in: &SignIn) -> Result<()> {
    let text = serde_json::to_vec_pretty(sign_in).map_err(Problem::broken)?;
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut file| io::Write::write_all(&mut file, &text)).map_err(Problem::broken)
}

/// The desk's people, and where their customers write to.
struct Desk {
    tenant: TenantId,
    mailbox: MailboxId,
    agents: Vec<AgentId>,
    teams: Vec<TeamId>,
}

async fn open(opened: &Opened, sign_in: &SignIn) -> Result<Desk> {
    let house = &opened.house;
    let password = Secret::new(sign_in.password.clone());
    let (name, email, ..) = AGENTS[0];
    let founding = Founding {
        tenant_name: "みなとサービス（見本）".to_owned(),
        slug: SLUG.parse()?,
        name: name.to_owned(),
        email: email.parse()?,
        password_hash: password::hash(&password).await?,
        language: Language::Ja,
    };
    let founded = found(house, founding).await?;
    let (tenant, owner) = (founded.tenant, founded.agent);
    let mut agents = vec![owner];
    for (name, email, role, _) in &AGENTS[1..] {
        agents.push(join(opened, (tenant, owner), (name, email, role), &password).await?);
    }
    let mut teams = Vec::new();
    for (number, name) in TEAMS.iter().enumerate() {
        let members: Vec<AgentId> =
            agents.iter().zip(AGENTS).filter(|(_, of)| of.3.contains(&number)).map(|(agent, _)| *agent).collect();
        let new = NewTeam { name: (*name).to_owned(), agents: members };
        let made = house
            .write(tenant, async move |tx| {
                let owner = agent_actor(tx, tenant, owner).await?;
                add_team(tx, &owner.may::<ChangeTeams>()?, &new).await
            })
            .await?;
        teams.push(made.id);
    }
    let mailbox = connect(house, tenant, owner).await?;
    Ok(Desk { tenant, mailbox, agents, teams })
}

/// A mailbox that rests and whose servers are nowhere (RFC 2606), so that nothing of the demonstration ever leaves.
async fn connect(house: &House, tenant: TenantId, owner: AgentId) -> Result<MailboxId> {
    let server =
        |host: &str, port, tls| Account { host: host.to_owned(), port, tls, user: ADDRESS.to_owned(), secret: None };
    let settings = Settings {
        name: "みなとサービス サポート".to_owned(),
        address: ADDRESS.parse()?,
        team: None,
        activity: Activity::Off,
        imap: server("imap.example.invalid", 993, Tls::Implicit),
        folder: "INBOX".to_owned(),
        smtp: server("smtp.example.invalid", 587, Tls::StartTls),
        application: None,
        extra_ca: None,
        plus_addressing: true,
        after_crash: AfterCrash::default(),
        taken_days: TAKEN_DAYS,
        gateways: Vec::new(),
        quarantine_forged: true,
        taken_folder: None,
    };
    house
        .write(tenant, async move |tx| {
            let owner = agent_actor(tx, tenant, owner).await?;
            add_mailbox(tx, &owner.may::<ChangeMailboxes>()?, &settings, &Passwords::default()).await
        })
        .await
        .map(|mailbox| mailbox.id)
}

/// Somebody is invited and accepts, as people do.
async fn join(
    Opened { house, keys, .. }: &Opened,
    (tenant, owner): (TenantId, AgentId),
    (name, email, role): (&str, &str, &str),
    password: &Secret<String>,
) -> Result<AgentId> {
    let email: EmailAddress = email.parse()?;
    let invitation = NewInvitation {
        email: email.clone(),
        name: Some(name.to_owned()),
        roles: vec![role.to_owned()],
        teams: Vec::new(),
    };
    let invited = house
        .write(tenant, async move |tx| {
            let owner = agent_actor(tx, tenant, owner).await?;
            invite(tx, &owner.may::<ChangeInvitations>()?, &invitation).await
        })
        .await?;
    let acceptance = Acceptance {
        token: invited.word,
        slug: Some(SLUG.to_owned()),
        name: name.to_owned(),
        password: password.clone(),
        code: None,
        browser: Browser { ip: Ipv4Addr::LOCALHOST.into(), user_agent: "madoguchi demo".to_owned() },
    };
    auth::accept(house, keys, acceptance).await?;
    let found = house.read(tenant, async move |tx| agent_by_address(tx, tenant, &email).await).await?;
    found.ok_or_else(Problem::not_found)
}

/// The customers' companies, so that whoever writes from one of them is seen to belong to it.
async fn enter_organizations(house: &House, desk: &Desk, sample: &Sample) -> Result<()> {
    let named: BTreeMap<&str, &str> =
        sample.people.iter().map(|person| (person.organization.as_str(), person.email.domain())).collect();
    let mut all = Vec::new();
    for (name, domain) in named {
        all.push((name.to_owned(), Domain::parse(domain)?));
    }
    let (tenant, owner) = (desk.tenant, desk.agents[0]);
    house
        .write(tenant, async move |tx| {
            let may = agent_actor(tx, tenant, owner).await?.may::<crm::rights::KeepOrganizations>()?;
            for (name, domain) in &all {
                crm::actions::add_organization(tx, &may, name, std::slice::from_ref(domain)).await?;
            }
            Ok(())
        })
        .await
}

/// Plays the fortnight, step by step.
async fn work(house: &House, clock: &ManualClock, desk: &Desk, sample: &Sample, now: Timestamp) -> Result<()> {
    let mut tickets: Vec<Option<TicketId>> = vec![None; TICKETS];
    for step in plan(sample, now.before(DAYS), now) {
        clock.set(step.at);
        let opened = play(house, desk, &step, tickets[step.ticket]).await?;
        tickets[step.ticket] = Some(opened);
    }
    Ok(())
}

async fn play(house: &House, desk: &Desk, step: &Step, ticket: Option<TicketId>) -> Result<TicketId> {
    let (tenant, mailbox) = (desk.tenant, desk.mailbox.number());
    match &step.what {
        What::Writes { name, email, subject, text } => {
            let (name, email, subject, text) = (name.clone(), email.clone(), subject.clone(), text.clone());
            house
                .write(tenant, async move |tx| {
                    let keep = POSTMAN.may::<crm::rights::KeepContacts>(tenant);
                    let contact = crm::actions::recognize(tx, &keep, &email, Some(&name)).await?;
                    let incoming = Incoming {
                        contact,
                        ticket,
                        subject: subject.clone(),
                        words: Words { text: text.clone(), html: None, beginning: None },
                        channel: Channel::Mail,
                        visibility: Visibility::Public,
                        verified: true,
                        automatic: false,
                        addressed: Addressed::Directly,
                        fresh: None,
                        flaws: Vec::new(),
                        attachments: Vec::new(),
                        cc: Vec::new(),
                        mailbox: Some(mailbox),
                        team: None,
                        occurred_at: tx.now(),
                    };
                    let may = POSTMAN.may_for_contact::<rights::Receive>(tenant, contact.number()).importing(tx.now());
                    Ok(receive(tx, &may, &incoming).await?.ticket.id)
                })
                .await
        }
        What::Agent { by, does } => {
            let agent = desk.agents[*by];
            let id = ticket.ok_or_else(|| Problem::broken("a ticket is opened before it is worked on"))?;
            let does = does.clone().with(desk);
            house
                .write(tenant, async move |tx| {
                    let actor = agent_actor(tx, tenant, agent).await?;
                    act(tx, &actor, id, &does).await.map(|()| id)
                })
                .await
        }
    }
}

/// What an agent does to a ticket.
#[derive(Debug, Clone)]
enum Does {
    Sorts { team: usize, assignee: Option<usize>, ticket_type: TicketType, priority: Priority, tags: Vec<String> },
    Notes(String),
    Replies { text: String, state: &'static str },
    Sets(&'static str),
}

/// The same, with the ids of this desk.
enum Done {
    Change(Box<Patch>),
    Note(NewMessage),
    Reply(NewMessage),
}

impl Does {
    fn with(self, desk: &Desk) -> Done {
        let says = |text: String, state: Option<&str>| NewMessage {
            state: state.map(str::to_owned),
            ..NewMessage::of(Words { text, html: None, beginning: None })
        };
        match self {
            Self::Notes(text) => Done::Note(says(text, None)),
            Self::Replies { text, state } => Done::Reply(says(text, Some(state))),
            Self::Sets(state) => Done::Change(Box::new(Patch { state: Some(state.to_owned()), ..Patch::default() })),
            Self::Sorts { team, assignee, ticket_type, priority, tags } => Done::Change(Box::new(Patch {
                team: Some(Some(desk.teams[team])),
                assignee: assignee.map(|by| Some(desk.agents[by])),
                ticket_type: Some(ticket_type),
                priority: Some(priority),
                tags: Some(tags),
                ..Patch::default()
            })),
        }
    }
}

/// Done as what is imported is done: it is the past, and none of it leaves the house any more.
async fn act(tx: &madoguchi_platform::db::Tx<'_>, actor: &Arc<Actor>, id: TicketId, does: &Done) -> Result<()> {
    let now = tx.now();
    match does {
        Done::Note(new) => note(tx, &actor.may::<rights::Note>()?.importing(now), id, new).await.map(drop),
        Done::Reply(new) => reply(tx, &actor.may::<rights::Reply>()?.importing(now), id, new).await.map(drop),
        Done::Change(patch) => {
            change(tx, &actor.may::<rights::Read>()?.importing(now), id, None, patch).await.map(drop)
        }
    }
}
