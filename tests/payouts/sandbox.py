#!/usr/bin/env python3
"""A payout system for tests: money moves in memory, and it behaves as badly as real ones do, at whoever's payment it is told to.

POST /payments      with Idempotency-Key; 201 when it is new, 200 and the same when it is not, 422 if it is another payment
GET  /payments/REF  404 where there was never one
GET  /moved         for the test: every movement of money, and what was asked
POST /behave        for the test: {"ACCOUNT": {...}} with any of
    "fail": true      the first payment to the account fails, and no money moves
    "drop": true      the first POST is carried out, and its connection closed without an answer
    "late": true      the first POST is carried out only when another one with the same key has been answered
    "pending": N      the payment is PENDING for the first N answers, and money moves after these
"""

import collections
import http.server
import json
import threading


class Bank:
    def __init__(self):
        self.changed = threading.Condition()
        self.payments, self.moved, self.behaviour = {}, [], {}
        self.posts, self.asked, self.answered = collections.Counter(), collections.Counter(), collections.Counter()
        self.late = 0

    def once(self, account, what):
        """Takes a piece of bad behaviour; it does not come again."""
        return self.behaviour.get(account, {}).pop(what, None)

    def post(self, key, payment):
        """Status, answer, and whether to keep the answer from the client."""
        with self.changed:
            account = payment["payee"]["identifier"]
            self.posts[key] += 1
            is_late = self.once(account, "late")
            if is_late:
                # The client has given up and come again by then.
                assert self.changed.wait_for(lambda: self.answered[key] > 0, 60), "nobody came again"
                self.late += 1
            is_new = key not in self.payments
            if is_new:
                left = self.once(account, "pending") or 0
                self.payments[key] = {"payment": payment, "status": "PENDING", "reason": None, "left": left}
                if self.once(account, "fail"):
                    self.payments[key].update(status="FAILED", reason="AC04 account closed")
            elif self.payments[key]["payment"] != payment:
                return 422, {"error": "another payment has this key"}, False
            dropped = self.once(account, "drop") is not None
            answer = self.answer(key)
            self.answered[key] += 1
            self.changed.notify_all()
            return (201 if is_new else 200), answer, dropped or is_late

    def get(self, key):
        with self.changed:
            self.asked[key] += 1
            return (200, self.answer(key)) if key in self.payments else (404, {"error": "no such payment"})

    def answer(self, key):
        entry = self.payments[key]
        payment = entry["payment"]
        if entry["status"] == "PENDING" and entry["left"] == 0:
            entry["status"] = "COMPLETED"
            self.moved.append({
                "reference": key, "account": payment["payee"]["identifier"], "amount": payment["amount"],
                "currency": payment["currency"],
            })
        entry["left"] -= entry["left"] > 0
        return {
            "reference": key, "amount": payment["amount"], "currency": payment["currency"], "status": entry["status"],
            "reason": entry["reason"],
        }

    def state(self):
        with self.changed:
            return {"moved": self.moved, "posts": self.posts, "asked": self.asked, "late": self.late}


class Handler(http.server.BaseHTTPRequestHandler):
    bank = Bank()

    def do_GET(self):
        if self.path == "/moved":
            return self.reply(200, self.bank.state())
        prefix, _, key = self.path.rpartition("/")
        return self.reply(*self.bank.get(key)) if prefix == "/payments" else self.reply(404, {})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/behave":
            with self.bank.changed:
                self.bank.behaviour.update(body)
            return self.reply(200, {})
        key = self.headers["Idempotency-Key"]
        if self.path != "/payments" or not key or key != body["reference"]:
            return self.reply(400, {"error": "a payment has its reference as its key"})
        status, answer, dropped = self.bank.post(key, body)
        if dropped:
            self.close_connection = True
            return None
        return self.reply(status, answer)

    def reply(self, status, value):
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
