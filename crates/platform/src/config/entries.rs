//! Every setting: where it stands, what it holds, what it is when nobody says. The one list from which files
//! are read and the reference is written; the words about each stand in the catalog `config`.

/// One setting.
#[derive(Debug)]
pub(super) struct Entry {
    pub section: &'static str,
    pub key: &'static str,
    pub holds: Holds,
    /// As it stands in a file; for a setting that may be absent, what it is set to by way of an example.
    pub written: &'static str,
    pub is_optional: bool,
}

/// What a setting holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Holds {
    /// A path, relative to where the program starts.
    Path,
    /// `address:port` to listen on.
    Address,
    /// `http://` or `https://`, without a path.
    WebAddress,
    /// `postgres://…`; may hold a password, so it is never repeated.
    Database,
    /// A whole number.
    Number { min: i64, max: i64 },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Addresses of machines.
    Machines,
    /// Parts of the network.
    Networks,
    /// The name of a machine.
    Host,
    /// Names of machines.
    Hosts,
    /// Eras of 和暦 beyond those that everybody knows.
    Eras,
}

impl Entry {
    const fn new(section: &'static str, key: &'static str, holds: Holds, written: &'static str) -> Self {
        Self { section, key, holds, written, is_optional: false }
    }
    const fn optional(section: &'static str, key: &'static str, holds: Holds, written: &'static str) -> Self {
        Self { section, key, holds, written, is_optional: true }
    }
    /// `section.key`
    pub fn name(&self) -> String {
        format!("{}.{}", self.section, self.key)
    }
    /// The environment variable that says the same.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}_{}", self.section, self.key).to_uppercase()
    }
}

/// Environment variables of ours begin with this.
pub(super) const PREFIX: &str = "MADOGUCHI_";
/// Variables that begin with this are handed from test to test.
pub(super) const TESTS_PREFIX: &str = "MADOGUCHI_TEST_";
/// Names the file of settings.
pub const FILE_VARIABLE: &str = "MADOGUCHI_CONFIG";
/// Holds the root key itself, which never stands in a file of settings.
pub const ROOT_KEY_VARIABLE: &str = "MADOGUCHI_ROOT_KEY";

const fn number(min: i64, max: i64) -> Holds {
    Holds::Number { min, max }
}

pub(super) const SECTIONS: &[&str] = &["server", "database", "secrets", "http", "mail", "log"];

pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("server", "listen", Holds::Address, "\"127.0.0.1:8080\""),
    Entry::new("server", "data", Holds::Path, "\"madoguchi-data\""),
    Entry::optional("server", "files", Holds::Path, "\"/srv/madoguchi-files\""),
    Entry::optional("server", "dictionary", Holds::Path, "\"/var/cache/madoguchi-dictionary\""),
    Entry::optional("server", "public_url", Holds::WebAddress, "\"https://desk.example.jp\""),
    Entry::optional("server", "files_origin", Holds::WebAddress, "\"https://files.desk-example.jp\""),
    Entry::optional("server", "eras", Holds::Eras, "\"K 光文 2040-01-01\""),
    Entry::new("server", "stop_seconds", number(1, 3600), "30"),
    Entry::new("database", "engine", Holds::Choice(&["sqlite", "postgres"]), "\"sqlite\""),
    Entry::optional(
        "database",
        "url",
        Holds::Database,
        "\"postgres://madoguchi:password@db.example.jp:5432/madoguchi?sslmode=require\"",
    ),
    Entry::optional("database", "ca_file", Holds::Path, "\"/etc/madoguchi/db-ca.pem\""),
    Entry::new("database", "connections", number(2, 500), "16"),
    Entry::new("database", "readers", number(1, 64), "8"),
    Entry::new("database", "cache_mib", number(1, 65_536), "16"),
    Entry::optional("secrets", "root_key_file", Holds::Path, "\"/etc/madoguchi/root.key\""),
    Entry::new("http", "body_kib_max", number(16, 1_048_576), "2048"),
    Entry::new("http", "upload_mib_max", number(1, 10_240), "25"),
    Entry::new("http", "requests_per_second", number(0, 1_000_000), "200"),
    Entry::new("http", "requests_at_once", number(1, 1_000_000), "1000"),
    Entry::new("http", "trusted_proxies", Holds::Machines, "[]"),
    Entry::new("http", "reached_machines", Holds::Machines, "[]"),
    Entry::optional("http", "tls_certificate", Holds::Path, "\"/etc/madoguchi/tls.pem\""),
    Entry::optional("http", "tls_key", Holds::Path, "\"/etc/madoguchi/tls.key\""),
    Entry::new("http", "idempotency_hours", number(1, 720), "24"),
    Entry::new("http", "metrics", Holds::Choice(&["local", "everyone", "nobody"]), "\"local\""),
    Entry::new("mail", "poll_seconds", number(5, 86_400), "60"),
    Entry::new("mail", "letter_mib_max", number(1, 1_024), "150"),
    Entry::new("mail", "undo_seconds", number(0, 60), "10"),
    Entry::optional("mail", "smtp_listen", Holds::Address, "\"0.0.0.0:25\""),
    Entry::optional("mail", "lmtp_listen", Holds::Address, "\"127.0.0.1:24\""),
    Entry::optional("mail", "hostname", Holds::Host, "\"mx.example.jp\""),
    Entry::optional("mail", "tls_certificate", Holds::Path, "\"/etc/madoguchi/mx.pem\""),
    Entry::optional("mail", "tls_key", Holds::Path, "\"/etc/madoguchi/mx.key\""),
    Entry::new("mail", "connections_max", number(1, 10_000), "500"),
    Entry::new("mail", "connections_per_machine_max", number(1, 10_000), "20"),
    Entry::new("mail", "trusted_networks", Holds::Networks, "[]"),
    Entry::new("mail", "check_senders", Holds::Choice(&["yes", "no"]), "\"yes\""),
    Entry::optional("mail", "dns_server", Holds::Address, "\"127.0.0.1:53\""),
    Entry::new("mail", "authserv_ids", Holds::Hosts, "[]"),
    Entry::new("mail", "arc_sealers", Holds::Hosts, "[]"),
    Entry::new("log", "level", Holds::Choice(&["error", "warn", "info", "debug", "trace"]), "\"info\""),
    Entry::new("log", "format", Holds::Choice(&["text", "json"]), "\"text\""),
];
