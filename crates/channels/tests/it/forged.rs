//! Letters that do not come from whom they name: what is done with them, and that nothing is lost by it.

use madoguchi_channels::mail::{
    letters::LetterState,
    mailbox::MailboxId,
    token::{Audience, ReplyToken},
    views::Line,
    vouch::check::Vouching,
};
use madoguchi_platform::{both_engines, db::Engine};
use madoguchi_tickets::{MessageId, TicketId, actions, rights, views::Told, words::Visibility};
use serde_json::json;

use crate::{
    desk::{ADDRESS, Desk, nowhere},
    doors::Doors,
};

/// A desk that believes what its own mail server found.
async fn desk(engine: Engine) -> (Desk, MailboxId) {
    let desk = Desk::with(engine, Vouching::new(None, &["mx.ours.example".to_owned()], "mx.ours.example")).await;
    let mailbox = desk.mailbox(nowhere(ADDRESS), "").await.id;
    (desk, mailbox)
}

/// What that server writes about a letter from `bank.example`.
fn told(results: &str) -> String {
    format!("Authentication-Results: mx.ours.example; {results}\r\n")
}

fn letter(head: &str, n: u32) -> String {
    format!("{head}To: {ADDRESS}\r\nMessage-ID: <{n}@bank.example>\r\nSubject: matter {n}\r\n\r\nwords {n}\r\n")
}

const BANK: &str = "From: taro@bank.example\r\n";
const FORGED: &str = "spf=pass smtp.mailfrom=evil.example; dmarc=fail (p=reject) header.from=bank.example";

async fn last(desk: &Desk, line: &Line) -> Told {
    desk.messages(TicketId::new(line.ticket.expect("a ticket"))).await.pop().expect("a message").0
}

both_engines! {
    async fn a_letter_that_its_domain_disowns_waits_for_a_person(engine: Engine) {
        let (desk, mailbox) = desk(engine).await;
        let line = desk.letter(mailbox, 1, letter(&format!("{}{BANK}", told(FORGED)), 1)).await;
        assert_eq!((line.state, line.reason.as_deref()), (LetterState::Quarantine, Some("forged")));
        let checked = "bank.example p=reject: DMARC fail, SPF pass (evil.example), DKIM none";
        assert_eq!((line.detail.as_deref(), line.ticket), (Some(checked), None));
        // Whoever looks at it sees what was found, though it stands on no ticket.
        let doors = Doors::of(&desk);
        let source = doors.all("GET", &format!("/letters/{}", line.id), None).await.body;
        let verdict = &source["verdict"];
        assert_eq!((&verdict["standing"], &verdict["policy"]), (&json!("failed"), &json!("reject")), "{source}");
        assert_eq!((&verdict["spf"]["domain"], &verdict["source"]), (&json!("evil.example"), &json!("told")));
        assert!(source["error"].as_str().expect("a sentence").starts_with("なりすまし"), "{source}");
        // And lets it in all the same; nobody vouches for its writer by that.
        desk.retry(line.id).await;
        let line = desk.letters().await.remove(0);
        assert_eq!(line.state, LetterState::Read);
        let told = last(&desk, &line).await;
        assert_eq!((told.visibility, told.verified), (Visibility::Public, false));
    }

    async fn what_a_domain_asks_for_and_the_mailbox_wants_decides(engine: Engine) {
        let (desk, mailbox) = desk(engine).await;
        let mut uid = 0;
        for (results, expected) in [
            ("dmarc=fail (p=reject) header.from=bank.example", None),
            ("dmarc=fail (p=quarantine) header.from=bank.example", Some(false)),
            ("dmarc=fail (p=none) header.from=bank.example", Some(true)),
            ("dmarc=fail header.from=bank.example", Some(true)),
            ("dmarc=temperror (p=reject) header.from=bank.example", Some(true)),
            ("spf=fail smtp.mailfrom=bank.example", Some(true)),
            ("dmarc=pass (p=reject) header.from=bank.example", Some(true)),
        ] {
            uid += 1;
            let line = desk.letter(mailbox, uid, letter(&format!("{}{BANK}", told(results)), uid)).await;
            let found = match line.state {
                LetterState::Quarantine => None,
                _ => Some(last(&desk, &line).await.verified),
            };
            assert_eq!(found, expected, "{results}");
        }
        // Only our own server's word counts.
        let theirs = told(FORGED).replace("ours", "theirs");
        assert_eq!(desk.letter(mailbox, 20, letter(&format!("{theirs}{BANK}"), 20)).await.state, LetterState::Read);
        desk.change(mailbox, |settings| settings.quarantine_forged = false).await;
        let line = desk.letter(mailbox, 21, letter(&format!("{}{BANK}", told(FORGED)), 21)).await;
        assert_eq!((line.state, last(&desk, &line).await.verified), (LetterState::Read, false));
    }

    async fn an_answer_in_somebodys_name_is_kept_from_the_customer_until_an_agent_lets_it_in(engine: Engine) {
        let (desk, mailbox) = desk(engine).await;
        let passes = told("dmarc=pass header.from=bank.example");
        let line = desk.letter(mailbox, 1, letter(&format!("{passes}{BANK}"), 1)).await;
        let ticket = TicketId::new(line.ticket.expect("a ticket"));
        let token = ReplyToken { ticket, audience: Audience::Customer };
        let token = token.address(ADDRESS, &desk.tools.mail_keys(desk.tenant)[0], desk.tenant).expect("an address");
        let answer = |results: &str, n: u32| {
            let head = format!("{}{BANK}Cc: friend@evil.example\r\nSubject: Re\r\n", told(results));
            letter(&head, n).replace(&format!("To: {ADDRESS}"), &format!("To: {token}"))
        };
        for (results, n) in [(FORGED, 2), ("dmarc=fail (p=quarantine) header.from=bank.example", 3)] {
            let line = desk.letter(mailbox, n, answer(results, n)).await;
            assert_eq!((line.state, line.ticket), (LetterState::Read, Some(ticket.number())), "{results}");
            let told = last(&desk, &line).await;
            assert_eq!((told.visibility, told.verified), (Visibility::Internal, false), "{results}");
        }
        assert_eq!(desk.ticket(ticket).await.cc, [], "whoever forges brings nobody along");
        // A number in the subject proves nothing, and a letter that fails proves no more.
        let number = desk.ticket(ticket).await.number;
        let numbered = letter(&format!("{}{BANK}", told(FORGED)), 4).replace("matter 4", &format!("Re: [#{number}] x"));
        assert_eq!(desk.letter(mailbox, 4, numbered).await.state, LetterState::Quarantine);
        // Let in, it is the requester's word again, and nobody new reads along.
        let message: MessageId = desk.messages(ticket).await[1].0.id;
        let may = desk.actor.may::<rights::Change>().expect("the right");
        desk.write(async move |tx| actions::admit(tx, &may, message).await).await.expect("it is let in");
        let told = desk.messages(ticket).await.remove(1).0;
        assert_eq!((told.visibility, told.verified), (Visibility::Public, true));
        assert_eq!(desk.ticket(ticket).await.cc, []);
    }

    async fn of_several_senders_none_is_believed(engine: Engine) {
        let (desk, mailbox) = desk(engine).await;
        let passes = told("spf=pass smtp.mailfrom=evil.example; dmarc=pass header.from=bank.example");
        let first = desk.letter(mailbox, 1, letter(&format!("{passes}{BANK}"), 1)).await;
        let two = "From: taro@bank.example, mallory@evil.example\r\nSender: mallory@evil.example\r\nIn-Reply-To: <1@bank.example>\r\n";
        let answer = desk.letter(mailbox, 2, letter(&format!("{passes}{two}"), 2)).await;
        assert_eq!(answer.ticket, first.ticket);
        let word = last(&desk, &answer).await;
        assert_eq!((word.visibility, word.verified), (Visibility::Internal, false));
        let fresh = two.replace("In-Reply-To: <1@bank.example>\r\n", "");
        let other = desk.letter(mailbox, 3, letter(&format!("{passes}{fresh}"), 3)).await;
        assert_ne!(other.ticket, first.ticket);
        assert!(!last(&desk, &other).await.verified);
    }

    async fn a_form_of_ours_that_writes_in_its_visitors_names_goes_on(engine: Engine) {
        let (desk, mailbox) = desk(engine).await;
        let form = "form@help.example.com";
        let forms = async |declared: bool| {
            let gateways = if declared { vec![form.parse().expect("an address")] } else { Vec::new() };
            desk.change(mailbox, move |settings| settings.gateways = gateways.clone()).await;
        };
        let fails = "dmarc=fail (p=reject) header.from=bank.example";
        let own = told("dmarc=fail (p=reject) header.from=help.example.com");
        let (by_path, by_sender) = (format!("Return-Path: <{form}>\r\n"), format!("Sender: Web <{form}>\r\n"));
        let (disowned, unsaid) = (format!("spf=fail smtp.mailfrom={form}; {fails}"), format!("spf=none smtp.mailfrom={form}; {fails}"));
        let mut uid = 0;
        for (head, declared, expected) in [
            // In its own name, from a web server for which our domain does not speak.
            (format!("{own}From: {form}\r\n"), false, LetterState::Quarantine),
            (format!("{own}From: {form}\r\n"), true, LetterState::Read),
            // In the name of whoever filled it in.
            (format!("{}{by_path}{BANK}", told(&unsaid)), false, LetterState::Quarantine),
            (format!("{}{by_path}{BANK}", told(&unsaid)), true, LetterState::Read),
            (format!("{}{by_sender}{BANK}", told(fails)), true, LetterState::Read),
            // Anybody can name our form; our domain says that this machine may not.
            (format!("{}{by_path}{by_sender}{BANK}", told(&disowned)), true, LetterState::Quarantine),
        ] {
            uid += 1;
            forms(declared).await;
            let line = desk.letter(mailbox, uid, letter(&head, uid)).await;
            assert_eq!(line.state, expected, "declared: {declared}\n{head}");
            if line.state == LetterState::Read {
                assert!(last(&desk, &line).await.verified, "{head}");
            }
        }
    }
}
