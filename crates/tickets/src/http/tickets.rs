//! The doors of tickets.

use std::collections::HashMap;

use madoguchi_kernel::{Cursor, Problem, Word, problem::Result};
use madoguchi_people::{ContactId, crm, ids::Contact};
use madoguchi_platform::{
    access::{Actor, May},
    db::Tx,
    http::{Answer, Answered, Ctx, IdPath, Input, Limit, Listed, PageQuery, Pictures, Queried, place},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    input::{Copied, LINES_PER_PAGE, MessageInput, TicketInput, TicketPatch, TicketsQuery, condition_of, recognized},
    search,
    shapes::{
        CcView, CountsView, DeliveryView, FollowsView, MessageView, RequesterView, SideView, TicketLine, TicketView,
        TimelineEntry, can,
    },
};
use crate::{
    actions::{self, NewMessage, Patch},
    attachments::Attachment,
    fields,
    markup::{aside, shown_html},
    rights,
    ticket::{Ticket, TicketId, TicketKind},
    views::{self, Filter, Reading, Told, View},
};

/// Entries of one page of a timeline when nobody says.
const ENTRIES_PER_PAGE: usize = 100;
/// Messages that come with a ticket when they are asked for.
const MESSAGES_INCLUDED_MAX: usize = 200;

/// Open a ticket.
#[utoipa::path(post, path = "/api/v1/tickets", tag = "tickets", operation_id = "open_ticket", request_body = TicketInput,
    responses((status = 201, body = TicketView)))]
pub async fn open_ticket(
    ctx: Ctx,
    may: May<rights::Open>,
    contacts: May<crm::rights::KeepContacts>,
    Input(input): Input<TicketInput>,
) -> Answered {
    let bytes = input.message.html.as_ref().map_or(0, String::len);
    let (new, cc) = aside(bytes, || input.checked()).await??;
    let answer = ctx.post(async move |tx| {
        let mut new = new.clone();
        new.cc = recognized(tx, &contacts, &cc).await?;
        let (ticket, _) = actions::open(tx, &may, &contacts, &new).await?;
        let view = view(tx, may.actor(), ticket).await?;
        Ok(Answer::created(&view)?.at(view.line.revision))
    });
    Ok(answer.await?)
}

/// What comes with a ticket.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ShowQuery {
    /// `messages`
    include: Option<String>,
}

/// Show a ticket.
#[utoipa::path(get, path = "/api/v1/tickets/{id}", tag = "tickets", operation_id = "show_ticket",
    params(("id" = i64, Path), ShowQuery), responses((status = 200, body = TicketView)))]
pub async fn show_ticket(
    ctx: Ctx,
    may: May<rights::Read>,
    IdPath(id): IdPath<TicketKind>,
    Queried(query): Queried<ShowQuery>,
) -> Answered {
    let included: Vec<&str> = query.include.iter().flat_map(|include| include.split(',')).collect();
    if included.iter().any(|part| *part != "messages") {
        return Err(Problem::field("include", "unknown").into());
    }
    let with_messages = !included.is_empty();
    let outside = ctx.app.pictures(may.tenant());
    let read = ctx.read(async move |tx| {
        let ticket = views::ticket(tx, &may, id).await?;
        let said = if with_messages { Some(said_on(tx, &may, id).await?) } else { None };
        Ok((view(tx, may.actor(), ticket).await?, said))
    });
    let (mut view, said) = read.await?;
    if let Some((messages, deliveries)) = said {
        view.messages = Some(message_views(messages, deliveries, outside).await?);
    }
    Ok(Answer::shown(&view)?.at(view.line.revision))
}

/// List tickets.
#[utoipa::path(get, path = "/api/v1/tickets", tag = "tickets", operation_id = "list_tickets", params(TicketsQuery),
    responses((status = 200, body = Listed<TicketLine>)))]
pub async fn list_tickets(ctx: Ctx, may: May<rights::Read>, Queried(query): Queried<TicketsQuery>) -> Answered {
    let (mut filter, after, limit) = query.checked(may.actor())?;
    let meant = search::look_up(&ctx, &may, &mut filter).await?;
    let list = filter.order.list();
    let written = query.condition.as_deref().map(|text| condition_of("where", text)).transpose()?;
    let page = ctx
        .read(async move |tx| {
            let filter = Filter { condition: meant.condition(tx, &may, written.as_ref()).await?, ..filter.clone() };
            views::lines(tx, &may, &filter, after, limit).await
        })
        .await?;
    Ok(Answer::shown(&Listed::page(list, page, TicketLine::from))?)
}

/// List a contact's tickets, newest first.
#[utoipa::path(get, path = "/api/v1/contacts/{id}/tickets", tag = "tickets", operation_id = "list_contact_tickets",
    params(("id" = i64, Path), PageQuery), responses((status = 200, body = Listed<TicketLine>)))]
pub async fn list_contact_tickets(
    ctx: Ctx,
    may: May<rights::Read>,
    IdPath(id): IdPath<Contact>,
    Queried(query): Queried<PageQuery>,
) -> Answered {
    let contact = ContactId::new(id.number());
    let order = views::Order::Created;
    let filter = Filter { view: View::All, requester: Some(contact), order, ..Filter::default() };
    let after = place(order.list(), query.after.as_deref())?;
    let limit = Limit::rows(query.limit, LINES_PER_PAGE)?;
    let page = ctx
        .read(async move |tx| {
            if !views::contact_exists(tx, may.tenant(), contact).await? {
                return Err(Problem::not_found());
            }
            views::lines(tx, &may, &filter, after, limit).await
        })
        .await?;
    Ok(Answer::shown(&Listed::page(order.list(), page, TicketLine::from))?)
}

/// Change fields of a ticket.
#[utoipa::path(patch, path = "/api/v1/tickets/{id}", tag = "tickets", operation_id = "change_ticket", params(("id" = i64, Path)),
    request_body = TicketPatch, responses((status = 200, body = TicketView)))]
pub async fn change_ticket(
    ctx: Ctx,
    may: May<rights::Read>,
    IdPath(id): IdPath<TicketKind>,
    Input(input): Input<TicketPatch>,
) -> Answered {
    let (patch, cc) = input.checked()?;
    let seen = ctx.seen_revision();
    let contacts = match &cc {
        Some(_) => Some(ctx.actor()?.may::<crm::rights::KeepContacts>()?),
        None => None,
    };
    let view = ctx.write(async move |tx| {
        let mut patch = patch.clone();
        if let (Some(cc), Some(contacts)) = (&cc, &contacts) {
            patch.cc = Some(recognized(tx, contacts, cc).await?);
        }
        let ticket = actions::change(tx, &may, id, seen, &patch).await?;
        view(tx, may.actor(), ticket).await
    });
    let view = view.await?;
    Ok(Answer::shown(&view)?.at(view.line.revision))
}

/// Reply to the customer.
#[utoipa::path(post, path = "/api/v1/tickets/{id}/replies", tag = "tickets", operation_id = "reply_to_ticket", params(("id" = i64, Path)),
    request_body = MessageInput, responses((status = 201, body = MessageView)))]
pub async fn reply_to_ticket(
    ctx: Ctx,
    may: May<rights::Reply>,
    read: May<rights::Read>,
    IdPath(id): IdPath<TicketKind>,
    Input(input): Input<MessageInput>,
) -> Answered {
    let (new, cc, shown) = written(input).await?;
    let contacts = match &cc {
        Some(_) => Some(ctx.actor()?.may::<crm::rights::KeepContacts>()?),
        None => None,
    };
    let seen = ctx.seen_revision();
    let answer = ctx.post(async move |tx| {
        let mut seen = seen;
        if let (Some(cc), Some(contacts)) = (&cc, &contacts) {
            let cc = Some(recognized(tx, contacts, cc).await?);
            let changed = actions::change(tx, &read, id, seen, &Patch { cc, ..Patch::default() }).await?;
            seen = seen.map(|_| changed.revision);
        }
        if seen.is_some() {
            // The caller wrote with the thread as of that revision before their eyes.
            actions::change(tx, &read, id, seen, &Patch::default()).await?;
        }
        let (ticket, message) = actions::reply(tx, &may, id, &new).await?;
        said(tx, &read, &ticket, message.id.number(), shown.clone()).await
    });
    Ok(answer.await?)
}

/// Write to somebody else about it, unseen by the customer.
///
/// The text leaves as it is given, with the signature put below one's own words: nothing of the ticket goes along that
/// does not stand in the text or is named among the attachments. What is passed on begins at a line such as
/// `---------- Forwarded message ---------`.
#[utoipa::path(post, path = "/api/v1/tickets/{id}/forwards", tag = "tickets", operation_id = "forward_ticket", params(("id" = i64, Path)),
    request_body = MessageInput, responses((status = 201, body = MessageView)))]
pub async fn forward_ticket(
    ctx: Ctx,
    may: May<rights::Reply>,
    read: May<rights::Read>,
    IdPath(id): IdPath<TicketKind>,
    Input(input): Input<MessageInput>,
) -> Answered {
    if input.cc.is_some() {
        // Whoever reads along on the ticket is no matter of a forward.
        return Err(Problem::field("cc", "not_here").into());
    }
    let (new, _, shown) = written(input).await?;
    let answer = ctx.post(async move |tx| {
        let (ticket, message) = actions::forward(tx, &may, id, &new).await?;
        said(tx, &read, &ticket, message.id.number(), shown.clone()).await
    });
    Ok(answer.await?)
}

/// Write a note that never leaves the house.
#[utoipa::path(post, path = "/api/v1/tickets/{id}/notes", tag = "tickets", operation_id = "note_on_ticket", params(("id" = i64, Path)),
    request_body = MessageInput, responses((status = 201, body = MessageView)))]
pub async fn note_on_ticket(
    ctx: Ctx,
    may: May<rights::Note>,
    read: May<rights::Read>,
    IdPath(id): IdPath<TicketKind>,
    Input(input): Input<MessageInput>,
) -> Answered {
    if input.to.is_some() || !input.bcc.is_empty() || input.salutation.is_some() || input.quote.is_some() {
        return Err(Problem::field("to", "not_here").into());
    }
    let (new, _, shown) = written(input).await?;
    let answer = ctx.post(async move |tx| {
        let (ticket, message) = actions::note(tx, &may, id, &new).await?;
        said(tx, &read, &ticket, message.id.number(), shown.clone()).await
    });
    Ok(answer.await?)
}

/// Where a page of a timeline begins.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TimelineQuery {
    /// `asc` (oldest first) or `desc` (newest first, so that a long thread shows its end at once).
    order: Option<String>,
    /// `next` of the page before, in the same order.
    after: Option<String>,
    /// At most this many.
    #[param(inline)]
    limit: Option<Limit>,
}

/// Show what was said and what happened, oldest or newest first.
#[utoipa::path(get, path = "/api/v1/tickets/{id}/timeline", tag = "tickets", operation_id = "show_timeline",
    params(("id" = i64, Path), TimelineQuery), responses((status = 200, body = Listed<TimelineEntry>)))]
pub async fn show_timeline(
    ctx: Ctx,
    may: May<rights::Read>,
    IdPath(id): IdPath<TicketKind>,
    Queried(query): Queried<TimelineQuery>,
) -> Answered {
    let reading = match query.order.as_deref() {
        None => Reading::default(),
        Some(word) => Reading::from_word(word).ok_or_else(|| madoguchi_kernel::Problem::field("order", "unknown"))?,
    };
    let after = query.after.as_deref().map(str::parse::<Cursor>).transpose()?;
    let limit = Limit::rows(query.limit, ENTRIES_PER_PAGE)?;
    let tenant = may.tenant();
    let (page, deliveries) = ctx
        .read(async move |tx| {
            let page = views::thread(tx, &may, id, reading, after, limit).await?;
            let deliveries = deliveries_of(tx, &may, page.items.iter().filter_map(out_message)).await?;
            Ok((page, deliveries))
        })
        .await?;
    let next = page.next.map(|next| next.to_string());
    let bytes = page.items.iter().map(html_bytes).sum();
    let outside = ctx.app.pictures(tenant);
    let shown = move || page.items.into_iter().map(|entry| TimelineEntry::of(entry, &deliveries, &outside)).collect();
    let items = aside(bytes, shown).await?;
    Ok(Answer::shown(&Listed { items, next })?)
}

fn out_message(entry: &views::Entry) -> Option<i64> {
    match entry {
        views::Entry::Message(message, _) => Some(message.id.number()),
        views::Entry::Fact { .. } => None,
    }
}

fn html_bytes(entry: &views::Entry) -> usize {
    match entry {
        views::Entry::Message(message, _) => message.html.as_ref().map_or(0, String::len),
        views::Entry::Fact { .. } => 0,
    }
}

/// Count tickets that wait.
#[utoipa::path(get, path = "/api/v1/ticket-counts", tag = "tickets", operation_id = "count_tickets",
    responses((status = 200, body = CountsView)))]
pub async fn count_tickets(ctx: Ctx, may: May<rights::Read>) -> Answered {
    let counts = ctx.read(async move |tx| views::counts(tx, &may).await).await?;
    let teams = counts.teams.iter().map(|(team, count)| (team.to_string(), *count)).collect();
    let views::Counts { mine, unassigned, open, pending, copied, solved, undelivered, all, .. } = counts;
    Ok(Answer::shown(&CountsView { mine, unassigned, open, pending, copied, solved, undelivered, all, teams })?)
}

/// What somebody writes, as the action takes it, and its HTML as it will be shown: read before the unit begins, for
/// nothing else is written while one runs.
async fn written(input: MessageInput) -> Result<(NewMessage, Option<Vec<Copied>>, Option<String>)> {
    let bytes = input.html.as_ref().map_or(0, String::len);
    let read = move || {
        let (new, cc) = input.checked()?;
        // Files of our own have no names by which the text could call them.
        let shown = new.words.html.as_deref().map(|html| shown_html(html, HashMap::new(), None));
        Ok((new, cc, shown))
    };
    aside(bytes, read).await?
}

async fn said(
    tx: &Tx<'_>,
    read: &May<rights::Read>,
    ticket: &Ticket,
    message: i64,
    shown: Option<String>,
) -> Result<Answer> {
    let told = views::messages(tx, read, ticket.id, message - 1, 1).await?;
    let (told, files) = told.into_iter().next().ok_or_else(madoguchi_kernel::Problem::not_found)?;
    Ok(Answer::created(&MessageView::with_html(told, shown, &files, None))?.at(ticket.revision))
}

type Said = (Vec<(Told, Vec<Attachment>)>, HashMap<i64, DeliveryView>);

async fn said_on(tx: &Tx<'_>, may: &May<rights::Read>, id: TicketId) -> Result<Said> {
    let messages = views::first_messages(tx, may, id, MESSAGES_INCLUDED_MAX).await?;
    let deliveries = deliveries_of(tx, may, messages.iter().map(|(message, _)| message.id.number())).await?;
    Ok((messages, deliveries))
}

async fn message_views(
    messages: Vec<(Told, Vec<Attachment>)>,
    deliveries: HashMap<i64, DeliveryView>,
    outside: Pictures,
) -> Result<Vec<MessageView>> {
    let bytes = messages.iter().map(|(told, _)| told.html.as_ref().map_or(0, String::len)).sum();
    let shown = move || {
        let view = |(told, files): (Told, Vec<Attachment>)| {
            let delivery = deliveries.get(&told.id.number()).cloned();
            MessageView::of(told, &files, delivery, &outside)
        };
        messages.into_iter().map(view).collect()
    };
    aside(bytes, shown).await
}

async fn deliveries_of(
    tx: &Tx<'_>,
    may: &May<rights::Read>,
    messages: impl Iterator<Item = i64>,
) -> Result<HashMap<i64, DeliveryView>> {
    let (ids, language): (Vec<i64>, _) = (messages.collect(), may.actor().language);
    Ok(views::deliveries(tx, may, &ids)
        .await?
        .into_iter()
        .map(|delivered| (delivered.message.number(), DeliveryView::of(delivered, language)))
        .collect())
}

pub(super) async fn view(tx: &Tx<'_>, actor: &Actor, ticket: Ticket) -> Result<TicketView> {
    let names = views::names(tx, actor, &ticket).await?;
    let undelivered = views::undelivered(tx, actor.tenant, ticket.id).await?;
    let can = can(actor, ticket.status, ticket.root);
    let applying = fields::views::applying(tx, actor.tenant, &ticket).await?;
    Ok(TicketView {
        line: TicketLine {
            id: ticket.id.number(),
            number: ticket.number,
            subject: ticket.subject,
            status: ticket.status,
            state: ticket.state,
            r#type: ticket.ticket_type,
            priority: ticket.priority,
            team: names.team.map(|(id, name)| super::shapes::Named { id, name }),
            assignee: names.assignee.map(|(id, name)| super::shapes::Named { id, name }),
            requester: RequesterView {
                id: ticket.requester.number(),
                name: names.requester,
                organization: names.organization,
            },
            channel: ticket.channel,
            snippet: names.snippet,
            tags: ticket.tags,
            messages_count: ticket.messages_count,
            last_message_at: ticket.last_message_at,
            last_message_by: ticket.last_message_by,
            last_message_kind: names.last_message_kind,
            created_at: ticket.created_at,
            updated_at: ticket.updated_at,
            revision: ticket.revision,
            undelivered,
            merged_into: ticket.root.map(TicketId::number),
            reply_expected: ticket.reply_expected,
        },
        cc: names.cc.into_iter().map(|(id, name, email)| CcView { id, name, email }).collect(),
        fields: ticket.fields,
        applying,
        follows: names.follows.map(|(id, number)| FollowsView { id, number }),
        root: names.root.map(|(id, number)| FollowsView { id, number }),
        sides: names.sides.into_iter().map(SideView::from).collect(),
        split_from: names.split_from.map(|(id, number)| FollowsView { id, number }),
        wall: ticket.wall.number(),
        brand: ticket.brand.number(),
        mailbox: ticket.mailbox,
        can,
        messages: None,
    })
}
