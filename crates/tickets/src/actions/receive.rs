//! A contact's word arrives. Every channel ends here.

use madoguchi_kernel::{Timestamp, problem::Result};
use madoguchi_people::{ContactId, TeamId, staff};
use madoguchi_platform::{access::May, db::Tx, house::fact::Origin};

use super::{
    open::{begin, theirs},
    say::{keep_message, said},
};
use crate::{
    attachments::AttachmentId,
    facts::{Change, Fields, Opening, Texts, TicketFact},
    message::{Flaw, Message, Words},
    rights,
    store::{self, Turn},
    thanks::thanks_in,
    ticket::{Hearing, Ticket, TicketId, tidy_subject},
    words::{Channel, Priority, Status, TicketType, Visibility},
};

/// What a channel brings.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Whose word it is.
    pub contact: ContactId,
    /// The ticket that it belongs to, if the channel knows.
    pub ticket: Option<TicketId>,
    /// Its subject.
    pub subject: String,
    /// The words.
    pub words: Words,
    /// How it came.
    pub channel: Channel,
    /// Who may read it: a stranger's word in a thread is internal until an agent lets it in.
    pub visibility: Visibility,
    /// Whether nothing speaks against the contact being who they say; what vouched for a letter is its verdict.
    pub verified: bool,
    /// A machine wrote it: it reopens nothing.
    pub automatic: bool,
    /// Whether it was written to us, or we were only in copy.
    pub addressed: Addressed,
    /// What is new in the words, without what they quote, where the road knows.
    pub fresh: Option<String>,
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
    /// When it was said.
    pub occurred_at: Timestamp,
}

/// How a word was addressed to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressed {
    /// To us.
    Directly,
    /// To somebody else, with us in copy: nobody waits for our answer.
    InCopy,
}

impl Incoming {
    /// The word by which it thanks, where it does nothing else.
    fn thanks(&self) -> Option<&'static str> {
        let is_plain = !self.automatic && self.visibility == Visibility::Public && self.attachments.is_empty();
        self.fresh.as_deref().filter(|_| is_plain).and_then(thanks_in)
    }
}

/// Where it went.
pub struct Received {
    /// The ticket on which it stands.
    pub ticket: Ticket,
    /// The ticket where it is read, if its own was merged.
    pub root: Option<Ticket>,
    /// The message.
    pub message: Message,
    /// Whether the ticket was opened by it.
    pub opened: bool,
}

/// Takes the word in: on its ticket, or as the beginning of a new one; as a follow-up when its ticket
/// sleeps for good.
pub async fn receive(tx: &Tx<'_>, may: &May<rights::Receive>, incoming: &Incoming) -> Result<Received> {
    let message = theirs(tx, incoming.contact, &incoming.words, incoming.channel, incoming);
    let Some(id) = incoming.ticket else {
        return open_for(tx, may, incoming, message, None).await;
    };
    let ticket = store::ticket(tx, may, id).await?;
    // What is brought over from elsewhere belongs where it stood, and wakes nobody.
    let is_past = may.by().origin == Origin::Import;
    let root = match ticket.root {
        Some(root) => Some(store::ticket(tx, may, root).await?),
        None => None,
    };
    let read_at = root.as_ref().unwrap_or(&ticket);
    let is_over = matches!(read_at.status, Status::Solved | Status::Closed);
    let thanks = incoming.thanks().filter(|_| is_over && !is_past);
    let wakes_nobody = is_past || incoming.automatic || incoming.addressed == Addressed::InCopy || thanks.is_some();
    if read_at.hear(tx.now()) == Hearing::TooLate && !wakes_nobody {
        let former = root.unwrap_or(ticket);
        return open_for(tx, may, incoming, message, Some(former)).await;
    }
    let mut turn = Turn::of(ticket).told_by(may.by(), tx.now());
    keep_message(tx, may, &mut turn, &message, &incoming.words, &incoming.attachments).await?;
    let said = said(&message, incoming.automatic);
    turn.tell(tx, TicketFact::MessageReceived { said: said.clone() }, None);
    wake(tx, &mut turn, wakes_nobody)?;
    let thanked = thanks.map(|word| TicketFact::Thanked { message: message.id, word: word.to_owned() });
    if let (Some(thanked), None) = (&thanked, &root) {
        turn.tell(tx, thanked.clone(), None);
    }
    let ticket = turn.keep(tx, may.tenant(), may.by()).await?;
    let root = match root {
        Some(root) => {
            let mut turn = Turn::of(root).told_by(may.by(), tx.now());
            turn.begins(incoming.words.snippet());
            turn.tell(tx, TicketFact::SideHeard { side: ticket.id, said }, None);
            wake(tx, &mut turn, wakes_nobody)?;
            if let Some(thanked) = thanked {
                turn.tell(tx, thanked, None);
            }
            Some(turn.keep(tx, may.tenant(), may.by()).await?)
        }
        None => None,
    };
    Ok(Received { ticket, root, message, opened: false })
}

/// What we waited for has come, unless what came wakes nobody.
fn wake(tx: &Tx<'_>, turn: &mut Turn, wakes_nobody: bool) -> Result<()> {
    if wakes_nobody {
        return Ok(());
    }
    let mut changes = Vec::new();
    if turn.ticket.hear(tx.now()) == Hearing::Opens {
        changes.extend(turn.ticket.to_state(Status::Open.into())?);
    }
    if !turn.ticket.reply_expected {
        changes.push(Change::ReplyExpected { before: false, after: true });
    }
    if !changes.is_empty() {
        turn.tell(tx, TicketFact::Changed { changes }, None);
    }
    Ok(())
}

async fn open_for(
    tx: &Tx<'_>,
    may: &May<rights::Receive>,
    incoming: &Incoming,
    message: Message,
    former: Option<Ticket>,
) -> Result<Received> {
    let defaults = staff::views::defaults(tx, may.tenant()).await?;
    let subject = tidy_subject(&incoming.subject);
    let opening = Opening {
        number: 0,
        wall: former.as_ref().map_or(defaults.wall, |former| former.wall),
        brand: former.as_ref().map_or(defaults.brand, |former| former.brand),
        follows: former.as_ref().map(|former| former.id),
        split_from: None,
        reply_expected: incoming.addressed == Addressed::Directly,
        ticket_type: former.as_ref().map_or(TicketType::default(), |former| former.ticket_type),
        state: Status::New.word_key().to_owned(),
        status: Status::New,
        priority: Priority::default(),
        team: former.as_ref().map_or(incoming.team, |former| former.team),
        assignee: None,
        requester: incoming.contact,
        cc: incoming.cc.clone(),
        mailbox: incoming.mailbox,
        channel: incoming.channel,
        tags: Vec::new(),
        fields: Fields::new(),
    };
    let (ticket, message) = begin(
        tx,
        may,
        opening,
        Texts::subject(Some(&subject)),
        message,
        &incoming.words,
        &incoming.attachments,
        incoming.automatic,
    )
    .await?;
    Ok(Received { ticket, root: None, message, opened: true })
}
