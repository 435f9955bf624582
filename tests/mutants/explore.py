#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""explore.py: prove that `allcall explore` finds every mutant that is a concurrency bug.

usage: explore.py [--build FOLDER] [--only SUBSTRING] [--jobs N] [--seeds N]
                  [--strategies random,pct] [--write]

A patch here (see run.py) whose head has these lines is explored:
    Explore:     the driver (tests/explore/kernel or tests/contract) whose schedules show the bug
    Shows:       a regular expression for the rule of the finding (else any finding)
Nothing is said to the command that changes a schedule: the options are the default ones, the
strategy is random unless --strategies says otherwise; each from several base seeds (--seeds, 5), to
the first schedule that shows something.  A kernel that does not even start is not found: anything
would notice.  Prints a table; --write keeps it in explore.tsv, beside this file.  run.py does the same with one
seed and the default strategy.  The last line is "N passed, N failed".
"""
import argparse
import collections
import concurrent.futures
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import workshop

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDERS = ["tests/explore/kernel", "tests/contract"]  # of a build: where the drivers lie
STRATEGIES = ["random", "pct"]
SCHEDULES = 10000      # what explore runs if nothing is said: not found by then is not found
SEED_STEP = 1000000    # base seeds are so far apart that no schedule comes twice
PATIENCE = 300         # seconds for one exploration

# schedule None: not found, and rules says why; seconds of processor time
Found = collections.namedtuple("Found", "schedule rules seconds")


def path_of(build, name):
    """Return the driver's path."""
    for folder in FOLDERS:
        path = os.path.join(build, folder, name + ".sys")
        if os.path.isfile(path):
            return path
    raise workshop.Unusable(f"{build} has no {name}.sys: build with -Dtests=true (or use ./test)")


def strategies_of(text):
    """Return the strategies that an option names."""
    if set(text.split(",")) - set(STRATEGIES):
        raise argparse.ArgumentTypeError(f"{text} is not of {', '.join(STRATEGIES)}")
    return text.split(",")


def base_seed(number):
    return 1 + number * SEED_STEP


def execute(command):
    """Run a command; return (status, output, errors, seconds of processor time)."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        timer = threading.Timer(PATIENCE, process.kill)
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            timer.cancel()
        output.seek(0)
        errors.seek(0)
        return (process.returncode, output.read(), errors.read().decode(errors="replace").strip(),
                usage.ru_utime + usage.ru_stime)


def find(kit, driver, shows="", strategy="random", seed=1, schedules=SCHEDULES):
    """Explore a driver on a kit's kernel until something is found."""
    command = [os.path.join(kit, "allcall"), "explore", "--on-violation", "stop", "--json", "-",
               "--jobs", "1", "--schedules", str(schedules), "--seconds", str(PATIENCE - 30)]
    command += [] if strategy == "random" else ["--strategy", strategy]
    command += [] if seed == 1 else ["--seed", str(seed)]
    status, output, errors, seconds = execute([*command, driver])
    if "the kernel stopped before any driver had started" in errors:
        return Found(None, f"it never boots, so anything notices it: {errors}", seconds)
    if status not in (0, 1):
        return Found(None, f"exit status {status}: {errors}", seconds)
    report = json.loads(output)
    rules = " ".join(dict.fromkeys(finding["rule"] for finding in report["findings"]))
    if not rules:
        return Found(None, f"nothing in {report['schedules']} schedules", seconds)
    if not re.search(shows, rules):
        return Found(None, f"not '{shows}', but {rules}", seconds)
    return Found(min(finding["schedule"] for finding in report["findings"]), rules, seconds)


def describe(found):
    """Return a result as text."""
    if found.schedule is None:
        return f"NOT FOUND by explore: {found.rules}"
    return f"explored: schedule {found.schedule}, {found.rules}"


class Row:
    """A mutant under one strategy: what each base seed has led to."""

    def __init__(self, mutant, strategy, jobs):
        self.mutant, self.strategy, self.jobs = mutant, strategy, jobs

    def finish(self):
        self.found = [job.result() for job in self.jobs]
        self.missed = [found for found in self.found if found.schedule is None]

    def fields(self):
        """Return mutant, driver, strategy, median, each seed's schedule, rules."""
        schedules = [found.schedule for found in self.found]
        median = "-" if self.missed else str(int(statistics.median(schedules)))
        rules = " ".join(dict.fromkeys(" ".join(found.rules for found in self.found).split()))
        if self.missed:
            rules = describe(self.missed[0])
        return [self.mutant.name, self.mutant.explore, self.strategy, median,
                " ".join("-" if number is None else str(number) for number in schedules), rules]


def print_row(row):
    name, driver, strategy, median, schedules, rules = row.fields()
    mark = "FAIL" if row.missed else "ok  "
    print(f"{mark} {name:<29} {driver:<20} {strategy:<7} {median:>6}  {schedules:<28} {rules}",
          flush=True)


def explore_all(explored, shop, build, jobs, seeds, strategies):
    """Make and explore each mutant; return the rows."""
    rows, waiting = [], collections.deque()
    print(f"     {'mutant':<29} {'driver':<20} {'strategy':<7} {'median':>6}  each seed")
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    try:
        for mutant in explored:
            kit, trouble = shop.make(mutant)
            if trouble:
                raise workshop.Unusable(f"{mutant.name}: {trouble}")
            driver = path_of(build, mutant.explore)
            batch = [Row(mutant, strategy,
                         [pool.submit(find, kit, driver, mutant.shows, strategy, base_seed(number))
                          for number in range(seeds)]) for strategy in strategies]
            waiting.append((kit, batch))
            while len(waiting) > 1:
                rows += finish_batch(*waiting.popleft())
        while waiting:
            rows += finish_batch(*waiting.popleft())
        return rows
    finally:
        pool.shutdown(cancel_futures=True)


def finish_batch(kit, batch):
    for row in batch:
        row.finish()
        print_row(row)
    shutil.rmtree(kit)
    return batch


def write_table(rows, seeds):
    """Keep the table in the tree."""
    with open(os.path.join(HERE, "explore.tsv"), "w", encoding="utf-8") as table:
        table.write("# How many schedules `allcall explore` needs to find each mutant that is a"
                    " concurrency bug: written by explore.py --write.\n"
                    f"#   median   of {seeds} base seeds; schedules: each of them\n"
                    "#   findings rules of the findings in those schedules\n")
        table.write("mutant\tdriver\tstrategy\tmedian\tschedules\tfindings\n")
        for row in rows:
            table.write("\t".join(row.fields()) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=os.path.join(workshop.TOP, "build"),
                        help="a finished build: the command and the drivers")
    parser.add_argument("--only", default="", help="mutants whose name has this in it")
    parser.add_argument("--jobs", type=int, default=2, help="explorations at once")
    parser.add_argument("--seeds", type=int, default=5, help="base seeds")
    parser.add_argument("--strategies", default=["random"], type=strategies_of,
                        help="random, pct or both, with a comma")
    parser.add_argument("--write", action="store_true", help="keep the table in explore.tsv")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    begun = time.monotonic()
    try:
        explored = [mutant for mutant in workshop.read_all()[0]
                    if mutant.explore and arguments.only in mutant.name]
        with tempfile.TemporaryDirectory(prefix="mutants.") as folder:
            build = os.path.abspath(arguments.build)
            shop = workshop.Workshop(folder, build)
            shop.prepare()
            rows = explore_all(explored, shop, build, arguments.jobs, arguments.seeds,
                               arguments.strategies)
    except workshop.Unusable as problem:
        print(f"FAIL {problem}\n0 passed, 1 failed")
        return 1
    except KeyboardInterrupt:
        return 130
    if arguments.write and not arguments.only:
        write_table(rows, arguments.seeds)
    failed = sum(1 for row in rows if row.missed)
    spent = sum(found.seconds for row in rows for found in row.found)
    print(f"\n{len(explored)} mutants in {time.monotonic() - begun:.0f} s; the explorations, "
          f"{arguments.jobs} at a time, took {spent:.0f} s of processor time")
    print(f"{len(rows) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
