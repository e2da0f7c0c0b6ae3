//! What it costs to decide in memory whether a condition holds of a ticket: ten tests, of its own fields and of the desk's, text among
//! them, and none of them decides before the last.

use std::hint::black_box;

use madoguchi_kernel::{
    Timestamp,
    condition::{Here, Written},
};
use madoguchi_people::{BrandId, ContactId, TeamId, WallId};
use madoguchi_tickets::{
    TicketId,
    asked::{Askable, Asked},
    facts::{Fields, Opening, Texts},
    fields::{Catalog, Field, FieldId, Holds, Shape},
    states::State,
    ticket::Ticket,
    words::{Channel, Priority, Status, TicketType},
};

use crate::{Failed, report::Report, seed, server::own_cpu_ms};

const TICKETS: usize = 1_000;
const ROUNDS: usize = 3_000;
const GOAL: &str = "2 µs";

/// Ten tests that all hold.
const CONDITION: &str = r#"{"all": [
    {"field": "status", "op": "is", "value": ["new", "open", "pending"]},
    {"field": "type", "op": "is", "value": "incident"},
    {"not": {"field": "priority", "op": "is", "value": ["urgent", "low"]}},
    {"field": "team", "op": "is", "value": [5, 6, 7]},
    {"field": "tags", "op": "has_all", "value": ["vip", "修理"]},
    {"field": "created_at", "op": "gte", "value": "now-30d"},
    {"field": "subject", "op": "contains", "value": "プリンター"},
    {"field": "fields.count", "op": "gt", "value": 2},
    {"field": "fields.model", "op": "begins", "value": "ＡＢ-"},
    {"any": [{"field": "assignee", "op": "is", "value": "me"}, {"field": "assignee", "op": "empty"}]}
]}"#;

fn catalog() -> Catalog {
    let field = |id: i64, key: &str, holds| {
        let shape = Shape::default();
        Field { id: FieldId::new(id), key: key.to_owned(), holds, position: id, shape, revision: 1 }
    };
    Catalog::of(vec![field(1, "model", Holds::Text), field(2, "count", Holds::Number)])
}

fn ticket(i: usize, now: Timestamp) -> Ticket {
    let State { key: state, status } = Status::Open.into();
    let opening = Opening {
        number: 1,
        wall: WallId::new(1),
        brand: BrandId::new(1),
        follows: None,
        split_from: None,
        reply_expected: true,
        ticket_type: TicketType::Incident,
        state,
        status,
        priority: Priority::Normal,
        team: Some(TeamId::new(6)),
        assignee: None,
        requester: ContactId::new(1),
        cc: Vec::new(),
        mailbox: None,
        channel: Channel::Mail,
        tags: vec!["vip".to_owned(), "修理".to_owned()],
        fields: Fields::from([("count".to_owned(), 3.into()), ("model".to_owned(), format!("AB-{i}").into())]),
    };
    let subject = format!("{} ﾌﾟﾘﾝﾀｰ {i}", seed::text(i).chars().take(40).collect::<String>());
    Ticket::begin(TicketId::new(1), &opening, Texts::subject(Some(&subject)), now)
}

/// Asks it of tickets, with and without looking at each of them anew.
pub fn decide(report: &mut Report) -> Result<(), Failed> {
    let (catalog, now) = (catalog(), Timestamp::from_micros(1_775_000_000_000_000));
    let written: Written = serde_json::from_str(CONDITION)?;
    let here = Here::of(now, "Asia/Tokyo", None, &[]);
    let condition = Askable::of(&catalog).condition(&written, &here).map_err(|problem| format!("{problem:?}"))?;
    let tickets: Vec<Ticket> = (0..TICKETS).map(|i| ticket(i, now)).collect();
    let asked: Vec<Asked<'_>> = tickets.iter().map(|ticket| Asked::of(ticket, None, &catalog)).collect();
    let alone = cost(|i| condition.holds(black_box(&asked[i])))?;
    report.decision("a condition of ten tests is decided", alone, TICKETS * ROUNDS, GOAL);
    let whole = cost(|i| condition.holds(&Asked::of(black_box(&tickets[i]), None, &catalog)))?;
    report.decision("the same, the ticket's texts folded before", whole, TICKETS * ROUNDS, "");
    Ok(())
}

/// CPU time of one decision, in microseconds.
fn cost(holds: impl Fn(usize) -> bool) -> Result<f64, Failed> {
    let begun = own_cpu_ms()?;
    for i in (0..ROUNDS).flat_map(|_| 0..TICKETS) {
        if !holds(i) {
            return Err("a condition did not hold".into());
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are small")]
    let decided = (TICKETS * ROUNDS) as f64;
    Ok((own_cpu_ms()? - begun) * 1_000.0 / decided)
}
