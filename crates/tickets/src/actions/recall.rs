//! We said something before the desk was here, elsewhere: it is put on its ticket, or begins one. Nobody hears of it.

use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_people::{AgentId, ContactId, TeamId, staff};
use madoguchi_platform::{
    access::May,
    db::Tx,
    house::fact::{Json, Origin},
};

use super::{
    Received,
    open::begin,
    say::{keep_message, said},
};
use crate::{
    attachments::AttachmentId,
    facts::{Fields, Opening, Texts, TicketFact},
    message::{Flaw, Message, MessageId, Words},
    rights,
    store::{self, Turn},
    ticket::{TicketId, tidy_subject},
    words::{AuthorKind, Channel, Direction, Priority, Status, TicketType, Visibility},
};

/// What we said.
#[derive(Clone, Debug)]
pub struct Recalled {
    /// The ticket that it belongs to, if that is known.
    pub ticket: Option<TicketId>,
    /// To whom: the requester, where it begins a ticket.
    pub requester: ContactId,
    /// Which of us, if that is known.
    pub agent: Option<AgentId>,
    /// Its subject.
    pub subject: String,
    /// The words.
    pub words: Words,
    /// How it left.
    pub channel: Channel,
    /// A machine of ours wrote it.
    pub automatic: bool,
    /// What was wrong with it.
    pub flaws: Vec<Flaw>,
    /// Files, kept already.
    pub attachments: Vec<AttachmentId>,
    /// Who reads along.
    pub cc: Vec<ContactId>,
    /// The mailbox through which a new ticket is answered.
    pub mailbox: Option<i64>,
    /// The queue for a new ticket.
    pub team: Option<TeamId>,
}

/// Puts it there. Only the past is recalled: whatever carries answers passes it over.
pub async fn recall(tx: &Tx<'_>, may: &May<rights::Receive>, recalled: &Recalled) -> Result<Received> {
    if may.by().origin != Origin::Import {
        return Err(Problem::broken("only what is brought over from elsewhere is recalled"));
    }
    let message = message(tx, may, recalled);
    let Some(id) = recalled.ticket else { return open_with(tx, may, recalled, message).await };
    let mut turn = Turn::of(store::ticket(tx, may, id).await?).told_by(may.by(), tx.now());
    keep_message(tx, may, &mut turn, &message, &recalled.words, &recalled.attachments).await?;
    turn.tell(tx, TicketFact::Answered { said: said(&message, recalled.automatic) }, None);
    if let Some(change) = turn.ticket.taken_up().filter(|_| !recalled.automatic) {
        turn.tell(tx, TicketFact::Changed { changes: vec![change] }, None);
    }
    let ticket = turn.keep(tx, may.tenant(), may.by()).await?;
    Ok(Received { ticket, root: None, message, opened: false })
}

fn message(tx: &Tx<'_>, may: &May<rights::Receive>, recalled: &Recalled) -> Message {
    Message {
        id: MessageId::new(tx.new_id()),
        visibility: Visibility::Public,
        direction: Direction::Out,
        author_kind: AuthorKind::Agent,
        author_id: recalled.agent.map(AgentId::number),
        channel: recalled.channel,
        verified: true,
        automatic: recalled.automatic,
        flaws: Json(recalled.flaws.clone()),
        subject: Some(recalled.subject.clone()),
        occurred_at: may.by().counts_from(tx.now()),
        recorded_at: tx.now(),
        text: recalled.words.text.clone(),
        html: recalled.words.html.clone(),
        envelope: None,
    }
}

async fn open_with(tx: &Tx<'_>, may: &May<rights::Receive>, recalled: &Recalled, message: Message) -> Result<Received> {
    let defaults = staff::views::defaults(tx, may.tenant()).await?;
    let opening = Opening {
        number: 0,
        wall: defaults.wall,
        brand: defaults.brand,
        follows: None,
        split_from: None,
        reply_expected: true,
        ticket_type: TicketType::default(),
        state: Status::Open.word_key().to_owned(),
        status: Status::Open,
        priority: Priority::default(),
        team: recalled.team,
        assignee: None,
        requester: recalled.requester,
        cc: recalled.cc.clone(),
        mailbox: recalled.mailbox,
        channel: recalled.channel,
        tags: Vec::new(),
        fields: Fields::new(),
    };
    let (subject, files) = (tidy_subject(&recalled.subject), &recalled.attachments);
    let (ticket, message) =
        begin(tx, may, opening, Texts::subject(Some(&subject)), message, &recalled.words, files, recalled.automatic)
            .await?;
    Ok(Received { ticket, root: None, message, opened: true })
}
