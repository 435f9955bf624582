# SPDX-License-Identifier: MIT
"""test_explore.py: `allcall explore`, on drivers that do the right thing only under some schedules.

Started by run.py, which sets ALLCALL and FOLDER.
"""
import json
import os
import re
import shlex
import signal
import subprocess
import time
import unittest

import schema

ALLCALL = None
FOLDER = None
PATIENCE = 120  # seconds for one command

HEAD = '''#include <ntddk.h>

static VOID NTAPI Unload(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
}
'''
ENTRY = '''
NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)
{
    UNREFERENCED_PARAMETER(Path);
    Driver->DriverUnload = Unload;
%s
}
'''
COUNT = '''
static LONG Count;

static ULONG_PTR NTAPI Routine(ULONG_PTR A)
{
    %s;
    return A;
}
'''
CALL = '''    KeIpiGenericCall(Routine, 0);
    return Count == (LONG)KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS) ? %s : %s;'''

SOURCES = {
    'right': HEAD + COUNT % 'InterlockedIncrement(&Count)' + ENTRY % CALL % ('STATUS_SUCCESS', 'STATUS_DATA_ERROR'),
    'lost': HEAD + COUNT % '*(volatile LONG *)&Count = *(volatile LONG *)&Count + 1' +
            ENTRY % CALL % ('STATUS_SUCCESS', 'STATUS_DATA_ERROR'),
    # The routine spins for a lock that the code which it has interrupted may hold.
    'locked': HEAD + '''
static KSPIN_LOCK Lock;
static KDPC Dpc;

static VOID NTAPI TakeOften(PKDPC D, PVOID C, PVOID A, PVOID B)
{
    KIRQL Old;

    UNREFERENCED_PARAMETER(D);
    UNREFERENCED_PARAMETER(C);
    UNREFERENCED_PARAMETER(A);
    UNREFERENCED_PARAMETER(B);
    for (ULONG Turn = 0; Turn < 20; Turn++) {
        KeAcquireSpinLock(&Lock, &Old);
        KeReleaseSpinLock(&Lock, Old);
    }
}

static ULONG_PTR NTAPI Routine(ULONG_PTR A)
{
    KIRQL Old;

    KeAcquireSpinLock(&Lock, &Old);
    KeReleaseSpinLock(&Lock, Old);
    return A;
}
''' + ENTRY % '''
    KeInitializeDpc(&Dpc, TakeOften, NULL);
    KeSetTargetProcessorDpc(&Dpc, 1);
    KeInsertQueueDpc(&Dpc, NULL, NULL);
    KeIpiGenericCall(Routine, 0);
    KeFlushQueuedDpcs();
    return STATUS_SUCCESS;''',
    # Two bugs, of which each schedule shows one, or none.
    'two': HEAD + COUNT % '*(volatile LONG *)&Count = *(volatile LONG *)&Count + 1' + ENTRY % '''
    KeIpiGenericCall(Routine, 0);
    if (Count == 2) {
        KeBugCheck(0xE2);
    }
    return Count == 3 ? STATUS_DATA_ERROR : STATUS_SUCCESS;''',
    'fails': HEAD + ENTRY % '    return STATUS_DATA_ERROR;',
    'spins': HEAD + ENTRY % '    for (;;) {\n        YieldProcessor();\n    }',
    'works_long': HEAD + ENTRY % '''
    for (volatile LONG Turn = 0; Turn < 100000000; Turn++) {
    }
    return STATUS_SUCCESS;''',
    'garbles': HEAD + ENTRY % '''
    __outbyte(0xE9, 'x');
    return STATUS_SUCCESS;''',
    'partly': HEAD + '''
static DECLSPEC_NOINLINE VOID Never(LONG Value)
{
    DbgPrint("%ld", Value);
    DbgPrint("%ld again", Value);
}

static DECLSPEC_NOINLINE VOID Half(LONG Value)
{
    if (Value == 5) {
        DbgPrint("half");
    }
    DbgPrint("whole");
}
''' + ENTRY % '''
    Half(Path->Length == 3 ? 5 : 4);
    if (Path->Length == 1) {
        Never(1);
    }
    return STATUS_SUCCESS;''',
    'needs': '#include <ntddk.h>\nNTSTATUS NTAPI NtNoSuchThing(VOID);\n' + ENTRY % '    return 0;',
}


def path_of(name):
    return os.path.join(FOLDER, name + '.sys')


def make_drivers():
    for name, text in SOURCES.items():
        source = os.path.join(FOLDER, name + '.c')
        with open(source, 'w') as file:
            file.write(text)
        if name != 'needs':
            subprocess.run([ALLCALL, 'cc', source, '-o', path_of(name)], check=True, timeout=PATIENCE)


def allcall(*words):
    return subprocess.run([ALLCALL, *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
                          cwd=FOLDER)


def explore(*words):
    """Run explore with --json -.  => exit status, report, bytes"""
    result = allcall('explore', '--json', '-', *words)
    assert result.returncode in (0, 1), (result.returncode, result.stderr)
    return result.returncode, schema.parse_explore(result.stdout), result.stdout


def same_findings(report, finding):
    """The findings of a run that are that one of explore."""
    names = [name for name in finding if name not in ('schedule', 'seed', 'shape', 'count', 'replay')]
    return [own for own in report['findings'] if own == {name: finding[name] for name in names}]


def processes_of(session):
    """The processes of a session that live."""
    found = []
    for entry in os.listdir('/proc'):
        if entry.isdigit():
            try:
                with open(f'/proc/{entry}/stat') as file:
                    fields = file.read().rsplit(')', 1)[1].split()
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] != 'Z':
                found.append(int(entry))
    return found


class Same(unittest.TestCase):
    def test_the_same_report_in_any_process_and_with_any_number_of_jobs(self):
        for driver in ('lost', 'two'):
            for strategy in ('random', 'pct'):
                outputs = {explore('--schedules', '60', '--strategy', strategy, '--jobs', jobs, driver + '.sys')[2]
                           for jobs in ('1', '2', '5', '1')}
                self.assertEqual(len(outputs), 1, (driver, strategy))

    def test_another_seed_is_another_report(self):
        reports = [explore('--schedules', '20', '--seed', seed, 'lost.sys')[1] for seed in ('1', '500')]
        self.assertNotEqual(reports[0]['schedules_with_findings'], None)
        self.assertNotEqual(*[[(finding['schedule'], finding['count']) for finding in report['findings']]
                              for report in reports])

    def test_the_replay_command_shows_the_same_finding(self):
        for driver, words in (('two', ()), ('locked', ('--strategy', 'pct')),
                              ('locked', ('--races', 'off', '--group-size', '2', '--processors', '3', '--hot-add', '1',
                                          '--watchdog', '5'))):
            status, report, _ = explore('--schedules', '150', *words, driver + '.sys')
            self.assertEqual(status, 1, driver)
            for finding in report['findings']:
                words = shlex.split(finding['replay'])
                result = allcall(*words[1:], '--json', '-')
                self.assertEqual(result.returncode, 1)
                again = schema.parse(result.stdout)
                self.assertEqual(len(same_findings(again, finding)), 1, (finding, again['findings']))
                self.assertEqual(again['replay'], finding['replay'])
                self.assertEqual(again['seed'], finding['seed'])
                shape = report['shapes'][finding['shape']]
                self.assertEqual(again['processors'], shape['processors'])

    def test_each_schedule_is_what_run_makes_of_its_seed(self):
        _, report, _ = explore('--schedules', '12', '--seed', '30', '--processors', '3', '--group-size', '2',
                               'lost.sys')
        seeds = []
        for seed in range(30, 42):
            result = allcall('run', '--machine', 'sim', '--processors', '3', '--group-size', '2', '--seed', str(seed),
                             '--on-violation', 'continue', '--json', '-', 'lost.sys')
            if any(finding['rule'] == 'DRIVER_ENTRY_FAILED' for finding in schema.parse(result.stdout)['findings']):
                seeds.append(seed)
        self.assertTrue(0 < len(seeds) < 12, seeds)
        finding, = [finding for finding in report['findings'] if finding['rule'] == 'DRIVER_ENTRY_FAILED']
        self.assertEqual((finding['seed'], finding['schedule'], finding['count']),
                         (seeds[0], seeds[0] - 29, len(seeds)))


class Findings(unittest.TestCase):
    def test_nothing_is_found_where_nothing_is_wrong(self):
        status, report, _ = explore('--schedules', '90', 'right.sys')
        self.assertEqual((status, report['findings'], report['schedules'], report['ended_by']),
                         (0, [], 90, 'schedules'))
        result = allcall('explore', '--schedules', '90', 'right.sys')
        self.assertIn(b'\nNothing found.\n', result.stdout)
        self.assertEqual(result.stderr, b'')

    def test_each_bug_is_reported_once_with_its_count(self):
        _, report, _ = explore('--schedules', '300', 'two.sys')
        rules = [finding['rule'] for finding in report['findings']
                 if finding['rule'] in ('DRIVER_ENTRY_FAILED', 'MANUALLY_INITIATED_CRASH')]
        self.assertEqual(sorted(rules), ['DRIVER_ENTRY_FAILED', 'MANUALLY_INITIATED_CRASH'])
        for finding in report['findings']:
            self.assertTrue(1 < finding['count'] < 300 or finding['rule'] == 'race', finding)
        self.assertTrue(1 < report['schedules_with_findings'] <= 300)
        self.assertEqual(len({(finding['rule'], finding['routine'], finding['location'],
                               json.dumps(finding.get('other'))) for finding in report['findings']}),
                         len(report['findings']))

    def test_the_text_says_what_the_json_says(self):
        _, report, _ = explore('--schedules', '120', 'two.sys')
        result = allcall('explore', '--schedules', '120', 'two.sys')
        text = result.stdout.decode()
        self.assertEqual(result.returncode, 1)
        for finding in report['findings']:
            self.assertIn(f'\nFinding {finding["rule"]}  {finding["message"]}', text)
            self.assertIn(f'first in schedule {finding["schedule"]}, ', text)
            self.assertIn(f'in {finding["count"]} of 120 schedules\n', text)
            self.assertIn(f'Again: {finding["replay"]}\n', text)
        count = len(report['findings'])
        self.assertIn(f'\n{count} finding{"s" if count != 1 else ""}, in '
                      f'{report["schedules_with_findings"]} schedules.\n', text)

    def test_on_violation_stop_ends_with_the_first_schedule_that_shows_something(self):
        whole = explore('--schedules', '200', '--seed', '8', '--races', 'off', 'lost.sys')[1]
        first = min(finding['schedule'] for finding in whole['findings'])
        self.assertGreater(first, 1)
        outputs = set()
        for jobs in ('1', '2', '3'):
            status, report, output = explore('--schedules', '200', '--on-violation', 'stop', '--jobs', jobs,
                                             '--seed', '8', '--races', 'off', 'lost.sys')
            self.assertEqual((status, report['schedules'], report['ended_by'], report['coverage']),
                             (1, first, 'finding', None))
            self.assertTrue(all(finding['schedule'] == first and finding['count'] == 1
                                for finding in report['findings']))
            outputs.add(output)
        self.assertEqual(len(outputs), 1)

    def test_shapes_take_turns_unless_one_is_asked_for(self):
        shapes = explore('--schedules', '3', 'right.sys')[1]['shapes']
        self.assertEqual([(shape['processors'], shape['group_size'], shape['hot_add']) for shape in shapes],
                         [(4, 64, 0), (4, 2, 0), (3, 64, 1)])
        shapes = explore('--schedules', '3', '--hot-add', '2', 'right.sys')[1]['shapes']
        self.assertEqual([(shape['processors'], shape['group_size'], shape['hot_add']) for shape in shapes],
                         [(4, 64, 2)])
        shapes = explore('--schedules', '3', '--group-size', '1', '--processors', '2', 'right.sys')[1]['shapes']
        self.assertEqual([(shape['processors'], shape['group_size'], shape['hot_add']) for shape in shapes],
                         [(2, 1, 0)])

    def test_pct_says_what_it_guarantees(self):
        _, report, _ = explore('--schedules', '30', '--strategy', 'pct:2', 'right.sys')
        self.assertEqual(report['strategy'], {'name': 'pct', 'depth': 2})
        for shape in report['shapes']:
            processors = shape['processors'] + shape['hot_add']
            self.assertAlmostEqual(shape['probability'] * processors * shape['steps'], 1, places=5)
        text = allcall('explore', '--schedules', '30', '--strategy', 'pct:2', 'right.sys').stdout.decode()
        steps = report['shapes'][0]['steps']
        self.assertIn(f'pct: depth 2, 4 processors, {steps} steps: a bug of depth 2 shows with probability >= '
                      f'1/(4*{steps}^1)', text)
        _, report, _ = explore('--schedules', '3', '--strategy', 'pct:4:50', 'right.sys')
        self.assertEqual({shape['steps'] for shape in report['shapes']}, {50})


class Coverage(unittest.TestCase):
    def test_instructions_that_have_run_are_counted(self):
        _, report, _ = explore('--schedules', '30', 'right.sys')
        coverage, = report['coverage']
        self.assertEqual(coverage['file'], 'right.sys')
        self.assertTrue(10 < coverage['instructions'] < 100, coverage)
        self.assertTrue(coverage['instructions'] * 0.7 < coverage['covered'] <= coverage['instructions'], coverage)

    def test_what_was_never_reached_is_named(self):
        _, report, _ = explore('--schedules', '9', 'partly.sys')
        coverage, = report['coverage']
        lines = SOURCES['partly'].split('\n')
        never = 1 + lines.index('static DECLSPEC_NOINLINE VOID Never(LONG Value)')
        half = 1 + lines.index('        DbgPrint("half");')
        names = [re.sub(r' \(.*', '', text) for text in coverage['never_reached']]
        self.assertTrue({'Never', 'Never.constprop.0'} & set(names), names)
        self.assertIn(f'partly.c:{half}', names)
        self.assertNotIn('Half', names)
        self.assertNotIn('DriverEntry', names)
        place, = [text for text in coverage['never_reached'] if text.startswith('Never')]
        self.assertRegex(place, rf'^Never\S* \(partly\.c:({never}|{never + 1})\)$')


class Ends(unittest.TestCase):
    def start(self, *words):
        return subprocess.Popen([ALLCALL, 'explore', *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, cwd=FOLDER, start_new_session=True)

    def assert_nothing_is_left(self, session):
        end = time.monotonic() + 5
        while processes_of(session) and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(processes_of(session), [])

    def workers_of(self, process):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            workers = [found for found in processes_of(process.pid) if found != process.pid]
            if workers:
                return workers
            time.sleep(0.02)
        self.fail('no worker has started')

    def test_seconds_end_it(self):
        for driver in ('right', 'works_long'):
            begun = time.monotonic()
            status, report, _ = explore('--schedules', '1000000000', '--seconds', '2', driver + '.sys')
            self.assertTrue(2 <= time.monotonic() - begun < 8)
            self.assertEqual((status, report['ended_by']), (0, 'seconds'))
        text = allcall('explore', '--schedules', '1000000000', '--seconds', '1', 'right.sys').stdout.decode()
        self.assertIn('1,000,000,000 were asked for; --seconds 1 ended it', text)

    def test_an_interrupted_one_reports_what_it_has_and_leaves_nothing(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            for driver in ('lost', 'works_long'):
                process = self.start('--schedules', '1000000000', '--jobs', '2', driver + '.sys')
                self.workers_of(process)
                time.sleep(0.5)
                os.killpg(process.pid, number)
                output, errors = process.communicate(timeout=15)
                self.assertEqual(process.returncode, -number, errors)
                self.assertIn(b'1,000,000,000 were asked for; it was interrupted', output)
                self.assert_nothing_is_left(process.pid)

    def test_a_worker_that_is_killed_is_said_and_leaves_nothing(self):
        process = self.start('--schedules', '1000000000', '--jobs', '2', 'works_long.sys')
        worker = self.workers_of(process)[0]
        time.sleep(0.3)
        os.kill(worker, signal.SIGKILL)
        output, errors = process.communicate(timeout=15)
        self.assertEqual(process.returncode, 3)
        self.assertRegex(errors.decode(), r'the process that ran schedule [12] was ended by signal 9 \(Killed\)\n'
                                          r'allcall: Again: allcall run --machine sim .* works_long.sys\n')
        self.assert_nothing_is_left(process.pid)

    def test_workers_do_not_outlive_their_parent(self):
        process = self.start('--schedules', '1000000000', '--jobs', '3', 'right.sys')
        self.workers_of(process)
        process.kill()
        process.communicate(timeout=15)
        self.assert_nothing_is_left(process.pid)

    def test_a_damaged_report_is_a_failure_with_the_schedule(self):
        result = allcall('explore', '--schedules', '5', '--jobs', '1', 'garbles.sys')
        self.assertEqual(result.returncode, 3)
        self.assertIn(b"schedule 1: the machine's report is damaged", result.stderr)
        self.assertIn(b'Again: allcall run --machine sim', result.stderr)

    def test_a_driver_that_always_fails_is_one_finding(self):
        status, report, _ = explore('--schedules', '12', 'fails.sys')
        finding, = report['findings']
        self.assertEqual((status, finding['rule'], finding['schedule'], finding['count']),
                         (1, 'DRIVER_ENTRY_FAILED', 1, 12))

    def test_a_schedule_that_does_not_end_is_a_finding(self):
        status, report, _ = explore('--schedules', '2', '--processors', '2', '--watchdog', '1', 'spins.sys')
        self.assertEqual(status, 1)
        self.assertEqual({finding['rule'] for finding in report['findings']}, {'TIMEOUT'})

    def test_files_that_cannot_be_used_end_with_status_2(self):
        result = allcall('explore', 'nowhere.sys')
        self.assertEqual((result.returncode, result.stdout), (2, b''))
        self.assertIn(b'nowhere.sys', result.stderr)
        result = allcall('explore', '--json', '/nowhere/x.json', 'right.sys')
        self.assertEqual((result.returncode, result.stdout), (2, b''))

    def test_the_json_goes_to_a_file_beside_the_text(self):
        name = os.path.join(FOLDER, 'report.json')
        result = allcall('explore', '--schedules', '6', '--json', name, 'right.sys')
        self.assertEqual(result.returncode, 0)
        with open(name, 'rb') as file:
            self.assertEqual(schema.parse_explore(file.read())['schedules'], 6)
        self.assertIn(b'Nothing found.', result.stdout)
