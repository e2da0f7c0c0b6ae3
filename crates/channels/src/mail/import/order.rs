//! In which order letters are taken in. Pure.

use std::collections::HashMap;

use madoguchi_kernel::Timestamp;

use super::source::Seen;

/// Answers upon answers that are followed.
const DEPTH_MAX: u32 = 10_000;

/// The oldest first, and an answer never before what it answers, whatever its clock said.
pub(super) fn in_order(letters: Vec<Seen>) -> Vec<Seen> {
    let mut by_id = HashMap::with_capacity(letters.len());
    for (number, seen) in letters.iter().enumerate() {
        if let Some(id) = seen.id {
            by_id.entry(id).or_insert(number);
        }
    }
    let answered = |number: usize| {
        let found = letters[number].answers.iter().flatten().find_map(|id| by_id.get(id).copied());
        found.filter(|before| *before != number)
    };
    let mut places: Vec<Option<(Timestamp, u32)>> = vec![None; letters.len()];
    let mut way = Vec::new();
    for start in 0..letters.len() {
        let mut at = Some(start);
        while let Some(number) = at.filter(|number| places[*number].is_none() && way.len() < DEPTH_MAX as usize) {
            // Letters that answer each other in a circle come by their dates.
            places[number] = Some((letters[number].at, 0));
            way.push(number);
            at = answered(number);
        }
        while let Some(number) = way.pop() {
            if let Some((before, depth)) = answered(number).and_then(|before| places[before]) {
                let own = letters[number].at;
                places[number] = Some(if before >= own { (before, (depth + 1).min(DEPTH_MAX)) } else { (own, 0) });
            }
        }
    }
    let mut placed: Vec<_> = places.into_iter().zip(letters).enumerate().collect();
    placed.sort_by_key(|(number, (place, _))| (*place, *number));
    placed.into_iter().map(|(_, (_, seen))| seen).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(at: i64, id: u64, answers: Option<u64>) -> Seen {
        Seen {
            file: 0,
            from: id,
            bytes: 1,
            quoted: false,
            at: Timestamp::from_micros(at),
            id: Some(id),
            answers: [answers, None],
            aside: None,
        }
    }

    fn ids(letters: Vec<Seen>) -> Vec<u64> {
        in_order(letters).into_iter().filter_map(|seen| seen.id).collect()
    }

    #[test]
    fn the_oldest_first_and_no_answer_before_what_it_answers() {
        assert_eq!(ids(vec![letter(3, 3, Some(2)), letter(1, 1, None), letter(2, 2, Some(1))]), [1, 2, 3]);
        // The answers' clocks were slow.
        assert_eq!(
            ids(vec![letter(1, 3, Some(2)), letter(9, 1, None), letter(2, 2, Some(1)), letter(5, 4, None)]),
            [4, 1, 2, 3]
        );
        // At the same second, and in a circle.
        assert_eq!(ids(vec![letter(1, 2, Some(1)), letter(1, 1, None)]), [1, 2]);
        assert_eq!(ids(vec![letter(1, 1, Some(2)), letter(2, 2, Some(1)), letter(0, 0, Some(0))]).len(), 3);
    }
}
