//! Threads of ten letters in the shape of Outlook and of Becky!: people join and leave, files go both ways, a subject
//! changes, somebody answers an old letter. Every letter, reader, quotation and file is where it should be. On both engines.

use madoguchi_channels::mail::style::LetterStyle;
use madoguchi_platform::both_engines;
use madoguchi_tickets::envelope::Quote;
use serde_json::{Value, json};

use crate::{
    desk::Desk,
    exchange::{BOSS, Exchange, HANAKO, JIRO, Step, TARO},
    styles::set,
};

/// A logo below the signature, as Outlook names it.
const LOGO: &str = "image001.png@01DC0A1B.2C3D4E50";

/// Five letters and five answers, and what the writers' programs do in each of the five.
fn steps([one, two, three, four, five]: [Value; 5]) -> Vec<Step> {
    let mut steps: Vec<Step> = beginning([one, two, three]).into();
    steps.extend(end([four, five]));
    steps
}

fn beginning([one, two, three]: [Value; 3]) -> [Step; 3] {
    [
        Step {
            who: TARO,
            cc: &[],
            answers: None,
            subject: Some("冷蔵庫が冷えません"),
            program: one,
            new: "お世話になっております。冷蔵庫が冷えません。\n\n昨日の夕方からです。ご確認をお願いいたします。",
            files: &[("障害報告書.pdf", "words")],
            answer: "お知らせありがとうございます。型番を教えてください。\n\nよろしくお願いいたします。",
            answer_files: &[],
            readers: None,
            answer_cc: &[],
        },
        Step {
            who: TARO,
            cc: &[HANAKO],
            answers: Some(0),
            subject: None,
            program: two,
            new: "型番は NR-F502 です。設備担当の佐藤を写しに入れます。",
            files: &[],
            answer: "お見積りをお送りします。ご検討ください。",
            answer_files: &["お見積り（第1版）.xlsx", "plain.txt"],
            readers: None,
            answer_cc: &[HANAKO],
        },
        Step {
            who: HANAKO,
            cc: &[TARO, JIRO],
            answers: Some(1),
            subject: None,
            program: three,
            new: "佐藤です。経理の高橋も読みます。写真を添えます。",
            files: &[
                ("庫内の写真.jpg", "rfc2231"),
                ("とても長い名前のファイルですので折り返しが必要になります_最終版_第二稿.docx", "rfc2231"),
            ],
            answer: "写真を拝見しました。交換になります。",
            answer_files: &[],
            readers: None,
            answer_cc: &[HANAKO, JIRO],
        },
    ]
}

fn end([four, five]: [Value; 2]) -> [Step; 2] {
    [
        // An old answer is answered, under another subject, and one of the readers is left out.
        Step {
            who: TARO,
            cc: &[HANAKO],
            answers: Some(0),
            subject: Some("【至急】交換の日程について"),
            program: four,
            new: "型番の件への追伸です。高橋は外してください。",
            files: &[("日程表.xls", "words")],
            answer: "承知しました。水曜に伺います。",
            answer_files: &["作業届.pdf"],
            readers: Some(&[HANAKO]),
            answer_cc: &[HANAKO],
        },
        Step {
            who: HANAKO,
            cc: &[TARO],
            answers: Some(3),
            subject: None,
            program: five,
            new: "水曜で問題ありません。部長もお願いします。",
            files: &[],
            answer: "ありがとうございます。当日お伺いします。",
            answer_files: &[],
            readers: Some(&[HANAKO, BOSS]),
            answer_cc: &[HANAKO, BOSS],
        },
    ]
}

async fn play(mut exchange: Exchange, steps: &[Step]) {
    for step in steps {
        exchange.exchange(step).await;
    }
    assert_eq!(exchange.letters(), 10);
    let (desk, ticket) = (exchange.desk(), exchange.ticket());
    assert_eq!(desk.messages(ticket).await.len(), 10);
    // All of it is one ticket, and nobody else has one.
    assert!(desk.letters().await.iter().all(|line| line.ticket == Some(ticket.number())));
}

both_engines! {
    async fn ten_letters_with_outlook_in_japanese(desk: Desk) {
        let exchange = Exchange::begin(desk, "outlook", "ja", "iso-2022-jp").await;
        let web = json!({ "web": true });
        // References are missing here and there, and Exchange packs files into winmail.dat.
        let lost = json!({ "references": null, "winmail": true });
        play(exchange, &steps([json!({ "logo": LOGO }), json!({}), web, lost, json!({ "references": null, "logo": LOGO })])).await;
    }

    async fn ten_letters_with_outlook_in_english(desk: Desk) {
        let exchange = Exchange::begin(desk, "outlook", "en", "utf-8").await;
        let lost = json!({ "references": null });
        play(exchange, &steps([json!({}), json!({ "logo": LOGO }), lost, json!({}), json!({ "winmail": true })])).await;
    }

    async fn ten_letters_with_becky(desk: Desk) {
        let style = LetterStyle { iso_2022_jp: vec!["example.jp".to_owned()], quote: Quote::Inline, ..LetterStyle::default() };
        set(&desk, style).await;
        let exchange = Exchange::begin(desk, "becky", "ja", "iso-2022-jp").await;
        let above = json!({ "above": true });
        // A template of one's own, which names no date.
        let wrote = json!({ "attribution": "\"サポート窓口\" <support@help.example.com> さんは書きました:" });
        let plain = json!({ "attribution": "サポート窓口さんは書きました：", "above": true });
        play(exchange, &steps([json!({}), wrote, json!({ "between": true }), above, plain])).await;
    }
}
