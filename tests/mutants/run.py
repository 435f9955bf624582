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
The sources are copied and built once; then each patch is applied to the copy, built, tested and
taken back.  The same tests must pass without the patch.  elsewhere.tsv lists the bugs that QEMU
cannot show, and what shows them.  The last line is "N passed, N failed".
"""
import argparse
import collections
import concurrent.futures
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests", "contract"))
import run as contract  # noqa: E402  (tests/contract/run.py)

BUGS = [f"B{number}" for number in range(1, 15)]
BUILT = ["kernel/ntoskrnl.exe", "hal/pc/hal.dll"]  # what a patch can change ..
KEPT = ["allcall", "boot/pvh.elf"]                 # .. and what else the command needs
PATIENCE = 40  # seconds for one run; its own --timeout is 20 less

Run = collections.namedtuple("Run", "test processors options machine")
Mutant = collections.namedtuple("Mutant", "name patch bug breaks run finding")


class Unusable(Exception):
    """A patch, a list or the build is itself wrong."""


def read_mutant(path):
    """Return the mutant that a patch's head describes."""
    with open(path, encoding="utf-8") as file:
        head = file.read().split("\n\n", 1)[0]
    fields = dict(re.findall(r"^(\w+): *(.*)$", head, re.M))
    name = os.path.basename(path)[:-len(".patch")]
    try:
        run = Run(fields["Test"], int(fields["Processors"]), fields.get("Options", ""),
                  fields.get("Machine", ""))
        mutant = Mutant(name, path, fields["Bug"], fields["Breaks"], run, fields["Finding"])
    except KeyError as missing:
        raise Unusable(f"{name}.patch: its head has no {missing.args[0]}") from None
    if mutant.bug not in BUGS:
        raise Unusable(f"{name}.patch: there is no bug {mutant.bug}")
    row_of(run)
    return mutant


def row_of(run):
    """Return the row of tests.tsv for a run, with the run's options."""
    rows = [row for row in contract.read_table()
            if row["driver"] == run.test and run.processors in contract.processors_of(row)]
    if not rows:
        raise Unusable(f"tests.tsv does not run {run.test} at {run.processors} processors")
    options = [text for text in (rows[0]["options"], run.options) if text not in ("", "-")]
    return dict(rows[0], options=" ".join(options) or "-")


def read_elsewhere():
    """Return the rows (bug, what, machine, case) of elsewhere.tsv; the model's cases must exist."""
    with open(os.path.join(HERE, "elsewhere.tsv"), encoding="utf-8") as table:
        lines = [line.rstrip("\n") for line in table if line.strip() and not line.startswith("#")]
    with open(os.path.join(TOP, "tests", "model", "cases"), encoding="utf-8") as cases:
        known = {" ".join(line.split("|")[1].split()) for line in cases if line.startswith("bug")}
    rows = [line.split("\t") for line in lines[1:]]
    for row in rows:
        if len(row) != 4 or row[0] not in BUGS:
            raise Unusable(f"elsewhere.tsv: {row}")
        if row[2] == "model" and f"{row[0]} {row[3]}" not in known:
            raise Unusable(f"elsewhere.tsv: tests/model/cases has no bug '{row[0]} {row[3]}'")
    return rows


class Workshop:
    """A copy of the sources and its build, in which one mutant at a time is made."""

    def __init__(self, folder, build):
        self.folder, self.build = folder, build
        self.source = os.path.join(folder, "source")
        self.output = os.path.join(folder, "build")
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith("GIT_")}
        # `git apply` must not find a repository above the copy.
        self.environment["GIT_CEILING_DIRECTORIES"] = folder

    def call(self, *command, folder=None):
        """Run a command; return None, or the end of what it said if it failed."""
        done = subprocess.run(command, cwd=folder, env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        said = done.stdout.decode(errors="replace").strip().split("\n")
        errors = [line for line in said if "error" in line.lower()] or said
        return None if done.returncode == 0 else f"{command[0]}: " + " ".join(errors[-3:])

    def prepare(self):
        """Copy the sources that git knows, as they lie here; configure; build."""
        names = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, check=True)
        for name in filter(None, names.stdout.decode().split("\0")):
            origin, copy = os.path.join(TOP, name), os.path.join(self.source, name)
            if os.path.isfile(origin):
                os.makedirs(os.path.dirname(copy), exist_ok=True)
                shutil.copy2(origin, copy)
        problem = self.call("meson", "setup", self.output, "--cross-file", "mingw.ini",
                            folder=self.source) or self.compile()
        if problem:
            raise Unusable(f"the unpatched copy does not build: {problem}")

    def compile(self):
        return self.call("ninja", "-C", self.output, "-j2", *BUILT)

    def apply(self, patch, *options):
        return self.call("git", "apply", *options, patch, folder=self.source)

    def collect(self, name):
        """Put a command together that runs the kernel just built; return its folder."""
        kit = os.path.join(self.folder, "kits", name)
        for origin, files in ((self.output, BUILT), (self.build, KEPT)):
            for file in files:
                os.makedirs(os.path.dirname(os.path.join(kit, file)), exist_ok=True)
                shutil.copy(os.path.join(origin, file), os.path.join(kit, file))
        return kit

    def make(self, mutant):
        """Build a mutant; return (its folder, None) or (None, what failed)."""
        problem = self.apply(mutant.patch)
        if problem:
            return None, f"the patch no longer applies: {problem}"
        try:
            problem = self.compile()
            if problem:
                return None, f"it does not build: {problem}"
            return self.collect(mutant.name), None
        finally:
            self.apply(mutant.patch, "--reverse")


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


def print_mutant(mutant, passed, text):
    run = f"{mutant.run.test} at {mutant.run.processors}"
    mark = "ok  " if passed else "FAIL"
    print(f"{mark} {mutant.bug:<4} {mutant.name:<29} {run:<32} {text}", flush=True)
    if not passed:
        print(f"     {mutant.breaks}", flush=True)


def run_mutants(mutants, shop, drivers, jobs):
    """Make and test each mutant; return how many failed."""
    for name in sorted({mutant.run.test for mutant in mutants}):
        if not os.path.isfile(os.path.join(drivers, name + ".sys")):
            raise Unusable(f"{drivers} has no {name}.sys: build with -Dtests=true (or use ./test)")
    sound_kit = shop.collect("sound")
    waiting = collections.deque()
    failed = 0
    print(f"     {'bug':<4} {'mutant':<29} {'test':<32} outcome")
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    try:
        sound = {run: pool.submit(test, sound_kit, run, drivers)
                 for run in dict.fromkeys(mutant.run for mutant in mutants)}

        def finish_one():
            mutant, kit, job, trouble = waiting.popleft()
            passed, text = False, trouble
            if kit:
                passed, text = verdict(mutant, sound[mutant.run].result(), job.result())
                shutil.rmtree(kit)
            print_mutant(mutant, passed, text)
            return 0 if passed else 1

        for mutant in mutants:  # one is built while others are tested
            kit, trouble = shop.make(mutant)
            job = pool.submit(test, kit, mutant.run, drivers) if kit else None
            waiting.append((mutant, kit, job, trouble))
            while waiting and (waiting[0][2] is None or waiting[0][2].done()):
                failed += finish_one()
        while waiting:
            failed += finish_one()
        return failed
    finally:
        pool.shutdown(cancel_futures=True)


def read_all():
    """Return the mutants and the rows of elsewhere.tsv; every bug must be in one of them."""
    mutants = [read_mutant(path) for path in glob.glob(os.path.join(HERE, "*.patch"))]
    mutants.sort(key=lambda mutant: (BUGS.index(mutant.bug), mutant.name))
    elsewhere = read_elsewhere()
    missing = set(BUGS) - {mutant.bug for mutant in mutants} - {row[0] for row in elsewhere}
    if missing:
        raise Unusable(f"no mutant at all of {' '.join(sorted(missing))}")
    return mutants, elsewhere


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
            failed = run_mutants(mutants, shop, os.path.join(build, "tests", "contract"),
                                 arguments.jobs)
    except Unusable as problem:
        print(f"FAIL {problem}\n0 passed, 1 failed")
        return 1
    except KeyboardInterrupt:
        return 130
    print("\nWhat QEMU cannot show, and what shows it (the model is tests/model):")
    for bug, what, machine, case in elsewhere:
        print(f"     {bug:<4} {what:<72} {machine}: {case}")
    print(f"\n{len(mutants)} mutants in {time.monotonic() - begun:.0f} s")
    print(f"{len(mutants) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
