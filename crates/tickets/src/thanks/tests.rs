//! Letters as they come after a ticket was solved: those that only thank, and those that want something.

use super::*;

const ONLY_THANKS: &[&str] = &[
    "ありがとうございました。",
    "ありがとうございます！",
    "ありがとうございました",
    "お世話になっております。山田です。\nありがとうございました。",
    "ご担当者様\n\nお世話になっております。\n株式会社青空の佐藤です。\n\n早速のご対応、ありがとうございました。\n今後ともよろしくお願いいたします。\n\n佐藤",
    "迅速なご対応ありがとうございました。無事に印刷できました。",
    "解決しました。ありがとうございました。",
    "無事届きました。ありがとうございます。",
    "確認できました。助かりました！",
    "承知しました。ありがとうございます。",
    "承知いたしました。\nご丁寧にありがとうございました。\n引き続きよろしくお願いいたします。",
    "大変助かりました。ありがとうございました。",
    "ご回答ありがとうございます。よくわかりました。",
    "お忙しいところ、ありがとうございました。",
    "サポート窓口 御中\n\nご連絡ありがとうございました。\n問題ありませんでした。",
    "田中様\n\n丁寧なご説明をありがとうございました。\n\n鈴木",
    "有難うございました。",
    "有り難うございます。助かりました。",
    "了解です。ありがとうございました！",
    "直りました！ありがとうございました！！",
    "ありがとうございました😊",
    "ありがとうございました(^^)",
    "感謝いたします。",
    "この度は誠にありがとうございました。心より感謝申し上げます。",
    "取り急ぎお礼まで。ありがとうございました。",
    "何度もありがとうございました。安心しました。",
    "どうもありがとう。",
    "ヤマダです。ありがとうございました。",
    "Thank you!",
    "Thanks",
    "Thanks a lot!",
    "Thank you very much.",
    "Thank you so much for your help!",
    "Thanks for the quick reply.\n\nBest regards,\nJohn Smith",
    "Thank you very much!\n\nBest regards,\n\nCarol Hill\nAccounts | Client Ltd | +44 20 7946 0000",
    "お世話になっております。\n山田です。\nご対応ありがとうございました。\n今後ともよろしくお願いいたします。\n\n-- \n株式会社みなと 総務部\n山田 太郎\nTEL 03-1234-5678\ntaro@minato.example",
    "ありがとうございました。\n\n━━━━━━━━━━\nみなと商事株式会社\n山田 太郎\n〒100-0001 東京都千代田区千代田 1-1\n━━━━━━━━━━",
    "Thanks for your help!\n\nKind regards,\nCarol Hill\nHead of Accounts\nClient Ltd, 1 High Street, London",
    "Thanks!\nKind regards,\nCarol Hill\nHead of Accounts\nClient Ltd\nTel: +44 (0)20 7946 0000\ncarol@client.example / www.client.example",
    "Hi Ann,\n\nThank you, it works now.\n\nRegards,\nMary",
    "That fixed it. Thanks!",
    "Perfect, thanks!",
    "All good now. Thank you!",
    "Great, thank you!\nHave a nice day.",
    "Got it, thanks.",
    "Many thanks for sorting this out so quickly!",
    "Thanks, you can close this ticket.",
    "Much appreciated.",
    "Dear Support,\nThank you for your kind support.\nSincerely,\nKen",
];

const SOMETHING_ELSE: &[&str] = &[
    "ありがとうございます。まだ印刷できません。",
    "ありがとうございます。別件ですが、請求書も送ってください。",
    "ご回答ありがとうございますが、解決していません。",
    "ありがとうございます。いつ届きますか。",
    "ありがとうございます。いつ届きますか？",
    "ありがとうございます。もう一台お願いします。",
    "ありがとうございます。明日の 10 時にお待ちしています。",
    "試してみましたが、同じエラーが出ます。ありがとうございます。",
    "ご対応いただけると助かります。",
    "よろしくお願いします。",
    "お世話になっております。",
    "了解しました。",
    "解決しました。",
    "至急です。ありがとうございます。",
    "ご連絡ありがとうございます。注文番号は 12345 です。",
    "ありがとうございます。\n電話は 03-1234-5678 です。",
    "返金のほどよろしくお願いいたします。ありがとうございます。",
    "ありがとうございます。確認できましたらご連絡します。",
    "ありがとうございます。ところで保証期間は一年でしょうか。",
    "ありがとうございました。ただ、音がまだ大きいです。",
    "ありがとうございます。再度発生しました。",
    "ありがとうございました。しかし残念です。",
    "ありがとうございます、追加で二点伺います。",
    "対応不可です。ありがとうございました。",
    "ありがとうございました。写真を送ります。",
    "見積書をありがとうございます。社内で検討します。",
    "ありがとうございます。型番は AB-72 です。",
    "ひどい対応をありがとうございました。解約したいです。",
    "Thanks, but it still does not work.",
    "Thank you. When will it ship",
    "Thank you. Can you also send the invoice?",
    "Thanks in advance.",
    "Thanks for your reply. I have another question.",
    "Thank you, however the error is back.",
    "Thanks. Please send it again.",
    "It doesn't work. Thanks anyway.",
    "Thank you for nothing.",
    "Thanks, I will try it tomorrow and let you know.",
    "Thanks! My order number is 12345.",
    "ありがとうございました。\n-- \n山田\nまだ音がします",
    "ありがとうございました。\n--------\n次の請求書はいつですか？",
    "Thanks!\n\nBest regards,\nCarol\nPS: call me at +44 20 7946 0000",
    "Thank you.\nRegards,\nCarol Hill\nThe invoice is missing",
    "Thank you.\nRegards,\nCarol Hill | it broke again",
    "OK",
    "It works now.",
    "Thank you for looking into this. We are losing money every hour.",
    "Thanks. The printer is jammed.",
    "Thanks, if it happens again I will write.",
    "",
    "山田",
];

#[test]
fn only_thanks_leaves_it_solved() {
    for text in ONLY_THANKS {
        assert!(thanks_in(text).is_some(), "{text}");
    }
}

#[test]
fn a_doubt_reopens() {
    for text in SOMETHING_ELSE {
        assert_eq!(thanks_in(text), None, "{text}");
    }
    let long = "ご対応ありがとうございました。".repeat(30);
    assert_eq!(thanks_in(&long), None, "who writes much has more to say");
    assert!(ONLY_THANKS.len() + SOMETHING_ELSE.len() >= 60);
}
