# SPDX-License-Identifier: MIT
"""test_findings.py: what the deterministic machine finds itself, in words and in JSON.

Started by run.py, which sets test_cli's ALLCALL and FOLDER.
"""
import os
import re
import subprocess
import unittest

import schema
import test_cli
from test_cli import write

HEAD = '''#include <ntddk.h>
#define ENTRY NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT D, PUNICODE_STRING P)
#define ROUTINE static ULONG_PTR NTAPI Routine(ULONG_PTR Context)
#define DPC static VOID NTAPI Dpc(PKDPC Dpc_, PVOID Context, PVOID A, PVOID B)
#define UNUSED(X) UNREFERENCED_PARAMETER(X)
'''
START = '''
    KeInitializeDpc(&Work, Dpc, NULL);
    KeSetTargetProcessorDpc(&Work, 1);
    KeInsertQueueDpc(&Work, NULL, NULL);
'''

# A /* mark */ at the end of a line is how the tests call it.
SOURCES = {
    'slots': HEAD + '''
static struct {
    LONG Index;
    volatile LONG Count;
} Slots[4];

ROUTINE
{
    Slots[Context].Count++; /* counts */
    return 0;
}

ENTRY
{
    UNUSED(D); UNUSED(P);
    KeIpiGenericCall(Routine, 2);
    return STATUS_SUCCESS;
}
''',
    'copies': HEAD + '''
static UCHAR Shared[64];
void *memcpy(void *, const void *, size_t);

ROUTINE
{
    memcpy(Shared, (const void *)Context, sizeof(Shared)); /* copies */
    return 0;
}

ENTRY
{
    UCHAR Source[64] = { 1 };
    UNUSED(D); UNUSED(P);
    KeIpiGenericCall(Routine, (ULONG_PTR)Source);
    return STATUS_SUCCESS;
}
''',
    'clean': HEAD + '''
static volatile LONG Locked, Plain, Slots[256];
static volatile LONG64 Word;

ROUTINE
{
    UNUSED(Context);
    InterlockedIncrement(&Locked);
    Slots[KeGetCurrentProcessorNumberEx(NULL)]++;
    while (Locked < (LONG)KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS)) {
        YieldProcessor();
    }
    InterlockedAdd64(&Word, 2);
    return 0;
}

ENTRY
{
    UNUSED(D); UNUSED(P);
    Plain = 1;
    KeIpiGenericCall(Routine, 0);
    Plain = Locked + (LONG)Word + Slots[0];
    return STATUS_SUCCESS;
}
''',
    'waits': HEAD + '''
static volatile LONG Go;

ROUTINE
{
    UNUSED(Context);
    if (KeGetCurrentProcessorNumberEx(NULL) != 0) {
        while (!Go) { /* polls */
            YieldProcessor();
        }
    }
    return 0;
}

ENTRY
{
    UNUSED(D); UNUSED(P);
    KeIpiGenericCall(Routine, 0); /* calls */
    Go = 1;
    return STATUS_SUCCESS;
}
''',
    'holds': HEAD + '''
static KSPIN_LOCK Lock;
static KDPC Work;
static volatile LONG Held, Called;

ROUTINE
{
    UNUSED(Context);
    InterlockedIncrement(&Called);
    KeAcquireSpinLockAtDpcLevel(&Lock); /* takes */
    KeReleaseSpinLockFromDpcLevel(&Lock);
    return 0;
}

DPC
{
    KIRQL Old;
    UNUSED(Dpc_); UNUSED(Context); UNUSED(A); UNUSED(B);
    KeAcquireSpinLock(&Lock, &Old); /* holds */
    InterlockedIncrement(&Held);
    while (!Called) {
        YieldProcessor();
    }
    KeReleaseSpinLock(&Lock, Old);
}

ENTRY
{
    UNUSED(D); UNUSED(P);
''' + START + '''
    while (!Held) {
        YieldProcessor();
    }
    KeIpiGenericCall(Routine, 0);
    return STATUS_SUCCESS;
}
''',
    'crosswise': HEAD + '''
static KSPIN_LOCK First, Second;
static KDPC Work;
static volatile LONG Ready;

DPC
{
    UNUSED(Dpc_); UNUSED(Context); UNUSED(A); UNUSED(B);
    KeAcquireSpinLockAtDpcLevel(&Second); /* holds second */
    InterlockedIncrement(&Ready);
    KeAcquireSpinLockAtDpcLevel(&First); /* wants first */
    KeReleaseSpinLockFromDpcLevel(&First);
    KeReleaseSpinLockFromDpcLevel(&Second);
}

ENTRY
{
    KIRQL Old;
    UNUSED(D); UNUSED(P);
''' + START + '''
    KeAcquireSpinLock(&First, &Old); /* holds first */
    while (!Ready) {
        YieldProcessor();
    }
    KeAcquireSpinLockAtDpcLevel(&Second); /* wants second */
    KeReleaseSpinLockFromDpcLevel(&Second);
    KeReleaseSpinLock(&First, Old);
    return STATUS_SUCCESS;
}
''',
}


def path(name):
    return os.path.join(test_cli.FOLDER, name)


def line(name, mark):
    """Where a source has a mark, as reports say it."""
    lines = SOURCES[name].split('\n')
    return f'{name}.c:{next(number for number, text in enumerate(lines, 1) if f"/* {mark} */" in text)}'


def driver(name):
    """The driver of that name, built once."""
    if not os.path.exists(path(f'{name}.sys')):
        write(f'{name}.c', SOURCES[name])
        made = test_cli.allcall('cc', f'{name}.c', '-o', f'{name}.sys')
        if made.returncode != 0:
            raise AssertionError(made.stderr.decode())
    return f'{name}.sys'


def text_of(*words):
    return test_cli.allcall('run', '--machine', 'sim', *words).stdout.decode()


def report(*words):
    """Run with --json -: the exit status and the checked report."""
    result = test_cli.allcall('run', '--machine', 'sim', '--json', '-', *words)
    return result.returncode, schema.parse(result.stdout)


class Findings(unittest.TestCase):
    def test_a_race_names_both_sides_the_variable_and_the_line(self):
        status, data = report('--processors', '2', driver('slots'))
        finding, counts = data['findings'][0], line('slots', 'counts')
        self.assertEqual((status, len(data['findings']), finding['rule']), (1, 1, 'race'))
        self.assertRegex(finding['message'],
                         rf'^processor \d (reads|writes) slots\.sys!Slots\[2\]\.Count \(4 bytes\) at {counts}, and nothing '
                         rf'orders that with processor \d, which (reads|writes) it at {counts}$')
        self.assertEqual({finding['processor'], finding['other']['processor']}, {0, 1})
        self.assertEqual([(side['irql'], side['location']) for side in (finding, finding['other'])], [(14, counts)] * 2)
        self.assertTrue(finding['routine'].startswith('slots.sys!Routine+'))
        self.assertTrue(all('Slots[2].Count' in step['text'] for step in finding['history']))

    def test_the_text_of_a_race_has_a_column_for_each_processor(self):
        text = text_of('--processors', '2', driver('slots'))
        self.assertRegex(text, r'\n  processor (\d), IRQL 14 \(IPI_LEVEL\) {15}\| processor (\d), IRQL 14 \(IPI_LEVEL\)\n')
        self.assertRegex(text, rf'\n  {line("slots", "counts")} writes Slots\[2\]\.Count  <-- +\|\n')
        self.assertRegex(text, rf'\n {{49}}\| {line("slots", "counts")} (reads|writes) Slots\[2\]\.Count  <--\n')
        self.assertLessEqual(max(len(row) for row in text.split('\n') if '|' in row), 100)

    def test_a_race_in_a_memory_routine_is_at_its_callers_line(self):
        _, data = report('--processors', '2', driver('copies'))
        finding, copies = data['findings'][0], line('copies', 'copies')
        self.assertEqual((finding['rule'], finding['location'], finding['other']['location']), ('race', copies, copies))
        self.assertRegex(finding['message'], r'writes copies\.sys!Shared\b')

    def test_polls_slots_and_what_the_call_orders_are_no_races(self):
        for seed in range(1, 6):
            status, data = report('--processors', '3', '--seed', str(seed), driver('clean'))
            self.assertEqual((status, data['findings']), (0, []))

    def test_races_can_be_left_out(self):
        status, data = report('--processors', '2', '--races', 'off', driver('slots'))
        self.assertEqual((status, data['findings']), (0, []))

    def test_a_driver_without_symbols_has_the_same_findings(self):
        _, named = report('--processors', '2', driver('slots'))
        subprocess.run(['x86_64-w64-mingw32-strip', '-o', path('bare.sys'), path('slots.sys')], check=True)
        status, bare = report('--processors', '2', 'bare.sys')
        first, second = named['findings'][0], bare['findings'][0]
        for name in ('rule', 'processor', 'irql'):
            self.assertEqual((first[name], first['other'][name]), (second[name], second['other'][name]))
        self.assertEqual((status, len(bare['findings']), second['location']), (1, 1, None))
        self.assertRegex(second['message'], r'bare\.sys \.bss(\+0x[0-9A-F]+)? \(4 bytes\) at bare\.sys')
        self.assertEqual(len(first['history']), len(second['history']))

    def test_a_call_that_waits_for_its_caller_says_who_waits_for_what(self):
        status, data = report('--processors', '2', '--watchdog', '1', driver('waits'))
        finding, polls, calls = data['findings'][0], line('waits', 'polls'), line('waits', 'calls')
        self.assertEqual((status, finding['rule'], data['bugcheck']['code']), (1, 'C18', '0x000001DB'))
        self.assertRegex(finding['message'], r'^the call of waits\.sys!Routine \(waits\.c:\d+\) by processor 0 did not end within '
                                             rf'1 s: processor 1 is in the routine and reads waits\.sys!Go again and again at {polls}')
        self.assertEqual([(wait['processor'], wait['waits_for'], wait['location']) for wait in finding['waits']],
                         [(0, [1], calls), (1, [], polls)])
        self.assertIn(f'\n    processor 0 waits in KeIpiGenericCall at {calls} for processor 1\n',
                      text_of('--processors', '2', '--watchdog', '1', 'waits.sys'))

    def test_a_lock_that_the_interrupted_code_holds_is_named_with_its_holder(self):
        status, data = report('--processors', '2', '--watchdog', '1', driver('holds'))
        finding = data['findings'][0]
        self.assertEqual((status, len(data['findings'])), (1, 1))
        self.assertIn(f'processor 1 is in the routine and spins in KeAcquireSpinLockAtDpcLevel at {line("holds", "takes")} for '
                      'the lock at holds.sys!Lock, held by the code that the call interrupted on processor 1, acquired at '
                      f'{line("holds", "holds")}', finding['message'])

    def test_locks_taken_crosswise_are_a_deadlock_with_its_cycle(self):
        status, data = report('--processors', '2', '--watchdog', '1', '--timeout', '1', driver('crosswise'))
        finding = data['findings'][0]
        self.assertEqual((status, finding['rule']), (1, 'DEADLOCK'))
        for processor, wants, lock, other, holds in ((0, 'second', 'Second', 1, 'second'), (1, 'first', 'First', 0, 'first')):
            self.assertIn(f'processor {processor} spins in KeAcquireSpinLockAtDpcLevel at {line("crosswise", "wants " + wants)} '
                          f'for the lock at crosswise.sys!{lock}, held by processor {other}, acquired at '
                          f'{line("crosswise", "holds " + holds)}', finding['message'])
        self.assertEqual([wait['waits_for'] for wait in finding['waits']], [[1], [0]])

    def test_a_finding_ends_the_run_unless_it_shall_go_on(self):
        _, data = report('--processors', '4', driver('slots'))
        self.assertEqual((len(data['findings']), data['drivers'][0]['status']), (1, None))
        self.assertTrue(any('--on-violation' in note for note in data['notes']))
        status, data = report('--processors', '4', '--on-violation', 'continue', 'slots.sys')
        self.assertEqual((status, len(data['findings']), data['drivers'][0]['status']), (1, 1, '0x00000000'))
        self.assertTrue(re.search('--on-violation continue', data['replay']))
