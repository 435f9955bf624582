#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py: the deterministic machine agrees with QEMU, and a seed is a run.

usage: run.py --build FOLDER [--jobs N]

Sample and contract drivers give the same exit status, findings and lines on both machines (sorted:
the order of concurrent calls is the schedule's); QEMU is the expectation, the contract table's own
are not read.  The last line is "N passed, N failed".
"""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys

PATIENCE = 150  # seconds for one run
SAMPLES = ['corral', 'flush_tlb', 'for_each_processor', 'read_msr', 'skew']
TIMES = {'flush_tlb', 'skew'}  # their lines are times and addresses

# driver, processors, further options
CONTRACT = [
    ('c01_by_name', (1, 2, 4), ()),
    ('c02_every_irql', (1, 2, 4), ()),
    ('c02_interrupts_off', (2, 4), ('--verify', 'off')),
    ('c02_lock_held', (1, 2, 4), ()),
    ('c02_at_ipi_level', (2,), ()),
    ('c02_nested', (2,), ()),
    ('c03_every_processor', (1, 2, 4), ()),
    ('c03_every_processor', (4,), ('--group-size', '1')),
    ('c03_target_at_every_irql', (2, 4), ()),
    ('c04_irql_and_interrupts', (2,), ()),
    ('c04_held_back_at_ipi_level', (2,), ()),
    ('c05_concurrent', (1, 2, 4), ()),
    ('c05_entry_barrier', (2, 4), ()),
    ('c06_exactly_once', (1, 2, 4), ()),
    ('c07_returns_after_all', (2, 4), ()),
    ('c08_callers_value', (1, 2, 4), ()),
    ('c09_no_exit_barrier', (2, 4), ()),
    ('c10_memory', (2, 4), ()),
    ('c11_all_call_at_once', (2, 4), ()),
    ('c11_call_over_caller', (2, 4), ()),
    ('c13_caller_state', (1, 2, 4), ()),
    ('c13_routine_state', (1, 2, 4), ()),
    ('c14_one_processor', (1,), ()),
    ('c15_any_context', (1, 2, 4), ()),
    ('c16_by_address', (1, 2, 4), ()),
    ('c17_hot_add', (1, 3), ('--hot-add', '1')),
    ('c17_hot_add', (3,), ('--hot-add', '2', '--group-size', '2')),
    ('c17_change_callbacks', (2,), ('--hot-add', '3', '--group-size', '2')),
    ('c17_register_meanwhile', (1, 3), ('--hot-add', '2')),
    ('c17_refused', (1, 3), ('--hot-add', '3')),
    ('c18_never_returns', (2,), ('--watchdog', '1')),
    ('c18_waits_for_caller', (2,), ('--watchdog', '1')),
    ('c18_never_arrives', (2,), ('--watchdog', '1')),
    ('c18_all_interrupts_off', (1, 4), ('--watchdog', '1')),
    ('a1_what_a_routine_may', (1, 2, 4), ()),
    ('k_dpc_target', (1, 2, 4), ()),
    ('k_dpc_everywhere', (2, 4), ()),
    ('ex_pool', (2,), ()),
    ('mm_freed_everywhere', (4,), ()),
    ('mm_mdl', (1, 4), ()),
    ('io_requests', (1, 4), ()),
    ('mm_physical', (2,), ()),
    ('ex_lookaside', (4,), ()),
    ('ex_callback', (1, 4), ()),
    ('c02_from_service_routine', (1, 4), ()),
    ('c03_above_service_routine', (4,), ()),
    ('c11_service_routines', (1, 2, 4), ()),
    ('k_interrupt', (4,), ('--group-size', '2')),
    ('k_interrupt_left', (1,), ()),
    ('k_interrupt_shared', (2,), ()),
    ('k_interrupt_storm', (1,), ()),
    ('k_interrupt_synchronize', (4,), ()),
    ('k_nmi_send', (1, 4), ()),
    ('k_nmi_unhandled', (2,), ()),
    ('k_irql_masks', (2,), ()),
    ('k_lock_twice', (2,), ()),
    ('k_processor_queries', (1, 2, 4), ()),
    ('k_print_formats', (2,), ()),
    ('c11_threads_and_timers', (1, 4), ()),
    ('c12_caller_moved', (2, 4), ()),
    ('ex_work_items', (1, 4), ()),
    ('ex_locks', (1, 4), ()),
    ('io_leaves_timer', (2,), ()),
    ('io_leaves_thread', (2,), ()),
    ('k_thread_life', (1, 2, 4), ()),
    ('k_thread_affinity', (1, 2, 4), ()),
    ('k_thread_registers', (2,), ()),
    ('k_thread_priority', (1, 4), ()),
    ('k_wait_events', (1, 4), ()),
    ('k_wait_multiple', (1, 4), ()),
    ('k_wait_mutex', (1, 4), ()),
    ('k_timer', (1, 4), ()),
    ('k_apc', (1, 4), ()),
    ('k_wait_in_dpc', (2,), ()),
    ('k_fault_dispatch', (2,), ()),
    ('k_fault_noncanonical', (2,), ()),
    ('k_fault_stack', (2,), ()),
    ('k_fault_wild_jump', (2,), ()),
    ('k_trap_divide', (2,), ()),
    ('k_trap_int2c', (2,), ()),
    ('k_trap_privileged', (2,), ()),
    ('k_trap_ud2', (2,), ()),
    ('k_bugcheck_stops', (2, 4), ()),
    ('instructions', (1,), ()),
]


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
                   str(processors), *(('--json', '-') if out == '-' else ()), *options, self.path(driver)]
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


def agree(machine, driver, processors, options):
    """sim and QEMU agree. => what is wrong, or None"""
    races = ('--races', 'off') if driver in COUNTS_UNLOCKED else ()
    ours = gist(driver, *machine.run('sim', driver, processors, *options, *races))
    theirs = gist(driver, *machine.run('qemu', driver, processors, *options))
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


def tests_of(machine):
    """Yield (sentence, function, arguments)."""
    for driver in SAMPLES:
        for processors in (1, 2, 4, 16):
            yield f'{driver} at {processors}: as on QEMU', agree, (machine, driver, processors, ())
    for driver, counts, options in CONTRACT:
        for processors in counts:
            words = f' ({" ".join(options)})' if options else ''
            yield (f'{driver} at {processors}{words}: as on QEMU', agree,
                   (machine, driver, processors, options))
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
    arguments = parser.parse_args()

    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        jobs = [(sentence, pool.submit(function, *words))
                for sentence, function, words in tests_of(Machine(arguments.build))]
        for sentence, job in jobs:
            problem = job.result()
            print(f'ok   {sentence}' if problem is None else f'FAIL {sentence}\n     {problem}', flush=True)
            passed += problem is None
            failed += problem is not None
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
