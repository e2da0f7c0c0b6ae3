//! A ticket's letters as files that other programs read: one mbox file, or a ZIP of `.eml` files.
//!
//! A letter that came is handed out byte for byte. Of a letter of ours the bytes are not kept: it is written again, by
//! what wrote it, with the id, the date and the readers that it had, and says so (`X-Madoguchi-Export: rewritten`);
//! signatures that were made on its way out are not on it. What was never a letter, such as a call, becomes one
//! (`X-Madoguchi-Export: made`). Letters are written one at a time, so a large ticket takes no memory.

mod archive;

use std::{collections::HashSet, sync::Arc};

use futures_util::{Stream, StreamExt, stream};
use jiff::tz::TimeZone;
use madoguchi_kernel::{EmailAddress, Problem, TenantId, Timestamp, Word, problem::Result};
use madoguchi_platform::{access::May, blob::BlobName, db::Tx, house::House};
use madoguchi_tickets::{
    Ticket, TicketId,
    attachments::{self, Attachment},
    message::MessageId as ToldId,
    rights,
    views::{self, Told},
    words::{DeliveryState, Direction, Visibility},
};

pub use archive::Format;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::{
    compose::{self, Author, Draft, File, Party, charset::Charset},
    jobs::rewritten,
    letter::MessageId,
    outgoing::OutgoingId,
    store::{letters, mailboxes, outgoing},
    tools::Tools,
    views::plan,
};

/// Messages of one ticket that are handed out.
pub const MESSAGES_MAX: usize = 5_000;
/// The mark of what was not kept as a letter.
const MARK: &str = "X-Madoguchi-Export";

/// Whether what never left the house is handed out too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notes {
    /// Only what customers said and were told.
    LeftOut,
    /// Notes too.
    Included,
}

/// What is handed out of a ticket.
pub struct Letters {
    /// The ticket.
    pub ticket: Ticket,
    from: From,
    pieces: Vec<Piece>,
}

/// Where all of them are from.
struct From {
    tenant: TenantId,
    subject: String,
    own_address: EmailAddress,
}

impl Letters {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.pieces.len()
    }
}

/// One of its messages.
struct Piece {
    told: Told,
    files: Vec<Attachment>,
    source: Source,
}

/// Where its bytes come from.
enum Source {
    /// They were kept.
    Kept(BlobName),
    /// It left as a letter of ours.
    Sent(OutgoingId),
    /// It was never a letter.
    Nowhere,
}

/// Finds what there is.
pub async fn letters(tx: &Tx<'_>, may: &May<rights::Read>, id: TicketId, notes: Notes) -> Result<Letters> {
    let tenant = may.tenant();
    let ticket = views::ticket(tx, may, id).await?;
    let own_address = match ticket.mailbox {
        Some(mailbox) => mailboxes::find(tx, tenant, madoguchi_kernel::Id::new(mailbox)).await?,
        None => None,
    };
    let own_address = own_address.map(|mailbox| mailbox.settings.address).unwrap_or_else(nobody);
    let mut told = views::messages(tx, may, id, 0, MESSAGES_MAX).await?;
    told.retain(|(told, _)| told.visibility == Visibility::Public || notes == Notes::Included);
    let ids: Vec<i64> = told.iter().map(|(told, _)| told.id.number()).collect();
    // What was taken back before it left was said to nobody.
    let deliveries = views::deliveries(tx, may, &ids).await?.into_iter();
    let taken_back = deliveries.filter(|delivered| delivered.state == DeliveryState::Withdrawn);
    let taken_back: HashSet<ToldId> = taken_back.map(|delivered| delivered.message).collect();
    told.retain(|(told, _)| !taken_back.contains(&told.id));
    let together: Vec<i64> = views::together(tx, may, id).await?.iter().map(|id| id.number()).collect();
    let mut kept = letters::of_tickets(tx, tenant, &together).await?;
    let mut left = outgoing::left(tx, tenant, &ids).await?;
    let pieces = told.into_iter().map(|(told, files)| {
        let source = match (kept.remove(&told.id), left.remove(&told.id)) {
            (Some(blob), _) => Source::Kept(blob),
            (None, Some(sent)) => Source::Sent(sent),
            (None, None) => Source::Nowhere,
        };
        Piece { told, files, source }
    });
    let pieces = pieces.collect();
    let from = From { tenant, subject: ticket.subject.clone(), own_address };
    Ok(Letters { ticket, from, pieces })
}

/// The file, piece by piece.
pub fn written(
    house: House,
    tools: Arc<Tools>,
    letters: Letters,
    format: Format,
) -> impl Stream<Item = Result<Vec<u8>>> {
    let mut archive = archive::Archive::of(format);
    let (from, pieces) = (Arc::new(letters.from), letters.pieces);
    let count = pieces.len();
    let pieces = stream::iter(pieces.into_iter().map(Some).chain([None]).enumerate());
    pieces
        .then(move |(number, piece)| {
            let (house, tools, from) = (house.clone(), tools.clone(), from.clone());
            async move {
                match piece {
                    Some(piece) => {
                        let bytes = bytes_of(&house, &tools, &from, &piece).await?;
                        Ok(Some((name_of(number + 1, count, &piece), piece.told.occurred_at, bytes)))
                    }
                    None => Ok(None),
                }
            }
        })
        .map(move |piece: Result<Option<(String, Timestamp, Vec<u8>)>>| match piece? {
            Some((name, at, bytes)) => archive.entry(&name, at, bytes),
            None => Ok(archive.end()),
        })
}

/// Writes the file.
pub async fn write_to(
    out: &mut (impl AsyncWrite + Unpin),
    (house, tools): (House, Arc<Tools>),
    letters: Letters,
    format: Format,
) -> Result<()> {
    let mut pieces = std::pin::pin!(written(house, tools, letters, format));
    while let Some(piece) = pieces.next().await {
        out.write_all(&piece?).await.map_err(|error| unwritable(&error))?;
    }
    out.flush().await.map_err(|error| unwritable(&error))
}

/// The file cannot be written there.
pub fn unwritable(error: &std::io::Error) -> Problem {
    Problem::conflict("export.unwritable").with("reason", error)
}

/// Its name among the others: in order, and saying which way it went.
fn name_of(number: usize, count: usize, piece: &Piece) -> String {
    let width = count.to_string().len().max(2);
    let way = match (piece.told.visibility, piece.told.direction) {
        (Visibility::Internal, _) => "note",
        (Visibility::Public, Direction::In) => "in",
        (Visibility::Public, Direction::Out) => "out",
    };
    format!("{number:0width$}-{way}.eml")
}

async fn bytes_of(house: &House, tools: &Tools, from: &From, piece: &Piece) -> Result<Vec<u8>> {
    match &piece.source {
        Source::Kept(blob) => tools.blobs.read(house.db(), blob, u64::MAX).await,
        Source::Sent(id) => {
            let (tenant, id) = (from.tenant, *id);
            let plan = house.read(tenant, async move |tx| plan(tx, tenant, id).await).await?;
            match plan.mailbox.clone() {
                Some(mailbox) => Ok(marked("rewritten", rewritten(tools, house, &plan, &mailbox).await?.bytes)),
                None => made(house, tools, from, piece).await,
            }
        }
        Source::Nowhere => made(house, tools, from, piece).await,
    }
}

/// A letter of what was never one: a call, a word over the API, a note, an answer that did not leave.
async fn made(house: &House, tools: &Tools, from: &From, piece: &Piece) -> Result<Vec<u8>> {
    let told = &piece.told;
    let mut files = Vec::with_capacity(piece.files.len());
    for file in &piece.files {
        files.push(attachments::read(&tools.blobs, house.db(), file).await?);
    }
    let attached: Vec<File<'_>> = piece
        .files
        .iter()
        .zip(&files)
        .map(|(file, bytes)| File { name: &file.name, content_type: &file.content_type, bytes, cid: None })
        .collect();
    let nobody = nobody();
    let theirs = told.contact_email.as_deref().and_then(|address| address.parse().ok());
    let theirs: &EmailAddress = theirs.as_ref().unwrap_or(&nobody);
    let name = told.contact_name.as_deref().or(told.own_name.as_deref());
    let (author, reader) = match told.direction {
        Direction::In => (theirs, &from.own_address),
        Direction::Out => (&from.own_address, &nobody),
    };
    let message_id = MessageId::new(&format!("message.{}@madoguchi.invalid", told.id))
        .ok_or_else(|| Problem::broken("a number makes a sound id"))?;
    let bytes = compose::compose(&Draft {
        from: Party { name, address: author },
        reply_to: None,
        to: &[Party { name: None, address: reader }],
        cc: &[],
        subject: told.subject.as_deref().unwrap_or(&from.subject),
        message_id: &message_id,
        in_reply_to: None,
        references: &[],
        date: told.occurred_at,
        zone: &TimeZone::UTC,
        resent: 0,
        text: &told.text,
        html: None,
        files: &attached,
        author: Author::Agent,
        charset: Charset::Utf8,
    });
    let channel = told.channel.word();
    let what = if told.visibility == Visibility::Internal { "note" } else { channel };
    Ok(marked(&format!("made; {what}"), bytes))
}

/// With the mark in front.
fn marked(how: &str, letter: Vec<u8>) -> Vec<u8> {
    let mut bytes = format!("{MARK}: {how}\r\n").into_bytes();
    bytes.extend_from_slice(&letter);
    bytes
}

fn nobody() -> EmailAddress {
    "unknown@sender.invalid".parse().expect("a sound address")
}
