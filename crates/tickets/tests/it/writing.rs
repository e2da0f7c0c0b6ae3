//! What agents and customers do with tickets.

use std::time::Duration;

use madoguchi_kernel::problem::Kind;
use madoguchi_people::ContactId;
use madoguchi_platform::both_engines;
use madoguchi_tickets::{
    actions::{self, Patch},
    rights,
    testing::{Desk, new_ticket, words},
    ticket::REOPEN_WINDOW,
    words::{Priority, Status},
};

fn state(key: &str) -> Patch {
    Patch { state: Some(key.to_owned()), ..Patch::default() }
}

both_engines! {
    async fn numbers_count_up_from_one(desk: Desk) {
        let first = desk.ticket("a@example.com", "一").await;
        let second = desk.ticket("a@example.com", "二").await;
        assert_eq!((first.number, second.number), (1, 2));
        assert_eq!(first.requester, second.requester, "one address is one contact");
        assert_eq!((first.status, first.revision, first.messages_count), (Status::New, 1, 1));
    }

    async fn an_answer_takes_the_ticket_up_and_the_customers_word_brings_it_back(desk: Desk) {
        let ticket = desk.ticket("a@example.com", "印刷できません").await;
        let answered = desk.reply(ticket.id, "確認します").await.expect("answered");
        assert_eq!(answered.status, Status::Open);
        let pending = desk.change(ticket.id, None, state("pending")).await.expect("changed");
        assert_eq!(pending.status, Status::Pending);
        let heard = desk.hear(Some(ticket.id), "a@example.com", "直りません").await.expect("heard");
        assert!(!heard.opened);
        assert_eq!(heard.ticket.status, Status::Open);
        assert_eq!(heard.ticket.messages_count, 3);
    }

    async fn within_the_window_a_word_reopens_later_it_opens_a_follow_up(desk: Desk) {
        let ticket = desk.ticket("a@example.com", "請求書").await;
        desk.change(ticket.id, None, state("solved")).await.expect("solved");
        desk.advance(REOPEN_WINDOW);
        let heard = desk.hear(Some(ticket.id), "a@example.com", "まだです").await.expect("heard");
        assert_eq!((heard.opened, heard.ticket.status, heard.ticket.solved_at), (false, Status::Open, None));

        desk.change(ticket.id, None, state("solved")).await.expect("solved again");
        desk.advance(REOPEN_WINDOW + Duration::from_secs(1));
        let late = desk.hear(Some(ticket.id), "a@example.com", "また出ました").await.expect("heard");
        assert!(late.opened);
        assert_eq!(late.ticket.follows, Some(ticket.id));
        assert_eq!(late.ticket.number, 2);
    }

    async fn mere_thanks_leave_it_solved_and_a_doubt_reopens(desk: Desk) {
        let ticket = desk.ticket("a@example.com", "印刷できません").await;
        desk.change(ticket.id, None, state("solved")).await.expect("solved");
        let thanked = desk.hear(Some(ticket.id), "a@example.com", "解決しました。ありがとうございました。").await.expect("heard");
        assert_eq!((thanked.opened, thanked.ticket.status, thanked.ticket.messages_count), (false, Status::Solved, 2));
        desk.advance(REOPEN_WINDOW + Duration::from_secs(1));
        let late = desk.hear(Some(ticket.id), "a@example.com", "ありがとうございました。").await.expect("heard");
        assert!(!late.opened, "nor does it open a follow-up");
        desk.change(ticket.id, None, state("open")).await.expect("reopened");
        desk.change(ticket.id, None, state("solved")).await.expect("solved again");
        let doubt = desk.hear(Some(ticket.id), "a@example.com", "ありがとうございます。まだ出ません。").await.expect("heard");
        assert_eq!(doubt.ticket.status, Status::Open);
        desk.change(ticket.id, None, state("pending")).await.expect("waiting");
        let pending = desk.hear(Some(ticket.id), "a@example.com", "ありがとうございます。").await.expect("heard");
        assert_eq!(pending.ticket.status, Status::Open, "what we waited for has come, whatever it says");
    }

    async fn the_second_saver_is_told_and_overwrites_nothing(desk: Desk) {
        let ticket = desk.ticket("a@example.com", "同時").await;
        let urgent = Patch { priority: Some(Priority::Urgent), ..Patch::default() };
        let low = Patch { priority: Some(Priority::Low), ..Patch::default() };
        desk.change(ticket.id, Some(ticket.revision), urgent).await.expect("the first is kept");
        let refused = desk.change(ticket.id, Some(ticket.revision), low).await.expect_err("the second is told");
        assert_eq!((refused.kind, refused.code), (Kind::Stale, "ticket.changed_meanwhile"));
        assert_eq!(desk.stored(ticket.id).await.priority, Priority::Urgent);
    }

    async fn a_closed_ticket_takes_notes_and_nothing_else(desk: Desk) {
        let ticket = desk.ticket("a@example.com", "終わり").await;
        desk.change(ticket.id, None, state("closed")).await.expect("closed");
        assert_eq!(desk.reply(ticket.id, "もう一つ").await.expect_err("refused").code, "ticket.closed");
        assert_eq!(desk.change(ticket.id, None, state("open")).await.expect_err("refused").code, "ticket.closed");
        let (may, note) = (desk.may::<rights::Note>(), words("覚え書き"));
        desk.write(desk.tenant_id(), async move |tx| actions::note(tx, &may, ticket.id, &note).await.map(drop)).await.expect("noted");
    }

    async fn each_field_asks_for_its_own_right(desk: Desk) {
        let ticket = desk.ticket("a@example.com", "権限").await;
        let reader = desk.somebody(&["ticket.read", "ticket.assign"]);
        for (patch, allowed) in [
            (state("open"), false),
            (Patch { team: Some(None), ..Patch::default() }, false),
            (Patch { assignee: Some(None), ..Patch::default() }, true),
            (Patch { assignee: Some(None), tags: Some(vec!["vip".into()]), ..Patch::default() }, false),
        ] {
            let may = reader.may::<rights::Read>().expect("may read");
            let asked = patch.clone();
            let out = desk.write(desk.tenant_id(), async move |tx| actions::change(tx, &may, ticket.id, None, &asked).await).await;
            assert_eq!(out.is_ok(), allowed, "{patch:?}");
        }
    }

    async fn what_is_unknown_is_named_field_by_field(desk: Desk) {
        let ticket = desk.ticket("a@example.com", "不明").await;
        let patch = Patch {
            subject: Some("  ".into()),
            requester: Some(ContactId::new(1)),
            cc: Some(vec![ContactId::new(2)]),
            ..Patch::default()
        };
        let refused = desk.change(ticket.id, None, patch).await.expect_err("refused");
        let fields: Vec<&str> = refused.fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(fields, ["subject", "requester", "cc"]);
        assert_eq!(desk.stored(ticket.id).await, ticket, "nothing of a refused change is kept");
    }

    async fn a_refused_opening_leaves_no_number_behind(desk: Desk) {
        let (may, contacts) = (desk.may(), desk.may());
        let new = actions::NewTicket { subject: "\u{7}".into(), ..new_ticket("a@example.com", "x") };
        let refused = desk.write(desk.tenant_id(), async move |tx| actions::open(tx, &may, &contacts, &new).await.map(drop)).await;
        assert_eq!(refused.expect_err("refused").fields[0].field, "subject");
        assert_eq!(desk.ticket("a@example.com", "次").await.number, 1);
    }
}
