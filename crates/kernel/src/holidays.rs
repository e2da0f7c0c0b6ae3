//! Japan's national holidays (国民の祝日に関する法律), worked out by rule. Pure.
//!
//! The equinoxes are announced by the Cabinet Office each February for the year after; the formula that is used here has
//! agreed with every announcement since 1980.

use jiff::{
    ToSpan,
    civil::{Date, Weekday, date},
};

/// The first year that the rules here describe.
pub const FROM_YEAR: i16 = 2016;
/// The last year for which the formula of the equinoxes holds.
pub const TO_YEAR: i16 = 2099;

/// Whether offices rest: a national holiday, a day between two of them, or the day that stands in for one on a Sunday.
/// `false` outside [`FROM_YEAR`] to [`TO_YEAR`].
pub fn is_japanese_holiday(day: Date) -> bool {
    if day.year() < FROM_YEAR || day.year() > TO_YEAR {
        return false;
    }
    is_named(day) || is_between(day) || stands_in(day)
}

/// A day between two named ones rests too (article 3, paragraph 3).
fn is_between(day: Date) -> bool {
    let (before, after) = (day.checked_sub(1.day()), day.checked_add(1.day()));
    day.weekday() != Weekday::Sunday && before.is_ok_and(is_named) && after.is_ok_and(is_named)
}

/// The first day after a Sunday's holiday that is none itself (article 3, paragraph 2).
fn stands_in(day: Date) -> bool {
    let mut before = day;
    loop {
        let Ok(previous) = before.checked_sub(1.day()) else { return false };
        before = previous;
        if !is_named(before) {
            return false;
        }
        if before.weekday() == Weekday::Sunday {
            return true;
        }
    }
}

fn is_named(day: Date) -> bool {
    let (year, month, of_month) = (day.year(), day.month(), day.day());
    let is_monday = |nth: i8| day.weekday() == Weekday::Monday && (of_month - 1) / 7 + 1 == nth;
    if let Some(is_moved) = moved(day) {
        return is_moved;
    }
    match month {
        1 => of_month == 1 || is_monday(2),
        2 => of_month == 11 || (of_month == 23 && year >= 2020),
        3 => of_month == equinox(20.8431, year),
        4 => of_month == 29,
        5 => matches!(of_month, 3..=5),
        7 => is_monday(3),
        8 => of_month == 11,
        9 => is_monday(3) || of_month == equinox(23.2488, year),
        10 => is_monday(2),
        11 => matches!(of_month, 3 | 23),
        12 => of_month == 23 && year <= 2018,
        _ => false,
    }
}

/// What laws of their own made of single years: the accession of 2019 and the games of 2020 and 2021.
fn moved(day: Date) -> Option<bool> {
    let moved: &[(Date, bool)] = &[
        (date(2019, 5, 1), true),
        (date(2019, 10, 22), true),
        (date(2020, 7, 20), false),
        (date(2020, 7, 23), true),
        (date(2020, 7, 24), true),
        (date(2020, 8, 10), true),
        (date(2020, 8, 11), false),
        (date(2020, 10, 12), false),
        (date(2021, 7, 19), false),
        (date(2021, 7, 22), true),
        (date(2021, 7, 23), true),
        (date(2021, 8, 8), true),
        (date(2021, 8, 11), false),
        (date(2021, 10, 11), false),
    ];
    moved.iter().find(|(of, _)| *of == day).map(|(_, rests)| *rests)
}

/// The day of the month of an equinox between 1980 and 2099, from its mean in 1980 (海上保安庁水路部).
fn equinox(mean: f64, year: i16) -> i8 {
    let years = f64::from(year - 1980);
    #[expect(clippy::cast_possible_truncation, reason = "a day of a month")]
    let of_month = (mean + 0.242_194 * years - (years / 4.0).floor()).floor() as i8;
    of_month
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_rules_give_the_days_of_the_vectors_and_no_others() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/jp_holidays.csv");
        let table = std::fs::read_to_string(path).expect("the vectors are there");
        let want: BTreeSet<Date> = table
            .lines()
            .skip(1)
            .map(|line| line.split(',').next().expect("a date").parse().expect("a sound date"))
            .collect();
        let years: BTreeSet<i16> = want.iter().map(|day| day.year()).collect();
        let days = years
            .into_iter()
            .flat_map(|year| date(year, 1, 1).series(1.day()).take_while(move |day| day.year() == year));
        assert_eq!(days.filter(|day| is_japanese_holiday(*day)).collect::<BTreeSet<_>>(), want);
    }
}
