//! Charters as people write them: a TOML file that explains itself.

mod pay;
mod sheet;

use std::collections::BTreeMap;

use lebombo_verifier::did::Did;
use lebombo_verifier::event::{
    Activity, Charter, Enrolment, Nonce, Stewards, Token, VerdictRule, Verdicts, Work,
};
use lebombo_verifier::origin::Origin;
use lebombo_verifier::{Code, Hash};
use serde::Deserialize;
pub(crate) use sheet::{of_charter, template};

/// The word that stands for the key of whoever creates the project.
const ME: &str = "me";

/// A charter file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CharterFile {
    id: String,
    log: String,
    name: String,
    enrolment: String,
    notice: u32,
    grace: u32,
    /// Whether work may be imported.
    pub(crate) import: bool,
    #[serde(default)]
    reasons: Vec<String>,
    #[serde(default)]
    enrollers: Vec<String>,
    stewards: StewardsFile,
    activity: Vec<ActivityFile>,
    verdicts: BTreeMap<String, VerdictsFile>,
    pay: Option<pay::PayFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StewardsFile {
    keys: Vec<String>,
    threshold: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ActivityFile {
    work: String,
    activity: String,
    unit: String,
    weight: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VerdictsFile {
    rule: String,
    count: Option<u32>,
    silence: Option<u32>,
}

impl CharterFile {
    /// Reads the TOML; its values are looked at by the other functions.
    ///
    /// # Errors
    /// [`CharterFileError::Toml`]
    pub(crate) fn parse(text: &str) -> Result<Self, CharterFileError> {
        toml::from_str(text).map_err(|source| CharterFileError::Toml { source: Box::new(source) })
    }

    /// The charter's own `id`, from which its founders' keys are derived.
    ///
    /// # Errors
    /// [`CharterFileError::Value`]
    pub(crate) fn id(&self) -> Result<Nonce, CharterFileError> {
        Nonce::from_hex(&self.id).ok_or_else(|| value("id", &self.id, "32 lower-case hex digits"))
    }

    /// The log that it is made for.
    ///
    /// # Errors
    /// [`CharterFileError::Value`]
    pub(crate) fn log(&self) -> Result<Origin, CharterFileError> {
        Origin::parse(&self.log).map_err(|_| value("log", &self.log, "the origin of a log"))
    }

    /// The project's name.
    ///
    /// # Errors
    /// [`CharterFileError::Value`]
    pub(crate) fn name(&self) -> Result<Token, CharterFileError> {
        token("name", &self.name)
    }

    /// The body of the charter, as of a first one. `me` becomes `me`'s key; `import` is the digest of the import key.
    ///
    /// # Errors
    /// [`CharterFileError::Value`]; what the event's own check finds is found by whoever signs it.
    pub(crate) fn charter(&self, me: &Did, import: Option<Hash>) -> Result<Charter, CharterFileError> {
        let mut activities = self.activity.iter().map(ActivityFile::read).collect::<Result<Vec<_>, _>>()?;
        activities.sort_by(|a, b| (a.work, &a.activity, &a.unit).cmp(&(b.work, &b.activity, &b.unit)));
        let mut reasons = self.reasons.iter().map(|r| token("reasons", r)).collect::<Result<Vec<_>, _>>()?;
        reasons.sort();
        let mut verdicts = Vec::new();
        for (work, rule) in &self.verdicts {
            verdicts.push(rule.read(kind("verdicts", work)?)?);
        }
        verdicts.sort_by_key(|rule| rule.work);
        let stewards = self.stewards(me)?;
        Ok(Charter {
            activities,
            enrolment: Enrolment::parse(&self.enrolment)
                .ok_or_else(|| value("enrolment", &self.enrolment, "\"open\" or \"enrolled\""))?,
            enrollers: keys("enrollers", &self.enrollers, me)?,
            grace: self.grace,
            import,
            name: self.name()?,
            notice: self.notice,
            pay: self.pay.as_ref().map(pay::PayFile::read).transpose()?,
            reasons,
            replaces: None,
            stewards,
            verdicts,
        })
    }

    /// The threshold is looked at here, before anybody is asked to sign.
    fn stewards(&self, me: &Did) -> Result<Stewards, CharterFileError> {
        let StewardsFile { keys: texts, threshold } = &self.stewards;
        let keys = keys("stewards.keys", texts, me)?;
        if *threshold == 0 || usize::try_from(*threshold).is_ok_and(|threshold| threshold > keys.len()) {
            let allowed = format!("from 1 to the number of stewards, {}", keys.len());
            return Err(value("stewards.threshold", &threshold.to_string(), &allowed));
        }
        Ok(Stewards { keys, threshold: *threshold })
    }
}

impl ActivityFile {
    fn read(&self) -> Result<Activity, CharterFileError> {
        Ok(Activity {
            activity: token("activity.activity", &self.activity)?,
            unit: token("activity.unit", &self.unit)?,
            weight: self.weight,
            work: kind("activity.work", &self.work)?,
        })
    }
}

impl VerdictsFile {
    fn read(&self, work: Work) -> Result<Verdicts, CharterFileError> {
        let rule = match (self.rule.as_str(), self.count) {
            ("at-once", None) => VerdictRule::AtOnce,
            ("first", None) => VerdictRule::First,
            ("equal", Some(count)) => VerdictRule::Equal(count),
            _ => {
                let allowed = "\"at-once\", \"first\", or \"equal\" together with count = 2 to 16";
                return Err(value("verdicts.rule", &self.rule, allowed));
            }
        };
        Ok(Verdicts { rule, silence: self.silence, work })
    }
}

fn keys(field: &'static str, texts: &[String], me: &Did) -> Result<Vec<Did>, CharterFileError> {
    let read = |text: &String| match text.as_str() {
        ME => Ok(me.clone()),
        text => Did::parse(text).map_err(|_| value(field, text, "\"me\" or a did:key")),
    };
    let mut keys = texts.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    keys.sort();
    keys.dedup();
    Ok(keys)
}

fn token(field: &'static str, text: &str) -> Result<Token, CharterFileError> {
    Token::parse(text).ok_or_else(|| value(field, text, "1 to 32 of a-z 0-9 -, not starting with -"))
}

fn kind(field: &'static str, text: &str) -> Result<Work, CharterFileError> {
    Work::parse(text).ok_or_else(|| {
        let words: Vec<&str> = Work::ALL.iter().map(|work| work.as_str()).collect();
        value(field, text, &format!("one of {}", words.join(", ")))
    })
}

fn value(field: &'static str, got: &str, allowed: &str) -> CharterFileError {
    CharterFileError::Value { field, got: got.chars().take(80).collect(), allowed: allowed.to_owned() }
}

/// A charter file is not usable.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CharterFileError {
    /// It is not TOML, or has other fields.
    #[error("the charter file is not understood")]
    Toml {
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A value is not one that is allowed.
    #[error("`{field}` is `{got}`; it must be {allowed}")]
    Value {
        /// Which field.
        field: &'static str,
        /// What it is.
        got: String,
        /// What it may be.
        allowed: String,
    },
}

impl Code for CharterFileError {
    fn code(&self) -> &'static str {
        match self {
            Self::Toml { .. } => "charter-file-malformed",
            Self::Value { .. } => "charter-file-value",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signer::Signer;
    use lebombo_verifier::event::{Body, Day, Payload};

    fn template() -> String {
        let name = Token::parse("vu-sound").unwrap();
        super::template(&name, &Nonce([7; 16]), &Origin::parse("log.example/1").unwrap())
    }

    #[test]
    fn the_template_is_a_charter_that_passes_every_check() {
        let file = CharterFile::parse(&template()).unwrap();
        let signer = Signer::from_secret(&[1; 32]);
        let charter = file.charter(signer.did(), Some(Hash([2; 32]))).unwrap();
        assert_eq!(charter.stewards.keys, [signer.did().clone()]);
        let payload = Payload {
            about: Vec::new(),
            body: Body::Charter(charter),
            date: Day::parse("2026-01-01").unwrap(),
            id: file.id().unwrap(),
            log: file.log().unwrap(),
            project: None,
            signers: vec![signer.did().clone()],
        };
        let event = lebombo_verifier::event::check(&signer.event(&payload).unwrap().entry).unwrap();
        assert_eq!(event.payload(), &payload);
    }

    #[test]
    fn lists_are_put_in_order() {
        let me = Signer::from_secret(&[1; 32]);
        let other = Signer::from_secret(&[2; 32]);
        let keys = format!("keys = [\"{}\", \"me\", \"{}\"]", other.did(), me.did());
        let text = template().replace("[\"incomplete\", \"off-topic\", \"spam\"]", "[\"z\", \"a\"]");
        let file = CharterFile::parse(&text.replace("keys = [\"me\"]", &keys)).unwrap();
        let charter = file.charter(me.did(), None).unwrap();
        let mut expected = vec![me.did().clone(), other.did().clone()];
        expected.sort();
        assert_eq!(charter.stewards.keys, expected);
        assert_eq!(charter.reasons[0].as_str(), "a");
    }

    #[test]
    fn says_which_field_is_wrong() {
        let me = Signer::from_secret(&[1; 32]);
        for (from, to, field) in [
            ("enrolment = \"open\"", "enrolment = \"all\"", "enrolment"),
            ("work = \"dataset\"", "work = \"data\"", "activity.work"),
            ("unit = \"item\"", "unit = \"an item\"", "activity.unit"),
            ("rule = \"first\"", "rule = \"equal\"", "verdicts.rule"),
            ("keys = [\"me\"]", "keys = [\"you\"]", "stewards.keys"),
        ] {
            let text = template();
            assert!(text.contains(from));
            let file = CharterFile::parse(&text.replace(from, to)).unwrap();
            match file.charter(me.did(), None).unwrap_err() {
                CharterFileError::Value { field: got, .. } => assert_eq!(got, field),
                other => panic!("{other}"),
            }
        }
        for (from, to) in
            [("notice = 7", "notice = -1"), ("notice = 7", "note = 7"), ("weight = 1", "weight = 1.5")]
        {
            assert!(CharterFile::parse(&template().replace(from, to)).is_err());
        }
    }
}
