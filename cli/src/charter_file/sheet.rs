//! Writing a charter as a file that explains itself: to begin with, or to amend the one in force.

use std::fmt::Write as _;

use lebombo_verifier::event::{Charter, Nonce, Token, VerdictRule, Verdicts};
use lebombo_verifier::origin::Origin;

use super::ME;

/// What stands in a charter file, but for the comments.
struct Sheet<'a> {
    head: &'static str,
    id: &'a Nonce,
    log: &'a Origin,
    name: &'a str,
    enrolment: &'a str,
    notice: u32,
    grace: u32,
    import: bool,
    reasons: Vec<&'a str>,
    enrollers: Vec<&'a str>,
    stewards: Vec<&'a str>,
    threshold: u32,
    activities: String,
    verdicts: String,
    pay: String,
}

/// A file to begin with: `name` and a new `id` filled in, everything explained.
pub(crate) fn template(name: &Token, id: &Nonce, log: &Origin) -> String {
    Sheet {
        head: "# Edit it, then run: lebombo project create FILE",
        id,
        log,
        name: name.as_str(),
        enrolment: "open",
        notice: 7,
        grace: 14,
        import: true,
        reasons: vec!["incomplete", "off-topic", "spam"],
        enrollers: vec![ME],
        stewards: vec![ME],
        threshold: 1,
        activities: activity("annotation", "labelling", "item", 1)
            + "\n"
            + &activity("dataset", "recording", "clip", 2),
        verdicts: "[verdicts.annotation]\nrule = \"first\"\nsilence = 30\n\n[verdicts.dataset]\nrule = \"at-once\"\n"
            .to_owned(),
        pay: String::new(),
    }
    .text()
}

/// The charter in force of a project, to be edited and proposed as its amendment. `id` is the first charter's own.
pub(crate) fn of_charter(charter: &Charter, id: &Nonce, log: &Origin) -> String {
    let dids = |keys: &'_ [lebombo_verifier::did::Did]| -> Vec<String> {
        keys.iter().map(ToString::to_string).collect()
    };
    let (enrollers, stewards) = (dids(&charter.enrollers), dids(&charter.stewards.keys));
    let activities: Vec<String> = charter
        .activities
        .iter()
        .map(|a| activity(a.work.as_str(), a.activity.as_str(), a.unit.as_str(), a.weight))
        .collect();
    let verdicts: Vec<String> = charter.verdicts.iter().map(verdict).collect();
    Sheet {
        head: "# Edit it, then run: lebombo project amend PROJECT FILE",
        id,
        log,
        name: charter.name.as_str(),
        enrolment: charter.enrolment.as_str(),
        notice: charter.notice,
        grace: charter.grace,
        import: charter.import.is_some(),
        reasons: charter.reasons.iter().map(Token::as_str).collect(),
        enrollers: enrollers.iter().map(String::as_str).collect(),
        stewards: stewards.iter().map(String::as_str).collect(),
        threshold: charter.stewards.threshold,
        activities: activities.join("\n"),
        verdicts: verdicts.join("\n"),
        pay: charter.pay.as_ref().map(super::pay::text).unwrap_or_default(),
    }
    .text()
}

fn activity(work: &str, activity: &str, unit: &str, weight: u32) -> String {
    format!(
        "[[activity]]\nwork = \"{work}\"\nactivity = \"{activity}\"\nunit = \"{unit}\"\nweight = {weight}\n"
    )
}

fn verdict(verdicts: &Verdicts) -> String {
    let rule = match verdicts.rule {
        VerdictRule::AtOnce => "\"at-once\"".to_owned(),
        VerdictRule::First => "\"first\"".to_owned(),
        VerdictRule::Equal(count) => format!("\"equal\"\ncount = {count}"),
    };
    let mut text = format!("[verdicts.{}]\nrule = {rule}\n", verdicts.work);
    if let Some(days) = verdicts.silence {
        // Writing to a String can not fail.
        let _ = writeln!(text, "silence = {days}");
    }
    text
}

/// A list in TOML. Nothing that stands in one needs an escape: tokens and did:keys.
fn list(texts: &[&str]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
    if texts.iter().map(|text| text.len()).sum::<usize>() > 80 {
        return format!("[\n  {},\n]", quoted.join(",\n  "));
    }
    format!("[{}]", quoted.join(", "))
}

impl Sheet<'_> {
    fn text(&self) -> String {
        let Self {
            head,
            id,
            log,
            name,
            enrolment,
            notice,
            grace,
            import,
            threshold,
            activities,
            verdicts,
            pay,
            ..
        } = self;
        let (reasons, enrollers, stewards) =
            (list(&self.reasons), list(&self.enrollers), list(&self.stewards));
        format!(
            r#"# The charter of a project: what counts, for how many points, and who decides.
{head}
# Everything in it is public for good. Names prove nothing; the project is known by the id of its signed charter.

# Made at random for the project's first charter. The keys of its stewards are derived from it, so leave it as it is.
id = "{id}"
# The log that the project lives in.
log = "{log}"
# 1 to 32 of a-z 0-9 -
name = "{name}"

# Whose work counts. "open": anybody's. "enrolled": only that of those whom an enroller has given the role contributor.
enrolment = "{enrolment}"
# How many days of the log an amendment of this charter waits before it is in force, 0 to 3650. So people can see new
# rules come; another amendment meanwhile takes its place, and waits as long again.
notice = {notice}
# For how many days work may still be logged under this charter once it was amended, 0 to 3650. That work keeps the
# weights and verdict rules of this charter; what comes later under it counts for nothing.
grace = {grace}
# Whether work done on other platforms may be imported. If so, an import key is made and kept in your profile; the
# charter binds it, and members with the role importer share it.
import = {import}
# Codes that reviewers may give as reasons: up to 64 words of a-z 0-9 -. Rejecting needs one, so without any nothing can
# be rejected.
reasons = {reasons}
# Who may give members their roles (contributor, importer, reviewer, arbiter and others), and end them. "me" stands for
# your own key in this project.
enrollers = {enrollers}

# Who decides on these rules, and how many of them have to sign an amendment. Other stewards of a first charter find their
# key for it with:
#   lebombo whoami --charter FILE
[stewards]
keys = {stewards}
threshold = {threshold}

# What counts. Kinds of work: administration, annotation, cleaning, cultural-knowledge, dataset, engineering,
# expertise, governance, review. Activity and unit are names of your own. Weight is points for one unit, 0 to 4294967295,
# in whole numbers: for half a point for an item, give two for everything else.
#
# Reviewing can itself earn points. Work review with unit verdict is counted where verdicts are given: each verdict that
# has an effect earns its reviewer the weight, at once. Nobody logs contributions to it.
#   [[activity]]
#   work = "review"
#   activity = "checking"
#   unit = "verdict"
#   weight = 1
# Like every kind of work it needs a rule below: [verdicts.review], with the rule at-once.
{activities}
# How work is decided: one of these for each kind of work above.
#   rule at-once            it counts when it is logged, and nobody reviews it
#   rule first              the first review decides
#   rule equal, count = k   k equal reviews decide, 2 to 16: so many accept the same quantity, or reject for whatever reasons
#   silence = DAYS          what nobody has decided for so many days of the log is accepted whole, 1 to 3650; without it,
#                           it waits until somebody does
# Members with the role reviewer review, and nobody their own work or what they imported. What was decided is changed only
# by a member with the role arbiter.
{verdicts}
# How income reaches people: by rate, by share, or both. Without it income waits until an amendment says. Amounts are
# decimal numbers in quotes. Members with the role treasurer log income and settlements.
#   [pay]
#   share = "range"         what debts leave is shared by the points of the time that is settled; "ever": by all points ever
#   reserve = "rainy-day"   the fund that money taken back by a payer comes out of first
#   claim = 14              for so many days others can object when somebody claims an imported alias as their own; without
#                           it nothing can be claimed
#   [pay.funds]             what of each income is put aside, in basis points: 1500 are 15 %
#   rainy-day = 500
#   community = 1000
#   [[pay.rate]]            what a point is owed as soon as it is given: debts are paid first, the oldest before all
#   currency = "USD"
#   amount = "0.05"
#   [[pay.payout]]          below the minimum a balance is held and carried on; paid out are multiples of the unit
#   currency = "USD"
#   minimum = "1.00"
#   unit = "0.01"
{pay}"#
        )
    }
}

#[cfg(test)]
mod tests {
    use lebombo_verifier::Hash;
    use lebombo_verifier::event::{Activity, Enrolment, Fund, Pay, Payout, Rate, Share, Stewards, Work};
    use lebombo_verifier::money::Currency;

    use super::super::CharterFile;
    use super::*;
    use crate::signer::Signer;

    #[test]
    fn a_charter_reads_back_as_it_was() {
        let token = |text| Token::parse(text).unwrap();
        let currency = |code| Currency::parse(code).unwrap();
        let signers: Vec<Signer> = (1..=16).map(|i| Signer::from_secret(&[i; 32])).collect();
        let mut keys: Vec<_> = signers.iter().map(|signer| signer.did().clone()).collect();
        keys.sort();
        let all = [
            (Work::Annotation, VerdictRule::Equal(3), Some(3_650)),
            (Work::Dataset, VerdictRule::First, None),
            (Work::Review, VerdictRule::AtOnce, None),
        ];
        let charter = Charter {
            activities: all
                .iter()
                .map(|(work, ..)| Activity {
                    activity: token("a-1"),
                    unit: token("verdict"),
                    weight: u32::MAX,
                    work: *work,
                })
                .collect(),
            enrolment: Enrolment::Enrolled,
            enrollers: Vec::new(),
            grace: 0,
            import: Some(Hash([5; 32])),
            name: token("sauti"),
            notice: 3_650,
            pay: Some(Pay {
                claim: Some(14),
                funds: ["community", "rainy-day"]
                    .map(|name| Fund { name: token(name), points: 5_000 })
                    .to_vec(),
                payouts: ["TND", "UGX"]
                    .map(|code| Payout { currency: currency(code), minimum: 1_005, unit: 5 })
                    .to_vec(),
                rates: vec![Rate { currency: currency("USD"), amount: u32::MAX }],
                reserve: Some(token("rainy-day")),
                share: Some(Share::Ever),
            }),
            reasons: vec![token("off-topic"), token("spam")],
            replaces: None,
            stewards: Stewards { keys, threshold: 9 },
            verdicts: all
                .iter()
                .map(|(work, rule, silence)| Verdicts { rule: *rule, silence: *silence, work: *work })
                .collect(),
        };
        let (id, log) = (Nonce([7; 16]), Origin::parse("log.example/1").unwrap());
        let file = CharterFile::parse(&of_charter(&charter, &id, &log)).unwrap();
        assert_eq!((file.id().unwrap(), file.log().unwrap()), (id, log));
        assert_eq!(file.charter(signers[0].did(), charter.import).unwrap(), charter);
    }
}
