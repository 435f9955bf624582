#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py: run the contract tests of tests.tsv on a machine.

usage: run.py --allcall PATH --drivers FOLDER [--machine qemu|sim] [--only SUBSTRING] [--jobs N] [--long]

Each line of the output is one driver with one set of options: its clause, its sentence, and the
processor counts at which it ran; a failed count is shown with the reason.  A run that does not end
is killed and reported.  The last line is "N passed, N failed".
"""
import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys

from table import processors_of, read_table, sentence

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 150  # seconds for one run; many processors on few cores are slow


def number(text):
    return int(text, 0)


def whole_lines(lines):
    """Return what is wrong with lines "NAME S LENGTH xxx NAME S", S = 0, 1, ... for each NAME, and "N lines"."""
    following = {}
    for line in lines[:-1]:
        match = re.fullmatch(r"(\w+) (\d+) (\d+) (x*) \1 \2", line)
        if match is None or len(match[4]) != int(match[3]):
            return f"a torn line: {line!r}"
        if int(match[2]) != following.get(match[1], 0):
            return f"a line that is missing, doubled or out of order: {line!r}"
        following[match[1]] = int(match[2]) + 1
    if lines[-1:] != [f"{sum(following.values())} lines"]:
        return f"{sum(following.values())} whole lines, {lines[-1:]} were printed"
    return None


def judge_debug(name, report):
    """Return what is wrong with the lines printed: against a file, or by a rule."""
    if name == "whole_lines":
        return whole_lines(report["debug"])
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        expected = file.read().split("\n")[:-1]
    for place, (got, wanted) in enumerate(zip(report["debug"], expected)):
        if got != wanted:
            return f"line {place + 1} is {got!r}, not {wanted!r}"
    if len(report["debug"]) != len(expected):
        return f"{len(report['debug'])} lines, not {len(expected)}: {report['debug'][-1:]}"
    return None


def judge_pair(key, value, report):
    """Does one key=value of the table hold?"""
    check, findings = report["bugcheck"], report["findings"]
    if key == "bugcheck":
        return check is not None and number(check["code"]) == number(value)
    if re.fullmatch("p[1-4]", key):
        return check is not None and number(check["parameters"][int(key[1]) - 1]) == number(value)
    if key == "rule":
        return any(finding["rule"] == value for finding in findings)
    if key == "text":
        return any(value in finding["message"].replace(" ", "_") for finding in findings)
    if key == "note":
        return any(value in note.replace(" ", "_") for note in report["notes"])
    if key == "notes":
        return len(report["notes"]) == number(value)
    if key == "findings":
        return len(findings) == number(value)
    if key == "irql":
        return findings and findings[0]["irql"] == number(value)
    return False


def judge(expect, status, report):
    """Return what is wrong with a run, or None."""
    wanted, pairs = (0, expect.split(" ")[1:]) if expect.startswith("ok") else (1, expect.split(" "))
    if status != wanted or wanted == 0 and (report["findings"] or report["bugcheck"] is not None):
        said = report["findings"][0]["message"] if report["findings"] else ""
        failed = [line for line in report["debug"] if "FAILED" in line]
        return f"status {status}, not {wanted} {said} {' | '.join(failed[:3])}"
    for pair in pairs:
        key, value = pair.split("=", 1)
        if key == "debug":
            problem = judge_debug(value, report)
            if problem is not None:
                return problem
        elif not judge_pair(key, value, report):
            return (f"not {pair}: bug check {report['bugcheck']}, "
                    f"rules {[finding['rule'] for finding in report['findings']]}")
    return None


def run(arguments, row, count):
    """Run one driver at one processor count; return what is wrong, or None."""
    command = [arguments.allcall, "run", "--machine", arguments.machine, "--processors", str(count),
               "--timeout", str(PATIENCE - 20), "--json", "-"]
    if row["options"] != "-":
        command += row["options"].split()
    command += [os.path.join(arguments.drivers, name + ".sys") for name in row["driver"].split("+")]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
                              check=False)
    except subprocess.TimeoutExpired:
        return f"killed after {PATIENCE} s"
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return f"status {done.returncode}, no JSON: {done.stderr.decode(errors='replace')[:200]}"
    return judge(row["expect"], done.returncode, report)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--allcall", required=True)
    parser.add_argument("--drivers", required=True)
    parser.add_argument("--machine", default="qemu")
    parser.add_argument("--only", default="")
    parser.add_argument("--at-most", type=int, default=255, help="processors")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()

    passed = failed = 0
    rows = [row for row in read_table() if arguments.only in row["driver"] and
            ("--accel" not in row["options"] or arguments.machine == "qemu")]
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        jobs = [[(count, pool.submit(run, arguments, row, count)) for count in processors_of(row)
                 if count <= arguments.at_most] for row in rows]
        for row, counts in zip(rows, jobs):
            good, bad = [], []
            for count, job in counts:
                problem = job.result()
                if problem is None:
                    good.append(str(count))
                else:
                    bad.append(f"    at {count} processors: {problem}")
            options = "" if row["options"] == "-" else f" ({row['options']})"
            where = f" [{' '.join(good)}]" if good else ""
            print(f"{'ok  ' if not bad else 'FAIL'} {row['driver']}: {sentence(row['driver'])}{options}{where}")
            for line in bad:
                print(line)
            sys.stdout.flush()
            passed += len(good)
            failed += len(bad)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
