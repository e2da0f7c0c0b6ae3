//! Why a server could not be spoken to, in words of the reader: what the machine says of it is English and for machines.

use madoguchi_kernel::Language;
use madoguchi_platform::words;

/// What machines say, in lower case, and the key of a sentence about it.
const KNOWN: [(&[&str], &str); 13] = [
    (&["a restored copy renews no token"], "restored"),
    (&["network that is not public", "a port that is not the web's"], "not_public"),
    (&["failed to lookup", "name or service not known", "nodename nor servname", "no such host", "dns error"], "name"),
    (&["connection refused"], "refused"),
    (&["no route to host", "network is unreachable", "host is unreachable"], "route"),
    (&["unknownissuer", "unknown issuer", "self-signed", "self signed"], "issuer"),
    (&["notvalidforname", "not valid for name", "certificate not valid for"], "other_name"),
    (&["expired"], "expired"),
    (&["causedasendentity"], "ca_as_server"),
    (&["invalid peer certificate"], "certificate"),
    (&["no answer within"], "silent"),
    (&["imap does not know", "greet as imap servers do", "error tag at"], "other_protocol"),
    (&["connection reset", "broken pipe", "unexpected end", "unexpectedeof", "close_notify", "corrupt message"], "cut"),
];

/// The cause in the reader's language; what is not known is shown as it was said.
pub fn told(language: Language, said: &str) -> String {
    let lower = said.to_lowercase();
    let known = KNOWN.iter().find(|(marks, _)| marks.iter().any(|mark| lower.contains(mark)));
    known
        .and_then(|(_, key)| words::find(language, &format!("mail.cause.{key}"), &[]))
        .unwrap_or_else(|| said.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_machines_say_is_told_in_the_readers_words() {
        let name = told(Language::Ja, "failed to lookup address information: Name or service not known");
        assert!(name.contains("サーバー名"), "{name}");
        assert!(told(Language::En, "Connection refused (os error 111)").contains("port"));
        let odd = "invalid peer certificate: UnsupportedSignatureAlgorithmForPublicKeyContext { signature_algorithm_id: [6, 8] }";
        assert!(told(Language::Ja, odd).contains("証明書") && !told(Language::Ja, odd).contains('['));
        let authority = "invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))";
        assert!(told(Language::Ja, authority).contains("CA:TRUE"));
        assert!(told(Language::En, "no answer within 10 s (connect)").contains("port"));
        assert!(told(Language::En, "error Tag at: * OK [CAPABILITY IMAP4rev1] ready").contains("another"));
        assert_eq!(told(Language::Ja, "NO [ALERT] quota"), "NO [ALERT] quota");
    }
}
