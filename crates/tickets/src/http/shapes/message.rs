//! One thing said, as it goes out: who said it, its files, and where it is on its way.

use std::collections::HashMap;

use madoguchi_kernel::{Language, Timestamp, Word};
use madoguchi_platform::{http::Pictures, words};
use serde::Serialize;
use utoipa::ToSchema;

use super::FollowsView;
use crate::{
    archive::{Entry, Listing},
    attachments::Attachment,
    envelope::{Field, Recipient},
    markup::{shown_html, shown_lately},
    message::Flaw,
    quote::{self, Fold},
    views::{Delivered, Told},
    words::{AuthorKind, Channel, DeliveryState, Direction, Visibility},
};

/// Who said something.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuthorView {
    /// contact, agent, token or system.
    pub kind: AuthorKind,
    /// Their id.
    pub id: Option<i64>,
    /// Their name.
    pub name: String,
    /// Their address, if they are a contact that has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// A file on a message.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AttachmentView {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its media type, as its sender says.
    pub r#type: String,
    /// Its size, in bytes.
    pub size: i64,
    /// Whether the message shows it in its text.
    pub inline: bool,
    /// Where its bytes are, below the tenant's URL.
    pub url: String,
}

impl From<&Attachment> for AttachmentView {
    fn from(file: &Attachment) -> Self {
        Self {
            id: file.id.number(),
            name: file.name.clone(),
            r#type: file.content_type.clone(),
            size: file.size_bytes,
            inline: file.inline,
            url: address_of(file),
        }
    }
}

/// What is in a ZIP.
#[derive(Serialize, ToSchema)]
pub struct ArchiveView {
    /// Its files and folders, in its order; of a large one the first thousand.
    entries: Vec<EntryView>,
    /// How many there are in all.
    count: u64,
}

/// A file in a ZIP.
#[derive(Serialize, ToSchema)]
struct EntryView {
    /// Its name with its folders, to be read by people; a folder's ends in a stroke.
    name: String,
    /// Its size when it is unpacked, in bytes, as the ZIP says.
    size: u64,
    /// Whether it opens only with a password.
    locked: bool,
}

impl From<Listing> for ArchiveView {
    fn from(listing: Listing) -> Self {
        let entry = |it: Entry| EntryView { name: it.name, size: it.size_bytes, locked: it.locked };
        Self { entries: listing.entries.into_iter().map(entry).collect(), count: listing.count }
    }
}

/// Below the tenant's URL.
fn address_of(file: &Attachment) -> String {
    format!("api/v1/attachments/{}", file.id)
}

/// Where an answer is on its way out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeliveryView {
    /// queued, sending, sent, failed, unknown or withdrawn.
    pub state: &'static str,
    /// Tries so far.
    pub attempts: i64,
    /// Why it is not simply there: a stable word.
    pub code: Option<String>,
    /// The same in the caller's language.
    pub error: Option<String>,
    /// Since when it is there.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// To whom it goes; empty until that is decided.
    pub recipients: Vec<RecipientView>,
}

/// Somebody to whom a letter of ours goes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecipientView {
    /// Where they stand.
    pub field: Field,
    /// Their name; empty when it is not known.
    pub name: String,
    /// Where they read.
    pub address: String,
    /// Where the letter is for them, once it differs from not having left.
    pub state: Option<DeliveryState>,
    /// What a server said about them, in its own words.
    pub detail: Option<String>,
}

impl From<Recipient> for RecipientView {
    fn from(recipient: Recipient) -> Self {
        let Recipient { field, name, address, state, detail } = recipient;
        Self { field, name, address: address.to_string(), state, detail }
    }
}

impl DeliveryView {
    /// As somebody who reads this language sees it.
    pub fn of(delivered: Delivered, language: Language) -> Self {
        let Delivered { state, attempts, code, detail, at, recipients, .. } = delivered;
        let recipients = recipients.map(|recipients| recipients.0).unwrap_or_default();
        let error = code.as_deref().map(|code| words::of_code(language, code, &detail.unwrap_or_default()));
        let recipients = recipients.into_iter().map(RecipientView::from).collect();
        Self { state: state.word(), attempts, code, error, at, recipients }
    }
}

/// One thing said.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MessageView {
    /// Its id.
    pub id: i64,
    /// Who may read it.
    pub visibility: Visibility,
    /// Which way it went.
    pub direction: Direction,
    /// Whether it went to somebody else about the ticket, unseen by the customer.
    pub forward: bool,
    /// Who said it.
    pub author: AuthorView,
    /// How it came or left.
    pub channel: Channel,
    /// Whether nothing speaks against the author being who they say; what vouched for a letter is its verdict.
    pub verified: bool,
    /// Whether a machine wrote it.
    pub automatic: bool,
    /// Whether somebody decided that this stranger's word stays among us.
    pub dismissed: bool,
    /// What was wrong with it.
    pub flaws: Vec<Flaw>,
    /// Its subject.
    pub subject: Option<String>,
    /// The ticket on which it was said, if that one was merged and is read here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<FollowsView>,
    /// Its text.
    pub text: String,
    /// Where in the text the new words begin, in UTF-16 units, where a long letter that they answer stands above them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fresh_from: Option<usize>,
    /// Where in the text the writer's signature begins, in UTF-16 units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature_from: Option<usize>,
    /// Where in the text the letters begin that it only repeats, in UTF-16 units; they run to the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quoted_from: Option<usize>,
    /// Its HTML, made harmless. `<!--fresh-->`, `<!--signature-->` and `<!--quoted-->` stand where these begin.
    pub html: Option<String>,
    /// Its files.
    pub attachments: Vec<AttachmentView>,
    /// Where it is on its way out.
    pub delivery: Option<DeliveryView>,
    /// When it was said.
    #[schema(value_type = String)]
    pub occurred_at: Timestamp,
    /// When we learnt it.
    #[schema(value_type = String)]
    pub recorded_at: Timestamp,
}

impl MessageView {
    /// The message with its files and its way out.
    pub fn of(mut told: Told, files: &[Attachment], delivery: Option<DeliveryView>, outside: &Pictures) -> Self {
        let html = told.html.take();
        let make = |html: &str| shown_html(html, pictures(files), Some(outside));
        let html = html.map(|html| shown_lately(told.id, &html, || make(&html)));
        Self::with_html(told, html, files, delivery)
    }

    /// The same, its HTML already made harmless.
    pub fn with_html(told: Told, html: Option<String>, files: &[Attachment], delivery: Option<DeliveryView>) -> Self {
        let forward = told.is_forward();
        let name = told.contact_name.or(told.own_name).unwrap_or_default();
        let Fold { fresh: fresh_from, signature: signature_from, history: quoted_from } = folded(&told.text, forward);
        Self {
            id: told.id.number(),
            fresh_from,
            signature_from,
            quoted_from,
            visibility: told.visibility,
            direction: told.direction,
            forward,
            author: AuthorView { kind: told.author_kind, id: told.author_id, name, email: told.contact_email },
            channel: told.channel,
            verified: told.verified,
            automatic: told.automatic,
            dismissed: told.dismissed,
            flaws: told.flaws.0,
            subject: told.subject,
            side: told.side_number.map(|number| FollowsView { id: told.ticket.number(), number }),
            html,
            text: told.text,
            attachments: files.iter().map(AttachmentView::from).collect(),
            delivery,
            occurred_at: told.occurred_at,
            recorded_at: told.recorded_at,
        }
    }
}

/// Where a text's parts begin, in the units in which browsers count. What we passed on stands on the ticket already, and
/// is folded as what a letter repeats; a letter that a customer passes on is what they want to say.
fn folded(text: &str, is_forward: bool) -> Fold {
    let passed = quote::passed_on(text);
    if is_forward && passed < text.len() {
        let history = Some(text[..passed].encode_utf16().count());
        return Fold { fresh: None, signature: None, history };
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let fold = quote::fold(&lines);
    let units = |at: usize| lines[..at].iter().map(|line| line.encode_utf16().count()).sum();
    Fold { fresh: fold.fresh.map(units), signature: fold.signature.map(units), history: fold.history.map(units) }
}

/// Where a letter's own pictures are, by the names by which its HTML calls them.
fn pictures(files: &[Attachment]) -> HashMap<String, String> {
    files.iter().filter_map(|file| Some((file.cid.clone()?, address_of(file)))).collect()
}
