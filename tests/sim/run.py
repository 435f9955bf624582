#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py: the deterministic machine agrees with QEMU, and a seed is a run.

usage: run.py --build FOLDER [--jobs N] [--long]

All sample and contract drivers give the same exit status, findings and lines on both machines (sorted:
the order of concurrent calls is the schedule's); QEMU is the expectation, the contract table's own
are not read.  The last line is "N passed, N failed".
"""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(os.path.dirname(HERE), 'contract'))
from table import processors_of, read_table  # noqa: E402

PATIENCE = 120  # seconds for one run
SAMPLES = sorted(name[:-2] for name in os.listdir(os.path.join(HERE, '..', '..', 'drivers')) if name.endswith('.c'))
TIMES = {'flush_tlb', 'k_nmi_in_print', 'skew'}  # their lines, or how many, are times and addresses

FEW = 4  # a row of the contract table runs at the greatest of its counts up to here; --long: at the least, too


class Machine:
    """Runs the command of one build."""

    def __init__(self, build):
        self.build = build
        self.folders = ('drivers', os.path.join('tests', 'contract'), os.path.join('tests', 'sim'))

    def path(self, driver):
        for folder in self.folders:
            path = os.path.join(self.build, folder, driver + '.sys')
            if os.path.exists(path):
                return path
        raise FileNotFoundError(driver)

    def run(self, machine, driver, processors, *options, out='-'):
        """Return the exit status and standard output; status None: killed."""
        command = [os.path.join(self.build, 'allcall'), 'run', '--machine', machine, '--processors',
                   str(processors), *(('--json', '-') if out == '-' else ()), *options,
                   *map(self.path, driver.split('+'))]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            return None, b''
        return done.returncode, done.stdout


def gist(driver, status, output):
    """What two machines must agree on."""
    try:
        report = json.loads(output)
    except ValueError:
        return {'status': status, 'output': output[:200]}
    check = report['bugcheck']
    return {
        'status': status,
        'lines': [] if driver in TIMES else sorted(report['debug']),
        'findings': sorted(finding['rule'] for finding in report['findings']),
        'bug check': check and check['name'],
        'drivers': [entry['status'] for entry in report['drivers']],
    }


# What the DDK's header inlines into a driver counts allocations without a lock, on purpose.
COUNTS_UNLOCKED = ('ex_lookaside',)


def for_both(options):
    """The options without QEMU's own accelerator, whose own tests the contract's are."""
    if '--accel' not in options:
        return options
    place = options.index('--accel')
    return options[:place] + options[place + 2:]


def agree(machine, driver, processors, options):
    """sim and QEMU agree. => what is wrong, or None"""
    races = ('--races', 'off') if driver in COUNTS_UNLOCKED else ()
    ours = gist(driver, *machine.run('sim', driver, processors, *for_both(options), *races))
    theirs = gist(driver, *machine.run('qemu', driver, processors, *for_both(options)))
    wrong = [f'{key}: sim {ours.get(key)!r}, qemu {theirs.get(key)!r}' for key in {**ours, **theirs}
             if ours.get(key) != theirs.get(key)]
    return '; '.join(wrong)[:600] or None


def repeats(machine, driver, processors, out, *options):
    """The same seed gives the same bytes, in another process."""
    first = machine.run('sim', driver, processors, '--seed', '7', *options, out=out)
    again = machine.run('sim', driver, processors, '--seed', '7', *options, out=out)
    if first[0] is None or not first[1]:
        return f'no output, status {first[0]}'
    return None if first == again else 'two runs with seed 7 differ'


def seeds_differ(machine, driver, processors):
    """Another seed is another schedule: the times of the calls show it."""
    seen = set()
    for seed in range(1, 5):
        status, output = machine.run('sim', driver, processors, '--seed', str(seed))
        if status != 0:
            return f'status {status} with seed {seed}'
        seen.add(json.dumps(json.loads(output)['calls']))
    return None if len(seen) > 1 else 'four seeds, one schedule'


def many(machine, driver, processors):
    """So many processors run, and each has run the routine."""
    status, output = machine.run('sim', driver, processors)
    if status != 0:
        return f'status {status}'
    report = json.loads(output)
    ran = [len(call['processors']) for call in report['calls']]
    if report['machine'] != 'sim' or not ran or set(ran) != {processors}:
        return f"machine {report['machine']}, processors per call {ran}"
    return None


def replay_names_it(machine, driver):
    """The replay command says which machine and which seed."""
    _, output = machine.run('sim', driver, 2, '--seed', '11')
    words = json.loads(output)['replay'].split()
    if '--machine' in words and words[words.index('--machine') + 1] == 'sim' and '11' in words:
        return None
    return ' '.join(words)


def tests_of(machine, long):
    """Yield (sentence, function, arguments)."""
    for driver in SAMPLES:
        for processors in (1, 2, 4, 16):
            yield f'{driver} at {processors}: as on QEMU', agree, (machine, driver, processors, ())
    yield 'instructions at 1: as on QEMU', agree, (machine, 'instructions', 1, ())
    for row in read_table():
        words = '' if row['options'] == '-' else row['options']
        few = [count for count in processors_of(row) if count <= FEW] or [min(processors_of(row))]
        for processors in sorted({min(few) if long else max(few), max(few)}):
            yield (f'{row["driver"]} at {processors}{words and f" ({words})"}: as on QEMU', agree,
                   (machine, row['driver'], processors, words.split()))
    for driver in ('corral', 'skew', 'c11_call_over_caller', 'c18_never_returns'):
        for out in ('-', 'text'):
            what = 'JSON' if out == '-' else 'text'
            yield (f'{driver}: the same seed is the same {what}, byte for byte', repeats,
                   (machine, driver, 4, out, '--watchdog', '1'))
    yield 'another seed is another schedule', seeds_differ, (machine, 'corral', 4)
    for processors in (3, 64, 255, 256):
        yield f'{processors} processors run', many, (machine, 'for_each_processor', processors)
    yield 'the replay command names the machine and the seed', replay_names_it, (machine, 'corral')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', required=True)
    parser.add_argument('--jobs', type=int, default=os.cpu_count() or 1)
    parser.add_argument('--long', action='store_true')
    arguments = parser.parse_args()

    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        jobs = [(sentence, pool.submit(function, *words))
                for sentence, function, words in tests_of(Machine(arguments.build), arguments.long)]
        for sentence, job in jobs:
            problem = job.result()
            print(f'ok   {sentence}' if problem is None else f'FAIL {sentence}\n     {problem}', flush=True)
            passed += problem is None
            failed += problem is not None
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
