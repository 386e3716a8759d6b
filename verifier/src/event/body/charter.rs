//! `charter`: a project's rules.

use super::{Members, Pay};
use crate::Hash;
use crate::did::Did;
use crate::event::fields::text_of;
use crate::event::{Enrolment, Fields, MAX_SIGNERS, Malformed, Token, Work};
use crate::json::Value;

/// Longest notice, grace and silence, in days of the log.
pub(super) const MAX_DAYS: u32 = 3_650;

/// Body of a `charter` event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charter {
    /// What counts: 1 to 256, ascending by (work, activity, unit).
    pub activities: Vec<Activity>,
    /// Whose work counts.
    pub enrolment: Enrolment,
    /// Who may log memberships; at most 64, ascending.
    pub enrollers: Vec<Did>,
    /// For how many days of the log work may still be logged under this charter after it was replaced, 0 to 3,650.
    pub grace: u32,
    /// SHA-256 of the import key. Without it nothing can be imported.
    pub import: Option<Hash>,
    /// A name; names prove nothing.
    pub name: Token,
    /// How many days of the log an amendment of this charter waits before it is in force, 0 to 3,650.
    pub notice: u32,
    /// How income reaches people; without it what comes in waits.
    pub pay: Option<Pay>,
    /// Reason codes for reviews; at most 64, ascending.
    pub reasons: Vec<Token>,
    /// The charter that this one amends; absent in a first charter.
    pub replaces: Option<Hash>,
    /// Who decides on the rules.
    pub stewards: Stewards,
    /// How work is decided: one rule for each kind of work of `activities`, ascending by kind.
    pub verdicts: Vec<Verdicts>,
}

/// One kind of thing that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Its name within the kind of work.
    pub activity: Token,
    /// What one of it is: `item`, `hour`, `clip`…
    pub unit: Token,
    /// Points for one unit, 0 to 2^32 - 1.
    pub weight: u32,
    /// The kind of work.
    pub work: Work,
}

/// Who decides on a project's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stewards {
    /// 1 to 16 keys, ascending.
    pub keys: Vec<Did>,
    /// How many of them must sign, 1 to their number.
    pub threshold: u32,
}

/// How work of one kind is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdicts {
    /// What decides.
    pub rule: VerdictRule,
    /// After how many days of the log without a decision the work is accepted, 1 to 3,650; never, where absent.
    pub silence: Option<u32>,
    /// The kind of work.
    pub work: Work,
}

/// What decides on work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerdictRule {
    /// It is accepted when it is logged.
    AtOnce,
    /// So many equal reviews, 2 to 16.
    Equal(u32),
    /// The first review.
    First,
}

impl Charter {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let token = |value, at: String| {
            let text = text_of(value, &at)?;
            Token::parse(&text).ok_or(Malformed::Token { at })
        };
        let activities = fields.list("activities", 256, false, Activity::read, |a: &Activity| {
            (a.work.as_str(), a.activity.as_str().to_owned(), a.unit.as_str().to_owned())
        })?;
        let enrolment = fields.word("enrolment", Enrolment::parse)?;
        let enrollers = fields.dids("enrollers", 64, true)?;
        let grace = fields.integer32("grace", 0, MAX_DAYS)?;
        let import = if fields.has("import") { Some(fields.hash("import")?) } else { None };
        let name = fields.token("name")?;
        let notice = fields.integer32("notice", 0, MAX_DAYS)?;
        let pay = if fields.has("pay") { Some(Pay::read(fields.object("pay")?)?) } else { None };
        let reasons = fields.list("reasons", 64, true, token, |t: &Token| t.as_str().to_owned())?;
        let replaces = if fields.has("replaces") { Some(fields.hash("replaces")?) } else { None };
        let mut inner = fields.object("stewards")?;
        let keys = inner.dids("keys", MAX_SIGNERS, false)?;
        let threshold = inner.integer32("threshold", 0, u32::MAX)?;
        inner.finish()?;
        if threshold < 1 || usize::try_from(threshold).map_or(true, |t| t > keys.len()) {
            return Err(Malformed::CharterThreshold { threshold: threshold.into(), stewards: keys.len() });
        }
        let verdicts =
            fields.list("verdicts", Work::ALL.len(), false, Verdicts::read, |v: &Verdicts| v.work)?;
        let stewards = Stewards { keys, threshold };
        let charter = Self {
            activities,
            enrolment,
            enrollers,
            grace,
            import,
            name,
            notice,
            pay,
            reasons,
            replaces,
            stewards,
            verdicts,
        };
        charter.check()?;
        Ok(charter)
    }

    /// A verdict rule for each kind of work of the activities, and no other.
    fn check(&self) -> Result<(), Malformed> {
        for activity in &self.activities {
            if !self.verdicts.iter().any(|v| v.work == activity.work) {
                return Err(Malformed::VerdictMissing { work: activity.work.as_str() });
            }
        }
        for verdict in &self.verdicts {
            if !self.activities.iter().any(|a| a.work == verdict.work) {
                return Err(Malformed::VerdictUnused { work: verdict.work.as_str() });
            }
        }
        Ok(())
    }

    pub(super) fn members(&self) -> Members<'_> {
        let dids = |dids: &'_ [Did]| {
            Value::Array(dids.iter().map(|d| Value::string(d.as_str().to_owned())).collect())
        };
        let mut out = vec![
            ("activities".into(), Value::Array(self.activities.iter().map(Activity::to_value).collect())),
            ("enrolment".into(), Value::string(self.enrolment.as_str())),
            ("grace".into(), Value::Integer(self.grace.into())),
            ("name".into(), Value::string(self.name.as_str())),
            ("notice".into(), Value::Integer(self.notice.into())),
            (
                "stewards".into(),
                Value::Object(vec![
                    ("keys".into(), dids(&self.stewards.keys)),
                    ("threshold".into(), Value::Integer(self.stewards.threshold.into())),
                ]),
            ),
            ("verdicts".into(), Value::Array(self.verdicts.iter().map(Verdicts::to_value).collect())),
        ];
        if !self.enrollers.is_empty() {
            out.push(("enrollers".into(), dids(&self.enrollers)));
        }
        if let Some(import) = self.import {
            out.push(("import".into(), Value::string(import.to_string())));
        }
        if let Some(pay) = &self.pay {
            out.push(("pay".into(), pay.to_value()));
        }
        if !self.reasons.is_empty() {
            let reasons = self.reasons.iter().map(|r| Value::string(r.as_str())).collect();
            out.push(("reasons".into(), Value::Array(reasons)));
        }
        if let Some(replaces) = self.replaces {
            out.push(("replaces".into(), Value::string(replaces.to_string())));
        }
        out
    }
}

impl Activity {
    fn read(value: Value<'_>, at: String) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value, &at)?;
        let out = Self {
            activity: fields.token("activity")?,
            unit: fields.token("unit")?,
            weight: fields.integer32("weight", 0, u32::MAX)?,
            work: fields.word("work", Work::parse)?,
        };
        fields.finish()?;
        Ok(out)
    }

    fn to_value(&self) -> Value<'_> {
        Value::Object(vec![
            ("activity".into(), Value::string(self.activity.as_str())),
            ("unit".into(), Value::string(self.unit.as_str())),
            ("weight".into(), Value::Integer(self.weight.into())),
            ("work".into(), Value::string(self.work.as_str())),
        ])
    }
}

impl Verdicts {
    fn read(value: Value<'_>, at: String) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value, &at)?;
        let word = fields.word("rule", |w| ["at-once", "equal", "first"].into_iter().find(|r| *r == w))?;
        let silence =
            if fields.has("silence") { Some(fields.integer32("silence", 1, MAX_DAYS)?) } else { None };
        if fields.has("count") != (word == "equal") {
            return Err(Malformed::VerdictCount { at: fields.name("count") });
        }
        let rule = match word {
            "equal" => VerdictRule::Equal(fields.integer32("count", 2, 16)?),
            "first" => VerdictRule::First,
            _ => VerdictRule::AtOnce,
        };
        if rule == VerdictRule::AtOnce && silence.is_some() {
            return Err(Malformed::VerdictSilence { at: fields.name("silence") });
        }
        let work = fields.word("work", Work::parse)?;
        fields.finish()?;
        Ok(Self { rule, silence, work })
    }

    fn to_value(&self) -> Value<'_> {
        let mut out = vec![("work".into(), Value::string(self.work.as_str()))];
        let word = match self.rule {
            VerdictRule::AtOnce => "at-once",
            VerdictRule::First => "first",
            VerdictRule::Equal(count) => {
                out.push(("count".into(), Value::Integer(count.into())));
                "equal"
            }
        };
        out.push(("rule".into(), Value::string(word)));
        if let Some(silence) = self.silence {
            out.push(("silence".into(), Value::Integer(silence.into())));
        }
        Value::Object(out)
    }
}
