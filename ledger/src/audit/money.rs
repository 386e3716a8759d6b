//! What the ledger serves as money, held against what its entries give.
//!
//! What a valid settlement has settled never changes, so it is compared whatever came since. What is so now (books, a
//! freeze, the states of lines) is compared where the ledger is exactly as far as the audit is.

use lebombo_verifier::Hash;
use lebombo_verifier::fold::{AsOf, Fold, LineView, SettlementView};
use lebombo_verifier::money::Currency;
use lebombo_verifier::settlement::{LineNode, line_leaf};
use serde_json::{Value, json};

use super::answers::{Body, PAGE, full, get_money};
use super::error::AuditError;
use super::finding::{Lie, LinesOf};
use super::report::ComparedMoney;
use super::source::Source;
use super::state::StoredState;
use super::stated_money::{self, Payments};

/// Most lies about money that one comparison lists.
const MAX_LIES: usize = 1_000;
/// Most lines that one comparison looks at: those of the newest settlements of each project come first.
const MAX_LINES: u64 = 1_000_000;

/// How a comparison ended.
#[derive(Debug)]
pub(super) enum ServedMoney {
    Compared(ComparedMoney),
    /// What is served differs, and may be from before or after what was audited.
    Moved(&'static str),
}

/// Compares what is served of every project with the state of a log of `size` entries.
pub(super) fn compare(
    source: &dyn Source,
    fold: &Fold<StoredState>,
    size: u64,
    lies: &mut Vec<Lie>,
) -> Result<ServedMoney, AuditError> {
    let compared = ComparedMoney::default();
    let payments = Payments::new(source, fold, size);
    let mut comparison =
        Comparison { source, fold, size, payments, compared, certain: lies, now: Vec::new() };
    let mut after = None;
    loop {
        let page = fold.projects(after.as_ref(), PAGE)?;
        for project in &page {
            if !comparison.project(project)? {
                return Ok(ServedMoney::Moved(
                    "the money of a project is from before or after what was audited",
                ));
            }
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = Some(*last),
            _ => break,
        }
    }
    let mut compared = comparison.compared;
    compared.payments_left_out = comparison.payments.left_out();
    Ok(ServedMoney::Compared(compared))
}

struct Comparison<'a> {
    source: &'a dyn Source,
    fold: &'a Fold<StoredState>,
    size: u64,
    payments: Payments<'a>,
    compared: ComparedMoney,
    /// What is wrong however far the ledger is.
    certain: &'a mut Vec<Lie>,
    /// What is wrong if the ledger is exactly as far as the audit is.
    now: Vec<Lie>,
}

/// A settlement or a freeze in one currency.
struct Of<'a> {
    project: &'a Hash,
    currency: Currency,
    number: u64,
    settlement: Option<SettlementView>,
    /// Entry of the settlement, or the last audited one.
    index: u64,
    /// What it has settled is there for good.
    is_certain: bool,
}

impl Of<'_> {
    fn lines(&self, handle: Option<u64>) -> LinesOf {
        LinesOf { project: *self.project, number: self.number, currency: self.currency, handle }
    }
}

impl Comparison<'_> {
    fn add(&mut self, is_certain: bool, lie: Lie) {
        let lies = if is_certain { &mut *self.certain } else { &mut self.now };
        if lies.len() < MAX_LIES {
            lies.push(lie);
        }
    }

    /// The money page of a project, and its answer to how many entries that takes in.
    fn page(&self, project: &Hash) -> Result<Option<(Value, u64)>, AuditError> {
        let path = format!("v1/projects/{project}/money");
        let Body::Found(page) = get_money(self.source, &path)? else { return Ok(None) };
        let as_of = page.get("as_of").and_then(Value::as_u64);
        let wrong =
            || AuditError::Answer { path, what: "it does not say as of which entry it is".to_owned() };
        as_of.map(|as_of| Some((page, as_of))).ok_or_else(wrong)
    }

    /// All that is served of one project. False: it differs, and may be of another moment.
    fn project(&mut self, project: &Hash) -> Result<bool, AuditError> {
        let Some(view) = self.fold.money_view(project)? else { return Ok(true) };
        let index = self.size.saturating_sub(1);
        let Some((page, as_of)) = self.page(project)? else {
            if self.fold.project_at_mark(project)?.is_none() {
                return Ok(false);
            }
            self.add(true, Lie::MoneyMissing { index, project: *project });
            return Ok(true);
        };
        for (what, served, found) in differences(&stated_money::books(&view), &page) {
            self.add(false, Lie::Money { index, project: *project, what, served, found });
        }
        let newest = view.settlements.saturating_add(view.frozen.is_some().into());
        'settlements: for number in (1..=newest).rev() {
            let settlement = self.fold.settlement(project, number)?;
            let standing = settlement.map(|s| self.fold.standing(&s.id)).transpose()?.flatten();
            for books in &view.currencies {
                if self.compared.lines >= MAX_LINES {
                    self.compared.settlements_left_out =
                        self.compared.settlements_left_out.saturating_add(number);
                    break 'settlements;
                }
                self.lines(&Of {
                    project,
                    currency: books.currency,
                    number,
                    settlement,
                    index: standing.as_ref().map_or(index, |standing| standing.index),
                    is_certain: settlement.is_some() && as_of >= self.size,
                })?;
            }
        }
        self.compared.projects += 1;
        if self.now.is_empty() {
            return Ok(true);
        }
        // All pages were read between these two answers.
        let again = self.page(project)?.map(|(_, as_of)| as_of);
        let is_exact = as_of == self.size && again == Some(self.size);
        if is_exact {
            let room = MAX_LIES.saturating_sub(self.certain.len());
            self.certain.extend(self.now.drain(..).take(room));
        }
        Ok(is_exact)
    }

    /// The lines of a settlement in a currency, side by side; a currency in which it has none is passed over.
    fn lines(&mut self, of: &Of<'_>) -> Result<(), AuditError> {
        let (mut tree, mut totals) = (Lines::default(), Vec::new());
        let mut ours = self.fold.lines(of.project, of.currency, of.number, 0, PAGE)?;
        let mut after: Option<u64> = None;
        while !ours.is_empty() || after.is_some() {
            let from = after.map_or_else(String::new, |after| format!("&after={after}"));
            let (project, number, currency) = (of.project, of.number, of.currency);
            let path = format!(
                "v1/projects/{project}/settlements/{number}/lines?currency={currency}&limit={PAGE}{from}"
            );
            let Body::Found(page) = get_money(self.source, &path)? else {
                self.add(of.is_certain, Lie::LineMissing { index: of.index, of: of.lines(None) });
                return Ok(());
            };
            let last = ours.last().map(|line| line.handle);
            let next = last.filter(|_| ours.len() == PAGE);
            let head = json!({
                "number": number, "settlement": of.settlement.map(|s| s.id.to_string()), "next": next,
            });
            self.differ(of, of.is_certain, None, &head, &page);
            let served = page.get("totals").cloned().unwrap_or_default();
            if totals.last() != Some(&served) && totals.len() < 2 {
                totals.push(served);
            }
            self.page_of_lines(of, &path, &ours, &page)?;
            ours.iter().for_each(|view| tree.push(of, view));
            let Some(last) = next else { break };
            after = Some(last);
            ours = self.fold.lines(project, currency, number, last.saturating_add(1), PAGE)?;
        }
        let found = tree.totals(of.currency);
        for served in &totals {
            self.differ(of, of.is_certain, None, &json!({ "totals": found }), &json!({ "totals": served }));
        }
        Ok(())
    }

    fn page_of_lines(
        &mut self,
        of: &Of<'_>,
        path: &str,
        ours: &[LineView],
        page: &Value,
    ) -> Result<(), AuditError> {
        let wrong = |what: &str| AuditError::Answer { path: path.to_owned(), what: what.to_owned() };
        let rows = page.get("lines").and_then(Value::as_array).ok_or_else(|| wrong("there are no lines"))?;
        full(path, rows.len())?;
        let mut rows = rows.iter().peekable();
        let mut last = None;
        let mut ours = ours.iter().peekable();
        // Both ascend by handle; what one of them alone has is missing there, or made up here.
        loop {
            let handle = rows.peek().map(|row| {
                let handle = row.get("handle").and_then(Value::as_u64).filter(|handle| Some(*handle) > last);
                handle.ok_or_else(|| wrong("its lines do not ascend"))
            });
            let handle = handle.transpose()?;
            match (ours.peek(), handle) {
                (None, None) => return Ok(()),
                (Some(view), served) if served.is_none_or(|served| served > view.handle) => {
                    let lie = Lie::LineMissing { index: of.index, of: of.lines(Some(view.handle)) };
                    self.add(of.is_certain, lie);
                    ours.next();
                    continue;
                }
                (Some(view), Some(served)) if served == view.handle => {
                    if let Some(row) = rows.peek() {
                        self.line(of, view, row)?;
                    }
                    ours.next();
                }
                (_, Some(served)) => {
                    let lie = Lie::LineUnknown { index: of.index, of: of.lines(Some(served)) };
                    self.add(of.is_certain, lie);
                }
                (Some(_), None) => {}
            }
            last = handle;
            rows.next();
        }
    }

    fn line(&mut self, of: &Of<'_>, view: &LineView, served: &Value) -> Result<(), AuditError> {
        self.compared.lines += 1;
        let who = self.fold.contributor_view(of.project, &view.line.who, AsOf::Now)?;
        let who = who.map_or_else(String::new, |one| one.text);
        self.differ(
            of,
            of.is_certain,
            Some(view.handle),
            &stated_money::settled(of.currency, view, &who),
            served,
        );
        let places = view.payment.as_ref().map_or(&[][..], |payment| &payment.places);
        let instructed = self.payments.instructed(of.project, view)?;
        // What was done about it last is what it is about.
        let done = places.last().map(|place| self.fold.decision(of.project, *place)).transpose()?.flatten();
        let of = Of { index: done.map_or(of.index, |done| done.index), ..*of };
        self.differ(&of, false, Some(view.handle), &stated_money::state(view, instructed), served);
        Ok(())
    }

    fn differ(&mut self, of: &Of<'_>, is_certain: bool, handle: Option<u64>, ours: &Value, served: &Value) {
        for (what, served, found) in differences(ours, served) {
            self.add(is_certain, Lie::Line { index: of.index, of: of.lines(handle), what, served, found });
        }
    }
}

/// Sums and tree of lines, one after the other.
#[derive(Default)]
struct Lines {
    count: u64,
    owed: u128,
    /// Nodes over ever fewer lines, with how many these are.
    edge: Vec<(u64, LineNode)>,
}

impl Lines {
    fn push(&mut self, of: &Of<'_>, view: &LineView) {
        self.count += 1;
        self.owed += u128::from(view.line.owed);
        let mut node = (1, line_leaf(of.project, of.number, of.currency, view.handle, &view.line));
        while let Some((width, left)) = self.edge.pop_if(|(width, _)| *width == node.0) {
            // Sums of a settlement fit; where they do not the root is another one, and that is told.
            node = (width + node.0, LineNode::join(&left, &node.1).unwrap_or(node.1));
        }
        self.edge.push(node);
    }

    fn totals(mut self, currency: Currency) -> Value {
        let mut root = self.edge.pop().map(|(_, node)| node);
        while let Some((_, left)) = self.edge.pop() {
            root = root.and_then(|right| LineNode::join(&left, &right));
        }
        let sum = |of: fn(&LineNode) -> u64| currency.format(root.as_ref().map_or(0, of).into());
        json!({
            "lines": self.count,
            "payable": sum(|node| node.payable),
            "held": sum(|node| node.held),
            "owed": currency.format(self.owed),
            "root": root.map_or(Hash::default(), |node| node.hash).to_string(),
        })
    }
}

/// Where a served value is not as ours: what, as it is served, as it was found. What is served besides is not looked at.
fn differences(ours: &Value, served: &Value) -> Vec<(String, String, String)> {
    let mut out = Vec::new();
    differ("", ours, served, &mut out);
    out
}

fn differ(at: &str, ours: &Value, served: &Value, out: &mut Vec<(String, String, String)>) {
    match (ours, served) {
        (Value::Object(ours), Value::Object(served)) => {
            for (name, ours) in ours {
                let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                differ(&at, ours, served.get(name).unwrap_or(&Value::Null), out);
            }
        }
        (Value::Array(ours), Value::Array(served)) if ours.len() == served.len() => {
            for (place, (ours, served)) in ours.iter().zip(served).enumerate() {
                differ(&format!("{at}[{place}]"), ours, served, out);
            }
        }
        _ if ours == served => {}
        _ => out.push((at.to_owned(), shown(served), shown(ours))),
    }
}

/// For a message: not too much of it.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    super::served::shorten(text)
}
