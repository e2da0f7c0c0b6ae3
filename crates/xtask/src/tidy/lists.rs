//! The exceptions: short files below `crates/xtask/tidy/`, one name a line, each with its reason.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::{Finding, Tree};

/// Names that a rule lets pass. Knows which were needed: an exception that nothing needs is a finding itself.
pub(super) struct Exceptions {
    path: String,
    names: Vec<(usize, String)>,
    used: RefCell<BTreeSet<String>>,
    findings: Vec<Finding>,
}

impl Exceptions {
    pub(super) fn read(tree: &Tree, file: &str) -> Self {
        let path = format!("crates/xtask/tidy/{file}");
        let mut names = Vec::new();
        let mut findings = Vec::new();
        for (at, line) in tree.files.get(&path).map_or("", String::as_str).lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            match line.split_once(" # ") {
                Some((name, reason)) if !reason.trim().is_empty() => names.push((at + 1, name.trim().to_owned())),
                _ => findings.push(Finding::new(&path, at + 1, "an exception has the form `name # reason`")),
            }
        }
        Self { path, names, used: RefCell::default(), findings }
    }

    /// Whether this name is let pass.
    pub(super) fn allow(&self, name: &str) -> bool {
        let listed = self.names.iter().any(|(_, listed)| listed == name);
        if listed {
            self.used.borrow_mut().insert(name.to_owned());
        }
        listed
    }

    /// Whether some listed name is a beginning of this one.
    pub(super) fn allow_beginning(&self, name: &str) -> bool {
        let Some((_, listed)) = self.names.iter().find(|(_, listed)| name.starts_with(listed.as_str())) else {
            return false;
        };
        self.used.borrow_mut().insert(listed.clone());
        true
    }

    /// Lines without a reason, and exceptions that nothing needs any more.
    pub(super) fn leftover(self) -> Vec<Finding> {
        let used = self.used.into_inner();
        let mut findings = self.findings;
        for (line, name) in self.names {
            if !used.contains(&name) {
                findings.push(Finding::new(
                    &self.path,
                    line,
                    format!("nothing needs the exception `{name}` any more: remove it"),
                ));
            }
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_has_a_reason_and_a_need() {
        let tree = Tree::pretend(&[("crates/xtask/tidy/x.txt", "# head\n\na # why\nb\nc # why\n")]);
        let list = Exceptions::read(&tree, "x.txt");
        assert!(list.allow("a") && !list.allow("b") && !list.allow("z"));
        let left: Vec<usize> = list.leftover().iter().map(|finding| finding.line).collect();
        assert_eq!(left, [4, 5]);
    }

    #[test]
    fn a_beginning_may_be_listed() {
        let tree = Tree::pretend(&[("crates/xtask/tidy/x.txt", "tickets:status. # from the server\n")]);
        let list = Exceptions::read(&tree, "x.txt");
        assert!(list.allow_beginning("tickets:status.open") && !list.allow_beginning("tickets:type.x"));
        assert!(list.leftover().is_empty());
    }
}
