#!/usr/bin/env python3
"""Pays the settlements of a Lebombo project by the API of a payout system; docs/payouts.md says how and why.

It POSTs nothing but payments in files that `lebombo settlement export` has given out, each under its reference as idempotency
key, and asks for a reference before it POSTs it. All that it has to know stands in the log, in those files and at the API, so it
can be killed anywhere and started again. Its cursor in the feed of changes is a convenience: without it, more is read.

    pay.py --ledger https://ledger.example --project ID --api https://payout.example --work /srv/payouts \\
           --lebombo 'lebombo --home /srv/paymaster' -- --payees payees.csv --payer-name 'Sauti Cooperative' ...

Exit status 0: every line is paid. 1: something is not as it must be, a person has to look. 3: some lines are not paid yet.
"""

import argparse
import collections
import csv
import decimal
import fcntl
import io
import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

MAX_ANSWER = 64 << 20
MAP = """format = "csv"
reference = "reference"
amount = "amount"
currency = "currency"
reason = "reason"

[status]
column = "status"
paid = ["COMPLETED"]
failed = ["FAILED"]
"""


class Wrong(Exception):
    """Something is not as it must be. Nothing is paid on such ground."""


class Later(Exception):
    """It can not be done now. Doing it again is harmless."""


steps_done = {}


def step(name, what=""):
    """Says how far it is. Tests make it stand still after a step (PAY_STOP_AFTER=name:count) and kill it there."""
    steps_done[name] = count = steps_done.get(name, 0) + 1
    print(f"step {name}:{count} {what}".rstrip(), file=sys.stderr, flush=True)
    while os.environ.get("PAY_STOP_AFTER") == f"{name}:{count}":
        signal.pause()


def request(url, timeout, body=None, headers=()):
    """Status and JSON of an answer; Later where there was none, or one that can be another the next time."""
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, dict(headers))
    if data is not None:
        asked.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(asked, timeout=timeout) as answer:
            status, text = answer.status, answer.read(MAX_ANSWER + 1)
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read(MAX_ANSWER + 1)
    except (OSError, urllib.error.URLError, ValueError) as error:
        raise Later(f"{url}: {error}") from error
    except Exception as error:  # http.client has errors of its own for half an answer.
        raise Later(f"{url}: {error!r}") from error
    if status in (408, 425, 429) or status >= 500:
        raise Later(f"{url} answered {status}")
    if len(text) > MAX_ANSWER:
        raise Wrong(f"the answer of {url} is larger than {MAX_ANSWER} bytes")
    try:
        return status, json.loads(text)
    except ValueError as error:
        raise Wrong(f"the answer of {url} is no JSON: {error}") from error


def write(path, text):
    """Writes a file whole or not at all, also in a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def total(amounts):
    return sum((decimal.Decimal(amount) for amount in amounts), decimal.Decimal(0))


class Ledger:
    """What the ledger says. Only `lebombo` decides by it what is instructed."""

    def __init__(self, url, project, timeout):
        self.url, self.project, self.timeout = url.rstrip("/"), project, timeout

    def get(self, path, **query):
        query = urllib.parse.urlencode({name: value for name, value in query.items() if value is not None})
        status, answer = request(f"{self.url}{path}{'?' if query else ''}{query}", self.timeout)
        if status != 200:
            raise Wrong(f"{path}: {answer.get('detail')} [{answer.get('code')}]")
        return answer

    def changes(self, after):
        """Whether anything about this project's money came after a cursor, and the next cursor."""
        news = after is None
        while True:
            try:
                page = self.get("/v1/changes", after=after, limit=1000)
            except Wrong as wrong:
                if after is None or "[beyond-checkpoint]" not in str(wrong):
                    raise
                after, news = None, True  # The ledger knows less than we do: read it anew.
                continue
            folded = [change for change in page["changes"] if change["index"] < page["as_of"]]
            kinds = ("settlement", "payment", "claim")
            news |= any(change["kind"] in kinds and change.get("project") == self.project for change in folded)
            if not folded:
                return news, after
            after = folded[-1]["index"]

    def settlements(self):
        """Number and currency of each part of each settlement."""
        money = self.get(f"/v1/projects/{self.project}/money")
        currencies = [books["currency"] for books in money["currencies"]]
        return [(n, code) for n in range(1, money["settlements"] + 1) for code in currencies]

    def lines(self, number, currency, state=None):
        """The lines of a settlement, all of them (held against the control totals) or those in a state; None without any."""
        lines, after, head = [], None, None
        while True:
            try:
                page = self.get(
                    f"/v1/projects/{self.project}/settlements/{number}/lines",
                    currency=currency, state=state, after=after, limit=1000,
                )
            except Wrong as wrong:
                if "[line-unknown]" in str(wrong):
                    return None, []
                raise
            head = head or (page["settlement"], page["totals"])
            if head != (page["settlement"], page["totals"]) or page["settlement"] is None:
                raise Wrong(f"settlement {number} is another one on each page")
            for line in page["lines"]:
                if lines and line["handle"] <= lines[-1]["handle"]:
                    raise Wrong(f"the lines of settlement {number} go backwards")
                lines.append(line)
            if page["next"] is None:
                break
            if after is not None and page["next"] <= after:
                raise Wrong(f"the pages of settlement {number} go backwards")
            after = page["next"]
        settlement, totals = head
        if state is None:
            if len(lines) != totals["lines"]:
                raise Wrong(f"settlement {number} has {totals['lines']} lines, and {len(lines)} came")
            for name in ("payable", "held", "owed"):
                if total(line[name] for line in lines) != decimal.Decimal(totals[name]):
                    raise Wrong(f"settlement {number}: `{name}` of the lines is not the control total")
        return settlement, lines


class Api:
    """A payout system: POST /payments with an idempotency key, GET /payments/{reference}."""

    def __init__(self, url, token, timeout):
        self.url, self.timeout = url.rstrip("/"), timeout
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, payment):
        """What became of a payment; None where the API has never heard of it."""
        reference = urllib.parse.quote(payment["reference"], safe="")
        status, answer = request(f"{self.url}/payments/{reference}", self.timeout, headers=self.headers)
        if status == 404:
            return None
        return self.same(payment, status, answer)

    def pay(self, payment):
        """Asks for a payment to be made. Later: nothing is known of it, and it has to be asked about before anything else."""
        headers = {**self.headers, "Idempotency-Key": payment["reference"]}
        status, answer = request(f"{self.url}/payments", self.timeout, payment, headers)
        return self.same(payment, status, answer)

    @staticmethod
    def same(payment, status, answer):
        is_same = status in (200, 201, 202) and all(answer.get(name) == payment[name] for name in ("reference", "currency"))
        if not is_same or decimal.Decimal(answer["amount"]) != decimal.Decimal(payment["amount"]):
            # What it has said stays where it is: it may have people's accounts in it.
            raise Wrong(f"the API has another payment, or none, under {payment['reference']} (status {status})")
        return answer


class Payouts:
    def __init__(self, args, lock):
        self.args, self.lock = args, lock
        self.ledger = Ledger(args.ledger, args.project, args.timeout)
        self.api = Api(args.api, os.environ.get("PAYOUT_API_TOKEN"), args.timeout)
        self.files, self.cursor = args.work / "files", args.work / "cursor"

    def lebombo(self, *command):
        """Runs the program. It holds our lock: if we are killed, whoever comes next waits until it has ended."""
        words = [*shlex.split(self.args.lebombo), "--json", "settlement", *command]
        ended = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, pass_fds=[self.lock])
        if ended.returncode == 0:
            return json.loads(ended.stdout.splitlines()[-1])
        said = ended.stderr.strip().splitlines() or [f"ended with {ended.returncode}"]
        # 2: could not tell. And where somebody else has taken a line meanwhile, the lines are to be looked at again.
        later = ended.returncode == 2 or '"payment-void"' in said[-1]
        raise (Later if later else Wrong)(f"lebombo settlement {command[0]}: {said[-1]}")

    def export(self, number, currency):
        """Has what can be instructed instructed, and given out as files; also what an earlier run had not finished."""
        done = self.lebombo(
            "export", self.args.project, "--settlement", str(number), "--currency", currency,
            "--rail", "json", "--out", str(self.files), *self.args.export,
        )
        for left in done["left"]:
            print(f"not paid: line {left['handle']} of settlement {number}: {left['message']}", file=sys.stderr)
        step("exported", f"{len(done['parts'])} files, {len(done['resumed'])} from before")
        return bool(done["parts"] or done["resumed"])

    def given_out(self, settlement, currency):
        """Payments in the files that were given out, by handle and attempt. A file that contradicts itself is not paid."""
        payments = {}
        for path in sorted(self.files.glob("*.json")):
            file = json.loads(path.read_text(encoding="utf-8"))
            if (file["project"], file["settlement"], file["settled_currency"]) != (
                self.args.project, settlement, currency
            ):
                continue
            lines = file["lines"]
            if len(lines) != file["payments"] or total(line["amount"] for line in lines) != decimal.Decimal(file["amount"]):
                raise Wrong(f"{path} contradicts itself")
            for line in lines:
                payments[line["handle"], line["attempt"]] = {
                    "reference": line["reference"], "amount": line["amount"], "currency": file["currency"],
                    "payee": line["payee"],
                }
        return payments

    def outcome(self, payment):
        """COMPLETED, FAILED or PENDING: as the API knows it, or of a POST where it has never heard of the payment."""
        found = self.api.ask(payment)
        if found is None:
            step("asked", payment["reference"])
            found = self.api.pay(payment)
            step("posted", payment["reference"])
        if found["status"] not in ("COMPLETED", "FAILED", "PENDING"):
            raise Wrong(f"{payment['reference']} is {found['status']}, which is no word of the API")
        return found

    def outcomes(self, payments):
        """Pays, and asks again and again; what came of those of which that is known in the end.

        Of a payment that was sent and not answered nothing is believed: the next round asks for it.
        """
        known, waiting = [], collections.deque(payments)
        for turn in range(self.args.tries):
            if turn and waiting:
                time.sleep(min(2.0 ** (turn - 1) * self.args.wait, 60))
            pending, silent = [], []
            while waiting and len(silent) < self.args.silent:
                payment = waiting.popleft()
                try:
                    found = self.outcome(payment)
                except Later as later:
                    step("unanswered", f"{payment['reference']}: {later}")
                    silent.append(payment)
                else:
                    (pending if found["status"] == "PENDING" else known).append((payment, found))
            # Those that were not answered come last, so that they keep nobody else from being paid.
            waiting.extend([payment for payment, _ in pending] + silent)
        return known

    def settle(self, number, currency):
        """One round over a settlement. True if something came of it: then there may be more to do."""
        settlement, lines = self.ledger.lines(number, currency)
        if settlement is None:
            return False
        step("pulled", f"settlement {number} in {currency}: {len(lines)} lines")
        progress = False
        given = self.given_out(settlement, currency)
        # Instructed and no file: most likely by ourselves, killed between the one and the other.
        unfinished = [
            line for line in lines
            if line["state"] == "instructed" and (line["handle"], line["attempt"]) not in given
        ]
        free = self.ledger.lines(number, currency, "free")[1]
        if unfinished or any(line["attempt"] < self.args.attempts for line in free):
            progress = self.export(number, currency)
            given = self.given_out(settlement, currency)

        waiting = [line for state in ("instructed", "unknown") for line in self.ledger.lines(number, currency, state)[1]]
        payments = []
        for line in waiting:
            payment = given.get((line["handle"], line["attempt"]))
            if payment is None:
                print(f"not ours: line {line['handle']} of settlement {number} was instructed elsewhere", file=sys.stderr)
                continue
            told = line["instructed"]
            if (payment["amount"], payment["currency"]) != (told["amount"], told["currency"]):
                raise Wrong(f"{payment['reference']}: the file and the log have other amounts")
            payments.append(payment)
        rows = [
            [payment["reference"], payment["amount"], payment["currency"], found["status"], found.get("reason") or ""]
            for payment, found in self.outcomes(payments)
        ]
        if not rows:
            return progress

        step("settled", f"{len(rows)} payments")
        table = io.StringIO()
        csv.writer(table).writerows([["reference", "amount", "currency", "status", "reason"], *rows])
        result = self.args.work / "results" / f"{settlement[:12]}-{currency}.csv"
        write(result, table.getvalue())
        write(self.args.work / "map.toml", MAP)
        step("written", result.name)
        self.lebombo(
            "reconcile", self.args.project, str(result), "--map", str(self.args.work / "map.toml"),
            "--settlement", str(number), "--currency", currency,
        )
        step("reconciled", result.name)
        return True

    def all(self):
        """Everything that can be done now; whether all of it is paid."""
        left = 0
        for number, currency in self.ledger.settlements():
            while self.settle(number, currency):
                pass
            lines = self.ledger.lines(number, currency)[1]
            left += sum(line["state"] not in ("paid", "nothing") for line in lines)
        step("all", f"{left} lines are not paid")
        return left == 0

    def run(self):
        try:
            after = int(self.cursor.read_text())
        except (OSError, ValueError):
            after = None
        # Whatever an earlier run has left half-done is in no feed.
        news, is_done = True, False
        while True:
            # Read before the work: what comes during it is seen again, never missed.
            seen, after = self.ledger.changes(after)
            if news or seen or not is_done:
                is_done, news = self.all(), False
            if after is not None:
                write(self.cursor, f"{after}\n")
            step("cursor", str(after))
            if not self.args.follow:
                return 0 if is_done else 3
            time.sleep(self.args.follow)


def main():
    parser = argparse.ArgumentParser(description="Pays the settlements of a Lebombo project by the API of a payout system.")
    parser.add_argument("--ledger", required=True, metavar="URL")
    parser.add_argument("--project", required=True, metavar="ID", help="its id, for which the paymaster's profile has a name")
    parser.add_argument("--api", required=True, metavar="URL", help="of the payout system; PAYOUT_API_TOKEN is its bearer token")
    parser.add_argument("--work", required=True, type=pathlib.Path, metavar="DIR", help="for files, results and the cursor")
    parser.add_argument("--lebombo", default="lebombo", metavar="COMMAND", help="the program, with --home of the paymaster")
    parser.add_argument("--attempts", type=int, default=3, help="a line that has failed so often is a reason for no other run")
    parser.add_argument("--tries", type=int, default=8, help="how often a payment is asked for in one run")
    parser.add_argument("--silent", type=int, default=5, help="after so many payments without an answer the others wait as well")
    parser.add_argument("--wait", type=float, default=1.0, metavar="SECONDS", help="between the first two of these")
    parser.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS", help="for one request")
    parser.add_argument("--follow", type=float, metavar="SECONDS", help="go on, and pull this often")
    parser.add_argument("export", nargs="*", help="after `--`: options of `lebombo settlement export`")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    lock = os.open(args.work / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    while True:
        try:
            return Payouts(args, lock).run()
        except Wrong as wrong:
            print(f"stopped: {wrong}", file=sys.stderr)
            return 1
        except Later as later:
            print(f"later: {later}", file=sys.stderr)
            if not args.follow:
                return 3
            time.sleep(args.follow)


if __name__ == "__main__":
    sys.exit(main())
