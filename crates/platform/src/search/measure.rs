//! How well something finds: the measures of information retrieval. Pure.

use std::collections::HashMap;

/// What judges said of a question's documents: a grade above zero is worth finding.
pub type Grades = HashMap<String, u32>;

/// Measures of one list of results, or their mean.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measures {
    /// Whether the first result is worth finding.
    pub p_at_1: f64,
    /// One over the rank of the first result that is (reciprocal rank), among those that were listed.
    pub reciprocal_rank: f64,
    /// Discounted gain of the first ten over that of the best order (Järvelin and Kekäläinen 2002), with the gain `2^grade - 1`
    /// (Burges et al. 2005).
    pub ndcg_at_10: f64,
    /// How many of those that are worth finding are among the first ten.
    pub recall_at_10: f64,
}

/// How far down the list the last two measures look.
const DEPTH: usize = 10;

impl Measures {
    /// Of one list of results, the best first.
    pub fn of(results: &[String], grades: &Grades) -> Self {
        let grade = |id: &String| grades.get(id).copied().unwrap_or(0);
        let gain = |grade: u32| f64::from(grade).exp2() - 1.0;
        let discounted = |grades: &mut dyn Iterator<Item = u32>| -> f64 {
            grades.take(DEPTH).zip(2_u32..).map(|(grade, rank)| gain(grade) / f64::from(rank).log2()).sum()
        };
        let mut best: Vec<u32> = grades.values().copied().collect();
        best.sort_unstable_by(|one, other| other.cmp(one));
        let ideal = discounted(&mut best.iter().copied());
        let worth = best.iter().filter(|grade| **grade > 0).count();
        let found = results.iter().take(DEPTH).filter(|id| grade(id) > 0).count();
        let first = results.iter().position(|id| grade(id) > 0);
        let ratio = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        Self {
            p_at_1: f64::from(u8::from(first == Some(0))),
            reciprocal_rank: first.map_or(0.0, |at| 1.0 / (at as f64 + 1.0)),
            ndcg_at_10: ratio(discounted(&mut results.iter().map(grade)), ideal),
            recall_at_10: ratio(found as f64, worth as f64),
        }
    }

    /// The mean of many; nothing for none.
    pub fn mean(all: &[Self]) -> Self {
        let count = all.len().max(1) as f64;
        let mean = |of: fn(&Self) -> f64| all.iter().map(of).sum::<f64>() / count;
        Self {
            p_at_1: mean(|one| one.p_at_1),
            reciprocal_rank: mean(|one| one.reciprocal_rank),
            ndcg_at_10: mean(|one| one.ndcg_at_10),
            recall_at_10: mean(|one| one.recall_at_10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(results: &[&str], grades: &[(&str, u32)]) -> Measures {
        let results: Vec<String> = results.iter().map(|id| (*id).to_owned()).collect();
        Measures::of(&results, &grades.iter().map(|(id, grade)| ((*id).to_owned(), *grade)).collect())
    }

    #[test]
    fn measures_are_those_of_the_books() {
        let perfect = of(&["a", "b"], &[("a", 3), ("b", 1)]);
        assert_eq!(perfect, Measures { p_at_1: 1.0, reciprocal_rank: 1.0, ndcg_at_10: 1.0, recall_at_10: 1.0 });
        // The other way round: (1/log2 2 + 7/log2 3) / (7/log2 2 + 1/log2 3).
        let turned = of(&["b", "a"], &[("a", 3), ("b", 1)]);
        assert!((turned.ndcg_at_10 - 0.709_8).abs() < 0.000_1, "{turned:?}");
        let third = of(&["x", "y", "a"], &[("a", 1), ("b", 1), ("z", 0)]);
        assert_eq!((third.p_at_1, third.recall_at_10), (0.0, 0.5));
        assert!((third.reciprocal_rank - 1.0 / 3.0).abs() < f64::EPSILON);
        assert_eq!(of(&[], &[("a", 1)]), Measures::default());
        assert_eq!(of(&["a"], &[]), Measures::default());
        // What stands below the tenth place counts for the rank alone.
        let deep: Vec<String> = (0..11).map(|n| n.to_string()).collect();
        let measured = Measures::of(&deep, &[("10".to_owned(), 1)].into());
        assert_eq!((measured.ndcg_at_10, measured.recall_at_10), (0.0, 0.0));
        assert!((measured.reciprocal_rank - 1.0 / 11.0).abs() < f64::EPSILON);
    }
}
