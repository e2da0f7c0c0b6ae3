//! Tickets come together and are taken apart; messages become tickets of their own.

use std::sync::Arc;

use madoguchi_kernel::problem::{Kind, Result};
use madoguchi_people::{ContactId, WallId};
use madoguchi_platform::{
    access::{Actor, Walls},
    both_engines,
    db::Tx,
};
use madoguchi_tickets::{
    MessageId, Ticket, TicketId,
    actions::{self, Delivery, NewMessage, Part, Patch, Reach, Readers},
    envelope::{Addressee, Envelope},
    rights,
    testing::{Desk, ROAD, words},
    views::{self, Entry, Filter, Reading, View},
    words::{DeliveryState, Status, Visibility},
};

pub async fn merge(desk: &Desk, id: TicketId, into: TicketId) -> Result<Ticket> {
    let may = desk.may::<rights::Merge>();
    desk.write(desk.tenant_id(), async move |tx| actions::merge(tx, &may, (id, None), into, Readers::Join).await).await
}

async fn unmerge(desk: &Desk, id: TicketId) -> Result<Ticket> {
    let may = desk.may::<rights::Merge>();
    desk.write(desk.tenant_id(), async move |tx| actions::unmerge(tx, &may, (id, None)).await).await
}

async fn split(desk: &Desk, id: TicketId, message: MessageId, reach: Reach) -> Result<Ticket> {
    let may = desk.may::<rights::Merge>();
    desk.write(desk.tenant_id(), async move |tx| actions::split(tx, &may, (id, None), message, Part::of(reach)).await)
        .await
}

async fn rebuilds(desk: &Desk, ids: &[TicketId]) {
    for id in ids.iter().copied() {
        let (may, stored) = (desk.may::<rights::Read>(), desk.stored(id).await);
        let revision = stored.revision;
        let rebuilt = desk.read(desk.tenant_id(), async move |tx| views::rebuild(tx, &may, id, revision).await).await;
        assert_eq!(rebuilt.expect("rebuilt"), stored);
    }
}

/// The numbers that a view lists, the newest first.
async fn listed(desk: &Desk, filter: Filter) -> Vec<i64> {
    let may = desk.may::<rights::Read>();
    let page = desk.read(desk.tenant_id(), async move |tx| views::lines(tx, &may, &filter, None, 50).await).await;
    page.expect("a list").items.into_iter().map(|line| line.number).collect()
}

/// What is said on a ticket and what happened, as somebody reads it.
async fn told(desk: &Desk, id: TicketId) -> Vec<String> {
    let may = desk.may::<rights::Read>();
    let thread =
        desk.read(desk.tenant_id(), async move |tx| views::thread(tx, &may, id, Reading::Back, None, 100).await);
    let entry = |entry: Entry| match entry {
        Entry::Message(told, _) => match told.side_number {
            Some(number) => format!("{} (#{number})", told.text),
            None => told.text,
        },
        Entry::Fact { row, other, .. } => match other {
            Some((_, number)) => format!("{} #{number}", row.kind),
            None => row.kind,
        },
    };
    thread.await.expect("a thread").items.into_iter().rev().map(entry).collect()
}

async fn first_message(desk: &Desk, id: TicketId) -> MessageId {
    said(desk, id).await[0].0
}

async fn said(desk: &Desk, id: TicketId) -> Vec<(MessageId, Visibility)> {
    let may = desk.may::<rights::Read>();
    let said = desk.read(desk.tenant_id(), async move |tx| views::messages(tx, &may, id, 0, 100).await).await;
    said.expect("messages").into_iter().map(|(told, _)| (told.id, told.visibility)).collect()
}

/// Answers, and says where that answer is.
async fn answered(desk: &Desk, ticket: TicketId, at: DeliveryState) {
    desk.reply(ticket, "承知しました").await.expect("answered");
    carried(desk, ticket, at).await;
}

/// Passes a word on, and says where that is.
async fn passed_on(desk: &Desk, ticket: TicketId, at: DeliveryState) {
    let maker =
        Addressee { name: "メーカー".to_owned(), address: "maker@vendor.example".parse().expect("an address") };
    let envelope = Some(Envelope { to: Some(vec![maker]), ..Envelope::default() });
    let new = NewMessage { envelope, ..words("お願いします") };
    let may = desk.may::<rights::Reply>();
    desk.write(desk.tenant_id(), async move |tx| actions::forward(tx, &may, ticket, &new).await.map(drop))
        .await
        .expect("passed on");
    carried(desk, ticket, at).await;
}

async fn carried(desk: &Desk, ticket: TicketId, at: DeliveryState) {
    let message = said(desk, ticket).await.last().expect("it was said").0;
    let may = ROAD.may::<rights::Deliver>(desk.tenant_id());
    let mark = async move |tx: &Tx<'_>| {
        let (state, now) = (at, tx.now());
        let delivery = Delivery { ticket, message, state, attempts: 1, reason: None, at: now, recipients: None };
        actions::mark_delivery(tx, &may, &delivery).await
    };
    desk.write(desk.tenant_id(), mark).await.expect("marked");
}

/// Whether the last answer of a ticket did not leave: as the list says, as its count does, and as the ticket does.
async fn undelivered(desk: &Desk, id: TicketId) -> (Vec<i64>, i64, Option<DeliveryState>) {
    let listed = listed(desk, Filter { view: View::Undelivered, ..Filter::default() }).await;
    let (may, tenant) = (desk.may::<rights::Read>(), desk.tenant_id());
    let read = desk.read(tenant, async move |tx| {
        let counted = views::counts(tx, &may).await?.undelivered;
        let all = Filter { view: View::All, ..Filter::default() };
        let lines = views::lines(tx, &may, &all, None, 50).await?.items;
        let line = lines.into_iter().find(|line| line.id == id).and_then(|line| line.undelivered);
        assert_eq!(line, views::undelivered(tx, tenant, id).await?);
        Ok((counted, line))
    });
    let (counted, line) = read.await.expect("read");
    (listed, counted, line)
}

fn state(key: &str) -> Patch {
    Patch { state: Some(key.to_owned()), ..Patch::default() }
}

both_engines! {
    async fn a_merged_ticket_is_read_at_its_root_and_stands_for_itself_again(desk: Desk) {
        let one = desk.ticket("a@example.com", "一").await;
        let two = desk.ticket("b@example.com", "二").await;
        desk.change(two.id, None, state("pending")).await.expect("changed");
        let root = merge(&desk, one.id, two.id).await.expect("merged");
        assert_eq!((root.id, root.messages_count, root.status), (two.id, 2, Status::Open), "the other one still wanted us");
        assert_eq!(root.cc, [one.requester], "who asked there reads along");
        let side = desk.stored(one.id).await;
        assert_eq!((side.root, side.merged_into, side.messages_count), (Some(two.id), Some(two.id), 1));
        let again = merge(&desk, one.id, two.id).await.expect("harmless");
        assert_eq!(again.revision, root.revision, "a second time tells nothing");

        assert_eq!(listed(&desk, Filter::default()).await, [2]);
        let by_number = Filter { view: View::All, text: Some("#1".into()), ..Filter::default() };
        assert_eq!(listed(&desk, by_number).await, [1], "its number still leads to it");

        let heard = desk.hear(Some(one.id), "a@example.com", "まだです").await.expect("heard");
        assert_eq!((heard.ticket.id, heard.root.map(|root| root.messages_count)), (one.id, Some(3)));
        assert_eq!(
            told(&desk, two.id).await,
            ["こんにちは (#1)", "こんにちは", "ticket.opened", "ticket.changed", "ticket.absorbed #1", "ticket.changed", "まだです (#1)"]
        );
        for refused in [
            desk.reply(one.id, "x").await.expect_err("answered at the root"),
            desk.change(one.id, None, state("solved")).await.expect_err("changed at the root"),
        ] {
            assert_eq!((refused.kind, refused.code), (Kind::Conflict, "ticket.merged"));
        }
        rebuilds(&desk, &[one.id, two.id]).await;

        let alone = unmerge(&desk, one.id).await.expect("taken out");
        assert_eq!((alone.root, alone.merged_into, alone.messages_count), (None, None, 2));
        let root = desk.stored(two.id).await;
        assert_eq!((root.messages_count, root.cc, root.last_message), (1, Vec::new(), Some(first_message(&desk, two.id).await)));
        assert_eq!(unmerge(&desk, one.id).await.expect("harmless").revision, alone.revision);
        let mut both = listed(&desk, Filter::default()).await;
        both.sort_unstable();
        assert_eq!(both, [1, 2]);
        rebuilds(&desk, &[one.id, two.id]).await;
    }

    async fn chains_collapse_and_come_apart_where_they_were_joined(desk: Desk) {
        let mut ids = Vec::new();
        for subject in ["一", "二", "三"] {
            ids.push(desk.ticket("a@example.com", subject).await.id);
        }
        let [one, two, three] = ids[..] else { panic!("three") };
        merge(&desk, one, two).await.expect("merged");
        assert_eq!(merge(&desk, two, one).await.expect_err("a circle").code, "ticket.merged_the_other_way");
        assert_eq!(merge(&desk, two, two).await.expect_err("itself").fields[0].code, "itself");
        let root = merge(&desk, two, three).await.expect("merged");
        assert_eq!((root.id, root.messages_count), (three, 3));
        assert_eq!((desk.stored(one).await.root, desk.stored(one).await.merged_into), (Some(three), Some(two)));
        desk.hear(Some(one), "a@example.com", "あとから").await.expect("heard");
        assert_eq!(desk.stored(three).await.messages_count, 4);
        rebuilds(&desk, &ids).await;

        let two_again = unmerge(&desk, two).await.expect("taken out");
        assert_eq!((two_again.messages_count, two_again.root), (3, None), "what was merged into it leaves with it");
        assert_eq!(desk.stored(one).await.root, Some(two));
        assert_eq!(desk.stored(three).await.messages_count, 1);
        // Into a merged one is into the one where that is read.
        let root = merge(&desk, three, one).await.expect("merged");
        assert_eq!((root.id, root.messages_count), (two, 4));
        assert_eq!(merge(&desk, three, two).await.expect("harmless").id, two);
        rebuilds(&desk, &ids).await;
    }

    async fn walls_and_what_is_closed_keep_tickets_apart(desk: Desk) {
        let one = desk.ticket("a@example.com", "一").await;
        let two = desk.ticket("b@example.com", "二").await;
        let behind = |walls: Vec<WallId>| {
            let actor = Actor { walls: Walls::Some(walls.into_iter().map(|wall| wall.number()).collect()), ..(**desk.agent()).clone() };
            Arc::new(actor).may::<rights::Merge>().expect("the right")
        };
        let outside = behind(vec![WallId::new(1)]);
        let hidden = desk.write(desk.tenant_id(), async move |tx| {
            actions::merge(tx, &outside, (one.id, None), two.id, Readers::Join).await.map(drop)
        });
        assert_eq!(hidden.await.expect_err("not visible").kind, Kind::NotFound);
        let seen = Some(one.revision + 1);
        let may = desk.may::<rights::Merge>();
        let stale = desk.write(desk.tenant_id(), async move |tx| {
            actions::merge(tx, &may, (one.id, seen), two.id, Readers::Join).await.map(drop)
        });
        assert_eq!(stale.await.expect_err("out of date").kind, Kind::Stale);
        let nowhere = merge(&desk, one.id, TicketId::new(7)).await.expect_err("not there");
        assert_eq!(nowhere.fields[0].code, "unknown");
        desk.change(two.id, None, state("closed")).await.expect("closed");
        for (from, to) in [(one.id, two.id), (two.id, one.id)] {
            assert_eq!(merge(&desk, from, to).await.expect_err("closed").code, "ticket.closed");
        }
    }

    async fn a_message_becomes_a_ticket_of_its_own(desk: Desk) {
        let ticket = desk.ticket("a@example.com", "一").await;
        let heard = desk.hear(Some(ticket.id), "b@example.com", "別の件です").await.expect("heard");
        desk.reply(ticket.id, "一についてです").await.expect("answered");
        desk.hear(Some(ticket.id), "a@example.com", "一の続き").await.expect("heard");
        let new = split(&desk, ticket.id, heard.message.id, Reach::Message).await.expect("split");
        let b = heard.message.author_id.map(ContactId::new);
        assert_eq!((new.number, new.messages_count, Some(new.requester)), (2, 1, b));
        assert_eq!((new.split_from, new.status, new.cc.as_slice()), (Some(ticket.id), Status::New, [ticket.requester].as_slice()));
        assert_eq!(told(&desk, new.id).await, ["別の件です", "ticket.opened", "ticket.took_over #1"]);
        assert_eq!(desk.stored(ticket.id).await.messages_count, 3);
        let rest = split(&desk, ticket.id, said(&desk, ticket.id).await[1].0, Reach::FromHereOn).await.expect("split");
        assert_eq!((rest.messages_count, rest.status), (2, Status::New), "the customer had the last word");
        let left = first_message(&desk, ticket.id).await;
        assert_eq!(split(&desk, ticket.id, left, Reach::Message).await.expect_err("all of it").code, "ticket.nothing_left");
        let foreign = split(&desk, ticket.id, heard.message.id, Reach::Message).await.expect_err("another's");
        assert_eq!(foreign.fields[0].code, "unknown");
        rebuilds(&desk, &[ticket.id, new.id, rest.id]).await;
    }

    async fn a_message_of_a_merged_ticket_can_be_split_off_too(desk: Desk) {
        let one = desk.ticket("a@example.com", "一").await;
        let two = desk.ticket("a@example.com", "二").await;
        let heard = desk.hear(Some(one.id), "a@example.com", "別の件です").await.expect("heard");
        merge(&desk, one.id, two.id).await.expect("merged");
        let new = split(&desk, two.id, heard.message.id, Reach::Message).await.expect("split");
        assert_eq!((new.split_from, new.messages_count), (Some(two.id), 1));
        assert_eq!((desk.stored(one.id).await.messages_count, desk.stored(two.id).await.messages_count), (1, 2));
        rebuilds(&desk, &[one.id, two.id, new.id]).await;
    }

    async fn another_matter_need_not_be_for_those_who_read_along(desk: Desk) {
        let one = desk.ticket("a@example.com", "一").await.id;
        let heard = desk.hear(Some(one), "b@example.com", "別の件です").await.expect("heard").message.id;
        let may = desk.may::<rights::Merge>();
        let part = Part { readers: Readers::StayApart, ..Part::of(Reach::Message) };
        let new = desk.write(desk.tenant_id(), async move |tx| actions::split(tx, &may, (one, None), heard, part).await).await;
        let new = new.expect("split");
        assert_ne!(new.requester, desk.stored(one).await.requester);
        assert_eq!(new.cc, [], "a word to us alone is answered to its writer alone");
        rebuilds(&desk, &[one, new.id]).await;
    }

    async fn an_answer_that_failed_goes_along_when_it_is_split_off(desk: Desk) {
        let one = desk.ticket("a@example.com", "一").await.id;
        desk.hear(Some(one), "a@example.com", "別の件です").await.expect("heard");
        answered(&desk, one, DeliveryState::Failed).await;
        let failed = said(&desk, one).await.last().expect("an answer").0;
        let new = split(&desk, one, failed, Reach::Message).await.expect("split").id;
        assert_eq!(undelivered(&desk, one).await.2, None, "it stands elsewhere");
        assert_eq!(undelivered(&desk, new).await.2, Some(DeliveryState::Failed));
        answered(&desk, new, DeliveryState::Sent).await;
        assert_eq!(undelivered(&desk, new).await, (Vec::new(), 0, None));
    }

    async fn a_forward_that_failed_is_seen_until_something_is_said_again(desk: Desk) {
        let id = desk.ticket("a@example.com", "一").await.id;
        let (nothing, failed) = ((Vec::new(), 0, None), (vec![1], 1, Some(DeliveryState::Failed)));
        passed_on(&desk, id, DeliveryState::Sent).await;
        assert_eq!(undelivered(&desk, id).await, nothing);
        passed_on(&desk, id, DeliveryState::Failed).await;
        assert_eq!(undelivered(&desk, id).await, failed);
        let may = desk.may::<rights::Note>();
        let note = words("電話で頼んだ");
        desk.write(desk.tenant_id(), async move |tx| actions::note(tx, &may, id, &note).await.map(drop)).await.expect("noted");
        assert_eq!(undelivered(&desk, id).await, nothing, "somebody saw to it");
        // An answer that failed is not made good by a word to somebody else.
        answered(&desk, id, DeliveryState::Failed).await;
        passed_on(&desk, id, DeliveryState::Sent).await;
        assert_eq!(undelivered(&desk, id).await, failed);
        answered(&desk, id, DeliveryState::Sent).await;
        assert_eq!(undelivered(&desk, id).await, nothing);
    }

    async fn merged_tickets_have_one_last_answer(desk: Desk) {
        let one = desk.ticket("a@example.com", "一").await.id;
        let two = desk.ticket("a@example.com", "二").await.id;
        let nothing = (Vec::new(), 0, None);
        answered(&desk, two, DeliveryState::Sent).await;
        assert_eq!(undelivered(&desk, one).await, nothing);
        answered(&desk, one, DeliveryState::Failed).await;
        assert_eq!(undelivered(&desk, one).await, (vec![1], 1, Some(DeliveryState::Failed)));
        merge(&desk, one, two).await.expect("merged");
        assert_eq!(undelivered(&desk, two).await, (vec![2], 1, Some(DeliveryState::Failed)), "it is read there now");
        answered(&desk, two, DeliveryState::Sent).await;
        assert_eq!(undelivered(&desk, two).await, nothing, "a later answer left");
        unmerge(&desk, one).await.expect("taken out");
        assert_eq!(undelivered(&desk, one).await, (vec![1], 1, Some(DeliveryState::Failed)));
        answered(&desk, one, DeliveryState::Unknown).await;
        assert_eq!(undelivered(&desk, one).await, (vec![1], 1, Some(DeliveryState::Unknown)));
        answered(&desk, one, DeliveryState::Failed).await;
        answered(&desk, one, DeliveryState::Withdrawn).await;
        assert_eq!(undelivered(&desk, one).await.2, Some(DeliveryState::Failed), "what was taken back counts for nothing");
    }
}
