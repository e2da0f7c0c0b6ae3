//! What lists and timelines show, and to whom.

use std::{sync::Arc, time::Duration};

use madoguchi_kernel::Word;
use madoguchi_platform::{
    access::{Actor, Walls},
    both_engines,
    db::Tx,
};
use madoguchi_tickets::{
    actions::{self, NewMessage, Patch},
    envelope::{Addressee, Envelope},
    rights,
    testing::{Desk, words},
    ticket::TicketId,
    views::{self, Entry, Filter, Order, Reading, View},
    words::{SaidAs, Status},
};

async fn numbers(desk: &Desk, actor: &Arc<Actor>, filter: Filter) -> Vec<i64> {
    let mut numbers = Vec::new();
    let mut after = None;
    loop {
        let (may, filter) = (actor.may::<rights::Read>().expect("may read"), filter.clone());
        let page = desk
            .read(desk.tenant_id(), async move |tx| views::lines(tx, &may, &filter, after, 2).await)
            .await
            .expect("a page");
        numbers.extend(page.items.iter().map(|line| line.number));
        after = page.next;
        if after.is_none() {
            return numbers;
        }
    }
}

/// The entries' kinds and numbers, gathered page by page.
async fn gathered(desk: &Desk, id: TicketId, reading: Reading, limit: usize) -> Vec<String> {
    let mut story = Vec::new();
    let mut after = None;
    loop {
        let may = desk.may::<rights::Read>();
        let page = desk
            .read(desk.tenant_id(), async move |tx| views::thread(tx, &may, id, reading, after, limit).await)
            .await
            .expect("a page");
        assert!(page.items.len() <= limit, "a page keeps to its limit");
        story.extend(page.items.iter().map(|entry| match entry {
            Entry::Message(message, _) => format!("message {}", message.id.number()),
            Entry::Fact { row, .. } => format!("fact {}", row.seq),
        }));
        after = page.next;
        if after.is_none() {
            return story;
        }
    }
}

both_engines! {
    async fn pages_follow_one_another_without_gap_or_repeat(desk: Desk) {
        for i in 1..=5 {
            desk.ticket("a@example.com", &format!("{i}")).await;
            desk.advance(Duration::from_secs(1));
        }
        assert_eq!(numbers(&desk, desk.agent(), Filter::default()).await, [5, 4, 3, 2, 1]);
        let all = Filter { view: View::All, order: Order::Created, ..Filter::default() };
        assert_eq!(numbers(&desk, desk.agent(), all).await, [5, 4, 3, 2, 1]);
    }

    async fn views_and_filters_show_what_they_say(desk: Desk) {
        let first = desk.ticket("a@example.com", "複合機のエラー E-72").await;
        let second = desk.ticket("b@example.com", "Invoice 100% wrong").await;
        let me = desk.agent().id.map(madoguchi_people::AgentId::new);
        let mine = Patch { assignee: Some(me), tags: Some(vec!["VIP".into(), "vip ".into()]), ..Patch::default() };
        desk.change(first.id, None, mine).await.expect("mine now");
        desk.change(second.id, None, Patch { state: Some("solved".into()), ..Patch::default() }).await.expect("solved");
        let view = |view: View| Filter { view, ..Filter::default() };
        let text = |text: &str| Filter { view: View::All, text: Some(text.into()), ..Filter::default() };
        for (filter, expected) in [
            (text("100"), vec![2]),
            (text("#2"), vec![2]),
            (view(View::Mine), vec![1]),
            (view(View::Unassigned), vec![]),
            (view(View::Open), vec![1]),
            (view(View::Solved), vec![2]),
            (Filter { view: View::All, status: vec![Status::Solved, Status::Closed], ..Filter::default() }, vec![2]),
            (Filter { tag: Some("ViP".into()), ..Filter::default() }, vec![1]),
            (Filter { view: View::All, requester: Some(second.requester), ..Filter::default() }, vec![2]),
            (text("#2"), vec![2]),
            (text("エラー"), vec![1]),
            (text("100%"), vec![2]),
            (text("B@EXAMPLE"), vec![2]),
            (text("a@example.com"), vec![1]),
            (text("c@example"), vec![]),
            (text("1000%"), vec![]),
            (text("_"), vec![]),
        ] {
            assert_eq!(numbers(&desk, desk.agent(), filter.clone()).await, expected, "{} {filter:?}", filter.view.word());
        }
    }

    async fn behind_a_wall_there_is_nothing_at_all(desk: Desk) {
        let ticket = desk.ticket("a@example.com", "社外秘").await;
        let outside = Arc::new(Actor { walls: Walls::Some(Arc::new([7])), ..(**desk.agent()).clone() });
        assert!(numbers(&desk, &outside, Filter { view: View::All, ..Filter::default() }).await.is_empty());
        let may = outside.may::<rights::Read>().expect("may read, elsewhere");
        let hidden = desk.read(desk.tenant_id(), { let may = may.clone(); async move |tx| views::ticket(tx, &may, ticket.id).await }).await.expect_err("hidden");
        let missing = desk.read(desk.tenant_id(), async move |tx| views::ticket(tx, &may, TicketId::new(1)).await).await.expect_err("missing");
        assert_eq!(hidden.to_string(), missing.to_string(), "what one may not see is as what is not");
        let may = outside.may::<rights::Read>().expect("may read, elsewhere");
        let counts = desk.read(desk.tenant_id(), async move |tx| views::counts(tx, &may).await).await.expect("counts");
        assert_eq!(counts, views::Counts::default());
    }

    async fn a_timeline_tells_what_was_said_and_what_happened_in_order(desk: Desk) {
        let ticket = desk.ticket("a@example.com", "流れ").await;
        desk.advance(Duration::from_secs(1));
        desk.reply(ticket.id, "一").await.expect("answered");
        desk.advance(Duration::from_secs(1));
        desk.change(ticket.id, None, Patch { subject: Some("流れ（改）".into()), ..Patch::default() }).await.expect("changed");
        let (may, id) = (desk.may::<rights::Note>(), ticket.id);
        let note = words("社内の覚え");
        desk.write(desk.tenant_id(), async move |tx| actions::note(tx, &may, id, &note).await.map(drop)).await.expect("noted");
        let may = desk.may::<rights::Read>();
        let thread = desk.read(desk.tenant_id(), async move |tx| views::thread(tx, &may, ticket.id, Reading::Forward, None, 100).await).await.expect("a thread");
        let story: Vec<String> = thread
            .items
            .iter()
            .map(|entry| match entry {
                Entry::Message(message, _) => format!("{} {}", message.visibility.word(), message.text),
                Entry::Fact { row, subject, .. } => format!("{} {:?}", row.kind, subject.as_ref().and_then(|(_, after)| after.clone())),
            })
            .collect();
        assert_eq!(
            story,
            ["public こんにちは", "ticket.opened Some(\"流れ\")", "public 一", "ticket.changed None", "ticket.changed Some(\"流れ（改）\")", "internal 社内の覚え"]
        );
    }

    async fn a_timeline_is_the_same_from_either_end_whatever_the_size_of_its_pages(desk: Desk) {
        let ticket = desk.ticket("a@example.com", "長いやり取り").await;
        for i in 0..7 {
            desk.advance(Duration::from_secs(1));
            desk.reply(ticket.id, &format!("返信 {i}")).await.expect("answered");
            let tags = Some(vec![format!("札{i}")]);
            desk.change(ticket.id, None, Patch { tags, ..Patch::default() }).await.expect("changed");
        }
        let forward = gathered(&desk, ticket.id, Reading::Forward, 100).await;
        assert_eq!(forward.len(), 17, "its beginning, two of each round, and the state that the first reply changed: {forward:?}");
        for limit in [1, 2, 3, 5, 15, 16, 100] {
            assert_eq!(gathered(&desk, ticket.id, Reading::Forward, limit).await, forward, "pages of {limit}");
            let mut back = gathered(&desk, ticket.id, Reading::Back, limit).await;
            back.reverse();
            assert_eq!(back, forward, "pages of {limit}, from the end");
        }
    }

    async fn a_page_of_a_timeline_holds_some_long_words_or_many_short_ones(desk: Desk) {
        let ticket = desk.ticket("a@example.com", "x").await;
        for n in 0..12 {
            desk.hear(Some(ticket.id), "a@example.com", &format!("{n} {}", "長".repeat(333_000))).await.expect("heard");
            let tags = Some(vec![format!("{n}")]);
            desk.change(ticket.id, None, Patch { tags, ..Patch::default() }).await.expect("tagged");
        }
        let may = desk.may::<rights::Read>();
        let page = desk.read(desk.tenant_id(), async move |tx| views::thread(tx, &may, ticket.id, Reading::Back, None, 100).await).await.expect("a page");
        assert!(page.items.len() < 20 && page.next.is_some(), "{} entries", page.items.len());
        let forward = gathered(&desk, ticket.id, Reading::Forward, 100).await;
        assert_eq!(forward.iter().filter(|entry| entry.starts_with("message")).count(), 13);
        // Whoever reads the whole conversation, to take it along, reads all of it.
        let count = async |page: bool| {
            let may = desk.may::<rights::Read>();
            let read = async move |tx: &Tx<'_>| match page {
                true => views::first_messages(tx, &may, ticket.id, 100).await,
                false => views::messages(tx, &may, ticket.id, 0, 100).await,
            };
            desk.read(desk.tenant_id(), read).await.expect("messages").len()
        };
        assert_eq!((count(false).await, count(true).await), (13, 9));
        for limit in [1, 9, 16, 17, 100] {
            assert_eq!(gathered(&desk, ticket.id, Reading::Forward, limit).await, forward, "pages of {limit}");
            let mut back = gathered(&desk, ticket.id, Reading::Back, limit).await;
            back.reverse();
            assert_eq!(back, forward, "from the end, pages of {limit}");
        }
    }

    async fn a_list_says_what_the_words_are_whose_beginning_it_shows(desk: Desk) {
        let ticket = desk.ticket("a@example.com", "印刷できません").await;
        let last = async || {
            let may = desk.may::<rights::Read>();
            let page = desk.read(desk.tenant_id(), async move |tx| views::lines(tx, &may, &Filter::default(), None, 9).await);
            let line = page.await.expect("a page").items.remove(0);
            let (actor, id) = (desk.agent().clone(), ticket.id);
            let may = desk.may::<rights::Read>();
            let names = desk.read(desk.tenant_id(), async move |tx| {
                let ticket = views::ticket(tx, &may, id).await?;
                views::names(tx, &actor, &ticket).await
            });
            let names = names.await.expect("the names");
            assert_eq!((&names.snippet, names.last_message_kind), (&line.snippet, line.last_message_kind));
            (line.snippet, line.last_message_kind)
        };
        let said = |text: &str, role| (text.to_owned(), Some(role));
        assert_eq!(last().await, said("こんにちは", SaidAs::In));
        desk.reply(ticket.id, "確認します").await.expect("answered");
        assert_eq!(last().await, said("確認します", SaidAs::Out));

        let may = desk.may::<rights::Note>();
        let noted = desk.write(desk.tenant_id(), async move |tx| actions::note(tx, &may, ticket.id, &words("電話済み")).await);
        noted.await.expect("noted");
        assert_eq!(last().await, said("電話済み", SaidAs::Note));

        let to = Addressee { name: "メーカー".to_owned(), address: "maker@vendor.example".parse().expect("an address") };
        let envelope = Some(Envelope { to: Some(vec![to]), ..Envelope::default() });
        let (may, new) = (desk.may::<rights::Reply>(), NewMessage { envelope, ..words("見てください") });
        let passed = desk.write(desk.tenant_id(), async move |tx| actions::forward(tx, &may, ticket.id, &new).await);
        passed.await.expect("passed on");
        assert_eq!(last().await, said("見てください", SaidAs::Forward));
    }
}
