//! What is in a ZIP that a letter brings, told without unpacking it.

use std::process::Command;

use madoguchi_platform::both_engines;
use madoguchi_tickets::TicketId;
use serde_json::{Value, json};

use crate::{
    desk::{ADDRESS, Desk, nowhere},
    doors::Doors,
};

/// A letter with a ZIP that another program packed.
fn letter() -> Vec<u8> {
    let mut python = Command::new("/usr/bin/python3");
    let made = python.args(["-c", include_str!("zipped.py"), ADDRESS]).output().expect("needs python3");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    made.stdout
}

both_engines! {
    async fn a_zip_tells_what_is_in_it_before_anybody_opens_it(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "x").await.id;
        let line = desk.letter(mailbox, 1, letter()).await;
        let ticket = TicketId::new(line.ticket.expect("a ticket"));
        let doors = Doors::of(&desk);
        let messages = desk.messages(ticket).await;
        let [zip, small, cut] = messages[0].1.as_slice() else { panic!("three files") };
        let listed = doors.all("GET", &format!("/attachments/{}/entries", zip.id), None).await;
        assert_eq!(listed.status, 200, "{}", listed.text);
        let entry = |name: &str, size: u64| json!({ "name": name, "size": size, "locked": false });
        let entries = listed.body["entries"].as_array().expect("a list");
        assert_eq!(entries[..3], [entry("図面①.pdf", 40), entry("資料/", 0), entry("資料/納品書.xlsx", 1_500_000)]);
        assert_eq!((entries.len(), &listed.body["count"]), (1_000, &json!(1_203)));
        // What follows it in the letter is no part of it.
        let listed = doors.all("GET", &format!("/attachments/{}/entries", small.id), None).await;
        assert_eq!(listed.body, json!({ "entries": [entry("見積書.pdf", 40)], "count": 1 }), "{}", listed.text);
        let none = doors.all("GET", &format!("/attachments/{}/entries", cut.id), None).await;
        assert_eq!((none.status.as_u16(), &none.body["code"]), (422, &json!("attachment.no_archive")));
        // Whoever may not see the ticket does not see that it has a file either.
        let stranger = doors.ask("nothing", "GET", &format!("/attachments/{}/entries", zip.id), None).await;
        assert_eq!((stranger.status.as_u16(), stranger.body.get("entries")), (403, None::<&Value>));
    }
}
