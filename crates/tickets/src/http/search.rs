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
        seeking::{Fit, Hits, Question},
        shelf::Shelf,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{operators::Meant, shapes::TicketLine};
use crate::{
    asked,
    markup::aside,
    rights,
    ticket::TicketId,
    typed::Typed,
    views::{self, Filter, Line, View, findable},
};

/// Tickets of an answer when nobody says.
const HITS: usize = 20;
/// Contacts of an answer, and organizations, at most.
const PEOPLE_MAX: usize = 5;
/// Tickets with the words among which those are sought that operators mean.
const SIFTED_MAX: usize = 300;
/// Tickets that a list is narrowed to by words: the best of them.
const NARROWED_MAX: usize = 1_000;
/// The same where none has all the words.
const NARROWED_LOOSELY_MAX: usize = 20;

/// What is looked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words of the subject, the messages, the names of files, or the requester; a number; a code; the end of a telephone number.
    /// Among them operators, such as `status:open`, `assignee:me`, `-tag:vip`, `customer:"name"`, `created:7d`. For nothing, nothing is found.
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
    let Some(text) = query.q.filter(|text| !text.trim().is_empty()) else {
        return Ok(Answer::shown(&HitsView { fit: word(Fit::All), whole: true, ..HitsView::default() })?);
    };
    let shelf = ctx.app.shelf();
    let mut typed = Typed::of(&text);
    let meant = Meant::of(&mut typed, shelf, may.actor()).await?;
    let words = typed.words;
    let people = match meant.is_empty() {
        true => found::seek(shelf, may.actor(), &words, PEOPLE_MAX.min(limit)).await?,
        false => found::Sought::default(),
    };
    let sought =
        Sought { limit, hits: seek(shelf, &may, &words, if meant.is_empty() { limit } else { SIFTED_MAX }).await? };
    let needles = Arc::new(shelf.needles(&words)?);
    let (whole, fit) = (sought.is_whole(&words), sought.fit());
    let marked = needles.clone();
    let (lines, said, [contacts, organizations]) = ctx
        .read(async move |tx| {
            let condition = meant.condition(tx, &may, None).await?;
            let (lines, said) = sought.tickets(tx, &may, (&words, condition)).await?;
            Ok((lines, said, found::read(tx, may.tenant(), &people, &marked).await?))
        })
        .await?;
    let bytes = said.values().map(String::len).sum();
    let items = aside(bytes, move || lines.into_iter().map(|line| shown(line, &said, &needles)).collect()).await?;
    Ok(Answer::shown(&HitsView { items, contacts, organizations, fit: word(fit), whole })?)
}

/// What the shelf has for words; none where there are none, or it cannot be asked.
async fn seek(shelf: &Shelf, may: &May<rights::Read>, words: &str, limit: usize) -> Result<Option<Hits>> {
    if words.is_empty() { Ok(None) } else { shelf.find(question(may, words), limit).await }
}

/// What was found of the words, before it is read.
#[derive(Clone)]
struct Sought {
    limit: usize,
    hits: Option<Hits>,
}

impl Sought {
    fn is_whole(&self, words: &str) -> bool {
        words.is_empty() || self.hits.is_some()
    }

    fn fit(&self) -> Fit {
        self.hits.as_ref().map_or(Fit::All, |hits| hits.fit)
    }

    /// The tickets, the best first, and what each of them says. Where the words are not on the shelf, the list itself looks.
    async fn tickets(
        &self,
        tx: &Tx<'_>,
        may: &May<rights::Read>,
        (words, condition): (&str, Option<asked::Question>),
    ) -> Result<(Vec<Line>, HashMap<i64, String>)> {
        let text = Some(words.to_owned()).filter(|words| !words.is_empty());
        let found: Option<Vec<TicketId>> =
            self.hits.as_ref().map(|hits| hits.found.iter().filter_map(|hit| ticket(&hit.id)).collect());
        let most = found.as_ref().map_or(self.limit, Vec::len);
        let filter = Filter { view: View::All, text, found: found.clone(), condition, ..Filter::default() };
        let Some(ranked) = found else {
            return Ok((views::lines(tx, may, &filter, None, most).await?.items, HashMap::new()));
        };
        let mut lines = in_order(views::found(tx, may, &filter, most).await?, &ranked);
        lines.truncate(self.limit);
        let ids: Vec<i64> = lines.iter().map(|line| line.id.number()).collect();
        let said = (findable::source().documents)(tx, may.tenant(), &ids).await?;
        Ok((lines, said.into_iter().map(|document| (document.id, document.body)).collect()))
    }
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

/// Looks up what a list is narrowed to by words, and what by the operators among them. A number is looked for in the list itself.
pub(super) async fn look_up(ctx: &Ctx, may: &May<rights::Read>, filter: &mut Filter) -> Result<Meant> {
    let Some(text) = filter.text.take() else { return Ok(Meant::default()) };
    let mut typed = Typed::of(&text);
    let meant = Meant::of(&mut typed, ctx.app.shelf(), may.actor()).await?;
    filter.text = Some(typed.words);
    let words = filter.text.as_deref().filter(|words| !words.is_empty());
    let Some(words) = words else { return Ok(meant) };
    if let Some(hits) = ctx.app.shelf().find(question(may, words), NARROWED_MAX).await? {
        let most = if hits.fit == Fit::Some { NARROWED_LOOSELY_MAX } else { NARROWED_MAX };
        filter.found = Some(hits.found.iter().take(most).filter_map(|hit| ticket(&hit.id)).collect());
    }
    Ok(meant)
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
