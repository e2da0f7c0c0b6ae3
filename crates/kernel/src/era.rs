//! 和暦: days as they are counted by eras, as people write them and as they are written for people. Pure.
//!
//! Days are those of the Gregorian calendar, which Japan keeps since 1873-01-01 (太政官布告第337号, 1872); 明治 before that day is
//! read all the same, as its days are written today. An era begins on a day: 平成 on 1989-01-08 (政令第1号, 1989), 令和 on
//! 2019-05-01 (政令第143号, 2019), and the year in which it begins is its first, 元年.

use jiff::civil::Date;

/// Eras of one configuration.
const ERAS_MAX: usize = 20;
/// Digits of `20261121`.
const DIGITS_OF_DAY: usize = 8;

/// An era.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Era {
    /// Its letter: `R`.
    pub letter: char,
    /// Its name: `令和`.
    pub name: String,
    /// Its first day.
    pub begins: Date,
}

/// The eras that are known, the latest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eras(Vec<Era>);

impl Default for Eras {
    fn default() -> Self {
        let known = [
            ('R', "令和", (2019, 5, 1)),
            ('H', "平成", (1989, 1, 8)),
            ('S', "昭和", (1926, 12, 25)),
            ('T', "大正", (1912, 7, 30)),
            ('M', "明治", (1868, 10, 23)),
        ];
        let era = |(letter, name, (year, month, day)): (char, &str, (i16, i8, i8))| Era {
            letter,
            name: name.to_owned(),
            begins: jiff::civil::date(year, month, day),
        };
        Self(known.into_iter().map(era).collect())
    }
}

impl Eras {
    /// Those that everybody knows, and these, as `K 光文 2040-01-01` with commas between them; none where they cannot be read.
    pub fn with(more: &str) -> Option<Self> {
        let mut eras = Self::default();
        for one in more.split(',').map(str::trim).filter(|one| !one.is_empty()) {
            let parts: Vec<&str> = one.split_whitespace().collect();
            let [letter, name, begins] = parts[..] else { return None };
            let mut letters = letter.chars();
            let (Some(letter), None) = (letters.next(), letters.next()) else { return None };
            let is_new = eras.0.iter().all(|era| era.letter != letter && era.name != name);
            if !letter.is_ascii_uppercase() || !is_new || eras.0.len() == ERAS_MAX {
                return None;
            }
            eras.0.push(Era { letter, name: name.to_owned(), begins: begins.parse().ok()? });
        }
        eras.0.sort_by_key(|era| std::cmp::Reverse(era.begins));
        Some(eras)
    }

    /// The eras, the latest first.
    pub fn all(&self) -> &[Era] {
        &self.0
    }

    /// The day that is written: `2026-11-21`, `2026/11/21`, `2026年11月21日`, `20261121`, `R8.11.21`, `令和8年11月21日`, `昭和元年12月25日`,
    /// in half width (full width is folded before). A year of an era that had ended is counted on, as contracts do (昭和65年 is
    /// 1990); a day before its era began is none.
    pub fn day(&self, written: &str) -> Option<Date> {
        let written: String = written.chars().filter(|c| !c.is_whitespace()).collect();
        if written.len() == DIGITS_OF_DAY && written.bytes().all(|b| b.is_ascii_digit()) {
            return civil(written[..4].parse().ok()?, &written[4..6], &written[6..]);
        }
        let era = self.0.iter().find_map(|era| Some((era, era.stripped(&written)?)));
        let rest = era.map_or(written.as_str(), |(_, rest)| rest);
        let (year, month, day) = parts(rest)?;
        let year: i16 = match (era, year) {
            (Some(_), "元") => 1,
            (_, year) if year.bytes().all(|b| b.is_ascii_digit()) => year.parse().ok()?,
            _ => return None,
        };
        match era {
            None if year < 1000 => None,
            None => civil(year, month, day),
            Some(_) if year < 1 => None,
            Some((era, _)) => {
                civil(era.begins.year().checked_add(year - 1)?, month, day).filter(|day| *day >= era.begins)
            }
        }
    }

    /// The day by its era: `令和8年11月21日`; none before the first.
    pub fn written(&self, day: Date) -> Option<String> {
        let era = self.0.iter().find(|era| era.begins <= day)?;
        let year = day.year() - era.begins.year() + 1;
        let year = if year == 1 { "元".to_owned() } else { year.to_string() };
        Some(format!("{}{year}年{}月{}日", era.name, day.month(), day.day()))
    }
}

impl Era {
    fn stripped<'a>(&self, written: &'a str) -> Option<&'a str> {
        let by_letter = || {
            let mut chars = written.chars();
            chars.next().filter(|c| c.to_ascii_uppercase() == self.letter).map(|_| chars.as_str())
        };
        written.strip_prefix(self.name.as_str()).or_else(by_letter)
    }
}

/// Year, month and day of `2026年11月21日`, `2026/11/21`, `8.11.21`; one kind of mark between them.
fn parts(written: &str) -> Option<(&str, &str, &str)> {
    if let Some((year, rest)) = written.split_once('年') {
        let (month, day) = rest.strip_suffix('日')?.split_once('月')?;
        return Some((year, month, day));
    }
    let mark = written.chars().find(|c| matches!(c, '-' | '/' | '.'))?;
    let (year, rest) = written.split_once(mark)?;
    let (month, day) = rest.split_once(mark)?;
    Some((year, month, day))
}

fn civil(year: i16, month: &str, day: &str) -> Option<Date> {
    let number = |part: &str| part.parse::<i8>().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit()));
    Date::new(year, number(month)?, number(day)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_people_write_them() {
        let eras = Eras::default();
        for (written, day) in [
            ("2026-11-21", Some("2026-11-21")),
            ("2026/1/5", Some("2026-01-05")),
            ("2026年11月21日", Some("2026-11-21")),
            ("20261121", Some("2026-11-21")),
            ("R8.11.21", Some("2026-11-21")),
            ("r8/11/21", Some("2026-11-21")),
            ("令和8年11月21日", Some("2026-11-21")),
            ("令和 8年 11月 21日", Some("2026-11-21")),
            ("令和元年5月1日", Some("2019-05-01")),
            ("R1.4.30", None),
            ("平成31年4月30日", Some("2019-04-30")),
            ("H31.5.1", Some("2019-05-01")),
            ("S64.1.7", Some("1989-01-07")),
            ("H1.1.7", None),
            ("H1.1.8", Some("1989-01-08")),
            ("昭和65年2月1日", Some("1990-02-01")),
            ("T1.7.30", Some("1912-07-30")),
            ("R8.2.30", None),
            ("R0.1.1", None),
            ("8.11.21", None),
            ("2026-11/21", None),
            ("2026-13-01", None),
            ("元.5.1", None),
            ("+2026-1-1", None),
            ("", None),
            ("明日", None),
            ("R99999.1.1", None),
        ] {
            assert_eq!(eras.day(written).map(|day| day.to_string()).as_deref(), day, "{written}");
        }
    }

    #[test]
    fn an_era_ends_with_the_day_before_the_next() {
        let eras = Eras::default();
        for (day, written) in [
            ("1989-01-07", "昭和64年1月7日"),
            ("1989-01-08", "平成元年1月8日"),
            ("2019-04-30", "平成31年4月30日"),
            ("2019-05-01", "令和元年5月1日"),
            ("2026-11-21", "令和8年11月21日"),
            ("1926-12-25", "昭和元年12月25日"),
        ] {
            assert_eq!(eras.written(day.parse().unwrap()).as_deref(), Some(written));
        }
        assert_eq!(eras.written("1600-01-01".parse().unwrap()), None);
    }

    #[test]
    fn a_new_era_is_configured() {
        let eras = Eras::with("K 光文 2040-01-01").unwrap();
        assert_eq!(eras.day("K2.3.4").unwrap().to_string(), "2041-03-04");
        assert_eq!(eras.written("2040-01-01".parse().unwrap()).unwrap(), "光文元年1月1日");
        assert_eq!(eras.written("2039-12-31".parse().unwrap()).unwrap(), "令和21年12月31日");
        for wrong in ["K", "K 光文", "R 光文 2040-01-01", "K 光文 soon", "KK 光文 2040-01-01", "k 光文 2040-01-01"]
        {
            assert_eq!(Eras::with(wrong), None, "{wrong}");
        }
    }
}
