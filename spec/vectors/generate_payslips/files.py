"""Writing vectors, each after it was read back."""
import json
import pathlib

import generate_totals as T
from reader import Reader
from work import rate
from world import changed, state, text

HERE = pathlib.Path(__file__).resolve().parent.parent / "payslip"
RULE = "spec/payslip.md §2"
written = set()


def begin():
    HERE.mkdir(exist_ok=True)
    for old in HERE.glob("*.json"):
        old.unlink()


def write(name, description, payslip, error, source=RULE, policy=T.policy(), also=(), **expect):
    """`also` are the codes of later checks that can not but fail too."""
    assert name not in written, name
    written.add(name)
    failed = Reader(payslip, policy).failed
    elsewhere = error and not error.startswith(("payslip", "statement", "inclusion"))
    wanted = ["elsewhere"] if elsewhere else [error, *also] if error else []
    assert failed == wanted, f"{name}: {failed}, not {wanted}"
    vector = {"description": description, "source": source, "policy": policy, "payslip": payslip, "error": error, **expect}
    (HERE / f"{name}.json").write_text(json.dumps(vector, indent=1, ensure_ascii=False) + "\n")


def accept(name, description, parts, recomputed=False, day=T.DAY, **more):
    project, number, currency, _, contributor, points, *_, payable, held, owed, _, _ = parts["line"]
    credits = [((after - before) * times, times, parts["charters"][charter]) for charter, _, _, before, after, times in parts["credits"]]
    write(name, description, text(parts), None, contributor=contributor, project=project, number=number, currency=currency,
          payable=str(payable), held=str(held), owed=str(owed), points=str(points), of=str(parts["of"]),
          credits=sum(times for _, times, _ in credits), credited=str(sum(more for more, *_ in credits)),
          at_rate=str(sum(more * rate(charter, currency) for more, _, charter in credits)), claimants=parts["claimants"],
          payments=parts["states"], size=int(parts["checkpoint"].split("\n")[1]), day=day, recomputed=recomputed, **more)


def refuse(name, description, error, payslip, **more):
    write(name, description, payslip if isinstance(payslip, str) else text(payslip), error, **more)


def edit(name, description, error, change, also=(), source=RULE, **how):
    """A file that somebody changed on its way."""
    refuse(name, description, error, changed(change, **how), also=also, source=source)


def lie(name, description, error, also=(), source=RULE, **how):
    """A file of a ledger that lies: its trees are built over what it says."""
    refuse(name, description, error, state(**how), also=also, source=source)
