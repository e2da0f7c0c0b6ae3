//! Words of a desk for its people, in both languages. Pure.

use madoguchi_kernel::problem::Check;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Words for people, in both languages; where one is missing the other stands for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Japanese.
    #[serde(default)]
    pub ja: String,
    /// English.
    #[serde(default)]
    pub en: String,
}

impl Label {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.ja.is_empty() && self.en.is_empty()
    }

    /// What is said, in whichever language.
    pub fn said(&self) -> impl Iterator<Item = &str> {
        [self.ja.as_str(), self.en.as_str()].into_iter().filter(|words| !words.is_empty())
    }

    /// In one form: each a line without what stands around it, within the limit.
    #[must_use]
    pub fn checked(&self, check: &mut Check, field: &str, characters_max: usize) -> Self {
        let line = |text: &str| -> String {
            let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            line.trim().to_owned()
        };
        let label = Self { ja: line(&self.ja), en: line(&self.en) };
        for (language, text) in [("ja", &label.ja), ("en", &label.en)] {
            check.require(text.chars().count() <= characters_max, format!("{field}.{language}"), "too_long");
        }
        label
    }

    /// The same, of which one at least has to be said.
    #[must_use]
    pub fn named(&self, check: &mut Check, field: &str, characters_max: usize) -> Self {
        let label = self.checked(check, field, characters_max);
        check.require(!label.is_empty(), field, "required");
        label
    }
}
