#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py: prove that the contract tests notice the bugs that the contract expects (B1-B14).

usage: run.py [--build FOLDER] [--only SUBSTRING] [--jobs N]

Each NAME.patch here puts one bug into the kernel or the HAL.  Its head says which, and what must
become of it:
    Bug:         B1 .. B14
    Breaks:      what is wrong, in a sentence
    Test:        the contract test (tests/contract) that must fail
    Processors:  at how many; tests.tsv runs it there, too
    Options:     further options of `allcall run` (optional)
    Machine:     what QEMU's -smp is instead, for APIC ids with holes (optional)
    Finding:     a regular expression for what the test must fail with; any other failure, a
                 time-out included, is none
    Explore:     the driver with which `allcall explore` must find it, too: a concurrency bug
    Unexplored:  or why there is none: not a concurrency bug
    Shows:       a regular expression for the rule that exploring must find (optional)
A patch without Test (and what belongs to it) is a bug that only exploring shows, as Shows says:
one run of a test goes wrong too seldom.
The sources are copied and built once; then each patch is applied to the copy, built, tested and
taken back.  The same tests must pass without the patch.  (explore.py explores with more seeds and
strategies; that nothing is found without a patch is among tests/explore.)  Exploring all of them
must take less than a minute on two cores.  elsewhere.tsv lists the bugs that neither QEMU nor the
simulator can show, and what shows them.  The last line is "N passed, N failed".
"""
import argparse
import collections
import concurrent.futures
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import explore
from workshop import TOP, Unusable, Workshop, contract, read_all, row_of

PATIENCE = 40  # seconds for one run; its own --timeout is 20 less
EXPLORING = 120  # seconds of processor time for exploring all: a minute on two cores


def command_on(kit, machine):
    """Return the allcall of a kit, on a QEMU whose -smp is given."""
    command = os.path.join(kit, "allcall")
    if not machine:
        return command
    folder = os.path.join(kit, "on-" + re.sub(r"\W+", "-", machine))
    os.makedirs(folder, exist_ok=True)
    scripts = {
        "qemu-system-x86_64": 'for word; do\n'
                              '  shift\n'
                              f'  [ "$last" = -smp ] && word={machine}\n'
                              '  last=$word\n'
                              '  set -- "$@" "$word"\n'
                              'done\n'
                              f'exec {shutil.which("qemu-system-x86_64")} "$@"\n',
        "allcall": f'PATH={folder}:$PATH exec {command} "$@"\n',
    }
    for name, text in scripts.items():
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as script:
            script.write("#!/bin/sh\n" + text)
        os.chmod(path, 0o755)
    return os.path.join(folder, "allcall")


def test(kit, run, drivers):
    """Run a contract test on a kit; return how it failed, or None."""
    arguments = argparse.Namespace(allcall=command_on(kit, run.machine), drivers=drivers,
                                   machine="qemu")
    return contract.run(arguments, row_of(run), run.processors)


def verdict(mutant, sound, problem):
    """Return (passed, what to print) of a mutant whose test failed with problem, or passed."""
    if sound is not None:
        return False, f"WORTHLESS, the test fails without the bug, too: {sound}"
    if problem is None:
        return False, "SURVIVED"
    found = re.search(mutant.finding, problem, re.S)
    if found is None:
        return False, f"NOT KILLED BY '{mutant.finding}': {problem}"
    return True, "killed by: " + found.group(0)


def test_and_explore(kit, mutant, drivers, build):
    """Return (how the contract test failed, what exploring has found or None)."""
    problem = test(kit, mutant.run, drivers) if mutant.run else None
    if not mutant.explore:
        return problem, None
    return problem, explore.find(kit, explore.path_of(build, mutant.explore), mutant.shows)


def print_mutant(mutant, passed, text):
    run = f"{mutant.run.test} at {mutant.run.processors}" if mutant.run else "-"
    mark = "ok  " if passed else "FAIL"
    print(f"{mark} {mutant.bug:<4} {mutant.name:<29} {run:<32} {text}", flush=True)
    if not passed:
        print(f"     {mutant.breaks}", flush=True)


def judge(mutant, sound, problem, found):
    """Return (passed, what to print) of a mutant that has been tested and explored, or one of both."""
    passed, texts = True, []
    if mutant.run:
        passed, text = verdict(mutant, sound, problem)
        texts.append(text)
    if found:
        passed = passed and found.schedule is not None
        texts.append(explore.describe(found))
    return passed, "; ".join(texts)


def run_mutants(mutants, shop, drivers, jobs):
    """Make, test and explore each mutant; return (how many failed, seconds of exploring)."""
    runs = dict.fromkeys(mutant.run for mutant in mutants if mutant.run)
    for name in sorted({run.test for run in runs}):
        if not os.path.isfile(os.path.join(drivers, name + ".sys")):
            raise Unusable(f"{drivers} has no {name}.sys: build with -Dtests=true (or use ./test)")
    sound_kit = shop.collect("sound")
    waiting = collections.deque()
    failed, seconds = 0, 0
    print(f"     {'bug':<4} {'mutant':<29} {'test':<32} outcome")
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    try:
        sound = {run: pool.submit(test, sound_kit, run, drivers) for run in runs}

        def finish_one():
            nonlocal failed, seconds
            mutant, kit, job, trouble = waiting.popleft()
            passed, text = False, trouble
            if kit:
                problem, found = job.result()
                passed, text = judge(mutant, mutant.run and sound[mutant.run].result(), problem, found)
                seconds += found.seconds if found else 0
                shutil.rmtree(kit)
            print_mutant(mutant, passed, text)
            failed += 0 if passed else 1

        for mutant in mutants:  # one is built while others are tested
            kit, trouble = shop.make(mutant)
            job = pool.submit(test_and_explore, kit, mutant, drivers, shop.build) if kit else None
            waiting.append((mutant, kit, job, trouble))
            while waiting and (waiting[0][2] is None or waiting[0][2].done()):
                finish_one()
        while waiting:
            finish_one()
        return failed, seconds
    finally:
        pool.shutdown(cancel_futures=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=os.path.join(TOP, "build"),
                        help="a finished build: the command and the drivers")
    parser.add_argument("--only", default="", help="mutants whose name has this in it")
    parser.add_argument("--jobs", type=int, default=2, help="tests at once, beside the compiler")
    arguments = parser.parse_args()
    contract.PATIENCE = PATIENCE
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    begun = time.monotonic()
    try:
        mutants, elsewhere = read_all()
        mutants = [mutant for mutant in mutants if arguments.only in mutant.name]
        with tempfile.TemporaryDirectory(prefix="mutants.") as folder:
            build = os.path.abspath(arguments.build)
            shop = Workshop(folder, build)
            shop.prepare()
            failed, seconds = run_mutants(mutants, shop, os.path.join(build, "tests", "contract"),
                                          arguments.jobs)
    except Unusable as problem:
        print(f"FAIL {problem}\n0 passed, 1 failed")
        return 1
    except KeyboardInterrupt:
        return 130
    print("\nWhat neither QEMU nor the simulator can show, and what shows it (the model is tests/model):")
    for bug, what, machine, case in elsewhere:
        print(f"     {bug:<4} {what:<72} {machine}: {case}")
    print(f"\n{len(mutants)} mutants in {time.monotonic() - begun:.0f} s, of which exploring "
          f"{sum(1 for mutant in mutants if mutant.explore)} took {seconds:.0f} s of processor time")
    checked = len(mutants) + 1
    if seconds > EXPLORING:
        print(f"FAIL exploring may take {EXPLORING} s of processor time, a minute on two cores")
        failed += 1
    print(f"{checked - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
