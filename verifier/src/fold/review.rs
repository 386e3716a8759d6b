//! `review`: verdicts on work.

use super::account::{Change, Decision, Entered, Step, points};
use super::record::{ContributionRecord, ProjectRecord};
use super::{Effect, Fold, Now, Result, Ruled, Standing, State, Status, SubjectFault, Void, key, who};
use crate::Hash;
use crate::did::Did;
use crate::event::{self, Charter, Event, Party, Role, Verdict, Work};

/// The unit in which verdicts earn.
const VERDICT: &str = "verdict";

/// One review, for all of its subjects.
struct Judging<'a> {
    reviewer: &'a Did,
    who: Hash,
    body: &'a event::Review,
    project: Hash,
    /// Points for a verdict; `None` where verdicts earn nothing and are not counted.
    weight: Option<u32>,
    /// The charter in force.
    charter: &'a Charter,
    index: u64,
}

impl Judging<'_> {
    /// What a verdict earns.
    fn earned(&self) -> Change<'_> {
        Change { charter: self.charter, minus: 0, plus: self.weight.unwrap_or(0).into() }
    }
}

impl<S: State> Fold<S> {
    pub(super) fn apply_review(
        &mut self,
        now: &Now,
        event: &Event,
        body: &event::Review,
    ) -> Result<Ruled<Effect>, S> {
        let payload = event.payload();
        let (Some(project), Some(reviewer)) = (payload.project, payload.signers.first()) else {
            return Ok(Err(Void::ProjectUnknown));
        };
        let Some(mut record) = self.project(&project)? else { return Ok(Err(Void::ProjectUnknown)) };
        let Some(charter) = self.in_force(&record)? else { return Ok(Err(Void::CharterUnknown)) };
        let party = who(&Party::Key(reviewer.clone()));
        let (role, missing) = match body.verdict {
            Verdict::Accept | Verdict::Reject => (Role::Reviewer, Void::NotReviewer),
            Verdict::Adjust => (Role::Arbiter, Void::NotArbiter),
        };
        if !self.has(&key::member(&project, role, &party))? {
            return Ok(Err(missing));
        }
        if body.reason.as_ref().is_some_and(|reason| !charter.reasons.contains(reason)) {
            return Ok(Err(Void::ReasonUnknown));
        }
        let weight =
            Some(&charter).filter(|_| body.verdict != Verdict::Adjust).and_then(|c| verdict_weight(c));
        let judging =
            Judging { reviewer, who: party, body, project, weight, charter: &charter, index: now.index };
        let mut subjects = Vec::with_capacity(payload.about.len());
        for (place, id) in payload.about.iter().enumerate() {
            let quantity = body.quantities.get(place).copied();
            subjects.push(self.judge_subject(&judging, id, quantity, &mut record)?.err());
        }
        let first = subjects.first().copied().flatten();
        if let Some(fault) = first.filter(|_| subjects.iter().all(Option::is_some)) {
            return Ok(Err(Void::Subject(fault)));
        }
        self.set(key::project(&project), record.to_bytes())?;
        let standing = Standing {
            index: judging.index,
            status: Status::Applied,
            contribution: None,
            subjects: subjects.clone(),
        };
        self.set(key::event(&event.id()), standing.to_bytes())?;
        Ok(Ok(Effect::Reviewed { project, subjects }))
    }

    /// Judges one event; the fault where the verdict has no effect. The project's record is not kept yet.
    fn judge_subject(
        &mut self,
        judging: &Judging<'_>,
        id: &Hash,
        quantity: Option<u32>,
        record: &mut ProjectRecord,
    ) -> Result<std::result::Result<(), SubjectFault>, S> {
        let Some(standing) = self.standing(id)? else { return Ok(Err(SubjectFault::Unknown)) };
        let (work, accepted) = match admissible(judging, &standing, quantity) {
            Ok((work, accepted)) => (work.clone(), accepted),
            Err(fault) => return Ok(Err(fault)),
        };
        let imported = work.imported.then_some((work.project, work.who));
        let votes_key = key::votes(id, accepted);
        let (mut settles, mut votes) = (true, 0);
        if judging.body.verdict != Verdict::Adjust && work.needed > 1 {
            if self.has(&key::vote(id, judging.reviewer.key()))? {
                return Ok(Err(SubjectFault::Reviewed));
            }
            votes = self.record(&votes_key, |b| b.first().copied())?.unwrap_or(0) + 1;
            settles = votes >= work.needed;
        }
        let (minus, plus) = if settles {
            (points(work.weight, work.accepted), points(work.weight, accepted))
        } else {
            (0, 0)
        };
        let charter = self.known_charter(&work.charter)?;
        let of_work = Change { charter: &charter, minus, plus };
        if !self.has_room(&judging.project, record, &[of_work, judging.earned()])? {
            return Ok(Err(SubjectFault::PointsOverflow));
        }
        if work.needed > 1 && judging.body.verdict != Verdict::Adjust {
            self.set(key::vote(id, judging.reviewer.key()), Vec::new())?;
            self.set(votes_key, vec![votes])?;
        }
        let reason = judging.body.reason.as_ref().map_or("", event::Token::as_str);
        let decision = Decision { accepted, reason, by: judging.index };
        if judging.body.verdict == Verdict::Adjust {
            self.adjust(id, standing, record, decision)?;
        } else if settles {
            self.settle(id, standing, record, decision)?;
        }
        if let Some((project, who)) = imported {
            self.set(key::judged(&project, &who, judging.reviewer.key()), Vec::new())?;
        }
        self.earn(judging, record)?;
        Ok(Ok(()))
    }

    /// A verdict that counts may itself earn.
    fn earn(&mut self, judging: &Judging<'_>, record: &mut ProjectRecord) -> Result<(), S> {
        if judging.weight.is_none() {
            return Ok(());
        }
        let (project, who) = (&judging.project, &judging.who);
        let contributor = self.contributor(project, who, || judging.reviewer.to_string())?;
        self.tally(project, who, (Work::Review, VERDICT), |tally| tally.accepted.add(1))?;
        let entered = Entered {
            work: Work::Review,
            index: judging.index,
            decided: judging.index,
            charter: record.in_force(),
            events: Step::Up,
            change: judging.earned(),
        };
        self.credit(project, who, record, contributor, &entered)
    }
}

/// The checks of one subject that need nothing but its standing: the contribution, and how much of it the verdict
/// accepts.
fn admissible<'a>(
    judging: &Judging<'_>,
    standing: &'a Standing,
    quantity: Option<u32>,
) -> std::result::Result<(&'a ContributionRecord, u32), SubjectFault> {
    let of_project = standing.contribution.as_ref().filter(|work| work.project == judging.project);
    let work = match (&standing.status, of_project) {
        (Status::Void(_), _) => return Err(SubjectFault::Void),
        (_, None) => return Err(SubjectFault::Unknown),
        (_, Some(work)) => work,
    };
    if work.signer == *judging.reviewer.key() || work.who == judging.who {
        return Err(SubjectFault::Own);
    }
    let adjusts = judging.body.verdict == Verdict::Adjust;
    match standing.status {
        Status::Withdrawn => return Err(SubjectFault::Withdrawn),
        Status::Pending if adjusts => return Err(SubjectFault::Undecided),
        Status::Accepted | Status::Rejected if !adjusts => return Err(SubjectFault::Settled),
        _ => {}
    }
    let accepted = match judging.body.verdict {
        Verdict::Reject => 0,
        Verdict::Accept | Verdict::Adjust => quantity.unwrap_or(work.quantity),
    };
    if accepted > work.quantity {
        return Err(SubjectFault::QuantityAboveLogged);
    }
    if accepted == 0 && judging.body.verdict == Verdict::Accept {
        return Err(SubjectFault::QuantityZero);
    }
    Ok((work, accepted))
}

/// Points for a verdict: those of the first activity of the kind `review` that is counted in verdicts.
fn verdict_weight(charter: &Charter) -> Option<u32> {
    charter.activities.iter().find(|a| is_by_verdicts(a.work, a.unit.as_str())).map(|a| a.weight)
}

/// Whether an activity is counted where verdicts are given, and takes no contributions.
pub(super) fn is_by_verdicts(work: Work, unit: &str) -> bool {
    work == Work::Review && unit == VERDICT
}
