//! What came in with our dependencies. `cargo deny` looks closer where it is installed; its bans hold everywhere.

use super::{Finding, Tree};

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub(super) fn nothing_banned_came_in(tree: &Tree) -> Vec<Finding> {
    let (Some(lock), Some(deny)) = (table(tree, "Cargo.lock"), table(tree, "deny.toml")) else {
        return vec![Finding::new("Cargo.lock", 1, "Cargo.lock and deny.toml are both there, and both TOML")];
    };
    let bans = deny.get("bans").map(|bans| all(bans, "deny")).unwrap_or_default();
    let banned = |name: &str| bans.iter().find(|ban| text(ban, "crate") == name);
    let mut found = Vec::new();
    for package in lock.get("package").and_then(toml::Value::as_array).into_iter().flatten() {
        let name = text(package, "name");
        for dependency in all(package, "dependencies").iter().filter_map(toml::Value::as_str) {
            // "name" alone, or "name version" where there are several.
            let dependency = dependency.split(' ').next().unwrap_or_default();
            let is_wrapped =
                |ban: &toml::Value| all(ban, "wrappers").iter().any(|wrapper| wrapper.as_str() == Some(name));
            if banned(dependency).is_some_and(|ban| !is_wrapped(ban)) {
                found.push(Finding::new(
                    "Cargo.lock",
                    1,
                    format!("`{dependency}` came in with `{name}`; deny.toml bans it"),
                ));
            }
        }
        let source = package.get("source").and_then(toml::Value::as_str);
        if source.is_some_and(|source| source != REGISTRY) {
            found.push(Finding::new("Cargo.lock", 1, format!("`{name}` does not come from crates.io")));
        }
    }
    found
}

/// npm leaves out what its registry does not carry, and `npm ci` then refuses the file: on another system, or on all.
pub(super) fn optional_packages_are_named(tree: &Tree) -> Vec<Finding> {
    const PATH: &str = "web/package-lock.json";
    let Some(text) = tree.files.get(PATH) else { return Vec::new() };
    let lock: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let Some(packages) = lock["packages"].as_object() else {
        return vec![Finding::new(PATH, 1, "no package-lock.json of version 3")];
    };
    let mut found = Vec::new();
    for (at, package) in packages {
        for name in package["optionalDependencies"].as_object().into_iter().flat_map(|optional| optional.keys()) {
            let places = [format!("node_modules/{name}"), format!("{at}/node_modules/{name}")];
            if !places.iter().any(|place| packages.contains_key(place)) {
                found.push(Finding::new(
                    PATH,
                    1,
                    format!("`{name}` is not named: run `node web/tools/complete-lock.mjs`"),
                ));
            }
        }
    }
    found
}

/// The members of a list in this table; none if there is no such list.
fn all<'a>(table: &'a toml::Value, key: &str) -> &'a [toml::Value] {
    table.get(key).and_then(toml::Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(table: &'a toml::Value, key: &str) -> &'a str {
    table.get(key).and_then(toml::Value::as_str).unwrap_or_default()
}

fn table(tree: &Tree, path: &str) -> Option<toml::Table> {
    tree.files.get(path)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_optional_package_that_is_not_named_is_found() {
        let check = |text: &str| optional_packages_are_named(&Tree::pretend(&[("web/package-lock.json", text)])).len();
        let parent = r#""node_modules/a": { "optionalDependencies": { "a-linux-x64": "1", "a-darwin-x64": "1" } }"#;
        assert_eq!(check(&format!(r#"{{ "packages": {{ {parent}, "node_modules/a-linux-x64": {{}} }} }}"#)), 1);
        assert_eq!(check("{}"), 1);
        assert_eq!(check(r#"{ "packages": { "node_modules/a": {} } }"#), 0);
    }

    #[test]
    fn a_banned_crate_and_a_foreign_source_are_found() {
        let deny = ("deny.toml", "[bans]\ndeny = [{ crate = \"openssl\", wrappers = [\"old\"] }]\n");
        let check = |lock: &str| nothing_banned_came_in(&Tree::pretend(&[deny, ("Cargo.lock", lock)])).len();
        let package = |name: &str, needs: &str, source: &str| {
            format!("[[package]]\nname = \"{name}\"\nsource = \"{source}\"\ndependencies = [\"{needs}\"]\n")
        };
        assert_eq!(check(&package("a", "serde", REGISTRY)), 0);
        assert_eq!(check(&package("a", "openssl 0.10.1", REGISTRY)), 1);
        assert_eq!(check(&package("old", "openssl", REGISTRY)), 0);
        assert_eq!(check(&package("a", "serde", "git+https://a.example/a")), 1);
        assert_eq!(check("not TOML"), 1);
    }
}
