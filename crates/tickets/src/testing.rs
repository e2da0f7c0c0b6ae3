//! A desk for stories: a tenant with a team, an agent and a contact.

use std::{collections::BTreeSet, ops::Deref, sync::Arc};

use madoguchi_kernel::{Language, TenantId, problem::Result};
use madoguchi_people::{
    AgentId, ContactId,
    auth::actions::{Founding, found_tenant},
    crm::{self, contact::Introduction},
};
use madoguchi_platform::{
    access::{Actor, May, Right, SystemActor, Walls},
    db::{Engine, Tx},
    house::fact::ActorKind,
    testing::{OnEngine, TestHouse},
};

use crate::{
    actions::{self, Addressed, Incoming, NewMessage, NewTicket, Requester},
    fields::{
        Holds, Label, Shape,
        actions::{NewField, add_field},
    },
    message::Words,
    rights,
    ticket::{Ticket, TicketId},
    words::{Channel, Direction, Priority, TicketType, Visibility},
};

/// The channel of stories.
pub static ROAD: SystemActor =
    SystemActor { name: "road", rights: &["ticket.receive", "ticket.deliver", "contact.change"] };

/// A desk.
pub struct Desk {
    house: TestHouse,
    tenant: TenantId,
    agent: Arc<Actor>,
}

impl Deref for Desk {
    type Target = TestHouse;
    fn deref(&self) -> &TestHouse {
        &self.house
    }
}

impl OnEngine for Desk {
    async fn on(engine: Engine) -> Self {
        Self::in_house(TestHouse::open(engine).await).await
    }
}

impl Desk {
    /// A desk in a house that was furnished by hand.
    pub async fn in_house(house: TestHouse) -> Self {
        let tenant = house.tenant();
        let founding = Founding {
            tenant_name: "窓口".to_owned(),
            slug: format!("desk-{tenant}").parse().expect("a sound slug"),
            name: "Ann".to_owned(),
            email: format!("ann@desk-{tenant}.example").parse().expect("a sound address"),
            password_hash: String::new(),
            language: Language::Ja,
        };
        let founded = house.write(tenant, async move |tx| found_tenant(tx, &founding).await).await.expect("a desk");
        let agent = Arc::new(person(tenant, founded.agent, rights::RIGHTS));
        Self { house, tenant, agent }
    }

    /// The tenant.
    pub fn tenant_id(&self) -> TenantId {
        self.tenant
    }
    /// The agent, who may do everything with tickets and contacts.
    pub fn agent(&self) -> &Arc<Actor> {
        &self.agent
    }
    /// The proof that the agent may.
    pub fn may<R: Right>(&self) -> May<R> {
        self.agent.may().expect("the desk's agent may")
    }
    /// Somebody of this tenant with just these rights.
    pub fn somebody(&self, rights: &[&str]) -> Arc<Actor> {
        Arc::new(person(self.tenant, AgentId::new(self.house.db().env().new_id()), rights))
    }

    /// A ticket that a customer opened.
    pub async fn ticket(&self, email: &str, subject: &str) -> Ticket {
        let (may, contacts) = (self.may::<rights::Open>(), self.may::<crm::rights::KeepContacts>());
        let new = new_ticket(email, subject);
        self.house
            .write(self.tenant, async move |tx| Ok(actions::open(tx, &may, &contacts, &new).await?.0))
            .await
            .expect("a ticket")
    }

    /// A field of the desk's own of this kind and shape, with its key for a name.
    pub async fn field(&self, key: &str, holds: Holds, shape: Shape) {
        let label = Label { ja: key.to_owned(), en: String::new() };
        let (may, new) = (self.may(), NewField { key: Some(key.to_owned()), holds, shape: Shape { label, ..shape } });
        self.house.write(self.tenant, async move |tx| add_field(tx, &may, &new).await).await.expect("a field");
    }

    /// A customer's word on a ticket, or on none.
    pub async fn hear(&self, ticket: Option<TicketId>, email: &str, text: &str) -> Result<actions::Received> {
        let (email, text) = (email.to_owned(), text.to_owned());
        let tenant = self.tenant;
        self.house
            .write(tenant, async move |tx| {
                let contact = crm::actions::recognize(tx, &ROAD.may(tenant), &email.parse()?, None).await?;
                let incoming = incoming(tx, contact, ticket, &text);
                actions::receive(tx, &ROAD.may_for_contact(tenant, contact.number()), &incoming).await
            })
            .await
    }

    /// The agent's answer.
    pub async fn reply(&self, ticket: TicketId, text: &str) -> Result<Ticket> {
        let (may, new) = (self.may::<rights::Reply>(), words(text));
        self.house.write(self.tenant, async move |tx| Ok(actions::reply(tx, &may, ticket, &new).await?.0)).await
    }

    /// A change by the agent.
    pub async fn change(&self, ticket: TicketId, seen: Option<i64>, patch: actions::Patch) -> Result<Ticket> {
        let may = self.may::<rights::Read>();
        self.house.write(self.tenant, async move |tx| actions::change(tx, &may, ticket, seen, &patch).await).await
    }

    /// The ticket as it is stored.
    pub async fn stored(&self, ticket: TicketId) -> Ticket {
        let may = self.may::<rights::Read>();
        self.house
            .read(self.tenant, async move |tx| crate::views::ticket(tx, &may, ticket).await)
            .await
            .expect("the ticket")
    }
}

fn person(tenant: TenantId, id: AgentId, rights: &[&str]) -> Actor {
    let extra = ["contact.read", "contact.change"];
    Actor {
        tenant,
        kind: ActorKind::Agent,
        id: Some(id.number()),
        door: None,
        account: None,
        name: "Ann".to_owned(),
        language: Language::Ja,
        rights: Arc::new(rights.iter().copied().chain(extra).map(str::to_owned).collect::<BTreeSet<_>>()),
        walls: Walls::All,
        teams: Arc::new([]),
        recent: true,
    }
}

/// A message of these words.
pub fn words(text: &str) -> NewMessage {
    NewMessage::of(Words { text: text.to_owned(), html: None, beginning: None })
}

/// A ticket that a customer of this address opens.
pub fn new_ticket(email: &str, subject: &str) -> NewTicket {
    NewTicket {
        subject: subject.to_owned(),
        requester: Requester::Introduced(
            Introduction::of(Some("佐藤 花子"), Some(email.parse().expect("a sound address")), None).expect("somebody"),
        ),
        words: Words { text: "こんにちは".to_owned(), html: None, beginning: None },
        direction: Direction::In,
        visibility: Visibility::Public,
        channel: None,
        attachments: Vec::new(),
        ticket_type: TicketType::Question,
        priority: Priority::Normal,
        team: None,
        assignee: None,
        cc: Vec::new(),
        mailbox: None,
        wall: None,
        tags: Vec::new(),
        fields: crate::facts::Fields::new(),
    }
}

fn incoming(tx: &Tx<'_>, contact: ContactId, ticket: Option<TicketId>, text: &str) -> Incoming {
    Incoming {
        contact,
        ticket,
        subject: "お問い合わせ".to_owned(),
        words: Words { text: text.to_owned(), html: None, beginning: None },
        channel: Channel::Mail,
        visibility: Visibility::Public,
        verified: true,
        automatic: false,
        addressed: Addressed::Directly,
        fresh: Some(text.to_owned()),
        flaws: Vec::new(),
        attachments: Vec::new(),
        cc: Vec::new(),
        mailbox: None,
        team: None,
        occurred_at: tx.now(),
    }
}
