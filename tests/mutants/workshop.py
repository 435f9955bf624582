# SPDX-License-Identifier: MIT
"""workshop.py: the mutants, and where they are built: what run.py and explore.py share."""
import collections
import glob
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests", "contract"))
import run as contract  # noqa: E402  (tests/contract/run.py)

BUGS = [f"B{number}" for number in range(1, 15)]
BUILT = ["kernel/ntoskrnl.exe", "hal/pc/hal.dll"]  # what a patch can change ..
KEPT = ["allcall", "boot/pvh.elf"]                 # .. and what else the command needs

Run = collections.namedtuple("Run", "test processors options machine")
Mutant = collections.namedtuple("Mutant", "name patch bug breaks run finding explore shows")


class Unusable(Exception):
    """A patch, a list or the build is itself wrong."""


def read_mutant(path):
    """Return the mutant that a patch's head describes."""
    with open(path, encoding="utf-8") as file:
        head = file.read().split("\n\n", 1)[0]
    fields = dict(re.findall(r"^(\w+): *(.*)$", head, re.M))
    name = os.path.basename(path)[:-len(".patch")]
    try:
        run = read_run(fields) if "Test" in fields else None
        mutant = Mutant(name, path, fields["Bug"], fields["Breaks"], run,
                        fields["Finding"] if run else "", fields.get("Explore", ""),
                        fields.get("Shows", "") if run else fields["Shows"])
    except KeyError as missing:
        raise Unusable(f"{name}.patch: its head has no {missing.args[0]}") from None
    if mutant.bug not in BUGS:
        raise Unusable(f"{name}.patch: there is no bug {mutant.bug}")
    if ("Explore" in fields) == ("Unexplored" in fields):
        raise Unusable(f"{name}.patch: either Explore or Unexplored, not both, not neither")
    if run:
        row_of(run)
    return mutant


def read_run(fields):
    """Return the contract test that a patch's head names."""
    return Run(fields["Test"], int(fields["Processors"]), fields.get("Options", ""),
               fields.get("Machine", ""))


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


def read_all():
    """Return the mutants and the rows of elsewhere.tsv; every bug must be in one of them."""
    mutants = [read_mutant(path) for path in glob.glob(os.path.join(HERE, "*.patch"))]
    mutants.sort(key=lambda mutant: (BUGS.index(mutant.bug), mutant.name))
    elsewhere = read_elsewhere()
    missing = set(BUGS) - {mutant.bug for mutant in mutants} - {row[0] for row in elsewhere}
    if missing:
        raise Unusable(f"no mutant at all of {' '.join(sorted(missing))}")
    return mutants, elsewhere
