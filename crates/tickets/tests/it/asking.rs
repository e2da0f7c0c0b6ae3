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
    asked::{self, Askable},
    facts::Fields,
    fields::{self, Catalog, Holds, Shape},
    rights,
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

/// What the first of them hold in the desk's own fields.
const HELD: &[&str] = &[
    r#"{"model": "ＡＢ－１２ プリンタ", "count": 3, "bought": "R8.11.1", "visit": "2026-11-21 9:30", "cause": "機器/紙詰まり", "parts": "トナー、ローラー", "urgent": true}"#,
    r#"{"model": "100%_!", "count": "▲2.5", "bought": "2026-12-01", "cause": "ソフト", "parts": "トナー", "urgent": false, "kind": "exchange"}"#,
    r#"{"kind": "修理", "count": 3}"#,
];

/// Makes the desk's own fields, of every kind that conditions tell apart.
async fn own_fields(desk: &Desk) -> Catalog {
    let choices = json!([
        { "key": "hw", "label": { "ja": "機器" }, "choices": [{ "key": "jam", "label": { "ja": "紙詰まり" } }] },
        { "key": "sw", "label": { "ja": "ソフト" } },
    ]);
    for (key, holds, choices) in [
        ("model", Holds::Text, json!([])),
        ("count", Holds::Number, json!([])),
        ("bought", Holds::Date, json!([])),
        ("visit", Holds::DateTime, json!([])),
        ("cause", Holds::Cascade, choices),
        (
            "parts",
            Holds::Choices,
            json!([{ "key": "toner", "label": { "ja": "トナー" } }, { "key": "roller", "label": { "ja": "ローラー" } }]),
        ),
        (
            "kind",
            Holds::Choice,
            json!([{ "key": "repair", "label": { "ja": "修理" } }, { "key": "exchange", "label": { "ja": "交換" } }]),
        ),
        ("urgent", Holds::Checkbox, json!([])),
    ] {
        let choices = serde_json::from_value(choices).expect("choices");
        desk.field(key, holds, Shape { choices, decimals: 1, ..Shape::default() }).await;
    }
    let may = desk.may::<rights::Read>();
    desk.read(desk.tenant_id(), async move |tx| fields::views::fields(tx, &may).await).await.expect("the fields")
}

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
    for (at, given) in HELD.iter().enumerate() {
        let given: Fields = serde_json::from_str(given).expect("JSON");
        desk.change(ids[at], None, Patch { fields: Some(given), ..Patch::default() }).await.expect("changed");
    }
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

fn word(words: &'static [&'static str]) -> impl Strategy<Value = Operand> {
    let scalars: Vec<Scalar> = words.iter().map(|word| Scalar::Text((*word).to_owned())).collect();
    prop::sample::subsequence(scalars, 1..=words.len()).prop_map(Operand::Several)
}

fn one(words: &'static [&'static str]) -> impl Strategy<Value = Operand> {
    prop::sample::select(words).prop_map(|word| Operand::One(Scalar::Text(word.to_owned())))
}

fn said((field, op, value): (&'static str, Op, Operand)) -> Written {
    Written::Test(Asked { field: field.to_owned(), op, value: Some(value) })
}

/// A test that may be asked of a ticket, of whichever field.
fn test(matters: &[Matter]) -> impl Strategy<Value = Written> + use<> {
    let id = |id: i64| Scalar::Text(id.to_string());
    let requesters: Vec<Scalar> = matters.iter().map(|(ticket, _)| id(ticket.requester.number())).collect();
    let organizations: Vec<Scalar> = matters.iter().filter_map(|(_, at)| at.map(|at| id(at.number()))).collect();
    let fields = |names: &'static [&'static str]| prop::sample::select(names);
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
        "fields.model",
        "fields.count",
        "fields.visit",
        "fields.cause",
        "fields.kind",
        "fields.urgent",
    ];
    prop_oneof![
        (fields(&["status", "state"]), Just(Op::Is), word(&["new", "open", "pending", "solved"])).prop_map(said),
        (Just("priority"), Just(Op::Is), word(&["low", "normal", "high"])).prop_map(said),
        (Just("tags"), prop::sample::select(&[Op::Is, Op::HasAll][..]), word(&["vip", "修理", "none"])).prop_map(said),
        (Just("subject"), prop::sample::select(&[Op::Is, Op::Contains, Op::Begins][..]), one(texts)).prop_map(said),
        (Just("assignee"), Just(Op::Is), one(&["me", "7"])).prop_map(said),
        (Just("team"), Just(Op::Is), one(&["mine", "7"])).prop_map(said),
        (Just("requester"), Just(Op::Is), prop::sample::subsequence(requesters, 1..3).prop_map(Operand::Several))
            .prop_map(said),
        (Just("organization"), Just(Op::Is), prop::sample::subsequence(organizations, 1..2).prop_map(Operand::Several))
            .prop_map(said),
        (
            Just("messages"),
            prop_oneof![less.clone(), Just(Op::Is)],
            (0..4).prop_map(|n| Operand::One(Scalar::Number(f64::from(n) / 2.0 + 0.5)))
        )
            .prop_map(said),
        (fields(&["created_at", "updated_at", "solved_at", "last_message_at"]), less.clone(), one(moments))
            .prop_map(said),
        (Just("reply_expected"), Just(Op::Is), any::<bool>().prop_map(|flag| Operand::One(Scalar::Flag(flag))))
            .prop_map(said),
        test_of_own(),
        fields(EVERY).prop_map(|field| Written::Test(Asked { field: field.to_owned(), op: Op::Empty, value: None })),
    ]
}

/// The same, of one of the desk's own fields.
fn test_of_own() -> impl Strategy<Value = Written> + use<> {
    let less = prop::sample::select(&[Op::Lt, Op::Lte, Op::Gt, Op::Gte][..]);
    prop_oneof![
        (
            Just("fields.model"),
            prop::sample::select(&[Op::Is, Op::Contains, Op::Begins][..]),
            one(&["AB-12", "%", "_!", "ﾌﾟﾘﾝﾀ", "100"])
        )
            .prop_map(said),
        (
            Just("fields.count"),
            prop_oneof![less.clone(), Just(Op::Is)],
            prop::sample::select(&[3.0, -2.5, 0.0][..]).prop_map(|n| Operand::One(Scalar::Number(n)))
        )
            .prop_map(said),
        (
            Just("fields.bought"),
            prop_oneof![less.clone(), Just(Op::Is)],
            one(&["2026-11-01", "2026-11-15", "today", "2030-01-01"])
        )
            .prop_map(said),
        (Just("fields.visit"), less.clone(), one(&["2026-11-21T00:30:00Z", "now", "2026-11-22"])).prop_map(said),
        (Just("fields.cause"), Just(Op::Is), word(&["hw", "hw/jam", "sw", "jam"])).prop_map(said),
        (Just("fields.parts"), prop::sample::select(&[Op::Is, Op::HasAll][..]), word(&["toner", "roller"]))
            .prop_map(said),
        (Just("fields.kind"), Just(Op::Is), word(&["repair", "exchange"])).prop_map(said),
        (Just("fields.urgent"), Just(Op::Is), any::<bool>().prop_map(|flag| Operand::One(Scalar::Flag(flag))))
            .prop_map(said),
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
    let (here, may_read, written) = (here(desk), desk.may::<rights::Read>(), written.clone());
    let asked = desk.read(desk.tenant_id(), async move |tx| {
        let askable = Askable::of(&fields::views::fields(tx, &may_read).await?);
        Ok(askable.question(askable.condition(&written, &here)?))
    });
    let condition = Some(asked.await.expect("it can be asked"));
    let (may, filter) = (desk.may::<rights::Read>(), Filter { view: View::All, condition, ..Filter::default() });
    let page = desk.read(desk.tenant_id(), async move |tx| views::lines(tx, &may, &filter, None, 50).await);
    let mut numbers: Vec<i64> = page.await.expect("a page").items.iter().map(|line| line.number).collect();
    numbers.sort_unstable();
    numbers
}

both_engines! {
    async fn the_database_says_what_memory_says(desk: Desk) {
        let catalog = own_fields(&desk).await;
        let matters = matters(&desk).await;
        let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let (strategy, mut some) = (written(&matters), 0);
        for _ in 0..CONDITIONS {
            let written = strategy.new_tree(&mut runner).expect("a condition").current();
            let condition = Askable::of(&catalog).condition(&written, &here(&desk)).expect("it can be asked");
            let holds = |(ticket, at): &&Matter| condition.holds(&asked::Asked::of(ticket, *at, &catalog));
            let in_memory: Vec<i64> = matters.iter().filter(holds).map(|(ticket, _)| ticket.number).collect();
            some += usize::from(!in_memory.is_empty() && in_memory.len() < matters.len());
            assert_eq!(listed(&desk, &written).await, in_memory, "{}", serde_json::to_string(&written).expect("JSON"));
        }
        assert!(some > CONDITIONS / 4, "{some} of them tell tickets apart");
    }

    async fn a_condition_is_asked_at_the_door(desk: Desk) {
        own_fields(&desk).await;
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
            (r#"{"field":"fields.password","op":"empty"}"#, "where.field", "unknown"),
            (r#"{"field":"fields.kind","op":"is","value":"gift"}"#, "where.value", "condition_value"),
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
