//! Pages about money that a ledger serves, and that its entries do not give.

use std::sync::Arc;

use lebombo_ledger::audit::{Answer, Options, Outcome, Report, Source, SourceError, State, run};
use lebombo_verifier::event::{Body, Payment, PaymentState, Settlement};
use lebombo_verifier::policy::Policy;
use lebombo_verifier::{Code as _, Hash};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::assert_names;
use super::books::Books;
use crate::harness::events::{Person, Signed};
use crate::harness::http::Http;
use crate::harness::server::{Server, Site};
use crate::harness::wait::until;

/// What a dishonest ledger makes of an honest one's answer to a path; null: it has none.
type Change = Arc<dyn Fn(&str, &mut Value) + Send + Sync>;

/// A ledger that lies.
struct Lying {
    http: Http,
    change: Change,
}

impl Source for Lying {
    fn read(&self, path: &str, _: u64) -> Result<Answer, SourceError> {
        let answer = self.http.get(&format!("/{path}"));
        match answer.status {
            200 if path.contains("/money") || path.contains("/lines") => {
                let mut value = answer.json();
                (self.change)(path, &mut value);
                let is_there = !value.is_null();
                Ok(if is_there { Answer::Found(serde_json::to_vec(&value).unwrap()) } else { Answer::Absent })
            }
            200 => Ok(Answer::Found(answer.body)),
            404 => Ok(Answer::Absent),
            410 => Ok(Answer::Gone),
            status => {
                Err(SourceError { path: path.to_owned(), what: format!("{status}: {}", answer.text()) })
            }
        }
    }

    fn has_snapshots(&self) -> Result<bool, SourceError> {
        Ok(true)
    }

    fn has_totals(&self) -> Result<bool, SourceError> {
        Ok(true)
    }

    fn partials(&self, _: &str) -> Result<Vec<u16>, SourceError> {
        Ok(Vec::new())
    }
}

/// A ledger with a settlement that is paid in part, and another one frozen.
struct Paid {
    server: Server,
    books: Books,
    /// Entries of the settlement, of what the first line was paid with, and of what the second is to be.
    settlement: u64,
    paid: u64,
    instructed: u64,
}

fn money(server: &Server, project: Hash) -> Value {
    server.http.fetch(&format!("/v1/projects/{project}/money")).json()
}

impl Paid {
    fn new() -> Self {
        let server = Site::with_options(&["--snapshot-interval", "1"]).create();
        let books = Books::new();
        let entries = books.log.entries[1..].to_vec();
        assert!(server.http.batch(&entries).iter().all(|answer| answer["index"].is_u64()));
        let mut paid = Self { server, books, settlement: 0, paid: 0, instructed: 0 };
        paid.income(30_000);
        // The same people with the same points in the same order: the same lines.
        let frozen = paid.freeze();
        paid.books.freeze();
        let Body::Settlement(body) = paid.books.settlement() else { panic!("no settlement") };
        let steward = paid.books.log.steward.clone();
        // What the log made by hand takes for granted is that its own snapshot was settled.
        let own = paid.books.sign(&steward, Body::Settlement(body.clone()));
        assert_eq!(paid.books.lie(Some(&own), Some(&own)), None);
        let body = Body::Settlement(Settlement { snapshot: frozen, ..body });
        let settled = paid.books.sign(&steward, body);
        paid.books.settled = Some(settled.id);
        paid.settlement = paid.push(&settled);
        let paymaster = paid.books.paymaster.clone();
        paid.pay(&paymaster, 0, PaymentState::Instructed);
        paid.paid = paid.pay(&paymaster, 0, PaymentState::Paid);
        paid.instructed = paid.pay(&paymaster, 1, PaymentState::Instructed);
        paid.income(7_000);
        paid.freeze();
        until("all to be stated", || {
            let size = |path: &str, name: &str| paid.server.http.fetch(path).json()[name].as_u64().unwrap();
            let log = size("/v1/log", "size");
            (size("/v1/snapshots/latest", "size") == log
                && money(&paid.server, paid.books.log.project)["as_of"] == log)
                .then_some(())
        });
        paid
    }

    /// Its index.
    fn push(&self, signed: &Signed) -> u64 {
        let answers = self.server.http.batch([&signed.entry]);
        answers[0]["index"].as_u64().unwrap_or_else(|| panic!("{answers:?}"))
    }

    fn income(&mut self, amount: u64) {
        self.books.income(amount);
        let entry = self.books.log.entries.last().unwrap();
        assert!(self.server.http.batch([entry])[0]["index"].is_u64());
    }

    /// The snapshot of the freeze.
    fn freeze(&mut self) -> Hash {
        let steward = self.books.log.steward.clone();
        let closing = self.books.sign(&steward, Body::Closing);
        self.push(&closing);
        until("the project to be frozen", || {
            let page = money(&self.server, self.books.log.project);
            page["frozen"]["snapshot"].as_str().and_then(Hash::from_hex)
        })
    }

    fn pay(&mut self, paymaster: &Person, handle: u64, state: PaymentState) -> u64 {
        let Body::Payment(mut body) = self.books.payment(handle, state, 1) else { panic!("no payment") };
        if state == PaymentState::Instructed {
            body = Payment {
                withholding: 1_000,
                tax: body.gross / 10,
                net: body.gross - body.gross / 10,
                ..body
            };
        }
        let signed = self.books.sign(paymaster, Body::Payment(body));
        self.push(&signed)
    }

    /// Audits from the beginning what a liar makes of it.
    fn audit(&self, change: Change) -> Report {
        let policy = Policy::parse(format!("log {}\nquorum none\n", self.server.vkey()).as_bytes()).unwrap();
        let (state, source) = (TempDir::new().unwrap(), Lying { http: self.server.http.clone(), change });
        run(&source, &State::open(state.path()).unwrap(), &Options::new(&policy))
    }
}

fn on_money(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Change {
    Arc::new(move |path, value| {
        if path.ends_with("/money") {
            change(value);
        }
    })
}

fn on_page(number: u64, change: impl Fn(&mut Value) + Send + Sync + 'static) -> Change {
    Arc::new(move |path, value| {
        if path.contains(&format!("/settlements/{number}/lines?")) {
            change(value);
        }
    })
}

fn on_line(line: usize, member: &'static str, served: Value) -> Change {
    on_page(1, move |page| page["lines"][line][member] = served.clone())
}

fn lines(page: &mut Value) -> &mut Vec<Value> {
    page["lines"].as_array_mut().unwrap()
}

#[test]
fn every_lie_on_a_page_about_money_is_named() {
    let ledger = Paid::new();
    let honest = ledger.audit(Arc::new(|_, _| {}));
    assert_eq!(honest.outcome(), Outcome::Holds, "{honest:#?}");
    let compared = honest.money.unwrap();
    assert_eq!((compared.projects, compared.lines), (1, 8), "four lines, settled and frozen");
    assert!(honest.unchecked.is_empty(), "{honest:?}");
    let (settlement, paid, instructed) = (ledger.settlement, ledger.paid, ledger.instructed);
    let last = honest.tally.entries - 1;
    let in_first =
        |value: &mut Value, member: &str, served: &str| value["currencies"][0][member] = served.into();
    let cases: Vec<(&str, &str, u64, Change)> = vec![
        ("income", "money-differs", last, on_money(move |v| in_first(v, "income", "370.01"))),
        ("a reserve", "money-differs", last, on_money(move |v| in_first(v, "reserve", "1.00"))),
        ("what is unconfirmed", "money-differs", last, on_money(move |v| in_first(v, "unconfirmed", "0.00"))),
        ("a settlement more", "money-differs", last, on_money(|v| v["settlements"] = 2.into())),
        ("another last one", "money-differs", last, on_money(|v| v["last"] = "0".repeat(64).into())),
        ("a closing", "money-differs", last, on_money(|v| v["is_closing"] = true.into())),
        ("nothing frozen", "money-differs", last, on_money(|v| v["frozen"] = Value::Null)),
        (
            "a fund of the freeze",
            "money-differs",
            last,
            on_money(|v| v["frozen"]["currencies"][0]["funds"][0]["amount"] = "99.00".into()),
        ),
        ("a currency left out", "money-differs", last, on_money(|v| v["currencies"] = json!([]))),
        ("no money page", "money-missing", last, on_money(|v| *v = Value::Null)),
        ("an amount to be paid out", "lines-differ", settlement, on_line(2, "payable", "999.99".into())),
        ("a share", "lines-differ", settlement, on_line(3, "share", "0.01".into())),
        ("a name", "lines-differ", settlement, on_line(1, "contributor", "did:key:zSomebody".into())),
        ("a credit more", "lines-differ", settlement, on_line(0, "credits", 99.into())),
        ("other work", "lines-differ", settlement, on_line(2, "work", "0".repeat(64).into())),
        ("a debt", "lines-differ", settlement, on_line(1, "debts", json!([{"range": 1, "amount": "5.00"}]))),
        ("a paid line that is to be paid", "lines-differ", paid, on_line(0, "state", "payable".into())),
        ("a line said to be paid", "lines-differ", instructed, on_line(1, "state", "paid".into())),
        ("a line said to have failed", "lines-differ", settlement, on_line(2, "state", "failed".into())),
        ("an attempt", "lines-differ", instructed, on_line(1, "attempt", 2.into())),
        (
            "what is paid of a line",
            "lines-differ",
            instructed,
            on_page(1, |page| page["lines"][1]["instructed"]["net"] = "0.01".into()),
        ),
        (
            "a payment of another",
            "lines-differ",
            instructed,
            on_page(1, |page| page["lines"][1]["instructed"]["payment"] = "0".repeat(64).into()),
        ),
        ("a claim", "lines-differ", settlement, on_line(3, "claimed_by", "did:key:zSomebody".into())),
        ("a dispute", "lines-differ", settlement, on_line(3, "is_disputed", true.into())),
        (
            "the sum of all",
            "lines-differ",
            settlement,
            on_page(1, |p| p["totals"]["payable"] = "1.00".into()),
        ),
        (
            "the root of all",
            "lines-differ",
            settlement,
            on_page(1, |p| p["totals"]["root"] = "0".repeat(64).into()),
        ),
        ("the settlement", "lines-differ", settlement, on_page(1, |p| p["settlement"] = Value::Null)),
        ("lines that go on", "lines-differ", settlement, on_page(1, |p| p["next"] = 3.into())),
        ("a line left out", "lines-missing", settlement, on_page(1, |p| drop(lines(p).remove(1)))),
        ("no lines at all", "lines-missing", settlement, on_page(1, |p| *p = Value::Null)),
        (
            "a ghost payee",
            "lines-unknown",
            settlement,
            on_page(1, |p| {
                let mut ghost = lines(p)[0].clone();
                ghost["handle"] = 4.into();
                lines(p).push(ghost);
            }),
        ),
        (
            "a line of the freeze",
            "lines-differ",
            last,
            on_page(2, |p| p["lines"][0]["payable"] = "999.99".into()),
        ),
        ("a ghost in the freeze", "lines-missing", last, on_page(2, |p| drop(lines(p).pop()))),
    ];
    for (name, code, index, change) in cases {
        let report = ledger.audit(change);
        assert_names(name, &report, code, Some(index));
        assert!(report.stopped.is_none(), "{name}: {:?}", report.stopped);
    }
    // What may be of another moment is no lie, and keeps the money from being compared.
    let later = ledger.audit(on_money(|v| {
        v["as_of"] = (v["as_of"].as_u64().unwrap() + 1).into();
        v["is_closing"] = true.into();
    }));
    assert_eq!(later.outcome(), Outcome::Unsure, "{later:#?}");
    assert_eq!(later.stopped.as_ref().map(|error| error.code()), Some("audit-unsettled"));
    // But what was settled never changes.
    let change = |path: &str, v: &mut Value| {
        if path.ends_with("/money") {
            v["as_of"] = (v["as_of"].as_u64().unwrap() + 1).into();
        } else if path.contains("/settlements/1/") {
            v["lines"][0]["payable"] = "0.00".into();
        }
    };
    let report = ledger.audit(Arc::new(change));
    assert_names("settled, and changed later", &report, "lines-differ", Some(settlement));
    let strange = ledger.audit(on_money(|v| *v = json!([])));
    assert_eq!(strange.stopped.as_ref().map(|error| error.code()), Some("audit-answer"), "{strange:#?}");
    ledger.server.stop();
}
