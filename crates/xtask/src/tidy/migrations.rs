//! Migrations: one ordered list, a pair per version, each table under its domain's name.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Tree, sql};

const ENGINES: [&str; 2] = ["sqlite", "postgres"];

/// Made by the runner of migrations itself, to know which have run.
const RUNNERS_OWN: &str = "schema_version";

/// (path, number, domain, engine, text) of every well-named migration.
fn migrations(tree: &Tree) -> impl Iterator<Item = (&str, &str, &str, &str, &str)> {
    tree.files.iter().filter_map(|(path, text)| {
        let name = path.strip_prefix("migrations/")?.strip_suffix(".sql")?;
        let (name, engine) = name.rsplit_once('.')?;
        let (number, what) = name.split_once('_')?;
        let (domain, _) = what.split_once('_')?;
        Some((path.as_str(), number, domain, engine, text.as_str()))
    })
}

/// Who owns each table or view, and whether it is a table.
pub(super) fn owners(tree: &Tree) -> BTreeMap<String, (String, bool)> {
    let runners_own = (RUNNERS_OWN.to_owned(), ("platform".to_owned(), true));
    let made = migrations(tree).flat_map(|(_, _, domain, _, text)| {
        sql::made(text).into_iter().map(move |(name, is_table)| (name, (domain.to_owned(), is_table)))
    });
    made.chain([runners_own]).collect()
}

/// Tables without a tenant's column: they serve every tenant.
pub(super) fn global_tables(tree: &Tree) -> BTreeSet<String> {
    let mut global = BTreeSet::from([RUNNERS_OWN.to_owned()]);
    for (_, _, _, _, text) in migrations(tree) {
        let text = text.to_lowercase();
        for (at, _) in text.match_indices("create table") {
            let statement = text[at..].split(';').next().unwrap_or_default();
            let made = sql::made(statement).into_iter().filter(|_| !statement.contains("tenant_id"));
            global.extend(made.map(|(name, _)| name));
        }
    }
    global
}

pub(super) fn come_in_pairs(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    let known: BTreeSet<&str> = migrations(tree).map(|(path, ..)| path).collect();
    for path in tree.files.keys().filter(|path| path.starts_with("migrations/") && path.ends_with(".sql")) {
        if !known.contains(path.as_str()) {
            found.push(Finding::new(path, 1, "a migration is named NNNN_<domain>_<what>.{sqlite,postgres}.sql"));
        }
    }
    // (what both twins begin with, the path of one)
    let mut numbers: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    for (path, number, _, engine, _) in migrations(tree) {
        let Some(other) = ENGINES.iter().find(|other| **other != engine).filter(|_| ENGINES.contains(&engine)) else {
            found.push(Finding::new(path, 1, format!("`{engine}` is no engine of ours")));
            continue;
        };
        let stem = path.trim_end_matches(".sql").trim_end_matches(engine);
        if !known.contains(format!("{stem}{other}.sql").as_str()) {
            found.push(Finding::new(path, 1, format!("has no {other} twin")));
        }
        if numbers.entry(number).or_insert((stem, path)).0 != stem {
            found.push(Finding::new(path, 1, format!("number {number} is taken: migrations are one ordered list")));
        }
    }
    for (at, (number, (_, path))) in numbers.iter().enumerate() {
        if number.len() != 4 || number.parse() != Ok(at + 1) {
            found.push(Finding::new(
                *path,
                1,
                format!("{number} is not the next of four digits: expected {:04}", at + 1),
            ));
        }
    }
    found
}

pub(super) fn tables_bear_their_domain(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, _, domain, _, text) in migrations(tree).filter(|(_, _, domain, ..)| *domain != "platform") {
        for (name, is_table) in sql::made(text) {
            let bears = name == domain || name.starts_with(&format!("{domain}_"));
            if !bears {
                found.push(Finding::new(path, 1, format!("`{name}` does not bear its domain's name: `{domain}_...`")));
            }
            if !is_table && !name.ends_with("_v") {
                found.push(Finding::new(path, 1, format!("the view `{name}` does not end in `_v`")));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_in_one_list() {
        let good = Tree::pretend(&[
            ("migrations/0001_platform_house.sqlite.sql", ""),
            ("migrations/0001_platform_house.postgres.sql", ""),
        ]);
        assert_eq!(come_in_pairs(&good), []);
        for (wrong, count) in [
            (vec!["0001_platform_house.sqlite.sql"], 1),
            (vec!["0001_a_b.sqlite.sql", "0001_a_b.postgres.sql", "0001_c_d.sqlite.sql", "0001_c_d.postgres.sql"], 2),
            (vec!["0002_a_b.sqlite.sql", "0002_a_b.postgres.sql"], 1),
            (vec!["first.sql"], 1),
            (vec!["0001_a_b.mysql.sql"], 1),
        ] {
            let files: Vec<(String, &str)> = wrong.iter().map(|name| (format!("migrations/{name}"), "")).collect();
            let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
            assert_eq!(come_in_pairs(&Tree::pretend(&files)).len(), count, "{wrong:?}");
        }
    }

    #[test]
    fn a_table_without_a_tenant_is_global() {
        let sql = "CREATE TABLE nodes (node INTEGER); CREATE TABLE jobs (id INTEGER, tenant_id INTEGER);";
        let tree = Tree::pretend(&[("migrations/0001_platform_house.sqlite.sql", sql)]);
        assert_eq!(global_tables(&tree).into_iter().collect::<Vec<_>>(), ["nodes", RUNNERS_OWN]);
    }

    #[test]
    fn tables_are_named_for_their_domain() {
        let sql = "CREATE TABLE tickets (a int); CREATE TABLE tickets_tags (a int); CREATE TABLE tags (a int); CREATE VIEW tickets_open AS SELECT 1;";
        let tree = Tree::pretend(&[("migrations/0001_tickets_core.sqlite.sql", sql)]);
        assert_eq!(tables_bear_their_domain(&tree).len(), 2);
    }
}
