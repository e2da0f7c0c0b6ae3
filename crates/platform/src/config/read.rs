//! Reading settings, and telling everything that is wrong with them: where, what, and what would be right.

use std::{collections::BTreeMap, fmt::Display, path::PathBuf, time::Duration};

use madoguchi_kernel::{Language, era::Eras};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Config, Database, DatabaseEngine, Http, Log, LogFormat, MIB, Mail, MailReception, MailVouching, MetricsFor,
    Secrets, Server,
    entries::{ENTRIES, Entry, FILE_VARIABLE, Holds, PREFIX, ROOT_KEY_VARIABLE, SECTIONS, TESTS_PREFIX},
};
use crate::{http::Tls, network::Network, secrets::Secret, words};

/// The longest name of a machine (RFC 1035).
const HOST_BYTES_MAX: usize = 253;

/// Where a setting was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line of the file, from 1.
    Line(usize),
    /// A variable of the environment.
    Variable(String),
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The file is no TOML; the parser says why.
    Syntax(String),
    /// No section is called so; perhaps this one was meant.
    UnknownSection(Option<&'static str>),
    /// No setting is called so; perhaps this one was meant.
    UnknownKey(Option<&'static str>),
    /// No variable of ours is called so; perhaps this one was meant.
    UnknownVariable(Option<String>),
    /// Another kind of value belongs here.
    Type(&'static str),
    /// The number lies outside of these.
    Range(i64, i64),
    /// It is none of these words.
    Choice(String),
    /// It is not written as such a value is.
    Form(&'static str),
    /// It asks for another setting, which is absent.
    Needs(&'static str),
    /// It says the same as another setting, and must not.
    Same(&'static str),
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// Which setting, as `section.key`.
    pub name: String,
    /// What.
    pub wrong: Wrong,
}

impl Fault {
    /// In a sentence. It never repeats the value: that may be a password.
    pub fn say(&self, language: Language) -> String {
        let hint = |meant: Option<&str>| {
            meant.map(|meant| words::say(language, "config.fault.meant", &[("meant", &meant)])).unwrap_or_default()
        };
        let place = match &self.place {
            Place::Line(line) => words::say(language, "config.fault.line", &[("line", line)]),
            Place::Variable(name) => words::say(language, "config.fault.variable", &[("name", name)]),
        };
        let name: (&str, &dyn Display) = ("name", &self.name);
        let what = match &self.wrong {
            Wrong::Syntax(said) => words::say(language, "config.fault.syntax", &[("said", said)]),
            Wrong::UnknownSection(meant) => words::say(language, "config.fault.section", &[name]) + &hint(*meant),
            Wrong::UnknownKey(meant) => words::say(language, "config.fault.key", &[name]) + &hint(*meant),
            Wrong::UnknownVariable(meant) => {
                words::say(language, "config.fault.no_variable", &[]) + &hint(meant.as_deref())
            }
            Wrong::Type(kind) => {
                let kind = words::say(language, &format!("config.kind.{kind}"), &[]);
                words::say(language, "config.fault.type", &[name, ("kind", &kind)])
            }
            Wrong::Range(min, max) => words::say(language, "config.fault.range", &[name, ("min", min), ("max", max)]),
            Wrong::Choice(among) => words::say(language, "config.fault.choice", &[name, ("among", among)]),
            Wrong::Form(kind) => {
                let kind = words::say(language, &format!("config.kind.{kind}"), &[]);
                words::say(language, "config.fault.form", &[name, ("kind", &kind)])
            }
            Wrong::Needs(other) => words::say(language, "config.fault.needs", &[name, ("other", other)]),
            Wrong::Same(other) => words::say(language, "config.fault.same", &[name, ("other", other)]),
        };
        format!("{place}{what}")
    }
}

/// A value, wherever it came from.
#[derive(Clone, Debug, PartialEq)]
enum Said {
    Text(String),
    Number(i64),
    List(Vec<Said>),
    Other,
}

impl Said {
    fn from_toml(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.to_string()),
            DeValue::Integer(number) => {
                i64::from_str_radix(number.as_str(), number.radix()).map_or(Self::Other, Self::Number)
            }
            DeValue::Array(items) => Self::List(items.iter().map(|item| Self::from_toml(item.get_ref())).collect()),
            DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Table(_) => Self::Other,
        }
    }
    fn from_variable(holds: Holds, text: &str) -> Self {
        match holds {
            Holds::Number { .. } => text.trim().parse().map_or(Self::Other, Self::Number),
            Holds::Machines | Holds::Networks | Holds::Hosts => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Self::List(items.map(|item| Self::Text(item.to_owned())).collect())
            }
            _ => Self::Text(text.to_owned()),
        }
    }
    fn text(&self) -> &str {
        if let Self::Text(text) = self { text } else { "" }
    }
}

/// What was said and where, by `section.key`.
#[derive(Default)]
struct Collected {
    said: BTreeMap<String, (Said, Place)>,
    faults: Vec<Fault>,
}

pub(super) fn config(
    text: &str,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, Vec<Fault>> {
    let mut collected = Collected::default();
    collected.file(text);
    let root_key = collected.environment(environment);
    for (name, (said, place)) in &collected.said {
        let entry = entry(name).expect("only known settings are collected");
        if let Err(wrong) = checked(entry.holds, said) {
            collected.faults.push(Fault { place: place.clone(), name: name.clone(), wrong });
        }
    }
    collected.together();
    if collected.faults.is_empty() { Ok(built(&collected.said, root_key)) } else { Err(collected.faults) }
}

impl Collected {
    fn file(&mut self, text: &str) {
        let line = |at: usize| Place::Line(text[..at.min(text.len())].matches('\n').count() + 1);
        let table = match DeTable::parse(text) {
            Ok(table) => table.into_inner(),
            Err(error) => {
                let place = line(error.span().map_or(0, |span| span.start));
                let wrong = Wrong::Syntax(error.message().lines().collect::<Vec<_>>().join(" "));
                return self.faults.push(Fault { place, name: String::new(), wrong });
            }
        };
        for (section, value) in &table {
            let (name, place) = (section.get_ref().to_string(), line(section.span().start));
            match value.get_ref() {
                DeValue::Table(keys) if SECTIONS.contains(&name.as_str()) => self.section(&name, keys, &line),
                _ => {
                    let meant = nearest(&name, SECTIONS.iter().copied());
                    self.faults.push(Fault { place, name, wrong: Wrong::UnknownSection(meant) });
                }
            }
        }
    }

    fn section(&mut self, section: &str, keys: &DeTable<'_>, line: &impl Fn(usize) -> Place) {
        for (key, value) in keys {
            let (name, place) = (format!("{section}.{}", key.get_ref()), line(Spanned::span(key).start));
            if entry(&name).is_some() {
                self.said.insert(name, (Said::from_toml(value.get_ref()), place));
            } else {
                let known = ENTRIES.iter().filter(|entry| entry.section == section).map(|entry| entry.key);
                let meant = nearest(key.get_ref(), known);
                self.faults.push(Fault { place, name, wrong: Wrong::UnknownKey(meant) });
            }
        }
    }

    /// Takes what the environment says; gives back the root key, which stands in no file.
    fn environment(&mut self, variables: impl IntoIterator<Item = (String, String)>) -> Option<String> {
        let mut root_key = None;
        for (variable, text) in variables {
            if variable == ROOT_KEY_VARIABLE {
                root_key = Some(text);
                continue;
            }
            let place = Place::Variable(variable.clone());
            if let Some(entry) = ENTRIES.iter().find(|entry| entry.variable() == variable) {
                self.said.insert(entry.name(), (Said::from_variable(entry.holds, &text), place));
            } else if let Some(rest) = variable.strip_prefix(PREFIX)
                && variable != FILE_VARIABLE
                && !is_of_others(&variable, &text)
            {
                let known = || ENTRIES.iter().map(Entry::variable);
                let near = nearest(&variable, known().chain([FILE_VARIABLE, ROOT_KEY_VARIABLE].map(str::to_owned)));
                // Or the section was forgotten.
                let meant = near.or_else(|| known().find(|known| known.ends_with(&format!("_{rest}"))));
                self.faults.push(Fault { place, name: variable, wrong: Wrong::UnknownVariable(meant) });
            }
        }
        root_key
    }

    /// Two addresses that must not be the same.
    fn apart(&mut self, name: &'static str, other: &'static str) {
        let address =
            |name: &str| self.said.get(name).map(|(said, _)| said.text().trim_end_matches('/').to_lowercase());
        if let (Some(one), Some(same), Some((_, place))) = (address(name), address(other), self.said.get(name))
            && one == same
        {
            self.faults.push(Fault { place: place.clone(), name: name.into(), wrong: Wrong::Same(other) });
        }
    }

    /// What must be said together.
    fn together(&mut self) {
        let is_postgres = self.said.get("database.engine").is_some_and(|(said, _)| said.text() == "postgres");
        let mut pairs = vec![
            ("http.tls_certificate", "http.tls_key"),
            ("http.tls_key", "http.tls_certificate"),
            ("mail.tls_certificate", "mail.tls_key"),
            ("mail.tls_key", "mail.tls_certificate"),
            // At the address of the files nothing else is served, so pages need one of their own.
            ("server.files_origin", "server.public_url"),
        ];
        self.apart("server.files_origin", "server.public_url");
        if is_postgres {
            pairs.push(("database.engine", "database.url"));
        }
        for (name, other) in pairs {
            if let Some((_, place)) = self.said.get(name)
                && !self.said.contains_key(other)
            {
                self.faults.push(Fault { place: place.clone(), name: name.into(), wrong: Wrong::Needs(other) });
            }
        }
    }
}

fn entry(name: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.name() == name)
}

fn checked(holds: Holds, said: &Said) -> Result<(), Wrong> {
    match (holds, said) {
        (Holds::Number { min, max }, Said::Number(number)) if (min..=max).contains(number) => Ok(()),
        (Holds::Number { min, max }, Said::Number(_)) => Err(Wrong::Range(min, max)),
        (Holds::Number { .. }, _) => Err(Wrong::Type("number")),
        (Holds::Machines, Said::List(items)) => {
            let sound = items.iter().all(|item| item.text().parse::<std::net::IpAddr>().is_ok());
            sound.then_some(()).ok_or(Wrong::Form("machines"))
        }
        (Holds::Machines, _) => Err(Wrong::Type("machines")),
        (Holds::Networks, Said::List(items)) => {
            let sound = items.iter().all(|item| item.text().parse::<Network>().is_ok());
            sound.then_some(()).ok_or(Wrong::Form("networks"))
        }
        (Holds::Networks, _) => Err(Wrong::Type("networks")),
        (Holds::Hosts, Said::List(items)) => {
            items.iter().all(|item| is_host(item.text())).then_some(()).ok_or(Wrong::Form("hosts"))
        }
        (Holds::Hosts, _) => Err(Wrong::Type("hosts")),
        (Holds::Eras, Said::Text(text)) => Eras::with(text).map(drop).ok_or(Wrong::Form("eras")),
        (Holds::Host, Said::Text(text)) => is_host(text).then_some(()).ok_or(Wrong::Form("host")),
        (Holds::Choice(among), Said::Text(text)) => {
            among.contains(&text.as_str()).then_some(()).ok_or_else(|| Wrong::Choice(among.join(", ")))
        }
        (Holds::Path, Said::Text(text)) => (!text.trim().is_empty()).then_some(()).ok_or(Wrong::Form("path")),
        (Holds::Address, Said::Text(text)) => {
            text.parse::<std::net::SocketAddr>().map(drop).map_err(|_| Wrong::Form("address"))
        }
        (Holds::WebAddress, Said::Text(text)) => is_web_address(text).then_some(()).ok_or(Wrong::Form("web_address")),
        (Holds::Database, Said::Text(text)) => {
            text.parse::<tokio_postgres::Config>().map(drop).map_err(|_| Wrong::Form("database"))
        }
        (
            Holds::Choice(_)
            | Holds::Path
            | Holds::Address
            | Holds::WebAddress
            | Holds::Database
            | Holds::Host
            | Holds::Eras,
            _,
        ) => Err(Wrong::Type("text")),
    }
}

fn is_host(text: &str) -> bool {
    let sound =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    text.len() <= HOST_BYTES_MAX && text.split('.').all(sound)
}

fn is_web_address(text: &str) -> bool {
    text.parse::<axum::http::Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
            && uri.path_and_query().is_none_or(|path| path.as_str() == "/")
    })
}

/// Whether a variable is somebody else's, though it begins as ours do: what our own tests hand to each other, and the
/// addresses that Kubernetes gives to every container for a service of this name.
fn is_of_others(variable: &str, text: &str) -> bool {
    variable.starts_with(TESTS_PREFIX)
        || ["_SERVICE_HOST", "_SERVICE_PORT"].iter().any(|address| variable.contains(address))
        || (variable.ends_with("_PORT") && text.contains("://"))
        || variable.split_once("_PORT_").is_some_and(|(_, port)| port.starts_with(|c: char| c.is_ascii_digit()))
}

/// The known word that differs by at most two letters.
fn nearest<W: AsRef<str> + Ord>(word: &str, known: impl Iterator<Item = W>) -> Option<W> {
    known
        .map(|known| (distance(word, known.as_ref()), known))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, known)| known)
}

/// How many letters to add, drop or change (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let changed = corner + usize::from(a != *b);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(corner + 1);
        }
    }
    row[to.len()]
}

/// Checked values, or what the list has for them.
struct Values<'a>(&'a BTreeMap<String, (Said, Place)>);

impl Values<'_> {
    fn given(&self, name: &str) -> Option<Said> {
        if let Some((said, _)) = self.0.get(name) {
            return Some(said.clone());
        }
        let entry = entry(name).expect("a setting of the list");
        let value = DeValue::parse(entry.written).expect("the list is TOML");
        (!entry.is_optional).then(|| Said::from_toml(value.get_ref()))
    }
    fn text(&self, name: &str) -> Option<String> {
        self.given(name).map(|said| said.text().to_owned())
    }
    fn web_address(&self, name: &str) -> Option<String> {
        self.text(name).map(|url| url.trim_end_matches('/').to_owned())
    }
    fn path(&self, name: &str) -> Option<PathBuf> {
        self.text(name).map(PathBuf::from)
    }
    fn tls(&self, certificate: &str, key: &str) -> Option<Tls> {
        let (cert_file, key_file) = self.path(certificate).zip(self.path(key))?;
        Some(Tls { cert_file, key_file })
    }
    fn number<T: TryFrom<i64>>(&self, name: &str) -> T {
        let Some(Said::Number(number)) = self.given(name) else { unreachable!("{name} holds a number") };
        T::try_from(number).ok().expect("its limits fit the type")
    }
    fn word<T>(&self, name: &str, words: &[(&str, T)]) -> T
    where
        T: Copy,
    {
        let text = self.text(name).unwrap_or_default();
        words.iter().find(|(word, _)| *word == text).expect("checked to be one of these").1
    }
    fn list<T: std::str::FromStr>(&self, name: &str) -> Vec<T> {
        match self.given(name) {
            Some(Said::List(items)) => items.iter().filter_map(|item| item.text().parse().ok()).collect(),
            _ => Vec::new(),
        }
    }
    fn parsed<T: std::str::FromStr>(&self, name: &str) -> T {
        self.text(name).and_then(|text| text.parse().ok()).expect("checked to be of this form")
    }
}

fn built(said: &BTreeMap<String, (Said, Place)>, root_key: Option<String>) -> Config {
    let values = Values(said);
    let tls = values.tls("http.tls_certificate", "http.tls_key");
    Config {
        server: Server {
            listen: values.parsed("server.listen"),
            data: values.path("server.data").expect("it has a default"),
            files: values.path("server.files"),
            dictionary: values.path("server.dictionary"),
            public_url: values.web_address("server.public_url"),
            files_origin: values.web_address("server.files_origin"),
            eras: values.text("server.eras").and_then(|more| Eras::with(&more)).unwrap_or_default(),
            stop_within: Duration::from_secs(values.number("server.stop_seconds")),
        },
        database: Database {
            engine: values
                .word("database.engine", &[("sqlite", DatabaseEngine::Sqlite), ("postgres", DatabaseEngine::Postgres)]),
            url: values.text("database.url").map(Secret::new),
            ca_file: values.path("database.ca_file"),
            connections: values.number("database.connections"),
            readers: values.number("database.readers"),
            cache_mib: values.number("database.cache_mib"),
        },
        secrets: Secrets { root_key_file: values.path("secrets.root_key_file"), root_key: root_key.map(Secret::new) },
        http: Http {
            body_kib_max: values.number("http.body_kib_max"),
            upload_mib_max: values.number("http.upload_mib_max"),
            requests_per_second: values.number("http.requests_per_second"),
            requests_at_once: values.number("http.requests_at_once"),
            trusted_proxies: values.list("http.trusted_proxies"),
            reached_machines: values.list("http.reached_machines"),
            tls: tls.clone(),
            idempotency_hours: values.number("http.idempotency_hours"),
            metrics: values.word(
                "http.metrics",
                &[("local", MetricsFor::Local), ("everyone", MetricsFor::Everyone), ("nobody", MetricsFor::Nobody)],
            ),
        },
        mail: mail(&values, tls),
        log: Log {
            level: values.text("log.level").unwrap_or_default(),
            format: values.word("log.format", &[("text", LogFormat::Text), ("json", LogFormat::Json)]),
        },
    }
}

fn mail(values: &Values<'_>, tls: Option<Tls>) -> Mail {
    let address = |name: &str| values.text(name).and_then(|text| text.parse().ok());
    Mail {
        poll_every: Duration::from_secs(values.number("mail.poll_seconds")),
        undo_within: Duration::from_secs(values.number("mail.undo_seconds")),
        letter_bytes_max: values.number::<u64>("mail.letter_mib_max") * MIB,
        reception: MailReception {
            smtp_listen: address("mail.smtp_listen"),
            lmtp_listen: address("mail.lmtp_listen"),
            hostname: values.text("mail.hostname"),
            tls: values.tls("mail.tls_certificate", "mail.tls_key").or(tls),
            connections_max: values.number("mail.connections_max"),
            connections_per_machine_max: values.number("mail.connections_per_machine_max"),
            trusted_networks: values.list("mail.trusted_networks"),
        },
        vouching: MailVouching {
            is_on: values.word("mail.check_senders", &[("yes", true), ("no", false)]),
            dns_server: address("mail.dns_server"),
            authserv_ids: values.list("mail.authserv_ids"),
            arc_sealers: values.list("mail.arc_sealers"),
        },
    }
}
