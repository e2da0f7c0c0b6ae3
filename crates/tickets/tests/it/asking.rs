//! Whoever asks with a condition gets what it says: from the database what it says in memory, and in words what it cannot say.

use std::time::Duration;

use axum::http::Method;
use madoguchi_kernel::condition::{All, Any, Asked, Here, Not, Op, Operand, Scalar, Written};
use madoguchi_people::{
    OrganizationId,
    crm::{self, rights::ReadContacts},
};
use madoguchi_platform::{
    both_engines,
    http::{App, HttpSettings},
    search::shelf::Shelf,
};
use madoguchi_tickets::{
    actions::Patch,
    asked, rights,
    testing::Desk,
    ticket::Ticket,
    views::{self, Filter, View},
    words::Priority,
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::json;

use crate::files::{AGENT, Friendly, ask, served, store};

/// A ticket, and where whoever asks in it works.
type Matter = (Ticket, Option<OrganizationId>);

/// Conditions that are asked of each desk.
const CONDITIONS: usize = 400;

/// Tickets that differ in what can be asked of them.
async fn matters(desk: &Desk) -> Vec<Matter> {
    let me = desk.agent().id.map(madoguchi_people::AgentId::new);
    let mut ids = Vec::new();
    for (at, subject) in
        ["ﾌﾟﾘﾝﾀｰの紙詰まり", "Invoice 100% wrong", "冷蔵庫が冷えない", "プリンター_E-72", "！"].iter().enumerate()
    {
        let who = ["a@kaisha.example", "b@gmail.com"][at % 2].to_owned();
        ids.push(desk.ticket(&who, subject).await.id);
        desk.advance(Duration::from_secs(86_400));
    }
    let tags = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
    let mine =
        Patch {
            assignee: Some(me), tags: tags(&["VIP", "修理"]), priority: Some(Priority::High), ..Patch::default()
        };
    desk.change(ids[0], None, mine).await.expect("changed");
    let solved = Patch { state: Some("solved".to_owned()), tags: tags(&["修理"]), ..Patch::default() };
    desk.change(ids[2], None, solved).await.expect("changed");
    desk.reply(ids[1], "承りました。").await.expect("an answer");
    let mut matters = Vec::new();
    for id in ids {
        let (ticket, may) = (desk.stored(id).await, desk.may::<ReadContacts>());
        let who = ticket.requester;
        let asker = desk.read(desk.tenant_id(), async move |tx| crm::views::contact(tx, &may, who).await);
        matters.push((ticket, asker.await.expect("a contact").contact.profile.organization));
    }
    matters
}

fn here(desk: &Desk) -> Here {
    Here::of(desk.house().clock().now(), "Asia/Tokyo", desk.agent().id, &desk.agent().teams)
}

/// A test that may be asked of a ticket, of whichever field.
fn test(matters: &[Matter]) -> impl Strategy<Value = Written> + use<> {
    let id = |id: i64| Scalar::Text(id.to_string());
    let requesters: Vec<Scalar> = matters.iter().map(|(ticket, _)| id(ticket.requester.number())).collect();
    let organizations: Vec<Scalar> = matters.iter().filter_map(|(_, at)| at.map(|at| id(at.number()))).collect();
    let word = |words: &'static [&'static str]| {
        let scalars: Vec<Scalar> = words.iter().map(|word| Scalar::Text((*word).to_owned())).collect();
        prop::sample::subsequence(scalars, 1..=words.len()).prop_map(Operand::Several)
    };
    let one = |words: &'static [&'static str]| {
        prop::sample::select(words).prop_map(|word| Operand::One(Scalar::Text(word.to_owned())))
    };
    let fields = |names: &'static [&'static str]| prop::sample::select(names);
    let asked = |(field, op, value): (&'static str, Op, Operand)| {
        Written::Test(Asked { field: field.to_owned(), op, value: Some(value) })
    };
    let less = prop::sample::select(&[Op::Lt, Op::Lte, Op::Gt, Op::Gte][..]);
    let texts = &["プリンタ", "ﾌﾟﾘﾝﾀｰ", "100%", "_", "!", "INVOICE", "い", "E‐72", "プリンター_E-72"];
    let moments = &["now", "now-2d", "today-3d", "week", "month", "1970-01-03", "2030-01-01T00:00:00Z"];
    const EVERY: &[&str] = &[
        "status",
        "state",
        "team",
        "assignee",
        "requester",
        "organization",
        "subject",
        "messages",
        "reply_expected",
        "created_at",
        "solved_at",
        "tags",
    ];
    prop_oneof![
        (fields(&["status", "state"]), Just(Op::Is), word(&["new", "open", "pending", "solved"])).prop_map(asked),
        (Just("priority"), Just(Op::Is), word(&["low", "normal", "high"])).prop_map(asked),
        (Just("tags"), prop::sample::select(&[Op::Is, Op::HasAll][..]), word(&["vip", "修理", "none"])).prop_map(asked),
        (Just("subject"), prop::sample::select(&[Op::Is, Op::Contains, Op::Begins][..]), one(texts)).prop_map(asked),
        (Just("assignee"), Just(Op::Is), one(&["me", "7"])).prop_map(asked),
        (Just("team"), Just(Op::Is), one(&["mine", "7"])).prop_map(asked),
        (Just("requester"), Just(Op::Is), prop::sample::subsequence(requesters, 1..3).prop_map(Operand::Several))
            .prop_map(asked),
        (Just("organization"), Just(Op::Is), prop::sample::subsequence(organizations, 1..2).prop_map(Operand::Several))
            .prop_map(asked),
        (
            Just("messages"),
            prop_oneof![less.clone(), Just(Op::Is)],
            (0..4).prop_map(|n| Operand::One(Scalar::Number(f64::from(n) / 2.0 + 0.5)))
        )
            .prop_map(asked),
        (fields(&["created_at", "updated_at", "solved_at", "last_message_at"]), less, one(moments)).prop_map(asked),
        (Just("reply_expected"), Just(Op::Is), any::<bool>().prop_map(|flag| Operand::One(Scalar::Flag(flag))))
            .prop_map(asked),
        fields(EVERY).prop_map(|field| Written::Test(Asked { field: field.to_owned(), op: Op::Empty, value: None })),
    ]
}

fn written(matters: &[Matter]) -> impl Strategy<Value = Written> + use<> {
    test(matters).prop_recursive(4, 16, 3, |inner| {
        let several = prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            several.clone().prop_map(|all| Written::All(All { all })),
            several.prop_map(|any| Written::Any(Any { any })),
            inner.prop_map(|not| Written::Not(Not { not: Box::new(not) })),
        ]
    })
}

/// The tickets of which the database says that it holds, by their numbers.
async fn listed(desk: &Desk, written: &Written) -> Vec<i64> {
    let condition = Some(asked::condition(written, &here(desk)).expect("it can be asked"));
    let (may, filter) = (desk.may::<rights::Read>(), Filter { view: View::All, condition, ..Filter::default() });
    let page = desk.read(desk.tenant_id(), async move |tx| views::lines(tx, &may, &filter, None, 50).await);
    let mut numbers: Vec<i64> = page.await.expect("a page").items.iter().map(|line| line.number).collect();
    numbers.sort_unstable();
    numbers
}

both_engines! {
    async fn the_database_says_what_memory_says(desk: Desk) {
        let matters = matters(&desk).await;
        let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let (strategy, mut some) = (written(&matters), 0);
        for _ in 0..CONDITIONS {
            let written = strategy.new_tree(&mut runner).expect("a condition").current();
            let condition = asked::condition(&written, &here(&desk)).expect("it can be asked");
            let holds = |(ticket, at): &&Matter| condition.holds(&asked::Asked::of(ticket, *at));
            let in_memory: Vec<i64> = matters.iter().filter(holds).map(|(ticket, _)| ticket.number).collect();
            some += usize::from(!in_memory.is_empty() && in_memory.len() < matters.len());
            assert_eq!(listed(&desk, &written).await, in_memory, "{}", serde_json::to_string(&written).expect("JSON"));
        }
        assert!(some > CONDITIONS / 4, "{some} of them tell tickets apart");
    }

    async fn a_condition_is_asked_at_the_door(desk: Desk) {
        matters(&desk).await;
        let doorman = std::sync::Arc::new(Friendly(desk.agent().clone()));
        let doors = served(App::with_shelf(desk.house(), doorman, store(&desk), HttpSettings::default(), Shelf::nowhere()));
        let door = |condition: String| {
            let condition: String = condition.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let doors = doors.clone();
            async move { ask(&doors, Method::GET, &format!("/api/v1/tickets?where={condition}"), &[AGENT], "").await }
        };
        let mine = json!({ "all": [{ "field": "assignee", "op": "is", "value": "me" }, { "not": { "field": "tags", "op": "is", "value": "none" } }] });
        let answer = door(mine.to_string()).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["items"][0]["subject"]), (200, &json!("ﾌﾟﾘﾝﾀｰの紙詰まり")));
        let deep = (0..20).fold(json!({ "all": [] }), |inner, _| json!({ "not": inner })).to_string();
        let bomb = format!(r#"{{"any":[{}]}}"#, vec![r#"{"all":[]}"#; 101].join(","));
        for (condition, field, code) in [
            ("{", "where", "condition_unreadable"),
            (r#"{"field":"status","op":"is","value":"new","sql":"1"}"#, "where", "condition_unreadable"),
            (r#"{"field":"password","op":"empty"}"#, "where.field", "unknown"),
            (r#"{"any":[{"field":"status","op":"contains","value":"n"}]}"#, "where.any.0.op", "condition_op"),
            (r#"{"not":{"field":"status","op":"is","value":"happy"}}"#, "where.not.value", "condition_value"),
            (r#"{"field":"created_at","op":"lt","value":"tomorrow"}"#, "where.value", "condition_value"),
            (r#"{"field":"status","op":"is"}"#, "where.value", "required"),
            (&deep, "where.not.not.not.not.not.not.not.not", "condition_too_large"),
            (&bomb, "where.any", "condition_too_large"),
        ] {
            let refused = door(condition.to_owned()).await;
            let error = &refused.json()["errors"][0];
            assert_eq!((refused.status.as_u16(), &error["field"], &error["code"]), (422, &json!(field), &json!(code)), "{condition}");
            assert!(error["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{error}");
        }
    }
}
