"""Files that banks and hubs are given, judged by the schemas of ISO 20022 as other packages carry them, by Python's csv and
json, and by sums of Python's own.

    rails.py FOLDER      with the files that the test `rail::tests::samples` writes
"""

import copy
import csv
import importlib.util
import json
import pathlib
import sys
from decimal import Decimal

from common import check, finish, must, refused
from lxml import etree

PAIN = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"
CAMT = "{urn:iso:std:iso:20022:tech:xsd:camt.054.001.08}"
HUB_COLUMNS = (
    "id,request_id,payment_mode,payer_identifier_type,payer_identifier,payee_identifier_type,payee_identifier,"
    "amount,currency,note"
)
BASIC = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")
DECIMALS = {"CLF": 4, "KES": 2, "TND": 3, "UGX": 0, "USD": 2}

folder = pathlib.Path(sys.argv[1])
samples = pathlib.Path(__file__).resolve().parents[3] / "samples"


def schema(package, path):
    """A schema that a package carries; the package itself is not run."""
    found = importlib.util.find_spec(package)
    return etree.XMLSchema(etree.parse(pathlib.Path(found.origin).parent / path))


def only(element, path, namespace):
    found = element.findall("/".join(namespace + name for name in path.split("/")))
    must(len(found) == 1, f"{path}: {len(found)} times")
    return found[0]


def pains():
    found = sorted(folder.glob("pain-*.xml"))
    must(len(found) >= 6, f"{len(found)} files")
    return [(path.name, etree.parse(path)) for path in found]


def pain_schema():
    judge = schema("sepaxml", "schemas/pain.001.001.09.xsd")
    for name, document in pains():
        must(judge.validate(document), f"{name}: {judge.error_log.last_error}")
    broken = [
        ("GrpHdr/MsgId", lambda e: setattr(e, "text", "x" * 36)),
        ("GrpHdr/NbOfTxs", lambda e: e.getparent().remove(e)),
        ("PmtInf/DbtrAcct", lambda e: e.getparent().remove(e)),
        ("PmtInf/ReqdExctnDt/Dt", lambda e: setattr(e, "text", "2026-02-30")),
    ]
    for path, change in broken:
        document = copy.deepcopy(pains()[0][1])
        change(only(document.getroot(), "CstmrCdtTrfInitn/" + path, PAIN))
        refused(f"a changed {path}", lambda: judge.assertValid(document), etree.DocumentInvalid)


def pain_sums():
    for name, document in pains():
        root = document.getroot()
        amounts = list(root.iter(PAIN + "InstdAmt"))
        currency = amounts[0].get("Ccy")
        for amount in amounts:
            part = amount.text.partition(".")[2]
            must(amount.get("Ccy") == currency and len(part) == DECIMALS[currency], f"{name}: {amount.text}")
        total = sum(Decimal(amount.text) for amount in amounts)
        for where in ["GrpHdr", "PmtInf"]:
            said = only(root, f"CstmrCdtTrfInitn/{where}/NbOfTxs", PAIN).text
            must(int(said) == len(amounts), f"{name}: {where} says {said} payments, and there are {len(amounts)}")
            said = only(root, f"CstmrCdtTrfInitn/{where}/CtrlSum", PAIN).text
            must(Decimal(said) == total, f"{name}: {where} says {said}, and they sum to {total}")
        names = [e.text for e in root.iter(PAIN + "EndToEndId")]
        must(len(set(names)) == len(names) == len(amounts), f"{name}: references repeat")
        texts = names + [e.text for tag in ("Nm", "MsgId", "PmtInfId", "Ustrd") for e in root.iter(PAIN + tag)]
        must(all(set(text) <= BASIC for text in texts), f"{name}: a text with characters that banks do not take")
        must(all(len(name) <= 35 for name in names), f"{name}: a reference is too long")


def hub_csv():
    text = (folder / "g2p.csv").read_text(encoding="ascii")
    lines = text.splitlines()
    must(lines[0] == HUB_COLUMNS, lines[0])
    rows = list(csv.reader(lines))
    # The hub itself splits at commas.
    must(rows == [line.split(",") for line in lines], "a cell needs quotes")
    must(all(len(row) == 10 for row in rows) and len(rows) > 1, "a row has not ten cells")
    for number, row in enumerate(csv.DictReader(lines)):
        must(int(row["id"]) == number, f"id {row['id']}")
        must(Decimal(row["amount"]) > 0, row["amount"])
        if row["payee_identifier_type"] == "msisdn":
            must(row["payee_identifier"].isdecimal(), row["payee_identifier"])
    references = [row[1] for row in rows[1:]]
    must(len(set(references)) == len(references), "references repeat")


def all_csv():
    with open(folder / "all.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    must(len(rows) > 1, "no rows")
    for row in rows:
        gross, tax, fee, net = (Decimal(row[name]) for name in ("gross", "tax", "fee", "net"))
        must(gross == tax + fee + net and min(tax, fee, net) > 0, row["reference"])
        must(not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values()), row["reference"])
    document = json.loads((folder / "all.json").read_bytes())
    must([row["reference"] for row in rows] == [line["reference"] for line in document["lines"]], "other references")
    must([row["amount"] for row in rows] == [line["amount"] for line in document["lines"]], "other amounts")
    total = sum(Decimal(row["amount"]) for row in rows)
    must(document["payments"] == len(rows) and Decimal(document["amount"]) == total, "other sums")


def camt_sample():
    judge = schema("camt053", "xsd/camt.054.001.08.xsd")
    document = etree.parse(samples / "camt.054.xml")
    must(judge.validate(document), judge.error_log.last_error)
    indicator = next(document.getroot().iter(CAMT + "CdtDbtInd"))
    indicator.text = "BOTH"
    refused("an entry on both sides", lambda: judge.assertValid(document), etree.DocumentInvalid)


check("pain-schema", pain_schema)
check("pain-sums", pain_sums)
check("hub-csv", hub_csv)
check("all-csv-and-json", all_csv)
check("camt-sample-schema", camt_sample)
finish()
