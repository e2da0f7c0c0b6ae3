//! The door of whoever looks for something: the best first, with the words that say so.

use std::{collections::HashMap, sync::Arc};

use madoguchi_kernel::problem::Result;
use madoguchi_people::crm::found::{self, FoundView};
use madoguchi_platform::{
    access::May,
    db::Tx,
    http::{Answer, Answered, Ctx, Limit, Queried},
    search::{
        highlight::{Needles, Snippet},
        librarian::id_of,
        seeking::{Fit, Question},
    },
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::shapes::TicketLine;
use crate::{
    markup::aside,
    rights,
    ticket::TicketId,
    views::{self, Filter, Line, View, findable},
};

/// Tickets of an answer when nobody says.
const HITS: usize = 20;
/// Contacts of an answer, and organizations, at most.
const PEOPLE_MAX: usize = 5;
/// Tickets that a list is narrowed to by words: the best of them.
const NARROWED_MAX: usize = 1_000;
/// The same where none has all the words.
const NARROWED_LOOSELY_MAX: usize = 20;

/// What is looked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words of the subject, the messages, the names of files, or the requester; a number; a code; the end of a telephone number.
    /// For nothing, nothing is found.
    q: Option<String>,
    /// At most this many.
    #[param(inline)]
    limit: Option<Limit>,
}

/// A ticket that was found.
#[derive(Serialize, ToSchema)]
pub struct HitView {
    /// The ticket.
    ticket: TicketLine,
    /// Its subject, marked.
    subject: Snippet,
    /// What it says, around the first place that says what was asked; none where only its subject or its requester does.
    said: Option<Snippet>,
}

/// What was found, the best first.
#[derive(Default, Serialize, ToSchema)]
pub struct HitsView {
    /// The tickets.
    items: Vec<HitView>,
    /// The contacts who fit, if one may see them; few, whatever the limit.
    contacts: Vec<FoundView>,
    /// The same of organizations.
    organizations: Vec<FoundView>,
    /// `all` where each has all that was asked for, `nearly` where a letter is another, `some` where nothing has all of it.
    fit: &'static str,
    /// Whether everything could be looked through; while the index is being built, only numbers, subjects and requesters are.
    whole: bool,
}

/// Find tickets, contacts and organizations, the best first.
#[utoipa::path(get, path = "/api/v1/search", tag = "tickets", operation_id = "search_tickets", params(SearchQuery),
    responses((status = 200, body = HitsView)))]
pub async fn search_tickets(ctx: Ctx, may: May<rights::Read>, Queried(query): Queried<SearchQuery>) -> Answered {
    let limit = Limit::rows(query.limit, HITS)?;
    let Some(words) = query.q.filter(|words| !words.trim().is_empty()) else {
        return Ok(Answer::shown(&HitsView { fit: word(Fit::All), whole: true, ..HitsView::default() })?);
    };
    let shelf = ctx.app.shelf();
    let people = found::seek(shelf, may.actor(), &words, PEOPLE_MAX.min(limit)).await?;
    let hits = shelf.find(question(&may, &words), limit).await?;
    let needles = Arc::new(shelf.needles(&words)?);
    let (whole, fit) = (hits.is_some(), hits.as_ref().map_or(Fit::All, |hits| hits.fit));
    let ranked: Option<Vec<TicketId>> = hits.map(|hits| hits.found.iter().filter_map(|hit| ticket(&hit.id)).collect());
    let marked = needles.clone();
    let (lines, said, [contacts, organizations]) = ctx
        .read(async move |tx| {
            let (lines, said) = match &ranked {
                Some(ranked) => with_words(tx, &may, ranked).await?,
                None => (in_the_list(tx, &may, &words, limit).await?, HashMap::new()),
            };
            Ok((lines, said, found::read(tx, may.tenant(), &people, &marked).await?))
        })
        .await?;
    let bytes = said.values().map(String::len).sum();
    let items = aside(bytes, move || lines.into_iter().map(|line| shown(line, &said, &needles)).collect()).await?;
    Ok(Answer::shown(&HitsView { items, contacts, organizations, fit: word(fit), whole })?)
}

/// Tickets that were found, the best first, and what each of them says.
async fn with_words(
    tx: &Tx<'_>,
    may: &May<rights::Read>,
    ranked: &[TicketId],
) -> Result<(Vec<Line>, HashMap<i64, String>)> {
    let lines = in_order(views::lines_of(tx, may, ranked.to_vec()).await?, ranked);
    let ids: Vec<i64> = lines.iter().map(|line| line.id.number()).collect();
    let said = (findable::source().documents)(tx, may.tenant(), &ids).await?;
    Ok((lines, said.into_iter().map(|document| (document.id, document.body)).collect()))
}

/// Tickets that the list itself finds, while the index is not whole.
async fn in_the_list(tx: &Tx<'_>, may: &May<rights::Read>, words: &str, limit: usize) -> Result<Vec<Line>> {
    let filter = Filter { view: View::All, text: Some(words.to_owned()), ..Filter::default() };
    Ok(views::lines(tx, may, &filter, None, limit).await?.items)
}

fn shown(line: Line, said: &HashMap<i64, String>, needles: &Needles) -> HitView {
    let said = said.get(&line.id.number()).and_then(|said| needles.around(said));
    HitView { subject: needles.marked(&line.subject), said, ticket: line.into() }
}

/// The best first; what was merged into one stands where the best of it was.
fn in_order(mut lines: Vec<Line>, ranked: &[TicketId]) -> Vec<Line> {
    let place = |line: &Line| ranked.iter().position(|id| *id == line.id).unwrap_or(usize::MAX);
    lines.sort_by_key(place);
    lines
}

/// Looks up what a list is narrowed to by words. A number is looked for in the list itself.
pub(super) async fn look_up(ctx: &Ctx, may: &May<rights::Read>, filter: &mut Filter) -> Result<()> {
    let Some(text) = filter.text.as_deref().filter(|text| !text.trim().is_empty()) else { return Ok(()) };
    if let Some(hits) = ctx.app.shelf().find(question(may, text), NARROWED_MAX).await? {
        let most = if hits.fit == Fit::Some { NARROWED_LOOSELY_MAX } else { NARROWED_MAX };
        filter.found = Some(hits.found.iter().take(most).filter_map(|hit| ticket(&hit.id)).collect());
    }
    Ok(())
}

fn question(may: &May<rights::Read>, text: &str) -> Question {
    Question { tenant: may.tenant(), kind: findable::KIND, walls: may.walls().clone(), text: text.to_owned() }
}

fn ticket(key: &str) -> Option<TicketId> {
    id_of(key).map(TicketId::new)
}

fn word(fit: Fit) -> &'static str {
    match fit {
        Fit::All => "all",
        Fit::Nearly => "nearly",
        Fit::Some => "some",
    }
}
