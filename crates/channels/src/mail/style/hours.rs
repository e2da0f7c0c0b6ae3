//! When a desk is open. Pure: the moment comes in as an argument.

use jiff::{
    ToSpan, Zoned,
    civil::{Date, Time},
    tz::TimeZone,
};
use madoguchi_kernel::{Timestamp, holidays::is_japanese_holiday};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Spans of one weekday.
pub const SPANS_MAX: usize = 4;
/// Days that are named as closed.
pub const CLOSED_DAYS_MAX: usize = 400;
/// How far ahead the next opening is looked for.
const LOOK_AHEAD_DAYS: usize = 400;

/// A span of a day, from the first moment to just before the second: `09:00` to `17:30`. `24:00` is the day's end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// `HH:MM`
    pub from: String,
    /// `HH:MM`, up to `24:00`
    pub to: String,
}

/// When a desk is open, on the tenant's clock.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// The spans of each weekday, Monday first; seven of them.
    pub week: Vec<Vec<Span>>,
    /// Whether the desk rests on Japan's national holidays.
    #[serde(default)]
    pub holidays_closed: bool,
    /// Further days on which it rests, `YYYY-MM-DD`: the year's end, a company's own days.
    #[serde(default)]
    pub closed: Vec<String>,
}

/// What is wrong with hours: the field, and the word for it.
pub type Wrong = (&'static str, &'static str);

impl Hours {
    /// What is wrong with them, if anything is.
    pub fn wrong(&self) -> Option<Wrong> {
        if self.week.len() != 7 {
            return Some(("hours.week", "hours_week"));
        }
        if self.closed.len() > CLOSED_DAYS_MAX || self.week.iter().any(|spans| spans.len() > SPANS_MAX) {
            return Some(("hours", "too_many"));
        }
        for spans in &self.week {
            let mut at = 0;
            for span in spans {
                match (minutes(&span.from), minutes(&span.to)) {
                    (Some(from), Some(to)) if from >= at && from < to => at = to,
                    _ => return Some(("hours.week", "hours_span")),
                }
            }
        }
        // A desk that never opens could only tell its customers a time that does not come.
        if self.week.iter().all(Vec::is_empty) {
            return Some(("hours.week", "hours_never"));
        }
        self.closed.iter().any(|day| day.parse::<Date>().is_err()).then_some(("hours.closed", "hours_day"))
    }

    /// Whether the desk is open then.
    pub fn is_open(&self, at: Timestamp, zone: &TimeZone) -> bool {
        let local = at.to_jiff().to_zoned(zone.clone());
        let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
        self.spans(local.date()).iter().any(|(from, to)| (*from..*to).contains(&minute))
    }

    /// When it opens next, if it is closed then and opens within about a year.
    pub fn opens_after(&self, at: Timestamp, zone: &TimeZone) -> Option<Zoned> {
        let local = at.to_jiff().to_zoned(zone.clone());
        let now = i32::from(local.hour()) * 60 + i32::from(local.minute());
        for (nth, day) in local.date().series(1.day()).take(LOOK_AHEAD_DAYS).enumerate() {
            let next = self.spans(day).into_iter().find(|(from, _)| nth > 0 || *from > now);
            if let Some((from, _)) = next {
                let time = Time::new(i8::try_from(from / 60).ok()?, i8::try_from(from % 60).ok()?, 0, 0).ok()?;
                return day.to_datetime(time).to_zoned(zone.clone()).ok();
            }
        }
        None
    }

    /// The minutes of a day in which it is open.
    fn spans(&self, day: Date) -> Vec<(i32, i32)> {
        let is_named = self.closed.iter().any(|closed| closed.parse::<Date>().is_ok_and(|closed| closed == day));
        if is_named || (self.holidays_closed && is_japanese_holiday(day)) {
            return Vec::new();
        }
        let nth = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
        let spans = self.week.get(nth).map(Vec::as_slice).unwrap_or_default();
        spans.iter().filter_map(|span| Some((minutes(&span.from)?, minutes(&span.to)?))).collect()
    }
}

/// The minute of a day that `HH:MM` names, up to 24:00.
fn minutes(text: &str) -> Option<i32> {
    let (hour, minute) = text.split_once(':')?;
    let two = |digits: &str| {
        (digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit())).then(|| digits.parse::<i32>().ok())?
    };
    let (hour, minute) = (two(hour)?, two(minute)?);
    let all = hour * 60 + minute;
    (minute < 60 && all <= 24 * 60).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, to: &str) -> Span {
        Span { from: from.to_owned(), to: to.to_owned() }
    }

    fn office() -> Hours {
        let day = vec![span("09:00", "12:00"), span("13:00", "17:30")];
        let mut week = vec![day; 5];
        week.extend([Vec::new(), Vec::new()]);
        Hours { week, holidays_closed: true, closed: vec!["2026-12-30".to_owned(), "2026-12-31".to_owned()] }
    }

    fn at(text: &str) -> Timestamp {
        format!("{text}:00+09:00").parse().expect("a time")
    }

    #[test]
    fn a_desk_opens_and_closes_on_its_own_clock() {
        let zone = TimeZone::get("Asia/Tokyo").expect("the zone");
        for (moment, is_open, opens) in [
            ("2026-04-22T09:00", true, "2026-04-22T13:00"),
            ("2026-04-22T11:59", true, "2026-04-22T13:00"),
            ("2026-04-22T12:00", false, "2026-04-22T13:00"),
            ("2026-04-22T17:30", false, "2026-04-23T09:00"),
            ("2026-04-22T08:59", false, "2026-04-22T09:00"),
            // Friday evening; a Wednesday that is a holiday; the year's end, whose days are named and then holidays.
            ("2026-04-24T18:00", false, "2026-04-27T09:00"),
            ("2026-04-29T10:00", false, "2026-04-30T09:00"),
            ("2026-12-29T18:00", false, "2027-01-04T09:00"),
        ] {
            assert_eq!(office().is_open(at(moment), &zone), is_open, "{moment}");
            let next = office().opens_after(at(moment), &zone).expect("it opens again");
            assert_eq!(next.strftime("%Y-%m-%dT%H:%M").to_string(), opens, "{moment}");
        }
        let never = Hours { week: vec![Vec::new(); 7], ..Hours::default() };
        assert!(never.opens_after(at("2026-04-22T09:00"), &zone).is_none());
    }

    #[test]
    fn what_is_no_time_is_refused() {
        assert_eq!(office().wrong(), None);
        let with = |spans: Vec<Span>| Hours { week: [vec![spans], vec![Vec::new(); 6]].concat(), ..Hours::default() };
        assert_eq!(with(vec![span("00:00", "24:00")]).wrong(), None);
        for spans in [
            vec![span("9:00", "12:00")],
            vec![span("12:00", "09:00")],
            vec![span("09:00", "24:01")],
            vec![span("09:00", "12:00"), span("11:00", "13:00")],
            vec![span("09:60", "12:00")],
        ] {
            assert_eq!(with(spans.clone()).wrong(), Some(("hours.week", "hours_span")), "{spans:?}");
        }
        assert!(Hours::default().wrong().is_some());
        assert_eq!(with(Vec::new()).wrong(), Some(("hours.week", "hours_never")));
        assert_eq!(
            Hours { closed: vec!["2026-02-30".to_owned()], ..office() }.wrong(),
            Some(("hours.closed", "hours_day"))
        );
    }
}
