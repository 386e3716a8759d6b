//! From the times that platforms write to the day that an event claims.
//!
//! Only the time zone data that is built into the program is used, never the machine's: the same file must give the
//! same days everywhere.

use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};
use lebombo_verifier::event::Day;
use serde::Deserialize;

use super::error::ImportError;
use super::fault::Fault;

/// Zone abbreviations that MTurk and its relatives write, with one meaning each, in hours east of Greenwich.
///
/// `CST`, `IST`, `BST` and the like stand for several zones and are left out.
const ABBREVIATIONS: [(&str, i8); 12] = [
    ("UTC", 0),
    ("GMT", 0),
    ("PST", -8),
    ("PDT", -7),
    ("MST", -7),
    ("MDT", -6),
    ("EST", -5),
    ("EDT", -4),
    ("WAT", 1),
    ("CAT", 2),
    ("SAST", 2),
    ("EAT", 3),
];

/// A time zone: `UTC`, an offset such as `+03:00`, or an IANA name such as `Africa/Nairobi`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Zone(TimeZone);

impl Zone {
    /// Coordinated universal time.
    pub(crate) const UTC: Self = Self(TimeZone::UTC);

    /// # Errors
    /// `ZoneUnknown`.
    pub(crate) fn parse(name: &str) -> Result<Self, ImportError> {
        let zone = match offset(name) {
            Some(offset) => Some(TimeZone::fixed(offset)),
            None => TimeZoneDatabase::bundled().get(name).ok(),
        };
        zone.map(Self).ok_or_else(|| ImportError::ZoneUnknown { name: name.chars().take(64).collect() })
    }
}

impl TryFrom<String> for Zone {
    type Error = ImportError;

    fn try_from(name: String) -> Result<Self, ImportError> {
        Self::parse(&name)
    }
}

/// `+hh:mm` or `-hh:mm`, at most 14 hours.
fn offset(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let two = |digits: &str| {
        let plain = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        if plain { digits.parse::<i32>().ok() } else { None }
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    let seconds = hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?;
    if minutes > 59 || seconds > 14 * 3600 {
        return None;
    }
    Offset::from_seconds(seconds.checked_mul(sign)?).ok()
}

/// How a source writes its times.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Layout {
    /// ISO 8601 or RFC 3339: a date, or a date and time with or without an offset.
    Iso,
    /// A strptime-like pattern (jiff's conversion specifiers).
    Pattern(String),
    /// `Wed Jan 24 09:51:16 PST 2018`.
    MTurk,
}

/// How a source's times become days.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Calendar {
    pub(crate) layout: Layout,
    /// The zone of times that carry none.
    pub(crate) zone: Option<Zone>,
    /// The zone whose midnights part the days.
    pub(crate) days_in: Zone,
}

/// What a cell says before zones come into it.
enum Said {
    /// A date without a time: the day is as written.
    Day(Date),
    /// A clock on a wall somewhere.
    Clock(DateTime),
    /// A point in time.
    Moment(Timestamp),
}

impl Calendar {
    /// The day on which `text` falls.
    ///
    /// A local time that a clock change skipped or repeated is read as RFC 9557's `compatible` does: the earlier of
    /// two, the later side of a gap.
    ///
    /// # Errors
    /// Those of `Fault` that concern dates and zones.
    pub(crate) fn day(&self, text: &str) -> Result<Day, Fault> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Fault::DateMissing);
        }
        let said = match &self.layout {
            Layout::Iso => iso(text)?,
            Layout::Pattern(pattern) => by_pattern(pattern, text)?,
            Layout::MTurk => mturk(text)?,
        };
        let moment = match said {
            Said::Day(date) => return in_range(date),
            Said::Moment(moment) => moment,
            Said::Clock(clock) => {
                let Zone(zone) = self.zone.as_ref().ok_or(Fault::ZoneMissing)?;
                in_range(clock.date())?;
                zone.to_timestamp(clock).map_err(|_| Fault::DateOutOfRange)?
            }
        };
        in_range(self.days_in.0.to_datetime(moment).date())
    }
}

/// The day that an event may claim, 1970 to 9999.
fn in_range(date: Date) -> Result<Day, Fault> {
    Day::parse(&date.to_string()).ok_or(Fault::DateOutOfRange)
}

/// Whether `text` begins like `YYYY-MM-DD`.
fn looks_like_a_day(text: &str) -> bool {
    let mut bytes = text.bytes();
    "dddd-dd-dd".bytes().all(|shape| match bytes.next() {
        Some(b) if shape == b'd' => b.is_ascii_digit(),
        found => found == Some(shape),
    })
}

fn iso(text: &str) -> Result<Said, Fault> {
    if !looks_like_a_day(text) {
        return Err(Fault::DateUnreadable);
    }
    let date = text[..10].parse().map_err(|_| Fault::DateDoesNotExist)?;
    if text.len() == 10 {
        return Ok(Said::Day(date));
    }
    if let Ok(moment) = text.parse() {
        return Ok(Said::Moment(moment));
    }
    // An offset that the timestamp parser refused must not be passed over as if it were not there.
    let zoned = text[10..].contains(['+', '-', 'Z', 'z', '[']);
    text.parse().ok().filter(|_| !zoned).map(Said::Clock).ok_or(Fault::DateUnreadable)
}

fn by_pattern(pattern: &str, text: &str) -> Result<Said, Fault> {
    let parts = strtime::parse(pattern, text).map_err(|_| Fault::DateUnreadable)?;
    if let Some(moment) = parts.timestamp() {
        return Ok(Said::Moment(moment));
    }
    if parts.iana_time_zone().is_some() {
        let zoned = parts.to_zoned_with(&TimeZoneDatabase::bundled()).map_err(|_| Fault::ZoneUnknown)?;
        return Ok(Said::Moment(zoned.timestamp()));
    }
    let date = date_of(&parts)?;
    if parts.hour().is_none() {
        return Ok(Said::Day(date));
    }
    let clock = DateTime::from_parts(date, parts.to_time().map_err(|_| Fault::DateUnreadable)?);
    match parts.offset() {
        None => Ok(Said::Clock(clock)),
        Some(offset) => offset.to_timestamp(clock).map(Said::Moment).map_err(|_| Fault::DateOutOfRange),
    }
}

fn date_of(parts: &BrokenDownTime) -> Result<Date, Fault> {
    parts.to_date().map_err(|_| match (parts.year(), parts.month(), parts.day()) {
        (Some(year), Some(month), Some(day)) if Date::new(year, month, day).is_err() => {
            Fault::DateDoesNotExist
        }
        _ => Fault::DateUnreadable,
    })
}

fn mturk(text: &str) -> Result<Said, Fault> {
    let parts: Vec<&str> = text.split_ascii_whitespace().collect();
    let [weekday, month, day, time, zone, year] = parts[..] else { return Err(Fault::DateUnreadable) };
    let clock = match by_pattern("%a %b %d %H:%M:%S %Y", &format!("{weekday} {month} {day} {time} {year}"))? {
        Said::Clock(clock) => clock,
        Said::Day(_) | Said::Moment(_) => return Err(Fault::DateUnreadable),
    };
    let (_, east) = ABBREVIATIONS.iter().find(|(name, _)| *name == zone).ok_or(Fault::ZoneUnknown)?;
    let utc = clock.checked_sub(i64::from(*east).hours()).map_err(|_| Fault::DateOutOfRange)?;
    Offset::UTC.to_timestamp(utc).map(Said::Moment).map_err(|_| Fault::DateOutOfRange)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn zone(name: &str) -> Zone {
        Zone::parse(name).unwrap()
    }

    fn day(layout: Layout, from: Option<&str>, days_in: &str, text: &str) -> Result<String, Fault> {
        let calendar = Calendar { layout, zone: from.map(zone), days_in: zone(days_in) };
        calendar.day(text).map(|date| date.to_string())
    }

    fn iso_day(text: &str) -> Result<String, Fault> {
        day(Layout::Iso, None, "UTC", text)
    }

    #[test]
    fn zones_are_utc_offsets_or_iana_names() {
        for good in ["UTC", "+03:00", "-08:00", "+14:00", "Africa/Nairobi", "Africa/Johannesburg"] {
            assert!(Zone::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "+3:00", "+15:00", "+03:60", "+0300", "Africa/Atlantis", "../etc/localtime", "+é:00"]
        {
            assert!(Zone::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn iso_times_fall_on_the_day_of_the_chosen_zone() {
        assert_eq!(iso_day("2026-03-04").unwrap(), "2026-03-04");
        assert_eq!(iso_day(" 2026-03-04T23:30:00.123456Z ").unwrap(), "2026-03-04");
        assert_eq!(iso_day("2026-03-05 01:30:00+03:00").unwrap(), "2026-03-04");
        assert_eq!(day(Layout::Iso, None, "Africa/Nairobi", "2026-03-04T21:30:00Z").unwrap(), "2026-03-05");
        assert_eq!(day(Layout::Iso, Some("-08:00"), "UTC", "2026-03-04T21:30:00").unwrap(), "2026-03-05");
        assert_eq!(day(Layout::Iso, Some("-08:00"), "-08:00", "2026-03-04T21:30:00").unwrap(), "2026-03-04");
    }

    #[test]
    fn each_bad_date_has_its_own_answer() {
        let cases = [
            ("", Fault::DateMissing),
            ("2026-02-30", Fault::DateDoesNotExist),
            ("2026-02-30T10:00:00Z", Fault::DateDoesNotExist),
            ("2026-13-01", Fault::DateDoesNotExist),
            ("1969-12-31", Fault::DateOutOfRange),
            ("1970-01-01T01:00:00+03:00", Fault::DateOutOfRange),
            ("04/03/2026", Fault::DateUnreadable),
            ("2026-3-4", Fault::DateUnreadable),
            ("2026-03-04T25:00:00Z", Fault::DateUnreadable),
            ("2026-03-04T10:00:00+99:00", Fault::DateUnreadable),
            ("2026-03-04T10:00:00", Fault::ZoneMissing),
            ("2026-03-04é", Fault::DateUnreadable),
            ("ééééé", Fault::DateUnreadable),
        ];
        for (text, fault) in cases {
            assert_eq!(iso_day(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn mturk_zones_are_read_and_never_guessed() {
        let mturk = |text| day(Layout::MTurk, None, "UTC", text);
        assert_eq!(mturk("Wed Jan 24 09:51:16 PST 2018").unwrap(), "2018-01-24");
        assert_eq!(mturk("Wed Jan 24 16:30:00 PST 2018").unwrap(), "2018-01-25");
        assert_eq!(mturk("Tue Jul 24 16:30:00 PDT 2018").unwrap(), "2018-07-24");
        assert_eq!(mturk("Thu Jan 25 01:30:00 EAT 2018").unwrap(), "2018-01-24");
        assert_eq!(mturk("Wed Jan 24 09:51:16 CST 2018"), Err(Fault::ZoneUnknown));
        assert_eq!(mturk("Wed Jan 24 09:51:16 pst 2018"), Err(Fault::ZoneUnknown));
        assert_eq!(mturk("Fri Feb 30 09:51:16 PST 2018"), Err(Fault::DateDoesNotExist));
        assert_eq!(mturk("Mon Jan 24 09:51:16 PST 2018"), Err(Fault::DateUnreadable));
        assert_eq!(mturk("Jan 24 09:51:16 PST 2018"), Err(Fault::DateUnreadable));
    }

    #[test]
    fn patterns_read_month_first_and_refuse_what_does_not_fit() {
        let us = |text| day(Layout::Pattern("%m/%d/%Y %H:%M:%S".to_owned()), Some("UTC"), "UTC", text);
        assert_eq!(us("7/12/2014 01:55:49").unwrap(), "2014-07-12");
        assert_eq!(us("2/30/2014 01:55:49"), Err(Fault::DateDoesNotExist));
        assert_eq!(us("13/12/2014 01:55:49"), Err(Fault::DateUnreadable));
        let only = |pattern: &str, text| day(Layout::Pattern(pattern.to_owned()), None, "UTC", text);
        assert_eq!(only("%d.%m.%Y", "4.3.2026").unwrap(), "2026-03-04");
        assert_eq!(only("%d.%m.%Y %H:%M", "4.3.2026 10:00"), Err(Fault::ZoneMissing));
        assert_eq!(only("%Y-%m-%d %H:%M %z", "2026-03-04 23:00 -0300").unwrap(), "2026-03-05");
        assert_eq!(only("%Y-%m-%d %H:%M %Q", "2026-03-04 01:00 Africa/Nairobi").unwrap(), "2026-03-03");
        assert_eq!(only("%s", "1772582400").unwrap(), "2026-03-04");
        assert_eq!(only("%H:%M", "10:00"), Err(Fault::DateUnreadable));
    }

    proptest! {
        #[test]
        fn no_text_panics(pattern in "(%[a-zA-Z:]|.){0,6}", text in ".{0,30}", near in "[0-9]{4}-[0-9]{2}-[0-9]{2}[ -~é]{0,20}") {
            for layout in [Layout::Iso, Layout::MTurk, Layout::Pattern(pattern)] {
                let _ = day(layout.clone(), Some("Africa/Nairobi"), "-08:00", &text);
                let _ = day(layout, None, "UTC", &near);
            }
        }
    }
}
