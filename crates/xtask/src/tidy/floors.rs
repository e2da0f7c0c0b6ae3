//! Calls go down, facts go up, nothing goes sideways.

use super::lists::Exceptions;
use super::source::is_word;
use super::{Finding, Tree};

/// Every crate stands on a floor and may only know lower ones.
const FLOORS: &[(&str, u8)] = &[
    ("kernel", 1),
    ("platform", 2),
    ("people", 3),
    ("localization", 3),
    ("tickets", 4),
    ("channels", 5),
    ("flow", 5),
    ("knowledge", 5),
    ("itsm", 5),
    ("field", 5),
    ("insight", 6),
    ("madoguchi", 7),
    ("bench", 8),
];

/// Crates that house several domains, a folder each. Between those the same law holds, and Cargo cannot see it.
pub(super) const SHARED: &[&str] =
    &["people", "localization", "channels", "flow", "knowledge", "itsm", "field", "insight"];

/// Doors to the databases. Above `platform` there is only `Tx`; the bench measures against the bare engine.
const ENGINES: &[&str] = &["rusqlite", "tokio-postgres", "deadpool-postgres"];
const MAY_KNOW_ENGINES: &[&str] = &["platform", "bench"];

/// The one feature that a crate may have: what the product does is a setting, not a build.
const FEATURE: &str = "testing";

/// (path, crate's name, manifest) of every crate; the error names a manifest that is none.
fn manifests(tree: &Tree) -> impl Iterator<Item = Result<(&str, &str, toml::Table), Finding>> {
    tree.files.iter().filter_map(|(path, text)| {
        let name = path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
        let manifest = text.parse().map_err(|err| Finding::new(path, 1, format!("not a manifest: {err}")));
        Some(manifest.map(|manifest| (path.as_str(), name, manifest)))
    })
}

pub(super) fn manifests_keep_the_walls(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, name, manifest) in manifests(tree).flatten() {
        let keys = |table: &str| {
            manifest.get(table).and_then(toml::Value::as_table).into_iter().flat_map(|table| table.keys().cloned())
        };
        for feature in keys("features").filter(|feature| feature != FEATURE) {
            found.push(Finding::new(
                path,
                1,
                format!("the feature `{feature}`: make it a setting; the one feature is `{FEATURE}`"),
            ));
        }
        for engine in keys("dependencies").filter(|key| ENGINES.contains(&key.as_str())) {
            if !MAY_KNOW_ENGINES.contains(&name) {
                found.push(Finding::new(
                    path,
                    1,
                    format!("`{name}` may not know `{engine}`: statements go through `platform::db`"),
                ));
            }
        }
    }
    found
}

pub(super) fn calls_go_down(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for manifest in manifests(tree) {
        let (path, name, manifest) = match manifest {
            Ok(manifest) => manifest,
            Err(finding) => {
                found.push(finding);
                continue;
            }
        };
        let own = (name != "xtask").then(|| floor(name));
        if own == Some(None) {
            found.push(Finding::new(
                path,
                1,
                format!("crate `{name}` stands on no floor: give it one in xtask's `FLOORS`"),
            ));
        }
        for other in
            ["dependencies", "dev-dependencies", "build-dependencies"].iter().flat_map(|kind| ours(&manifest, kind))
        {
            let goes_down = own.flatten().is_some_and(|own| floor(&other).is_some_and(|other| other < own));
            // A crate may name itself among its dev-dependencies to turn on its own feature for tests.
            if !goes_down && other != name {
                found.push(Finding::new(
                    path,
                    1,
                    format!("`{name}` may not depend on `{other}`: calls go down, facts go up"),
                ));
            }
        }
    }
    found
}

fn floor(name: &str) -> Option<u8> {
    FLOORS.iter().find(|(known, _)| *known == name).map(|(_, floor)| *floor)
}

fn ours(manifest: &toml::Table, kind: &str) -> Vec<String> {
    let Some(table) = manifest.get(kind).and_then(toml::Value::as_table) else { return Vec::new() };
    table
        .keys()
        .filter_map(|key| key.strip_prefix("madoguchi-").or((key == "madoguchi").then_some("madoguchi")))
        .map(str::to_owned)
        .collect()
}

pub(super) fn nothing_goes_sideways(tree: &Tree) -> Vec<Finding> {
    let allowed = Exceptions::read(tree, "sideways.txt");
    let mut found = Vec::new();
    for (path, source) in tree.product() {
        let Some((name, room)) = room_of(path) else { continue };
        let named = source
            .places("crate::")
            .flat_map(|(line, rest)| named_first(&rest["crate::".len()..]).into_iter().map(move |other| (line, other)));
        for (line, other) in named {
            let is_room = tree.rust.keys().any(|file| file.starts_with(&format!("crates/{name}/src/{other}/")));
            let pair = format!("{name}: {room} -> {other}");
            if other != room && is_room && !source.is_test(line) && !allowed.allow(&pair) {
                found.push(Finding::new(
                    path,
                    line,
                    format!("`{room}` may not name `crate::{other}`: siblings meet in the ticket, or hear a fact"),
                ));
            }
        }
    }
    found.extend(allowed.leftover());
    found
}

/// What a path names first: one word, or each branch of `{a::B, c::{d, e}}`.
fn named_first(path: &str) -> Vec<String> {
    let word = |text: &str| text.trim_start().chars().take_while(|c| is_word(*c)).collect::<String>();
    let Some(branches) = path.strip_prefix('{') else { return vec![word(path)] };
    let (mut named, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, c) in branches.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                named.push(word(&branches[from..at]));
                from = at + 1;
                if c == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    named
}

/// The crate and the domain's folder in it, for a crate that houses several.
pub(super) fn room_of(path: &str) -> Option<(&str, &str)> {
    let (name, rest) = path.strip_prefix("crates/")?.split_once("/src/")?;
    let (room, _) = rest.split_once('/')?;
    SHARED.contains(&name).then_some((name, room))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lower_floor_may_be_known_and_no_other() {
        let below = Tree::pretend(&[(
            "crates/tickets/Cargo.toml",
            "[dependencies]\nmadoguchi-people.workspace = true\nserde = \"1\"\n",
        )]);
        assert_eq!(calls_go_down(&below), []);
        for (name, wrong) in
            [("people", "madoguchi-tickets"), ("flow", "madoguchi-channels"), ("xtask", "madoguchi-kernel")]
        {
            let manifest = format!("[dev-dependencies]\n{wrong}.workspace = true\n");
            let tree = Tree::pretend(&[(&format!("crates/{name}/Cargo.toml"), &manifest)]);
            assert_eq!(calls_go_down(&tree).len(), 1, "{name} -> {wrong}");
        }
    }

    #[test]
    fn a_crate_without_a_floor_is_found() {
        let tree = Tree::pretend(&[("crates/cellar/Cargo.toml", "[package]\nname = \"madoguchi-cellar\"\n")]);
        assert_eq!(calls_go_down(&tree).len(), 1);
    }

    #[test]
    fn engines_stay_below_and_features_are_settings() {
        let check = |path, text| manifests_keep_the_walls(&Tree::pretend(&[(path, text)])).len();
        let engine = "[dependencies]\nrusqlite.workspace = true\n";
        assert_eq!(check("crates/platform/Cargo.toml", engine), 0);
        assert_eq!(check("crates/tickets/Cargo.toml", engine), 1);
        assert_eq!(check("crates/tickets/Cargo.toml", "[features]\ntesting = []\nsaas = []\n"), 1);
    }

    #[test]
    fn rooms_do_not_look_sideways() {
        let crm = ("crates/people/src/crm/store.rs", "");
        let staff = ("crates/people/src/staff/store.rs", "");
        let wrong = (
            "crates/people/src/auth/store.rs",
            "use crate::crm::Contact;\nuse crate::auth::Session;\nuse crate::Place;\n",
        );
        assert_eq!(nothing_goes_sideways(&Tree::pretend(&[crm, wrong])).len(), 1);
        let nested = (
            "crates/people/src/auth/gate.rs",
            "use crate::{\n    AgentId,\n    auth::{crm, store},\n    crm::{self, Contact},\n};\nuse crate::{Place};\n",
        );
        assert_eq!(nothing_goes_sideways(&Tree::pretend(&[crm, nested])).len(), 1, "one branch of several");
        let listed = ("crates/xtask/tidy/sideways.txt", "people: auth -> crm # a reason\n");
        assert_eq!(nothing_goes_sideways(&Tree::pretend(&[crm, wrong, listed])), []);
        assert_eq!(nothing_goes_sideways(&Tree::pretend(&[crm, staff, listed])).len(), 1, "the exception is stale");
        let tests = ("crates/people/src/auth/tests.rs", "use crate::crm::Contact;\n");
        assert_eq!(nothing_goes_sideways(&Tree::pretend(&[crm, tests])), []);
    }
}
