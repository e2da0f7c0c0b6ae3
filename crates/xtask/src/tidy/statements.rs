//! Statements: whose tables they name, and whether they name the tenant.

use std::collections::BTreeMap;

use super::floors::{SHARED, room_of};
use super::lists::Exceptions;
use super::source::{Source, line_of};
use super::{Finding, Tree, migrations, sql};

/// One `Sql::new("name", "text")` of the product, or one `Query::new` with all that may be pushed on it.
struct Statement<'a> {
    path: &'a str,
    line: usize,
    name: &'a str,
    text: String,
}

fn statements(tree: &Tree) -> Vec<Statement<'_>> {
    let mut found = Vec::new();
    for (path, source) in tree.product() {
        for (call, may_grow) in [("Sql::new(", false), ("Query::new(", true)] {
            for (at, _) in source.code.match_indices(call) {
                let from = at + call.len();
                let (Some(name), Some(text)) = (source.argument(from, 0), source.argument(from, 1)) else { continue };
                if source.is_test(name.line) {
                    continue;
                }
                let mut text = text.text.clone();
                if may_grow {
                    pushed(source, from).for_each(|part| text = format!("{text} {part}"));
                }
                found.push(Statement { path, line: name.line, name: &name.text, text });
            }
        }
    }
    found
}

/// The strings pushed after a `Query::new`, up to the next one.
fn pushed(source: &Source, from: usize) -> impl Iterator<Item = &str> {
    let until = source.code[from..].find("Query::new(").map_or(source.code.len(), |length| from + length);
    let pushes = source.code[from..until].match_indices(".push(").map(move |(at, push)| from + at + push.len());
    pushes.filter_map(|at| source.argument(at, 0)).map(|literal| literal.text.as_str())
}

/// The domain that a file belongs to: the crate's name, or the folder's in a crate of several domains.
fn domain_of(path: &str) -> Option<&str> {
    let (name, _) = path.strip_prefix("crates/")?.split_once('/')?;
    match room_of(path) {
        // The rooms of `people` share their tables' prefix.
        Some((_, room)) if name != "people" => Some(room),
        _ => Some(name),
    }
}

pub(super) fn tables_have_one_owner(tree: &Tree) -> Vec<Finding> {
    let owners: BTreeMap<String, (String, bool)> = migrations::owners(tree);
    let mut found = Vec::new();
    for statement in statements(tree) {
        let Some(domain) = domain_of(statement.path) else { continue };
        for table in sql::tables(&statement.text) {
            let wrong = match owners.get(&table) {
                None if is_engines_own(&table) && domain == "platform" => continue,
                None => format!("no migration makes `{table}`, which `{}` names", statement.name),
                Some((owner, _)) if owner == domain => continue,
                Some((_, false)) if table.ends_with("_v") => continue,
                Some((owner, _)) => {
                    format!(
                        "`{}` names `{table}`, a table of `{owner}`: join a view that it publishes (`{owner}_..._v`), or call it",
                        statement.name
                    )
                }
            };
            found.push(Finding::new(statement.path, statement.line, wrong));
        }
    }
    found
}

fn is_engines_own(table: &str) -> bool {
    ["pg_", "sqlite_", "information_schema."].iter().any(|beginning| table.starts_with(beginning))
}

/// Above `platform` a statement's text stands in its file: what is put together cannot be read here.
pub(super) fn statements_are_written_out(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, source) in tree.product().filter(|(path, _)| !path.starts_with("crates/platform/")) {
        for call in ["Sql::new(", "Query::new("] {
            for (at, _) in source.code.match_indices(call) {
                let line = line_of(&source.code, at);
                if !source.is_test(line) && source.argument(at + call.len(), 1).is_none() {
                    found.push(Finding::new(path, line, "a statement's text is written in its file; parts are pushed"));
                }
            }
        }
    }
    found
}

pub(super) fn every_statement_names_the_tenant(tree: &Tree) -> Vec<Finding> {
    let listed = Exceptions::read(tree, "global_statements.txt");
    let global = migrations::global_tables(tree);
    // Of global tables, of the engine's own, or of none.
    let is_global = |statement: &Statement<'_>| {
        sql::tables(&statement.text).iter().all(|table| global.contains(table) || is_engines_own(table))
    };
    let mut found: Vec<Finding> = statements(tree)
        .iter()
        .filter(|statement| !statement.text.contains("tenant_id") && !is_global(statement) && !listed.allow(statement.name))
        .map(|statement| {
            let say = format!(
                "`{}` names no tenant_id; if it is about all tenants, list it with a reason in tidy/global_statements.txt",
                statement.name
            );
            Finding::new(statement.path, statement.line, say)
        })
        .collect();
    found.extend(listed.leftover());
    found
}

pub(super) fn sql_stands_in_stores_and_views(tree: &Tree) -> Vec<Finding> {
    statements(tree)
        .iter()
        .filter(|statement| !statement.path.starts_with("crates/platform/"))
        .filter(|statement| {
            !["/store.rs", "/store/", "/views/", "/views.rs"].iter().any(|place| statement.path.contains(place))
        })
        .map(|statement| {
            Finding::new(statement.path, statement.line, "SQL stands in store.rs (or store/) and views/, nowhere else")
        })
        .collect()
}

pub(super) fn statements_bear_their_domain(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut seen = BTreeMap::new();
    for statement in statements(tree) {
        let (name, _) =
            statement.path.strip_prefix("crates/").and_then(|rest| rest.split_once('/')).unwrap_or_default();
        let room = room_of(statement.path).map(|(_, room)| room);
        let first = statement.name.split('.').next().unwrap_or_default();
        if first != name && !(SHARED.contains(&name) && room == Some(first)) {
            let say =
                format!("statement `{}` does not begin with its domain: `{}.`", statement.name, room.unwrap_or(name));
            found.push(Finding::new(statement.path, statement.line, say));
        }
        if let Some(other) = seen.insert(statement.name, statement.path) {
            let say = format!(
                "statement `{}` stands in {other} too: a name is used once, or slow statements cannot be told apart",
                statement.name
            );
            found.push(Finding::new(statement.path, statement.line, say));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUSE: (&str, &str) = (
        "migrations/0001_platform_house.sqlite.sql",
        "CREATE TABLE facts (id INTEGER, tenant_id INTEGER); CREATE TABLE nodes (id INTEGER);",
    );
    const TICKETS: (&str, &str) = (
        "migrations/0002_tickets_core.sqlite.sql",
        "CREATE TABLE tickets (id INTEGER); CREATE VIEW tickets_open_v AS SELECT id FROM tickets;",
    );

    fn one(path: &str, sql: &str) -> (String, String) {
        (path.to_owned(), format!("static A: Sql = Sql::new(\"{}.a\", \"{sql}\");", domain_of(path).unwrap()))
    }

    #[test]
    fn a_domain_names_its_own_tables_and_published_views() {
        let own = one("crates/tickets/src/store.rs", "SELECT id FROM tickets WHERE tenant_id = $1");
        let view = one("crates/channels/src/mail/store.rs", "SELECT id FROM tickets_open_v WHERE tenant_id = $1");
        let foreign = one("crates/channels/src/mail/store.rs", "SELECT id FROM tickets JOIN facts ON true");
        let unknown = one("crates/tickets/src/store.rs", "SELECT id FROM tickes");
        let count = |file: &(String, String)| {
            tables_have_one_owner(&Tree::pretend(&[HOUSE, TICKETS, (&file.0, &file.1)])).len()
        };
        assert_eq!([count(&own), count(&view), count(&foreign), count(&unknown)], [0, 0, 2, 1]);
    }

    #[test]
    fn the_tenant_is_named() {
        let without = one("crates/platform/src/house/fact.rs", "SELECT id FROM facts");
        let tree =
            |list| Tree::pretend(&[HOUSE, (&without.0, &without.1), ("crates/xtask/tidy/global_statements.txt", list)]);
        assert_eq!(every_statement_names_the_tenant(&tree("")).len(), 1);
        let global = one("crates/platform/src/house/nodes.rs", "SELECT id FROM nodes");
        assert_eq!(every_statement_names_the_tenant(&Tree::pretend(&[HOUSE, (&global.0, &global.1)])), []);
        assert_eq!(every_statement_names_the_tenant(&tree("platform.a # the machine asks for all\n")), []);
        assert_eq!(every_statement_names_the_tenant(&tree("platform.a # so\nplatform.b # gone\n")).len(), 1);
    }

    #[test]
    fn sql_has_its_places() {
        let handler = one("crates/tickets/src/http.rs", "SELECT 1");
        assert_eq!(sql_stands_in_stores_and_views(&Tree::pretend(&[(&handler.0, &handler.1)])).len(), 1);
        let store = one("crates/tickets/src/store/messages.rs", "SELECT 1");
        assert_eq!(sql_stands_in_stores_and_views(&Tree::pretend(&[(&store.0, &store.1)])), []);
    }

    #[test]
    fn names_bear_the_domain_once() {
        let text = "static A: Sql = Sql::new(\"mail.a\", \"SELECT 1\");\nstatic B: Sql = Sql::new(\"mail.a\", \"SELECT 1\");\nstatic C: Sql = Sql::new(\"people.c\", \"SELECT 1\");";
        assert_eq!(
            statements_bear_their_domain(&Tree::pretend(&[("crates/channels/src/mail/store.rs", text)])).len(),
            2
        );
    }

    #[test]
    fn a_query_is_read_with_what_is_pushed_on_it() {
        let text = "fn a() { let mut q = Query::new(\"tickets.list\", \"SELECT id FROM tickets WHERE tenant_id = \"); \
                    q.push(\"?\", &[a]).push(\" AND EXISTS (SELECT 1 FROM nodes)\", &[]); }";
        let tree = Tree::pretend(&[HOUSE, TICKETS, ("crates/tickets/src/views/list.rs", text)]);
        assert_eq!(tables_have_one_owner(&tree).len(), 1);
        assert_eq!(every_statement_names_the_tenant(&tree), []);
    }

    #[test]
    fn a_text_from_elsewhere_is_found() {
        let text = "fn a() { Query::new(\"tickets.a\", text); Sql::new(\"tickets.b\", \"SELECT 1\"); }";
        assert_eq!(statements_are_written_out(&Tree::pretend(&[("crates/tickets/src/store.rs", text)])).len(), 1);
        assert_eq!(statements_are_written_out(&Tree::pretend(&[("crates/platform/src/db/sql.rs", text)])), []);
    }

    #[test]
    fn statements_of_tests_may_do_as_they_like() {
        let text = "#[cfg(test)]\nmod tests {\n    static A: Sql = Sql::new(\"x\", \"SELECT 1 FROM nowhere\");\n}\n";
        let tree = Tree::pretend(&[("crates/tickets/src/http.rs", text)]);
        assert!(statements(&tree).is_empty());
    }
}
