//! Two servers on one PostgreSQL: one desk, whichever is asked; and when one dies, the other takes its work over.

use std::collections::BTreeSet;

use madoguchi_platform::{
    db::Engine,
    testing::{TestDatabase, play},
};
use serde_json::{Value, json};

use crate::server::{Answer, Client, Desk, Rows};

fn open(client: &mut Client, key: &str) -> Answer {
    let body = json!({
        "subject": key,
        "requester": { "email": "taro@example.com", "name": "山田 太郎" },
        "message": { "text": "どちらに聞いても同じ窓口です。" },
    });
    client.key = Some(key.to_owned());
    let answer =
        client.send("POST", "/api/v1/tickets", "application/json", body.to_string().as_bytes()).expect("an answer");
    client.key = None;
    answer
}

/// The tickets whose opening was heard, in the order of the feed, which has no gap.
fn heard(client: &mut Client) -> Vec<i64> {
    let facts = client.get("/api/v1/facts?limit=200").json();
    let facts = facts["items"].as_array().expect("facts").clone();
    assert!(facts.iter().zip(1..).all(|(fact, place)| fact["feed_seq"] == place), "the feed has no gap");
    let opened = facts.iter().filter(|fact| fact["kind"] == "ticket.opened");
    opened.map(|fact: &Value| fact["stream"]["id"].as_i64().expect("an id")).collect()
}

fn story(database: TestDatabase) {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::set_up(&folder.path().join("a"), Rows::Database(database));
    let other = desk.another_node(&folder.path().join("b"));
    let (first, second) = (desk.serve(), other.serve());
    let (mut a, mut b) = (first.client(), second.client());

    let there = open(&mut a, "once");
    let again = open(&mut b, "once");
    assert_eq!((there.status, again.status), (201, 201));
    assert_eq!(there.body, again.body, "the same key at another node is the same answer");
    let path = format!("/api/v1/tickets/{}", there.json()["id"]);
    assert_eq!(b.get(&path).body, a.get(&path).body, "what one node knows the other knows");

    let mut tickets = BTreeSet::from([there.json()["id"].as_i64().expect("an id")]);
    for i in 0..20 {
        let client = if i % 2 == 0 { &mut a } else { &mut b };
        tickets.insert(open(client, &format!("both {i}")).json()["id"].as_i64().expect("an id"));
    }
    // Killed with some of its facts perhaps not heard yet.
    drop(first);
    for i in 0..20 {
        tickets.insert(open(&mut b, &format!("alone {i}")).json()["id"].as_i64().expect("an id"));
    }
    let mut opened = heard(&mut b);
    while opened.len() < tickets.len() {
        opened = heard(&mut b);
    }
    assert_eq!(opened.iter().copied().collect::<BTreeSet<_>>(), tickets, "each was heard of");
    assert_eq!(opened.len(), tickets.len(), "and once");
}

mod one_desk_on_two_nodes {
    use super::*;

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |_: Engine| {
            let database = TestDatabase::create().await;
            tokio::task::block_in_place(|| story(database));
        });
    }
}
