//! A settlement of a project with very many contributors: what a mark costs that freezes a line for each of them, the same in
//! an audit, and a payslip, made and verified.
//!
//! Making the log takes a minute or two, and auditing it another; `--quick` takes a sixteenth of it.

use lebombo_benches::clock::{make, median, time};
use lebombo_benches::rate::Rate;
use lebombo_ledger::audit::{Folder, Options, Outcome, State};
use lebombo_ledger::{Listing, prove_pay};
use lebombo_verifier::event::{Body, Change, Income, Membership, Party, Role, Settlement, Share};
use lebombo_verifier::money::Currency;
use lebombo_verifier::payslip::Payslip;
use lebombo_verifier::policy::Policy;
use lebombo_verifier::settlement::{self, Input, Person, Pool};

use crate::limits::Check;
use crate::totals::{CHANGED, CONTRIBUTORS, World, at_rest, did, party};
use crate::{Run, audit, limits};

/// Measures.
pub(crate) fn run(run: &mut Run) {
    let count = CONTRIBUTORS / run.shrink as u64;
    run.section(&format!("settlement: a project of {count} contributors"));
    alone(run, count);

    let mut world = World::new();
    world.work((0..count).collect());
    world.mark();
    world.state();
    let steward = world.steward.clone();
    for role in [Role::Treasurer, Role::Paymaster] {
        let member = Party::Key(did(&steward));
        world.say(Body::Membership(Membership { change: Change::Grant, member, role }));
    }
    let usd = Currency::parse("USD").unwrap();
    let plain = [("mark: nobody changed", world.mark())];
    world.state();
    close(&mut world, usd);
    let auditor = Auditor::new(&world);
    freeze(run, &mut world, "frozen at a mark over the store: all lines and their tree, committed", &plain);
    run.row("the same mark, replayed in an audit", auditor.follow(&world), &plain);
    settle(&mut world, count);

    let policy = Policy::parse(format!("log {}\nquorum none\n", world.ledger.vkey()).as_bytes()).unwrap();
    payslips(run, &world, usd, count, &policy);

    world.work((0..count / CHANGED).map(|n| n * CHANGED).collect());
    close(&mut world, usd);
    auditor.follow(&world);
    freeze(run, &mut world, "frozen once more, after 1 % did more work: the lines before are read", &plain);
    run.row("the same mark, replayed in an audit", auditor.follow(&world), &plain);
    world.attribution.stop();
}

/// The function, without log or store.
fn alone(run: &mut Run, count: u64) {
    let people = (0..count).map(|n| Person { points: n % 97, ever: 100 + n % 1_000, ..Person::default() });
    let input = Input {
        range: 1,
        pools: vec![Pool { amount: 1 << 40, share: Some(Share::Ever), ..Pool::default() }],
        people: people.collect(),
        ..Input::default()
    };
    let lines = usize::try_from(count).unwrap();
    let rate = median(run.rounds, lines, || settlement::settle(&input).unwrap());
    run.row("the function alone, in memory, a line", rate, &[]);
}

/// Income to be settled, and the end of its range.
fn close(world: &mut World, currency: Currency) {
    world.say(Body::Income(Income { amount: 1 << 40, currency, payer: None }));
    world.say(Body::Closing);
}

/// A mark that freezes, once the databases have tidied up what was written to make the log.
fn freeze(run: &mut Run, world: &mut World, what: &str, beside: &[(&str, Rate)]) {
    at_rest();
    let before = resident("VmRSS");
    forget_peak();
    let rate = world.mark();
    let most = resident("VmHWM");
    run.row(what, rate, beside);
    println!("  resident before {before} MiB, at most {most} MiB while it was frozen");
}

/// States the mark, and settles what it froze.
fn settle(world: &mut World, count: u64) {
    world.state();
    let money = world.attribution.money(&world.project).unwrap().unwrap();
    let frozen = money.frozen.unwrap();
    assert_eq!(frozen.currencies[0].lines, count);
    let (currencies, snapshot) = (frozen.currencies, frozen.snapshot.unwrap());
    world.say(Body::Settlement(Settlement { currencies, previous: None, snapshot }));
    assert_eq!(world.attribution.money(&world.project).unwrap().unwrap().settlements, 1);
    world.mark();
    world.state();
}

fn payslips(run: &mut Run, world: &World, currency: Currency, count: u64, policy: &Policy) {
    let spread: Vec<Party> = (0..512).map(|n| party(n * 7_654_321 % count)).collect();
    let prove = |who: &Party| {
        prove_pay(&world.ledger, &world.attribution, &world.project, (currency, 1), who, Listing::Range)
            .unwrap()
    };
    let payslips: Vec<Payslip> = spread.iter().map(prove).collect();
    let raw: Vec<_> = payslips[0].parts().entries.iter().map(|entry| Check::of(&entry.bytes)).collect();
    let raw = [("6 raw strict verifications", limits::verify_on_one(run.rounds * 100, &raw).group(6))];
    let rate = median(run.rounds, spread.len(), || make(spread.iter().map(|who| prove(who).format())));
    run.row("payslip, built and written", rate, &raw);
    let files: Vec<String> = payslips.iter().map(Payslip::format).collect();
    println!("  a payslip has at most {} bytes", files.iter().map(String::len).max().unwrap());
    let rate = median(run.rounds, files.len(), || {
        make(files.iter().map(|file| Payslip::parse(file.as_bytes()).unwrap().verify(policy).unwrap()))
    });
    run.row("payslip, read and verified", rate, &raw);
}

/// An audit that goes on as the log grows, so that what a few entries cost can be told from what all do.
struct Auditor {
    log: tempfile::TempDir,
    state: State,
    _folder: tempfile::TempDir,
}

impl Auditor {
    /// Audits what is there.
    fn new(world: &World) -> Self {
        let folder = crate::folder();
        let auditor =
            Self { log: crate::folder(), state: State::open(folder.path()).unwrap(), _folder: folder };
        auditor.follow(world);
        auditor
    }

    /// Audits what has come since.
    fn follow(&self, world: &World) -> Rate {
        let size = world.ledger.size();
        crate::log::waiting().block_on(world.ledger.wait_published(size - 1)).unwrap();
        audit::write(&world.ledger, self.log.path());
        let policy = format!("log {}\nquorum none\n", world.ledger.vkey());
        let policy = Policy::parse(policy.as_bytes()).unwrap();
        let source = Folder::new(self.log.path());
        time(1, || {
            let report = lebombo_ledger::audit::run(&source, &self.state, &Options::new(&policy));
            assert_eq!(report.outcome(), Outcome::Holds, "{report:?}");
        })
    }
}

/// MiB that the process has, or has had at most, in memory.
fn resident(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).map_or(0, |kib| kib / 1_024)
}

/// Begins to count anew how much memory there was at most.
fn forget_peak() {
    // Where it can not be done, what is shown is the most of the whole run.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
