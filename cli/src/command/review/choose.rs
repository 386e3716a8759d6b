//! Which events a review is about: named, listed in a file, or found by a query.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lebombo_verifier::event::{self, Party, Verdict};
use lebombo_verifier::fold::SubjectFault;
use lebombo_verifier::{Code as _, Hash};

use super::{Desk, LeftOut, Query, Tally, Work};
use crate::client::EntryStanding;
use crate::command::ids::{self, Given};
use crate::context::Context;
use crate::failure::{Failure, OrFail as _};
use crate::files;
use crate::reviews::{self, Subjects, Waiting};
use crate::table::number;

/// So many events that a person names are looked up one by one; of longer lists only what waits is known.
const LOOKED_UP: usize = 50;
/// The ledger's code for an event that is not in the log.
const NOT_LOGGED: &str = "entry-unknown";
/// So many of those left out are named.
const SHOWN: usize = 5;

/// What a review is going to be about.
#[derive(Default)]
pub(super) struct Chosen {
    pub(super) subjects: Subjects,
    pub(super) tally: Tally,
    /// Those on which a verdict would have no effect.
    pub(super) left_out: Vec<LeftOut>,
}

pub(super) fn choose(
    context: &Context,
    desk: &Desk,
    work: &Work,
    query: &Query,
    verdict: Verdict,
    quantity: Option<u32>,
) -> Result<Chosen, Failure> {
    if query.is_some() {
        return by_query(context, desk, query);
    }
    let ids = whole(context, desk, verdict, &work.ids)?;
    let subjects = named(work, &ids, verdict, quantity)?;
    let mut chosen = Chosen { subjects, ..Chosen::default() };
    // Where the ledger can not be asked, what a person names is taken as it is.
    if desk.charter.is_some() {
        if chosen.subjects.len() <= LOOKED_UP {
            look_up(desk, verdict, &mut chosen)?;
        } else if verdict != Verdict::Adjust {
            keep_waiting(context, desk, &mut chosen)?;
        }
        if verdict != Verdict::Adjust {
            without_judged(context, desk, &mut chosen)?;
        }
    }
    Ok(chosen)
}

/// Whole ids. How one begins is enough for an event that is here, or that waits for a verdict in the project where the
/// ledger can be asked for those.
fn whole(context: &Context, desk: &Desk, verdict: Verdict, texts: &[String]) -> Result<Vec<Hash>, Failure> {
    let given: Vec<Given> = texts.iter().map(|text| Given::parse(text)).collect::<Result<_, _>>()?;
    let begun: Vec<&Given> = given.iter().filter(|one| matches!(one, Given::Begins(_))).collect();
    let (mut known, mut place) = (BTreeSet::new(), "in the outbox or with a receipt here");
    if !begun.is_empty() {
        known = ids::here(context)?;
        // Of what was decided nobody has a list.
        if desk.charter.is_some() && verdict != Verdict::Adjust {
            let waiting = undecided(context, desk, &|one| begun.iter().any(|begun| begun.is(&one.id)))?;
            known.extend(waiting.iter().map(|one| one.id));
            place = "here or waiting for a verdict in the project";
        }
    }
    given.iter().map(|one| one.one_of(&known, place)).collect()
}

/// The events that a person names, or a file does.
fn named(work: &Work, ids: &[Hash], verdict: Verdict, quantity: Option<u32>) -> Result<Subjects, Failure> {
    let mut subjects = Subjects::default();
    match &work.file {
        Some(path) => read_list(path, verdict, &mut subjects)?,
        None => {
            for id in ids {
                subjects.add(*id, quantity).or_refused()?;
            }
        }
    }
    if subjects.len() == 0 {
        let message = "say which events: by id, with --file FILE, or for what waits with --pending, --contributor, \
                       --batch, --kind, --unit";
        return Err(Failure::unsure("events-missing", message));
    }
    if quantity.is_some() && verdict == Verdict::Accept && subjects.len() > 1 {
        let message =
            "--quantity is for one event: for several give a file of `ID,QUANTITY` lines with --file";
        return Err(Failure::refused("review-quantities", message));
    }
    if verdict == Verdict::Accept && subjects.iter().any(|(_, quantity)| quantity == Some(0)) {
        let fault = SubjectFault::QuantityZero;
        return Err(Failure::refused(fault.code(), fault.to_string()));
    }
    Ok(subjects)
}

/// One event a line, with a quantity after a comma or without; empty lines and those that begin with # are passed over.
fn read_list(path: &Path, verdict: Verdict, subjects: &mut Subjects) -> Result<(), Failure> {
    let text = files::read_text(path)?;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let bad = |code: &str, what: &str| {
            let message = format!("{}, line {}: {what}", path.display(), at.saturating_add(1));
            Failure::refused(code, message)
        };
        let (id, quantity) = match line.split_once(',') {
            None => (line, None),
            Some((id, digits)) => (id.trim_end(), Some(digits.trim())),
        };
        let id = Hash::from_hex(id).ok_or_else(|| bad("hex", "it begins with no event id, 64 hex digits"))?;
        let whole = |digits: &str| {
            digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u32>().ok()).flatten()
        };
        let range = || bad("integer-range", "the quantity is no whole number from 0 to 4294967295");
        let quantity = quantity.map(|digits| whole(digits).ok_or_else(range)).transpose()?;
        match (verdict, quantity) {
            (Verdict::Reject, Some(_)) => {
                return Err(bad("review-quantities-not-allowed", "what is rejected has no quantity"));
            }
            (Verdict::Adjust, None) => {
                return Err(bad(
                    "review-quantities-missing",
                    "an adjustment needs a quantity: `ID,QUANTITY`",
                ));
            }
            _ => {}
        }
        subjects.add(id, quantity).map_err(|error| bad(error.code(), &error.to_string()))?;
    }
    Ok(())
}

/// Looks each event up: what it is, and whether a verdict on it would have an effect.
fn look_up(desk: &Desk, verdict: Verdict, chosen: &mut Chosen) -> Result<(), Failure> {
    let Chosen { subjects, tally, left_out } = chosen;
    let mut faulty = BTreeSet::new();
    for (id, quantity) in subjects.iter() {
        let (found, standing) = match desk.client.standing(&id.to_string()).map_err(Failure::from) {
            Ok(answer) => {
                let event = event::check(&answer.entry).ok().filter(|event| event.id() == *id);
                (event.and_then(|event| Waiting::of(&event, &desk.project)), answer.standing)
            }
            Err(failure) if failure.code == NOT_LOGGED => (None, None),
            Err(failure) => return Err(failure),
        };
        match (fault(desk.me(), verdict, quantity, found.as_ref(), standing.as_ref()), found) {
            (Some(fault), _) => {
                faulty.insert(*id);
                left_out.push((*id, fault.code(), fault.to_string()));
            }
            (None, Some(found)) => tally.add(&found, quantity),
            (None, None) => {}
        }
    }
    subjects.retain(|id, _| !faulty.contains(id));
    Ok(())
}

/// The first row of spec/fold.md §2 that applies, as far as the event and its standing tell.
fn fault(
    me: &str,
    verdict: Verdict,
    quantity: Option<u32>,
    found: Option<&Waiting>,
    standing: Option<&EntryStanding>,
) -> Option<SubjectFault> {
    let status = standing.map_or("", |standing| standing.status.as_str());
    if status == "void" {
        return Some(SubjectFault::Void);
    }
    let Some(found) = found else { return Some(SubjectFault::Unknown) };
    let is_decided = matches!(status, "accepted" | "rejected");
    if found.is_of(me) {
        Some(SubjectFault::Own)
    } else if status == "withdrawn" {
        Some(SubjectFault::Withdrawn)
    } else if is_decided && verdict != Verdict::Adjust {
        Some(SubjectFault::Settled)
    } else if status == "pending" && verdict == Verdict::Adjust {
        Some(SubjectFault::Undecided)
    } else if quantity.is_some_and(|quantity| quantity > found.work.quantity) {
        Some(SubjectFault::QuantityAboveLogged)
    } else {
        None
    }
}

/// Of a long list, those that wait for a verdict.
fn keep_waiting(context: &Context, desk: &Desk, chosen: &mut Chosen) -> Result<(), Failure> {
    let wanted: BTreeSet<Hash> = chosen.subjects.iter().map(|(id, _)| *id).collect();
    let waiting = undecided(context, desk, &|one| wanted.contains(&one.id))?;
    let waiting: BTreeMap<Hash, Waiting> = waiting.into_iter().map(|one| (one.id, one)).collect();
    let Chosen { subjects, tally, left_out } = chosen;
    subjects.retain(|id, quantity| {
        let found = waiting.get(id);
        let fault = match found {
            None => Some(("not-undecided", "it does not wait for a verdict in this project".to_owned())),
            Some(found) => fault(desk.me(), Verdict::Accept, quantity, Some(found), None)
                .map(|fault| (fault.code(), fault.to_string())),
        };
        match (fault, found) {
            (Some((code, text)), _) => left_out.push((*id, code, text)),
            (None, Some(found)) => {
                tally.add(found, quantity);
                return true;
            }
            (None, None) => {}
        }
        false
    });
    Ok(())
}

fn undecided(
    context: &Context,
    desk: &Desk,
    keep: &dyn Fn(&Waiting) -> bool,
) -> Result<Vec<Waiting>, Failure> {
    reviews::undecided(&desk.client, &desk.project, &|text| context.progress(text), keep)
}

/// Leaves out what this person has judged already.
fn without_judged(context: &Context, desk: &Desk, chosen: &mut Chosen) -> Result<(), Failure> {
    let wanted: BTreeSet<Hash> = chosen.subjects.iter().map(|(id, _)| *id).collect();
    let judged = reviews::judged(context, &desk.client, &desk.project, desk.me(), &wanted)?;
    let fault = SubjectFault::Reviewed;
    let left = judged.iter().map(|id| (*id, fault.code(), "you have judged it already".to_owned()));
    chosen.left_out.extend(left);
    chosen.subjects.retain(|id, _| !judged.contains(id));
    Ok(())
}

/// What waits for a verdict and is not this person's own, nor judged by them.
fn by_query(context: &Context, desk: &Desk, query: &Query) -> Result<Chosen, Failure> {
    let contributor = query.contributor.as_deref().map(party).transpose()?;
    let kind = query.kind.as_deref().map(crate::command::log::work).transpose()?;
    let unit = query.unit.as_deref().map(|text| crate::command::log::token("unit", text)).transpose()?;
    let batch = query.batch.as_deref().map(|path| reviews::batch(&context.home, path)).transpose()?;
    let waiting = undecided(context, desk, &|one| {
        contributor.as_ref().is_none_or(|party| one.contributor() == party.as_str())
            && kind.is_none_or(|kind| one.work.work == kind)
            && unit.as_ref().is_none_or(|unit| one.work.unit == *unit)
            && batch.as_ref().is_none_or(|batch| one.about.iter().any(|digest| batch.contains(digest)))
    })?;
    let mut chosen = Chosen::default();
    let own = SubjectFault::Own;
    for one in &waiting {
        if one.is_of(desk.me()) {
            chosen.left_out.push((one.id, own.code(), own.to_string()));
        } else {
            chosen.subjects.add(one.id, None).or_refused()?;
        }
    }
    without_judged(context, desk, &mut chosen)?;
    let kept: BTreeSet<Hash> = chosen.subjects.iter().map(|(id, _)| *id).collect();
    waiting.iter().filter(|one| kept.contains(&one.id)).for_each(|one| chosen.tally.add(one, None));
    Ok(chosen)
}

fn party(text: &str) -> Result<Party, Failure> {
    Party::parse(text)
        .ok_or_else(|| Failure::refused("party", format!("`{text}` is neither a did:key nor an alias")))
}

impl Chosen {
    /// What a person is told about those left out: how many for which reason, and the first.
    pub(super) fn left_out(&self) -> String {
        let mut by_code = BTreeMap::<&str, (&str, Vec<&Hash>)>::new();
        for (id, code, why) in &self.left_out {
            by_code.entry(code).or_insert((why, Vec::new())).1.push(id);
        }
        let mut text = String::new();
        for (code, (why, ids)) in by_code {
            text.push_str(&format!("left out   {}: {why} [{code}]\n", number(ids.len(), "event")));
            ids.iter().take(SHOWN).for_each(|id| text.push_str(&format!("           {id}\n")));
            if ids.len() > SHOWN {
                let more = ids.len().saturating_sub(SHOWN);
                text.push_str(&format!("           … and {more} more (--json names them all)\n"));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, verdict: Verdict) -> Result<Vec<Option<u32>>, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let mut subjects = Subjects::default();
        read_list(file.path(), verdict, &mut subjects).map_err(|failure| failure.code)?;
        Ok(subjects.iter().map(|(_, quantity)| quantity).collect())
    }

    #[test]
    fn a_list_has_an_event_a_line() {
        let (a, b) = ("aa".repeat(32), "bb".repeat(32));
        let text = format!("# accepted in March\n\n{a}, 7\r\n  {b}\n");
        assert_eq!(read(&text, Verdict::Accept), Ok(vec![Some(7), None]));
        assert_eq!(read(&text, Verdict::Reject), Err("review-quantities-not-allowed".into()));
        assert_eq!(read(&text, Verdict::Adjust), Err("review-quantities-missing".into()));
        assert_eq!(read(&format!("{a},0\n{b},1\n"), Verdict::Adjust), Ok(vec![Some(0), Some(1)]));
        assert_eq!(read(&format!("{a},1\n{a},2\n"), Verdict::Accept), Err("subject-twice".into()));
        for bad in ["-1", "1.0", "+1", "4294967296", ""] {
            assert_eq!(read(&format!("{a},{bad}\n"), Verdict::Accept), Err("integer-range".into()), "{bad}");
        }
        assert_eq!(read("abc\n", Verdict::Accept), Err("hex".into()));
    }

    #[test]
    fn the_standing_tells_which_verdicts_would_have_no_effect() {
        use lebombo_verifier::event::{Contribution, Nonce, Token, Work};
        let token = |text| Token::parse(text).unwrap();
        let found = Waiting {
            id: Hash([1; 32]),
            nonce: Nonce([1; 16]),
            signer: "did:key:z6MkA".into(),
            about: Vec::new(),
            work: Contribution {
                activity: token("a"),
                charter: Hash([2; 32]),
                contributor: None,
                outcome: None,
                quantity: 5,
                supersedes: None,
                unit: token("item"),
                work: Work::Annotation,
            },
        };
        let at = |status: &str, verdict, quantity, me: &str| {
            let standing = EntryStanding {
                status: status.into(),
                code: None,
                message: None,
                work: None,
                verdicts: Vec::new(),
            };
            fault(me, verdict, quantity, Some(&found), Some(&standing))
        };
        use SubjectFault as F;
        use Verdict::{Accept, Adjust, Reject};
        for (status, verdict, quantity, me, expected) in [
            ("pending", Accept, None, "b", None),
            ("pending", Accept, Some(5), "b", None),
            ("pending", Accept, Some(6), "b", Some(F::QuantityAboveLogged)),
            ("pending", Adjust, Some(5), "b", Some(F::Undecided)),
            ("accepted", Adjust, Some(5), "b", None),
            ("rejected", Reject, None, "b", Some(F::Settled)),
            ("withdrawn", Reject, None, "b", Some(F::Withdrawn)),
            ("pending", Reject, None, "did:key:z6MkA", Some(F::Own)),
            ("void", Reject, None, "did:key:z6MkA", Some(F::Void)),
        ] {
            assert_eq!(at(status, verdict, quantity, me), expected, "{status} {verdict}");
        }
        assert_eq!(fault("b", Accept, None, None, None), Some(F::Unknown));
    }
}
