//! The architecture as a test: what `house` promises and no compiler checks.
//!
//! A rule is a function from the tree to its findings. Each has unit tests that prove that it can fail; a rule that
//! cannot fail is a comment.

mod catalogs;
mod floors;
mod lists;
mod lock;
mod migrations;
mod source;
mod sql;
mod statements;
mod tree;
mod vectors;
mod web;
mod words;

use std::fmt;

pub(crate) use tree::Tree;

/// One thing to mend, and where.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    say: String,
}

impl Finding {
    fn new(path: impl Into<String>, line: usize, say: impl Into<String>) -> Self {
        Self { path: path.into(), line, say: say.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.say)
    }
}

type Rule = fn(&Tree) -> Vec<Finding>;

const RULES: &[Rule] = &[
    floors::calls_go_down,
    floors::manifests_keep_the_walls,
    floors::nothing_goes_sideways,
    statements::tables_have_one_owner,
    statements::every_statement_names_the_tenant,
    statements::sql_stands_in_stores_and_views,
    statements::statements_are_written_out,
    statements::statements_bear_their_domain,
    migrations::come_in_pairs,
    migrations::tables_bear_their_domain,
    words::files_fit,
    words::names_say_something,
    words::banned_words_have_a_better_one,
    words::no_path_of_a_machine,
    web::files_fit,
    web::names_and_words,
    catalogs::languages_agree,
    catalogs::values_are_in_their_language,
    catalogs::keys_are_used,
    catalogs::keys_exist,
    lock::nothing_banned_came_in,
    lock::optional_packages_are_named,
    vectors::equal_the_originals,
];

/// Everything that is wrong with the tree, in the order of files.
pub(crate) fn findings(tree: &Tree) -> Vec<Finding> {
    let mut all: Vec<Finding> = RULES.iter().flat_map(|rule| rule(tree)).collect();
    all.sort();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_is_tidy() {
        let tree = Tree::read(&crate::shell::root()).unwrap();
        let wrong: Vec<String> = findings(&tree).iter().map(ToString::to_string).collect();
        assert!(wrong.is_empty(), "{} to mend:\n{}", wrong.len(), wrong.join("\n"));
    }
}
