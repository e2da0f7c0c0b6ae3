use super::*;
use crate::words::say;
use madoguchi_kernel::Language;

fn faults(text: &str, environment: &[(&str, &str)]) -> Vec<Fault> {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::read(Some(text), environment).expect_err("something is wrong")
}

#[track_caller]
fn check(text: &str, place: Place, name: &str, wrong: Wrong) {
    let found = faults(text, &[]);
    assert_eq!(found, [Fault { place, name: name.to_owned(), wrong }], "{text}");
    for language in [Language::Ja, Language::En] {
        let sentence = found[0].say(language);
        assert!(!sentence.contains("config.") && !sentence.contains("{{"), "{sentence}");
    }
}

#[test]
fn nothing_said_is_sound() {
    let config = Config::sound();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.database.engine, DatabaseEngine::Sqlite);
    assert_eq!(config.public_url(), "http://127.0.0.1:8080");
}

#[test]
fn every_mistake_has_its_place_and_sentence() {
    check("[sever]\nlisten = \"[::]:80\"", Place::Line(1), "sever", Wrong::UnknownSection(Some("server")));
    check("listen = 1", Place::Line(1), "listen", Wrong::UnknownSection(None));
    check("server = 1", Place::Line(1), "server", Wrong::UnknownSection(Some("server")));
    check("[server]\n\nlistne = \"x\"", Place::Line(3), "server.listne", Wrong::UnknownKey(Some("listen")));
    check("[server]\nlisten = 8080", Place::Line(2), "server.listen", Wrong::Type("text"));
    check("[server]\nlisten = \"8080\"", Place::Line(2), "server.listen", Wrong::Form("address"));
    check("[server]\ndata = \"\"", Place::Line(2), "server.data", Wrong::Form("path"));
    for bad in ["desk.example.jp", "ftp://a", "https://", "https://a/b", "https://a?b"] {
        let text = format!("[server]\npublic_url = \"{bad}\"");
        check(&text, Place::Line(2), "server.public_url", Wrong::Form("web_address"));
    }
    check("[database]\nreaders = 0", Place::Line(2), "database.readers", Wrong::Range(1, 64));
    check("[database]\nreaders = \"8\"", Place::Line(2), "database.readers", Wrong::Type("number"));
    check("[database]\nreaders = 1.5", Place::Line(2), "database.readers", Wrong::Type("number"));
    check(
        "[database]\nengine = \"mysql\"",
        Place::Line(2),
        "database.engine",
        Wrong::Choice("sqlite, postgres".into()),
    );
    check("[database]\nengine = \"postgres\"", Place::Line(2), "database.engine", Wrong::Needs("database.url"));
    check("[database]\nurl = \"postgres:/x y\"", Place::Line(2), "database.url", Wrong::Form("database"));
    check("[http]\ntls_key = \"k\"", Place::Line(2), "http.tls_key", Wrong::Needs("http.tls_certificate"));
    check("[http]\ntrusted_proxies = [\"a\"]", Place::Line(2), "http.trusted_proxies", Wrong::Form("machines"));
    check("[http]\ntrusted_proxies = \"::1\"", Place::Line(2), "http.trusted_proxies", Wrong::Type("machines"));
}

#[test]
fn what_is_no_toml_says_its_line() {
    let found = faults("[server]\nlisten = \n", &[]);
    assert_eq!((found.len(), &found[0].place), (1, &Place::Line(2)));
    assert!(matches!(found[0].wrong, Wrong::Syntax(_)));
    assert!(found[0].say(Language::Ja).contains("2 行目"));
}

#[test]
fn all_mistakes_are_told_at_once() {
    assert_eq!(faults("[server]\nlisten = 1\nx = 2\n[log]\nlevel = \"loud\"", &[("MADOGUCHI_HTTP_X", "")]).len(), 4);
}

#[test]
fn the_environment_goes_first() {
    let environment = [
        ("MADOGUCHI_SERVER_LISTEN", "[::1]:9000"),
        ("MADOGUCHI_DATABASE_READERS", " 3 "),
        ("MADOGUCHI_HTTP_TRUSTED_PROXIES", "127.0.0.1, ::1"),
        ("MADOGUCHI_ROOT_KEY", "secret"),
        ("MADOGUCHI_TEST_OF_OTHERS", "not ours"),
        ("MADOGUCHI_CONFIG", "/etc/madoguchi.toml"),
        ("MADOGUCHI_SERVICE_HOST", "10.0.0.9"),
        ("MADOGUCHI_SERVER_PORT", "tcp://10.0.0.9:80"),
        ("MADOGUCHI_PORT_80_TCP_ADDR", "10.0.0.9"),
        ("PATH", "/bin"),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::read(Some("[server]\nlisten = \"127.0.0.1:1\"\n"), environment).expect("sound");
    assert_eq!(config.server.listen.port(), 9000);
    assert_eq!(config.database.readers, 3);
    assert_eq!(config.http.trusted_proxies.len(), 2);
    assert!(!format!("{config:?}").contains("\"secret\""), "secrets are not shown");
    let found = faults("", &[("MADOGUCHI_DATABASE_READERS", "many")]);
    assert_eq!(found[0].place, Place::Variable("MADOGUCHI_DATABASE_READERS".into()));
}

#[test]
fn a_variable_that_is_no_setting_is_named_with_the_one_that_was_meant() {
    for (variable, meant) in [
        ("MADOGUCHI_LOG_LEVLE", Some("MADOGUCHI_LOG_LEVEL")),
        ("MADOGUCHI_CONFGI", Some("MADOGUCHI_CONFIG")),
        ("MADOGUCHI_ROOTKEY", Some("MADOGUCHI_ROOT_KEY")),
        ("MADOGUCHI_LISTEN", Some("MADOGUCHI_SERVER_LISTEN")),
        ("MADOGUCHI_SERVER_PORT", None),
        ("MADOGUCHI_NONSENSE", None),
    ] {
        let found = faults("", &[(variable, "1")]);
        assert_eq!(found[0].wrong, Wrong::UnknownVariable(meant.map(str::to_owned)), "{variable}");
        let said = found[0].say(Language::En);
        assert!(said.contains(variable) && meant.is_none_or(|meant| said.contains(meant)), "{said}");
    }
}

#[test]
fn a_password_is_not_repeated() {
    let found = faults("[database]\nurl = \"postgres://a:hunter2@:x\"", &[]);
    assert!(!format!("{found:?}{}", found[0].say(Language::En)).contains("hunter2"));
}

#[test]
fn the_reference_says_the_defaults() {
    for language in [Language::Ja, Language::En] {
        let text = reference(language);
        assert!(!text.contains("config.") && !text.contains("{{"), "{text}");
        let config = Config::read(Some(&text), []).expect("the reference is sound");
        assert_eq!(format!("{config:?}"), format!("{:?}", Config::sound()));
        let all = text.replace("\n# MADOGUCHI", "\n#! MADOGUCHI");
        let uncommented: String = all
            .lines()
            .map(|line| line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).unwrap_or(line).to_owned() + "\n")
            .collect();
        Config::read(Some(&uncommented), []).expect("the examples are sound");
    }
    assert_ne!(reference(Language::Ja), reference(Language::En));
    assert!(say(Language::Ja, "config.about.server", &[]).len() > 3);
}
