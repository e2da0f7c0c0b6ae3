//! Whoever looks for something finds it by what was said, however it is written, and nothing that is not theirs to see.

use std::{fs, path::Path, sync::Arc, time::Duration};

use axum::{Router, http::Method};
use madoguchi_people::{
    OrganizationId,
    crm::{
        actions::{self as people, OrganizationEdit},
        contact::{ContactAddress, Phone, PhoneNumber, Profile},
        rights,
        views::findable::{contacts, organizations},
    },
};
use madoguchi_platform::{
    access::{Actor, Right, Walls},
    both_engines,
    http::{App, HttpSettings},
    search::{librarian::Librarian, shelf::Shelf},
};
use madoguchi_tickets::{
    actions,
    fields::{Choice, Holds, Label, Shape},
    testing::Desk,
    views::findable,
};
use serde_json::{Value, json};

use crate::{
    files::{AGENT, Friendly, ask, served, store},
    merging::merge,
};

fn shelf(desk: &Desk) -> (Shelf, Librarian) {
    // Built once for all runs of the tests.
    let dictionary = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dictionary");
    let shelf = Shelf::at(desk.dir().join("search"), dictionary);
    let sources = vec![contacts(), organizations(), findable::source()];
    let librarian = Librarian::new(desk.house(), shelf.clone(), sources);
    (shelf, librarian)
}

fn doors(desk: &Desk, who: &Arc<Actor>, shelf: &Shelf) -> Router {
    let doorman = Arc::new(Friendly(who.clone()));
    served(App::with_shelf(desk.house(), doorman, store(desk), HttpSettings::default(), shelf.clone()))
}

/// What comes for these words.
async fn sought(doors: &Router, words: &str) -> Value {
    let words: String = words.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let answer = ask(doors, Method::GET, &format!("/api/v1/search?q={words}"), &[AGENT], "").await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

/// The subjects of what comes, the best first, and how well they fit.
async fn found(doors: &Router, words: &str) -> (Vec<String>, String) {
    let answer = sought(doors, words).await;
    let subject = |hit: &Value| hit["ticket"]["subject"].as_str().expect("a subject").to_owned();
    let subjects = answer["items"].as_array().expect("a list").iter().map(subject).collect();
    (subjects, answer["fit"].as_str().expect("a word").to_owned())
}

/// Two tickets of 佐藤 花子.
async fn two(desk: &Desk) -> [madoguchi_tickets::TicketId; 2] {
    let printer = desk.ticket("hanako@example.jp", "印刷できません").await.id;
    desk.hear(Some(printer), "hanako@example.jp", "ﾌﾟﾘﾝﾀｰ MX-4500 の表示は E-72 です。").await.expect("heard");
    let fridge = desk.ticket("hanako@example.jp", "冷蔵庫の修理").await.id;
    desk.reply(fridge, "訪問は来週の火曜日です。 Invoices follow.").await.expect("an answer");
    [printer, fridge]
}

/// The agent with some rights more and some less.
fn with_rights(desk: &Desk, more: &[&str], less: &[&str]) -> Arc<Actor> {
    let mut rights = (*desk.agent().rights).clone();
    rights.extend(more.iter().map(|key| (*key).to_owned()));
    rights.retain(|key| !less.contains(&key.as_str()));
    Arc::new(Actor { rights: Arc::new(rights), ..(**desk.agent()).clone() })
}

/// 青葉商事, and 髙橋 一郎 who works there.
async fn known(desk: &Desk, clerk: &Arc<Actor>) -> (OrganizationId, i64) {
    let (organizations, contacts) = (clerk.may().expect("a right"), clerk.may().expect("a right"));
    let (house, tenant) = (desk.house(), desk.tenant_id());
    let added = house.write(tenant, async move |tx| {
        let aoba = people::add_organization(tx, &organizations, "青葉商事", &[]).await?.id;
        let profile = Profile {
            name: "髙橋 一郎".to_owned(),
            reading: Some("たかはし いちろう".to_owned()),
            organization: Some(aoba),
            department: Some("情報システム部".to_owned()),
            emails: vec![ContactAddress { address: "ichiro@aoba.example".parse()?, verified: false }],
            phones: vec![Phone { number: PhoneNumber::parse("03-1234-5678")?, label: None }],
            ..Profile::default()
        };
        Ok((aoba, people::add_contact(tx, &contacts, &profile).await?.id.number()))
    });
    added.await.expect("they are known")
}

both_engines! {
    async fn what_was_said_is_found_however_it_is_written(desk: Desk) {
        two(&desk).await;
        desk.settle().await.expect("settled");
        let (shelf, librarian) = shelf(&desk);
        let doors = doors(&desk, desk.agent(), &shelf);
        let early = sought(&doors, "冷蔵庫").await;
        assert_eq!((&early["whole"], early["items"].as_array().map(Vec::len)), (&Value::Bool(false), Some(1)), "{early}");
        librarian.catch_up().await.expect("it is filled");
        for (words, subject, fit) in [
            ("プリンタ", "印刷できません", "all"),
            ("e72", "印刷できません", "all"),
            ("ＭＸ４５００　プリンター", "印刷できません", "all"),
            ("れいぞうこ", "冷蔵庫の修理", "all"),
            ("invoice 冷蔵庫", "冷蔵庫の修理", "all"),
            ("invo", "冷蔵庫の修理", "all"),
            ("invoiec", "冷蔵庫の修理", "nearly"),
            ("プリンター 冷凍庫 E72", "印刷できません", "some"),
        ] {
            let (subjects, how) = found(&doors, words).await;
            assert_eq!((subjects.first().map(String::as_str), how.as_str()), (Some(subject), fit), "{words}");
        }
        for words in ["佐藤", "さとうはなこ", "hanako@example.jp", "花子"] {
            assert_eq!(found(&doors, words).await.0.len(), 2, "{words}");
        }
        assert_eq!(found(&doors, "洗濯機").await.0, [""; 0]);
        let hit = &sought(&doors, "E72").await["items"][0];
        assert_eq!(hit["said"]["text"], "こんにちは ﾌﾟﾘﾝﾀｰ MX-4500 の表示は E-72 です。");
        assert_eq!(hit["said"]["marks"], json!([[26, 30]]));
    }

    async fn what_was_filled_is_found_too(desk: Desk) {
        let [printer, fridge] = two(&desk).await;
        let choice = |key: &str, ja: &str| Choice { key: key.to_owned(), label: Label { ja: ja.to_owned(), en: String::new() }, ..Choice::default() };
        desk.field("serial", Holds::Pattern, Shape { pattern: "[A-Z]{3}[0-9]{6}".to_owned(), ..Shape::default() }).await;
        desk.field("cause", Holds::Choice, Shape { choices: vec![choice("drop", "落下"), choice("wet", "水濡れ")], ..Shape::default() }).await;
        for (ticket, given) in [(printer, json!({ "serial": "ＫＴＲ００４５１２" })), (fridge, json!({ "cause": "wet" }))] {
            let fields = serde_json::from_value(given).expect("fields");
            desk.change(ticket, None, actions::Patch { fields: Some(fields), ..actions::Patch::default() }).await.expect("changed");
        }
        desk.settle().await.expect("settled");
        let (shelf, librarian) = shelf(&desk);
        librarian.catch_up().await.expect("it is filled");
        let doors = doors(&desk, desk.agent(), &shelf);
        for (words, subject) in [("ktr004512", "印刷できません"), ("KTR-004512", "印刷できません"), ("水濡れ", "冷蔵庫の修理")] {
            assert_eq!(found(&doors, words).await.0, [subject], "{words}");
        }
        assert_eq!(found(&doors, "落下").await.0, [""; 0]);
    }

    async fn people_and_organizations_are_found_in_the_same_box(desk: Desk) {
        let clerk = with_rights(&desk, &[rights::ReadOrganizations::KEY, rights::KeepOrganizations::KEY], &[]);
        let (aoba, ichiro) = known(&desk, &clerk).await;
        desk.settle().await.expect("settled");
        let (shelf, librarian) = shelf(&desk);
        librarian.catch_up().await.expect("it is filled");
        let all = doors(&desk, &clerk, &shelf);
        for words in ["高橋", "ﾀｶﾊｼ", "タカハシイチロウ", "5678", "03-1234-5678", "ichiro@aoba.example", "青葉 システム"] {
            let answer = sought(&all, words).await;
            assert_eq!(answer["contacts"][0]["id"], ichiro, "{words}: {answer}");
        }
        let answer = sought(&all, "青葉").await;
        assert_eq!(answer["organizations"][0]["name"], json!({ "text": "青葉商事", "marks": [[0, 2]] }), "{answer}");
        assert_eq!(sought(&all, "たかはし").await["contacts"][0]["said"]["marks"], json!([[0, 4]]));
        assert_eq!(sought(&all, "高橋 ゴジラ").await["contacts"], json!([]), "whoever fits a part of it is not meant");

        let (may, edit) = (clerk.may().expect("a right"), OrganizationEdit { name: Some("若葉商事".to_owned()), domains: None });
        desk.house().write(desk.tenant_id(), async move |tx| people::change_organization(tx, &may, aoba, None, &edit).await).await.expect("renamed");
        desk.settle().await.expect("settled");
        librarian.catch_up().await.expect("it follows");
        assert_eq!(sought(&all, "若葉 高橋").await["contacts"][0]["id"], ichiro);

        let blind = with_rights(&desk, &[rights::ReadOrganizations::KEY], &[rights::ReadContacts::KEY]);
        let answer = sought(&doors(&desk, &blind, &shelf), "若葉").await;
        assert_eq!((&answer["contacts"], &answer["organizations"][0]["name"]["text"]), (&json!([]), &json!("若葉商事")));
    }

    async fn operators_narrow_what_is_found(desk: Desk) {
        let [printer, fridge] = two(&desk).await;
        let me = desk.agent().id.map(madoguchi_people::AgentId::new);
        let mine = actions::Patch { assignee: Some(me), tags: Some(vec!["VIP".to_owned()]), ..actions::Patch::default() };
        desk.change(printer, None, mine).await.expect("changed");
        desk.advance(Duration::from_secs(10 * 86_400));
        let solved = actions::Patch { state: Some("solved".to_owned()), ..actions::Patch::default() };
        desk.change(fridge, None, solved).await.expect("changed");
        desk.ticket("jiro@gmail.com", "修理の見積り").await;
        desk.settle().await.expect("settled");
        let (shelf, librarian) = shelf(&desk);
        let doors = doors(&desk, desk.agent(), &shelf);
        let early = found(&doors, "customer:jiro").await.0;
        assert_eq!(early, ["修理の見積り"], "while the shelf is empty, the name is a word like others");
        librarian.catch_up().await.expect("it is filled");
        for (typed, subjects) in [
            ("修理", &["修理の見積り", "冷蔵庫の修理"][..]),
            ("修理 status:solved", &["冷蔵庫の修理"]),
            ("修理 状態：解決", &["冷蔵庫の修理"]),
            ("修理 -status:solved", &["修理の見積り"]),
            ("担当:自分", &["印刷できません"]),
            ("assignee:none 修理", &["冷蔵庫の修理", "修理の見積り"]),
            ("tag:vip", &["印刷できません"]),
            ("customer:hanako E72", &["印刷できません"]),
            ("customer:\"jiro@gmail.com\"", &["修理の見積り"]),
            ("created:5d", &["修理の見積り"]),
            ("updated:5d 冷蔵庫", &["冷蔵庫の修理"]),
            ("created:2001-01-01", &[]),
            ("created:いつか", &[]),
            ("status:happy", &[]),
            ("件名:ﾐﾂﾓﾘ", &[]),
            ("件名:見積", &["修理の見積り"]),
        ] {
            let mut found = found(&doors, typed).await.0;
            found.sort();
            let mut expected = subjects.to_vec();
            expected.sort_unstable();
            assert_eq!(found, expected, "{typed}");
            let words: String = typed.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let listed = ask(&doors, Method::GET, &format!("/api/v1/tickets?view=all&q={words}"), &[AGENT], "").await.json();
            let mut listed: Vec<&str> = listed["items"].as_array().expect("a list").iter().filter_map(|it| it["subject"].as_str()).collect();
            listed.sort_unstable();
            assert_eq!(listed, expected, "the list, {typed}");
        }
        assert_eq!(sought(&doors, "修理 status:solved").await["contacts"], json!([]));
    }

    async fn a_list_is_narrowed_by_what_was_said(desk: Desk) {
        two(&desk).await;
        desk.settle().await.expect("settled");
        let (shelf, librarian) = shelf(&desk);
        librarian.catch_up().await.expect("it is filled");
        let doors = doors(&desk, desk.agent(), &shelf);
        let listed = ask(&doors, Method::GET, "/api/v1/tickets?view=all&q=e72", &[AGENT], "").await.json();
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
        assert_eq!(listed["items"][0]["subject"], "印刷できません");
    }

    async fn what_changes_is_found_as_it_is_then(desk: Desk) {
        let [printer, fridge] = two(&desk).await;
        desk.settle().await.expect("settled");
        let (shelf, librarian) = shelf(&desk);
        librarian.catch_up().await.expect("it is filled");
        let doors = doors(&desk, desk.agent(), &shelf);
        let patch = actions::Patch { subject: Some("洗濯機の修理".to_owned()), ..actions::Patch::default() };
        desk.change(fridge, None, patch).await.expect("changed");
        desk.settle().await.expect("settled");
        assert!(librarian.catch_up().await.expect("it follows") > 0);
        assert_eq!(found(&doors, "洗濯機").await.0, ["洗濯機の修理"]);
        assert_eq!(found(&doors, "冷蔵庫").await.0, [""; 0]);
        assert_eq!(librarian.catch_up().await.expect("it follows"), 0, "nothing is done twice");
        merge(&desk, printer, fridge).await.expect("merged");
        desk.settle().await.expect("settled");
        librarian.catch_up().await.expect("it follows");
        assert_eq!(found(&doors, "E72").await.0, ["洗濯機の修理"], "what was merged is read at its root");
    }

    async fn what_stands_behind_a_wall_is_not_found(desk: Desk) {
        two(&desk).await;
        desk.settle().await.expect("settled");
        let (shelf, librarian) = shelf(&desk);
        librarian.catch_up().await.expect("it is filled");
        let outside = Arc::new(Actor { walls: Walls::Some(Arc::new([])), ..(**desk.agent()).clone() });
        let doors = doors(&desk, &outside, &shelf);
        for words in ["E72", "佐藤", "冷蔵庫 修理"] {
            assert_eq!(found(&doors, words).await.0, [""; 0], "{words}");
        }
    }

    async fn a_shelf_that_was_lost_is_filled_anew(desk: Desk) {
        two(&desk).await;
        desk.settle().await.expect("settled");
        let (lost, librarian) = shelf(&desk);
        librarian.catch_up().await.expect("it is filled");
        drop((lost, librarian));
        let (again, librarian) = shelf(&desk);
        librarian.catch_up().await.expect("it goes on");
        assert_eq!(found(&doors(&desk, desk.agent(), &again), "E72").await.0, ["印刷できません"]);
        drop((again, librarian));
        let index = fs::read_dir(desk.dir().join("search")).expect("a folder").flatten().next().expect("an index").path();
        for file in fs::read_dir(index).expect("a folder").flatten() {
            fs::write(file.path(), "rubbish").expect("written");
        }
        let (healed, librarian) = shelf(&desk);
        librarian.catch_up().await.expect("it is filled anew");
        assert_eq!(found(&doors(&desk, desk.agent(), &healed), "E72").await.0, ["印刷できません"]);
    }
}
