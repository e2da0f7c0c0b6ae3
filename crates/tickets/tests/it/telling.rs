//! A ticket is the fold of its facts: rebuilt as of any revision it equals what was stored then.

use std::collections::BTreeMap;

use madoguchi_platform::{both_engines, db::Engine};
use madoguchi_tickets::{
    Ticket,
    actions::{self, Part, Patch, Reach, Readers},
    fields::{Holds, Shape},
    rights,
    testing::Desk,
    ticket::TicketId,
    views,
    words::{Priority, TicketType},
};
use proptest::{prelude::*, strategy::ValueTree};

/// Something that may happen to a ticket.
#[derive(Clone, Debug)]
enum Step {
    Hear(String),
    Reply(String),
    State(&'static str),
    Priority(Priority),
    Type(TicketType),
    Subject(String),
    Tags(Vec<String>),
    Field(String, i64),
    MergeInto,
    Absorb,
    TakeApart,
    Split,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        "[a-zあ-ん]{1,8}".prop_map(Step::Hear),
        "[a-zあ-ん]{1,8}".prop_map(Step::Reply),
        prop::sample::select(vec!["new", "open", "pending", "on_hold", "solved"]).prop_map(Step::State),
        prop::sample::select(vec![Priority::Low, Priority::Urgent]).prop_map(Step::Priority),
        prop::sample::select(vec![TicketType::Incident, TicketType::Request]).prop_map(Step::Type),
        "[a-zあ-ん ]{1,20}".prop_map(Step::Subject),
        prop::collection::vec("[a-z]{1,4}", 0..4).prop_map(Step::Tags),
        ("[a-c]", 0i64..3).prop_map(|(name, value)| Step::Field(name, value)),
        prop::sample::select(vec![Step::MergeInto, Step::Absorb, Step::TakeApart, Step::Split]),
    ]
}

async fn take(desk: &Desk, id: TicketId, step: Step) {
    let patch = match step {
        Step::MergeInto | Step::Absorb | Step::TakeApart | Step::Split => return rearrange(desk, id, step).await,
        Step::Hear(text) => return drop(desk.hear(Some(id), "a@example.com", &text).await.expect("heard")),
        Step::Reply(text) => {
            return drop(desk.reply(id, &text).await.map_err(|refused| assert_eq!(refused.code, "ticket.merged")));
        }
        Step::State(key) => Patch { state: Some(key.to_owned()), ..Patch::default() },
        Step::Priority(priority) => Patch { priority: Some(priority), ..Patch::default() },
        Step::Type(ticket_type) => Patch { ticket_type: Some(ticket_type), ..Patch::default() },
        Step::Subject(subject) if subject.trim().is_empty() => return,
        Step::Subject(subject) => Patch { subject: Some(subject), ..Patch::default() },
        Step::Tags(tags) => Patch { tags: Some(tags), ..Patch::default() },
        Step::Field(name, value) => {
            let value = if value == 0 { serde_json::Value::Null } else { value.into() };
            Patch { fields: Some([(name, value)].into()), ..Patch::default() }
        }
    };
    match desk.change(id, None, patch).await {
        Ok(_) => {}
        Err(problem) => assert_eq!(problem.code, "ticket.merged"),
    }
}

/// Tickets come together and are taken apart; where there is nothing to do, nothing is done.
async fn rearrange(desk: &Desk, id: TicketId, step: Step) {
    let other = desk.ticket("b@example.com", "もうひとつ").await.id;
    let (may, read) = (desk.may::<rights::Merge>(), desk.may::<rights::Read>());
    let out = desk.write(desk.tenant_id(), async move |tx| match &step {
        Step::Absorb => actions::merge(tx, &may, (other, None), id, Readers::Join).await.map(drop),
        Step::TakeApart => actions::unmerge(tx, &may, (id, None)).await.map(drop),
        Step::Split => {
            let Some(message) = views::ticket(tx, &read, id).await?.last_message else { return Ok(()) };
            actions::split(tx, &may, (id, None), message, Part::of(Reach::Message)).await.map(drop)
        }
        _ => actions::merge(tx, &may, (id, None), other, Readers::Join).await.map(drop),
    });
    if let Err(problem) = out.await {
        assert!(["ticket.merged", "ticket.nothing_left"].contains(&problem.code), "{problem:?}");
    }
}

async fn rebuilt(desk: &Desk, id: TicketId, revision: i64) -> Ticket {
    let may = desk.may::<rights::Read>();
    desk.read(desk.tenant_id(), async move |tx| views::rebuild(tx, &may, id, revision).await).await.expect("rebuilt")
}

async fn holds_for(engine: Engine, histories: u32) {
    let runner = proptest::test_runner::TestRunner::deterministic();
    let desk = <Desk as madoguchi_platform::testing::OnEngine>::on(engine).await;
    let mut runner = runner;
    for (key, holds) in [("a", Holds::Number), ("b", Holds::Text), ("c", Holds::LongText)] {
        desk.field(key, holds, Shape::default()).await;
    }
    for _ in 0..histories {
        let steps = prop::collection::vec(step(), 1..12).new_tree(&mut runner).expect("a history").current();
        let ticket = desk.ticket("a@example.com", "はじまり").await;
        let mut stored = BTreeMap::from([(ticket.revision, ticket.clone())]);
        for step in steps {
            desk.advance(std::time::Duration::from_millis(1_500));
            take(&desk, ticket.id, step).await;
            let now = desk.stored(ticket.id).await;
            stored.insert(now.revision, now);
        }
        for (revision, then) in stored {
            assert_eq!(rebuilt(&desk, ticket.id, revision).await, then, "as of revision {revision}");
        }
    }
}

both_engines! {
    async fn any_history_can_be_rebuilt_as_of_any_revision(engine: Engine) {
        holds_for(engine, 20).await;
    }
}
