//! Moments as conditions name them: `2026-11-24`, `2026-11-24T09:00:00+09:00`, `now-7d`, `today`, `month-1mo`.

use jiff::{Span, ToSpan, Zoned, civil::Date, tz::TimeZone};

use crate::Timestamp;

/// Characters of `2026-11-24`.
const DAY_LENGTH: usize = 10;
/// The largest number in `now-7d`.
const AMOUNT_MAX: i64 = 10_000;

/// Where and when somebody asks, and who.
#[derive(Clone, Debug)]
pub struct Here {
    now: Timestamp,
    zone: TimeZone,
    pub(super) me: Option<i64>,
    pub(super) teams: Vec<i64>,
}

impl Here {
    /// Now, in the zone of this IANA name, in which days begin (UTC where there is none of that name); `me` is whoever asks, if it
    /// is one of the desk's people, with their teams.
    pub fn of(now: Timestamp, zone: &str, me: Option<i64>, teams: &[i64]) -> Self {
        Self { now, zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC), me, teams: teams.to_vec() }
    }

    /// The moment that the words name: RFC 3339; a day, where it begins, `now`, `today`, `week` (from Monday), `month`,
    /// `year`, where that began, with or without a step such as `-7d` (`m`, `h`, `d`, `w`, `mo`, `y`). A step of days and more
    /// keeps the hour of the day.
    pub fn moment(&self, words: &str) -> Option<Timestamp> {
        if let Ok(moment) = words.parse::<Timestamp>() {
            return Some(moment);
        }
        let day = words.get(..DAY_LENGTH).and_then(|day| day.parse::<Date>().ok());
        let at = if day.is_some() { DAY_LENGTH } else { words.find(['+', '-']).unwrap_or(words.len()) };
        let (base, step) = words.split_at(at);
        let base = match day {
            Some(day) => day.to_zoned(self.zone.clone()).ok()?.start_of_day().ok()?,
            None => self.base(base)?,
        };
        let moved = if step.is_empty() { base } else { base.checked_add(span(step)?).ok()? };
        Some(Timestamp::from_jiff(moved.timestamp()))
    }

    /// The day on which that moment is.
    pub fn day(&self, words: &str) -> Option<Date> {
        let moment = self.moment(words)?;
        Some(moment.to_jiff().to_zoned(self.zone.clone()).date())
    }

    fn base(&self, word: &str) -> Option<Zoned> {
        let now = self.now.to_jiff().to_zoned(self.zone.clone());
        if word == "now" {
            return Some(now);
        }
        let today = now.date();
        let day = match word {
            "today" => today,
            "week" => today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days()).ok()?,
            "month" => today.first_of_month(),
            "year" => today.first_of_year(),
            _ => return None,
        };
        day.to_zoned(self.zone.clone()).ok()
    }
}

/// `-7d`, `+2h`.
fn span(step: &str) -> Option<Span> {
    let (sign, rest) = step.split_at_checked(1).filter(|(sign, _)| matches!(*sign, "+" | "-"))?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (amount, unit) = rest.split_at(digits);
    let amount: i64 = amount.parse().ok().filter(|amount| *amount <= AMOUNT_MAX)?;
    let amount = if sign == "-" { -amount } else { amount };
    Some(match unit {
        "m" => amount.minutes(),
        "h" => amount.hours(),
        "d" => amount.days(),
        "w" => amount.weeks(),
        "mo" => amount.months(),
        "y" => amount.years(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_named_as_people_count() {
        let here = Here::of("2026-11-24T03:30:00Z".parse().expect("a moment"), "Asia/Tokyo", None, &[]);
        for (words, moment) in [
            ("now", "2026-11-24T03:30:00Z"),
            ("now-7d", "2026-11-17T03:30:00Z"),
            ("now+90m", "2026-11-24T05:00:00Z"),
            ("today", "2026-11-23T15:00:00Z"),
            ("today-1d", "2026-11-22T15:00:00Z"),
            ("week", "2026-11-22T15:00:00Z"),
            ("week-1w", "2026-11-15T15:00:00Z"),
            ("month", "2026-10-31T15:00:00Z"),
            ("month-1mo", "2026-09-30T15:00:00Z"),
            ("year", "2025-12-31T15:00:00Z"),
            ("2026-11-01", "2026-10-31T15:00:00Z"),
            ("2026-11-01+1mo", "2026-11-30T15:00:00Z"),
            ("2026-11-01T09:00:00+09:00", "2026-11-01T00:00:00Z"),
        ] {
            assert_eq!(here.moment(words).map(|at| at.to_string()), Some(moment.to_owned()), "{words}");
        }
        for words in
            ["", "tomorrow", "now-", "now-d", "now-7", "now-7x", "now-99999d", "2026-13-01", "2026-11-01x", "-7d"]
        {
            assert_eq!(here.moment(words), None, "{words}");
        }
    }

    #[test]
    fn a_day_begins_where_the_clock_was_changed_at_midnight() {
        let here = Here::of("2026-03-08T12:00:00Z".parse().expect("a moment"), "America/Havana", None, &[]);
        assert_eq!(here.moment("2026-03-08").map(|at| at.to_string()), Some("2026-03-08T05:00:00Z".to_owned()));
    }
}
