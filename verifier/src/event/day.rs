//! Days of the calendar: the finest time that the log holds.

use std::fmt;

/// A day, 1970-01-01 to 9999-12-31 in the proleptic Gregorian calendar, written `YYYY-MM-DD` (RFC 3339 full-date).
///
/// The days 1970-01-01 to 9999-12-31 and the numbers 0 to 2,932,896 are one to one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(u32);

/// 9999-12-31.
const LAST: u32 = 2_932_896;

impl Day {
    /// 1970-01-01.
    pub const FIRST: Self = Self(0);

    /// Parses `YYYY-MM-DD`; `None` for another form or a day that the calendar does not have.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let digits = |range: std::ops::Range<usize>| -> Option<u32> {
            bytes
                .get(range)?
                .iter()
                .try_fold(0u32, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
        };
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
        if year < 1970 || !(1..=12).contains(&month) || day < 1 || day > days_of_month(year, month) {
            return None;
        }
        let before: u32 = (1..month).map(|m| days_of_month(year, m)).sum();
        Some(Self(days_before_year(year) + before + day - 1))
    }

    /// The day that is `number` days after 1970-01-01; `None` after 9999-12-31.
    pub fn from_number(number: u32) -> Option<Self> {
        (number <= LAST).then_some(Self(number))
    }

    /// Days since 1970-01-01, 0 to 2,932,896.
    pub fn number(self) -> u32 {
        self.0
    }

    /// The day `days` later, or 9999-12-31 where that would be past the end.
    pub fn plus(self, days: u32) -> Self {
        Self(self.0.saturating_add(days).min(LAST))
    }
}

fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_of_month(year: u32, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to January 1 of `year`, 1970 ≤ year.
fn days_before_year(year: u32) -> u32 {
    let leaps = |y: u32| y / 4 - y / 100 + y / 400;
    (year - 1970) * 365 + leaps(year - 1) - leaps(1969)
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // At most one year too early, since no year has more than 366 days.
        let mut year = 1970 + self.0 / 366;
        while days_before_year(year + 1) <= self.0 {
            year += 1;
        }
        let mut rest = self.0 - days_before_year(year);
        let mut month = 1;
        while rest >= days_of_month(year, month) {
            rest -= days_of_month(year, month);
            month += 1;
        }
        write!(f, "{year:04}-{month:02}-{:02}", rest + 1)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_round_trips_and_ascends() {
        let mut last = String::new();
        for number in 0..=LAST {
            let text = Day(number).to_string();
            assert_eq!(Day::parse(&text), Some(Day(number)));
            assert!(last < text, "{last} {text}");
            last = text;
        }
        assert_eq!(last, "9999-12-31");
        assert_eq!(Day::from_number(LAST + 1), None);
    }

    #[test]
    fn known_days() {
        assert_eq!(Day::parse("1970-01-01"), Some(Day(0)));
        assert_eq!(Day::parse("2000-03-01"), Some(Day(11_017)));
        assert_eq!(Day::parse("2026-11-22"), Some(Day(20_779)));
    }

    #[test]
    fn what_is_no_day() {
        for text in [
            "2023-02-29",
            "1900-02-29",
            "2100-02-29",
            "2024-02-30",
            "2024-13-01",
            "2024-00-10",
            "2024-01-00",
            "2024-04-31",
            "1969-12-31",
            "24-01-01",
            "2024-1-01",
            "2024/01/01",
            "2024-01-01T",
            "",
            "+024-01-01",
            "2024-01-0é",
        ] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }
}
