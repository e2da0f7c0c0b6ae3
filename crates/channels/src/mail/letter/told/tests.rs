//! Texts as the servers write them.

use super::super::{Auto, Report, read};

#[track_caller]
fn told(head: &str, text: &str) -> Vec<(String, String, String)> {
    let letter = read(format!("{head}\r\nDate: Tue, 31 Mar 2026 20:00:00 +0900\r\n\r\n{text}").as_bytes());
    assert_eq!(letter.auto, Auto::Bounce, "{:?}", letter.report);
    let Some(Report::Delivery { recipients, .. }) = letter.report else { panic!("no report") };
    recipients.into_iter().map(|r| (r.address, r.action, r.status)).collect()
}

fn failed(address: &str, status: &str) -> (String, String, String) {
    (address.to_owned(), "failed".to_owned(), status.to_owned())
}

#[test]
fn servers_of_every_kind_are_understood() {
    let qmail = told(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.net\r\nSubject: failure notice",
        "Hi. This is the qmail-send program at mx.example.net.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\
         This is a permanent error; I've given up. Sorry it didn't work out.\n\n<taro@example.jp>:\n192.0.2.7 does not like recipient.\n\
         Remote host said: 550 5.1.1 User unknown\nGiving up on 192.0.2.7.\n\n<jiro@example.jp>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n\
         --- Below this line is a copy of the message.\n\nReturn-Path: <support@help.example.com>\nTo: saburo@example.jp\n",
    );
    assert_eq!(qmail, [failed("taro@example.jp", "5.1.1"), failed("jiro@example.jp", "5.1.1")]);
    let sendmail = told(
        "From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example.net>\r\nSubject: Returned mail: see transcript for details",
        "The original message was received at Tue, 31 Mar 2026\nfrom mail.help.example.com [192.0.2.1]\n\n\
         \x20  ----- The following addresses had permanent fatal errors -----\n<taro@example.jp>\n    (reason: 550 5.1.1 <taro@example.jp>... User unknown)\n\n\
         \x20  ----- Transcript of session follows -----\n... while talking to mx.example.jp.:\n>>> DATA\n<<< 550 5.1.1 <taro@example.jp>... User unknown\n",
    );
    assert_eq!(sendmail, [failed("taro@example.jp", "5.1.1")]);
    let exim = told(
        "From: Mail Delivery System <Mailer-Daemon@mx.example.net>\r\nAuto-Submitted: auto-replied\r\nSubject: Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. \
         This is a permanent error. The following address(es) failed:\n\n  taro@example.jp\n    host mx.example.jp [192.0.2.7]\n    SMTP error from remote mail server after RCPT TO:<taro@example.jp>:\n    550 5.7.1 rejected\n\n\
         ------ This is a copy of the message, including all the headers. ------\n\nFrom: support@help.example.com\n",
    );
    assert_eq!(exim, [failed("taro@example.jp", "5.7.1")]);
    let postfix = told(
        "From: MAILER-DAEMON@mx.example.net (Mail Delivery System)\r\nSubject: Undelivered Mail Returned to Sender",
        "This is the mail system at host mx.example.net.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n\
         For further assistance, please send mail to postmaster.\n\n<taro@example.jp>: host mx.example.jp[192.0.2.7] said: 552 5.2.2 Mailbox\n    full (in reply to RCPT TO command)\n",
    );
    assert_eq!(postfix, [failed("taro@example.jp", "5.2.2")]);
    let exchange = told(
        "From: postmaster@example.jp\r\nSubject: =?utf-8?B?6YWN5L+h5LiN6IO9OiDopovnqY0=?=",
        "次の受信者またはグループへの配信に失敗しました:\n\ntaro@example.jp\n入力した電子メール アドレスが見つかりませんでした。\n\n\
         診断情報 (管理者向け):\n\n生成サーバー: mx.example.jp\n\ntaro@example.jp\n#550 5.1.10 RESOLVER.ADR.RecipientNotFound ##\n\n元のメッセージ ヘッダー:\n\nTo: <other@example.jp>\n",
    );
    assert_eq!(exchange, [failed("taro@example.jp", "5.1.10")]);
    let gmail = told(
        "Return-Path: <>\r\nFrom: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\r\nSubject: Delivery Status Notification (Failure)",
        "** Address not found **\n\nYour message wasn't delivered to taro@gmail.example because the address couldn't be found, or is unable to receive mail.\n\n\
         The response was:\n\n550 5.1.1 The email account that you tried to reach does not exist.\n",
    );
    assert_eq!(gmail, [failed("taro@gmail.example", "5.1.1")]);
}

#[test]
fn carriers_of_mobile_phones_are_understood() {
    let au = told(
        "From: Postmaster@ezweb.example.jp\r\nSubject: Mail System Error - Returned Mail",
        "次のあて先へのメッセージはエラーのため送信できませんでした。\n送信先メールアドレスが見つからないか、\n送信先メールサーバの事情により送信できませんでした。\n\n\
         Each of the following recipients was rejected by a remote mail server.\nThe reasons given by the server are included to help you determine why\neach recipient was rejected.\n\n\
         \x20   Recipient: <hanako@ezweb.example.jp>\n    Reason:    <hanako@ezweb.example.jp>... User Unknown\n",
    );
    assert_eq!(au, [failed("hanako@ezweb.example.jp", "5.0.0")]);
    let docomo = told(
        "Return-Path: <>\r\nFrom: Mail Delivery Subsystem <MAILER-DAEMON@docomo.example.jp>\r\nSubject: Returned mail: User unknown",
        "The original message was received at Tue, 31 Mar 2026 20:00:00 +0900\n\n  ----- 以下の宛先に送信できませんでした -----\n<hanako@docomo.example.jp>\n\n\
         \x20 ----- Transcript of session follows -----\n550 Unknown user hanako@docomo.example.jp\n",
    );
    assert_eq!(docomo, [failed("hanako@docomo.example.jp", "5.0.0")]);
    let softbank = told(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@softbank.example.jp\r\nSubject: =?utf-8?B?44Oh44O844Or6YCB5L+h44Ko44Op44O8?=",
        "下記の宛先へメールを送信できませんでした。\n宛先：hanako@softbank.example.jp\n理由：550 Invalid recipient\n",
    );
    assert_eq!(softbank, [failed("hanako@softbank.example.jp", "5.0.0")]);
}

#[test]
fn servers_that_go_on_trying_say_so() {
    let exim = told(
        "From: Mailer-Daemon@mx.example.net\r\nSubject: Warning: message 1abc delayed 24 hours",
        "This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours.\n\n\
         \x20 taro@example.jp\n    host mx.example.jp [192.0.2.7]: 451 4.7.1 try again later\n\nNo action is required on your part.\n",
    );
    assert_eq!(exim, [("taro@example.jp".to_owned(), "delayed".to_owned(), "4.7.1".to_owned())]);
}

#[test]
fn what_people_write_about_mail_is_no_bounce() {
    for head in [
        "From: taro@example.jp\r\nSubject: Undelivered Mail Returned to Sender",
        "From: postmaster@example.jp\r\nSubject: 障害のお知らせ",
        "Return-Path: <>\r\nFrom: taro@example.jp\r\nAuto-Submitted: auto-replied\r\nSubject: 不在（配信不能のときは jiro へ）",
    ] {
        let letter = read(format!("{head}\r\n\r\n<hanako@example.jp>: 550 5.1.1 unknown\r\n").as_bytes());
        assert!(letter.report.is_none(), "{head}");
    }
}
