//! Contacts and organizations.

use madoguchi_kernel::{EmailAddress, TenantId};
use madoguchi_people::{ContactId, crm};
use madoguchi_platform::{both_engines, house::fact};
use serde_json::json;

use crate::desk::Desk;

async fn recognized(desk: &Desk, address: &str, name: Option<&str>) -> ContactId {
    let may = desk.may::<crm::rights::KeepContacts>().await;
    let address: EmailAddress = address.parse().expect("an address");
    let name = name.map(str::to_owned);
    let tenant: TenantId = desk.desk();
    let unit = async move |tx: &madoguchi_platform::db::Tx<'_>| {
        crm::actions::recognize(tx, &may, &address, name.as_deref()).await
    };
    desk.write(tenant, unit).await.expect("recognized")
}

both_engines! {
    async fn a_writer_is_recognized_by_the_address(desk: Desk) {
        let taro = recognized(&desk, "taro@kaisha.co.jp", Some("山田 太郎")).await;
        assert_eq!(recognized(&desk, "Taro@Kaisha.co.jp", Some("なりすまし")).await, taro);
        let jiro = recognized(&desk, "jiro@kaisha.co.jp", None).await;
        let free = recognized(&desk, "saburo@gmail.com", None).await;
        let owner = desk.owner().await;
        let view = |id: ContactId| {
            let owner = owner.clone();
            async move { owner.get(&format!("/contacts/{id}")).await.expect(200).body }
        };
        let (taro, jiro, free) = (view(taro).await, view(jiro).await, view(free).await);
        assert_eq!(taro["name"], "山田 太郎");
        assert_eq!(taro["emails"], json!([{ "address": "taro@kaisha.co.jp", "verified": false }]));
        assert_eq!(jiro["name"], "jiro@kaisha.co.jp");
        assert_eq!(taro["organization"]["name"], "kaisha.co.jp");
        assert_eq!(taro["organization"], jiro["organization"]);
        assert_eq!(free["organization"], json!(null));
        let stream = taro["id"].as_i64().expect("an id");
        assert_eq!(desk.story(stream).await, ["contact.added"]);
        let organization = taro["organization"]["id"].as_i64().expect("an id");
        assert_eq!(desk.story(organization).await, ["organization.added"]);
    }

    async fn what_a_fact_says_of_a_person_can_be_erased(desk: Desk) {
        let id = recognized(&desk, "taro@kaisha.co.jp", Some("山田 太郎")).await;
        let owner = desk.owner().await;
        owner.patch(&format!("/contacts/{id}"), json!({ "notes": "犬が好き", "language": "ja" })).await.expect(200);
        let facts = desk.facts(id.number()).await;
        let (tenant, ids) = (desk.desk(), facts.iter().map(|fact| fact.id).collect::<Vec<_>>());
        for fact in &facts {
            for personal in ["山田", "taro", "犬"] {
                assert!(!fact.data.contains(personal), "{}", fact.data);
            }
        }
        let texts = desk.read(tenant, async move |tx| fact::texts(tx, tenant, &ids).await).await.expect("texts");
        let said: Vec<_> = texts.iter().map(|text| (text.name.as_str(), text.text.as_str())).collect();
        for text in [("name.after", "山田 太郎"), ("emails.after", "taro@kaisha.co.jp"), ("notes.after", "犬が好き")] {
            assert!(said.contains(&text), "{text:?} in {said:?}");
        }
    }

    async fn contacts_are_entered_and_changed_by_hand(desk: Desk) {
        let owner = desk.owner().await;
        let asked = json!({
            "name": "佐藤 花子", "reading": "さとう はなこ", "emails": ["hanako@kaisha.co.jp", { "address": "h@example.org" }],
            "phones": [{ "number": "０３-1234-5678" }, { "number": "03 1234 5678", "label": "代表" }], "title": "課長",
        });
        let made = owner.post("/contacts", asked).await.expect(201);
        assert_eq!(made.body["phones"], json!([{ "number": "+81312345678", "label": "代表" }]));
        assert_eq!(made.body["organization"]["name"], "kaisha.co.jp");
        assert_eq!((made.revision_tag().as_deref(), made.body["can"].clone()), (Some("\"1\""), json!(["change"])));
        let path = format!("/contacts/{}", made.id());
        let taken = owner.post("/contacts", json!({ "name": "別人", "emails": ["hanako@kaisha.co.jp"] })).await.expect(422);
        assert_eq!((taken.body["errors"][0]["field"].clone(), taken.body["errors"][0]["code"].clone()), (json!("emails.0.address"), json!("taken")));
        let edit = json!({ "title": null, "emails": ["h@example.org"], "organization": null });
        let changed = owner.having_seen(1).patch(&path, edit).await.expect(200);
        assert_eq!(changed.body["title"], json!(null));
        assert_eq!(changed.body["emails"], json!([{ "address": "h@example.org", "verified": false }]));
        assert_eq!(changed.body["revision"], 2);
        assert_eq!(owner.having_seen(1).patch(&path, json!({ "name": "x" })).await.expect(412).code(), "stale");
        let same = owner.patch(&path, json!({ "name": "佐藤 花子" })).await.expect(200);
        assert_eq!(same.body["revision"], 2, "nothing changed, nothing is told");
        owner.post("/contacts", json!({ "name": "別人", "emails": ["hanako@kaisha.co.jp"] })).await.expect(201);
        let wrong = json!({ "name": " ", "emails": ["x"], "phones": [{ "number": "電話" }], "language": "fr" });
        let wrong = owner.post("/contacts", wrong).await.expect(422);
        assert_eq!(wrong.body["errors"].as_array().expect("a list").len(), 4, "all at once");
        owner.post("/contacts", json!({ "revision": 3 })).await.expect(422);
        assert_eq!(owner.patch(&path, json!({ "organization": 1 })).await.expect(422).body["errors"][0]["field"], "organization");
        assert_eq!(desk.story(made.id()).await, ["contact.added", "contact.changed"]);
    }

    async fn contacts_are_found_and_come_in_pages(desk: Desk) {
        let owner = desk.owner().await;
        for (name, reading, email) in [
            ("山田 太郎", "やまだ たろう", "yamada@kaisha.co.jp"),
            ("ＹＡＭＡＤＡ Jim", "", "jim@kaisha.co.jp"),
            ("100%_sure", "", "sure@gmail.com"),
        ] {
            owner.post("/contacts", json!({ "name": name, "reading": reading, "emails": [email] })).await.expect(201);
        }
        let found = |q: &'static str| {
            let owner = owner.clone();
            async move {
                let path = format!("/contacts?q={q}");
                let items = owner.get(&path).await.expect(200).body["items"].clone();
                items.as_array().expect("a list").iter().map(|item| item["emails"][0]["address"].as_str().expect("one").to_owned()).collect::<Vec<_>>()
            }
        };
        assert_eq!(found("%E5%B1%B1%E7%94%B0").await, ["yamada@kaisha.co.jp"]);
        assert_eq!(found("%E3%82%84%E3%81%BE%E3%81%A0").await, ["yamada@kaisha.co.jp"]);
        assert_eq!(found("yamada").await, ["jim@kaisha.co.jp", "yamada@kaisha.co.jp"]);
        assert_eq!(found("SURE@").await, ["sure@gmail.com"]);
        assert_eq!(found("0%25_s").await, ["sure@gmail.com"]);
        assert!(found("a_a").await.is_empty(), "what a pattern takes for more than itself is escaped");
        let first = owner.get("/contacts?limit=2").await.expect(200).body;
        let next = first["next"].as_str().expect("there is more");
        let rest = owner.get(&format!("/contacts?limit=2&after={next}")).await.expect(200).body;
        assert_eq!((first["items"].as_array().map(Vec::len), rest["items"].as_array().map(Vec::len)), (Some(2), Some(1)));
        let wrong = owner.get("/contacts?after=nonsense").await.expect(422);
        assert_eq!(wrong.body["errors"][0]["field"], "after");
        owner.get(&format!("/organizations?after={next}")).await.expect(422);
    }

    async fn organizations_have_domains_of_their_own(desk: Desk) {
        let owner = desk.owner().await;
        let made = owner.post("/organizations", json!({ "name": "会社", "domains": ["@Kaisha.co.jp", "kaisha.jp"] })).await.expect(201);
        assert_eq!(made.body["domains"], json!(["kaisha.co.jp", "kaisha.jp"]));
        let taro = recognized(&desk, "taro@kaisha.jp", None).await;
        let taro = owner.get(&format!("/contacts/{taro}")).await.expect(200).body;
        assert_eq!(taro["organization"]["name"], "会社");
        let wrong = owner.post("/organizations", json!({ "name": "x", "domains": ["gmail.com", "nonsense"] })).await.expect(422);
        assert_eq!(wrong.body["errors"].as_array().expect("a list").len(), 2);
        let taken = owner.post("/organizations", json!({ "name": "x", "domains": ["kaisha.jp"] })).await.expect(422);
        assert_eq!(taken.body["errors"][0]["code"], "taken");
        let path = format!("/organizations/{}", made.id());
        let changed = owner.having_seen(1).patch(&path, json!({ "domains": ["kaisha.jp"] })).await.expect(200);
        assert_eq!(changed.revision_tag().as_deref(), Some("\"2\""));
        owner.having_seen(1).patch(&path, json!({ "name": "y" })).await.expect(412);
        assert_eq!(owner.get("/organizations?q=%E4%BC%9A").await.expect(200).body["items"].as_array().map(Vec::len), Some(1));
    }

    async fn contacts_of_another_desk_are_not_there(desk: Desk) {
        let id = recognized(&desk, "taro@kaisha.co.jp", None).await;
        desk.another_desk("other", "stranger@other.co.jp").await;
        let asked = json!({ "email": "stranger@other.co.jp", "password": crate::desk::PASSWORD });
        let nobody = desk.caller_at(Some("other"), crate::desk::Caller::Nobody);
        let word = nobody.post("/session", asked).await.expect(200).word();
        let stranger = desk.caller_at(Some("other"), crate::desk::Caller::Browser(word));
        let path = format!("/contacts/{id}");
        let missing = stranger.get("/contacts/1").await.expect(404);
        assert_eq!(stranger.get(&path).await.expect(404).bytes, missing.bytes);
        assert_eq!(stranger.patch(&path, json!({ "name": "x" })).await.expect(404).bytes, missing.bytes);
        assert_eq!(stranger.get("/contacts").await.expect(200).body["items"], json!([]));
        let (reader, _) = desk.join(&desk.owner().await, "reader@sample.co.jp", &["read_only"]).await;
        reader.get(&path).await.expect(200);
        reader.patch(&path, json!({ "name": "x" })).await.expect(403);
    }
}
