#!/usr/bin/env python3
"""Writes spec/vectors/payslip after spec/payslip.md.

Shares no code with the verifier. Each file is read back by a reader of its own (reader.py), which has to find the one failure that the
file was made for and no other. Keys come from fixed seeds, so running it again writes the same bytes. Needs the package `cryptography`.
Usage: python3 spec/vectors/generate_payslips
"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "generate_events")]

if __name__ == "__main__":
    import cases_charters
    import cases_claims
    import cases_entries
    import cases_form
    import cases_good
    import cases_lines
    import cases_log
    import cases_payments
    import cases_project
    import cases_work
    import cases_work_form
    import cases_work_good
    import cases_work_points
    import files

    files.begin()
    areas = (cases_good, cases_work_good, cases_log, cases_form, cases_work_form, cases_entries, cases_claims, cases_lines, cases_charters,
             cases_work, cases_work_points, cases_payments, cases_project)
    for area in areas:
        area.cases()
    print(len(files.written), "vectors,", sum(path.stat().st_size for path in files.HERE.glob("*.json")), "bytes")
