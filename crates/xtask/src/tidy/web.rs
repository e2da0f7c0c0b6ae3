//! The console's sources, by their lines. Types and lints are the business of tsc and Biome.

use super::words::{empty_file_name, empty_word, mark_without_name};
use super::{Finding, Tree, lists::Exceptions, source::is_word};

const LINES_MAX: usize = 300;

pub(super) fn is_test(path: &str) -> bool {
    path.contains(".test.") || path.contains(".spec.") || path.starts_with("web/e2e/")
}

pub(super) fn files_fit(tree: &Tree) -> Vec<Finding> {
    tree.web()
        .filter(|(path, _)| !is_test(path) && (path.ends_with(".ts") || path.ends_with(".tsx")))
        .map(|(path, text)| (path, text.lines().filter(|line| !line.trim().is_empty()).count()))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(path, lines)| Finding::new(path, 1, format!("{lines} lines; at most {LINES_MAX}: split it by idea")))
        .collect()
}

pub(super) fn names_and_words(tree: &Tree) -> Vec<Finding> {
    let waits = Exceptions::read(tree, "web_waits.txt");
    let mut found = Vec::new();
    for (path, text) in tree.web() {
        if let Some(word) = empty_file_name(path) {
            found.push(Finding::new(
                path,
                1,
                format!("a file called `{word}` holds everything: use the noun or the verb"),
            ));
        }
        for (at, line) in text.lines().enumerate() {
            let mut say = |what: String| found.push(Finding::new(path, at + 1, what));
            if let Some(mark) = mark_without_name(line) {
                say(mark);
            }
            if let Some(name) = declared(line).filter(|name| empty_word(name).is_some()) {
                say(format!("`{name}` says nothing: use the noun or the verb"));
            }
            if is_test(path) && [".skip(", ".only(", "xit(", "xdescribe("].iter().any(|banned| stands(line, banned)) {
                say("a test that is skipped, or that skips the others: mend it or delete it".to_owned());
            }
            if is_test(path)
                && ["sleep(", "waitForTimeout("].iter().any(|banned| stands(line, banned))
                && !waits.allow(path)
            {
                say("tests do not sleep: wait for what you expect to see".to_owned());
            }
        }
    }
    found.extend(waits.leftover());
    found
}

fn stands(line: &str, what: &str) -> bool {
    line.match_indices(what).any(|(at, _)| what.starts_with('.') || !line[..at].ends_with(is_word))
}

fn declared(line: &str) -> Option<&str> {
    let line =
        line.trim_start().trim_start_matches("export ").trim_start_matches("default ").trim_start_matches("abstract ");
    let rest = ["class ", "interface ", "type ", "enum "].iter().find_map(|keyword| line.strip_prefix(keyword))?;
    rest.split(|c| !is_word(c)).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, count: usize) {
        let tree = Tree::pretend(&[(path, text)]);
        assert_eq!(names_and_words(&tree).len() + files_fit(&tree).len(), count, "{path}: {text}");
    }

    #[test]
    fn the_console_has_its_limits_and_words() {
        check("web/apps/console/src/a.tsx", &"a;\n".repeat(LINES_MAX + 1), 1);
        check("web/packages/api-client/src/gen/schema.ts", &"a;\n".repeat(LINES_MAX + 1), 0);
        check("web/apps/console/src/utils.ts", "", 1);
        check("web/apps/console/src/a.ts", "export class LiveManager {}\n// TODO: later\n", 2);
        check("web/apps/console/src/a.ts", "export type Reply = {};\nconst database = base;\n", 0);
        check(
            "web/apps/console/src/a.test.ts",
            "it.skip('x', f);\nit.only('y', f);\nawait page.waitForTimeout(100);\n",
            3,
        );
        check("web/e2e/a.mjs", "await sleep(3);\n", 1);
    }
}
