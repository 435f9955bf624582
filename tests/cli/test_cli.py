#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The command line of allcall: what it refuses, what it reports, and that nothing is left behind.

    test_cli.py ALLCALL

ALLCALL is a complete build (kernel, HAL, boot program and import libraries beside it).  QEMU is played by
fake/qemu-system-x86_64, so every way in which a machine can end is tested, and quickly.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ALLCALL = None
FOLDER = None

HELLO = '''#include <ntddk.h>

static KIPI_BROADCAST_WORKER Hello;

static ULONG_PTR Hello(ULONG_PTR Argument)
{
    InterlockedIncrement((LONG *)Argument);
    return 0;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)
{
    LONG Count = 0;

    UNREFERENCED_PARAMETER(Driver);
    UNREFERENCED_PARAMETER(Path);
    KeIpiGenericCall(Hello, (ULONG_PTR)&Count);
    DbgPrint("%ld\\n", Count);
    return STATUS_SUCCESS;
}
'''

# Microsoft's reference example: declaration by role type, definition under _Use_decl_annotations_.
EXAMPLE = '''#include <%s>

KIPI_BROADCAST_WORKER MyIpiGenericCall;

_Use_decl_annotations_
ULONG_PTR
MyIpiGenericCall(
    ULONG_PTR Argument
    )
{
    return Argument;
}

DRIVER_INITIALIZE DriverEntry;

_Use_decl_annotations_
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)
{
    UNREFERENCED_PARAMETER(Driver);
    UNREFERENCED_PARAMETER(Path);
    return (NTSTATUS)KeIpiGenericCall(MyIpiGenericCall, 0);
}
'''


def write(name, content):
    path = os.path.join(FOLDER, name)
    with open(path, 'wb') as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return path


def read(name):
    with open(os.path.join(FOLDER, name), 'rb') as file:
        return file.read()


def allcall(*words, fake=None, **more):
    environment = dict(os.environ)
    if fake:
        environment['FAKE_QEMU'] = fake
        environment['PATH'] = os.path.join(HERE, 'fake') + ':' + environment['PATH']
    environment.update(more)
    return subprocess.run([ALLCALL, *words], cwd=FOLDER, env=environment, timeout=60, capture_output=True,
                          stdin=subprocess.DEVNULL)


def run(scenario, *words):
    return allcall('run', '--machine', 'qemu', *words, 'hello.sys', fake=scenario)


def report(scenario, *words):
    result = run(scenario, '--json', '-', *words)
    return result.returncode, json.loads(result.stdout)


class CommandLine(unittest.TestCase):
    def refused(self, message, *words):
        result = allcall(*words)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn(message, result.stderr.decode())
        self.assertEqual(result.stdout, b'')

    def test_numbers_out_of_range_are_refused_with_the_range(self):
        for text in ('0', '-1', 'abc', '4x', '', ' 4', '99999999999999999999999', '0x4', '4.0'):
            self.refused('--processors %s: a number from 1 to 256' % text, 'run', '--processors', text, 'hello.sys')
        self.refused('at most 255 processors', 'run', '--machine', 'qemu', '--processors', '256', 'hello.sys')
        self.refused('at most 255 processors', 'run', '--accel', 'tcg', '--processors', '255', '--hot-add', '1',
                     'hello.sys')
        self.refused('at most 256 processors', 'run', '--hot-add', '253', 'hello.sys')
        self.refused('from 0 to 255', 'run', '--hot-add', '256', 'hello.sys')
        self.refused('from 1 to 64', 'run', '--group-size', '65', 'hello.sys')
        self.refused('from 1 to 86400', 'run', '--watchdog', '0', 'hello.sys')
        self.refused('from 1 to 86400', 'run', '--timeout', '0', 'hello.sys')

    def test_requests_that_make_no_sense_are_refused(self):
        for text in ('', 'x', '-1', '0x', '0x1FFFFFFFF', '4294967296', '1 ', '0x222000,1', '0x222000;01'):
            for command in ('run', 'explore'):
                self.refused('--ioctl %s: CODE[:HEX] is expected' % text, command, '--ioctl', text, 'hello.sys')
        for text in ('1:0', '1:0g', '1:01 02', '1:0x01', '1::'):
            self.refused('--ioctl %s: pairs of hexadecimal digits' % text, 'run', '--ioctl', text, 'hello.sys')
        for text in ('1', 'gg', '0x11', '11 22', '11,22'):
            self.refused('--write %s: pairs of hexadecimal digits' % text, 'run', '--write', text, 'hello.sys')
        for text in ('', '-1', '32769', '99999999999999999999', '0x10', '1k'):
            self.refused('--read %s: a number from 0 to 32768' % text, 'run', '--read', text, 'hello.sys')
        self.refused('the requests are too long', 'run', '--write', '00' * 12000, '--ioctl', '1:' + '11' * 13000, 'a.sys')

    def test_what_belongs_to_qemu_is_refused_with_sim(self):
        for words in (('--accel', 'tcg'), ('--gdb',)):
            self.refused('belongs to --machine qemu', 'run', *words, '--machine', 'sim', 'hello.sys')

    def test_what_belongs_to_sim_is_refused_with_qemu(self):
        for words in (('--races', 'on'), ('--on-violation', 'stop'), ('--strategy', 'pct')):
            self.refused('belongs to --machine sim', 'run', *words, '--machine', 'qemu', 'hello.sys')
            self.refused('belongs to --machine sim', 'run', *words, '--accel', 'tcg', 'hello.sys')

    def test_the_machine_is_the_simulator_unless_it_takes_qemu(self):
        def machine(*words):
            return json.loads(allcall('run', '--json', '-', *words, 'hello.sys', fake='good').stdout)['machine']

        self.assertEqual((machine(), machine('--machine', 'qemu'), machine('--accel', 'tcg')), ('sim', 'qemu', 'qemu'))

    def test_strategies_are_random_or_pct(self):
        for text in ('', 'pcT', 'random:1', 'pct:', 'pct:0', 'pct:65', 'pct:3:', 'pct:3:0', 'pct:3:4:5', 'pct:3x',
                     'pct:99999999999999999999', 'pct: 3', 'pct:-3'):
            self.refused('--strategy %s: random, or pct' % text, 'run', '--machine', 'sim', '--strategy', text,
                         'hello.sys')
            self.refused('--strategy %s: random, or pct' % text, 'explore', '--strategy', text, 'hello.sys')

    def test_exploring_takes_only_sensible_numbers(self):
        for option in ('schedules', 'seconds', 'jobs', 'processors', 'group-size', 'watchdog'):
            for text in ('0', '-1', 'x', '99999999999999999999'):
                self.refused('--%s %s: a number from 1 to' % (option, text), 'explore', '--' + option, text, 'a.sys')
        self.refused('no seeds for 2 schedules', 'explore', '--seed', '9223372036854775807', '--schedules', '2',
                     'a.sys')
        self.refused('at most 256 processors', 'explore', '--processors', '256', '--hot-add', '1', 'a.sys')
        self.refused('which driver', 'explore')
        self.refused('stop or continue', 'explore', '--on-violation', 'panic', 'a.sys')
        self.refused('nowhere.sys', 'explore', 'nowhere.sys')

    def test_unknown_words_are_errors(self):
        self.refused('--nonsense', 'run', '--nonsense', 'hello.sys')
        self.refused('no such command', 'walk')
        self.refused('no such option', '--nonsense')
        self.refused('on or off', 'run', '--verify', 'perhaps', 'hello.sys')
        self.refused('sim or qemu is expected', 'run', '--machine', 'vax', 'hello.sys')
        self.refused('which driver', 'run')
        self.refused('Usage', *())

    def test_help_and_version_go_to_standard_output(self):
        for words in (('--help',), ('--version',), ('run', '--help'), ('cc', '--help'), ('bench', '--help'),
                      ('explore', '--help')):
            result = allcall(*words)
            self.assertEqual((result.returncode, result.stderr), (0, b''))
            self.assertIn(b'allcall', result.stdout)

    def test_help_names_every_option(self):
        text = allcall('run', '--help').stdout.decode()
        for option in ('machine', 'processors', 'group-size', 'hot-add', 'verify', 'races', 'on-violation', 'watchdog',
                       'timeout', 'seed', 'strategy', 'ioctl', 'read', 'write', 'record', 'accel', 'gdb', 'json'):
            self.assertIn('--' + option, text)

        text = allcall('explore', '--help').stdout.decode()
        for option in ('processors', 'group-size', 'hot-add', 'verify', 'races', 'on-violation', 'watchdog', 'ioctl',
                       'json', 'schedules', 'seconds', 'strategy', 'seed', 'jobs'):
            self.assertIn('--' + option, text)

    def test_a_json_file_that_cannot_be_written_is_an_error_before_the_run(self):
        self.refused('/nowhere/x.json', 'run', '--json', '/nowhere/x.json', 'hello.sys')


class Files(unittest.TestCase):
    def refused(self, message, *names):
        result = allcall('run', '--machine', 'qemu', *names, fake='good')
        self.assertEqual((result.returncode, result.stdout), (2, b''), result.stderr)
        self.assertIn(message, result.stderr.decode())

    def test_what_is_no_driver_is_refused_in_words(self):
        self.refused('No such file', 'nowhere.sys')
        self.refused('a folder', '.')
        self.refused('not a regular file', '/dev/zero')
        self.refused('empty.sys', write('empty.sys', b''))
        self.refused('is not a PE image', write('text.sys', b'hello, world' * 100))

    def test_a_driver_cut_off_at_any_byte_is_refused(self):
        whole = read('hello.sys')
        for size in [*range(0, 1024, 61), *range(1024, len(whole), 4099), len(whole) - 1]:
            self.refused('cut.sys', write('cut.sys', whole[:size]))

    def test_other_machines_are_refused(self):
        whole = bytearray(read('hello.sys'))
        place = int.from_bytes(whole[60:64], 'little') + 4
        whole[place:place + 2] = (0xAA64).to_bytes(2, 'little')
        self.refused('wrong.sys', write('wrong.sys', bytes(whole)))

    def test_all_bad_files_are_named_at_once(self):
        result = allcall('run', '--machine', 'qemu', 'nowhere1.sys', 'hello.sys', 'nowhere2.sys', fake='good')
        self.assertEqual(result.returncode, 2)
        self.assertIn(b'nowhere1.sys', result.stderr)
        self.assertIn(b'nowhere2.sys', result.stderr)

    def test_all_missing_imports_are_named_at_once(self):
        patched = read('hello.sys').replace(b'KeIpiGenericCall\0', b'KeIpiGenericCalX\0').replace(b'DbgPrint\0',
                                                                                                 b'DbgPrinX\0')
        result = allcall('run', '--machine', 'qemu', write('missing.sys', patched), fake='good')
        self.assertEqual(result.returncode, 2)
        self.assertIn(b'ntoskrnl.exe!KeIpiGenericCalX', result.stderr)
        self.assertIn(b'ntoskrnl.exe!DbgPrinX', result.stderr)

    def test_two_drivers_of_one_name_are_refused(self):
        os.makedirs(os.path.join(FOLDER, 'other'), exist_ok=True)
        self.refused('two drivers of one name', 'hello.sys', write('other/HELLO.SYS', read('hello.sys')))


class Runs(unittest.TestCase):
    def test_a_good_run_prints_debug_output_calls_and_outcome(self):
        result = run('good')
        text = result.stdout.decode(errors='replace')
        self.assertEqual((result.returncode, result.stderr), (0, b''))
        self.assertTrue(text.startswith('one line\nand half a line '), text)
        self.assertRegex(text, r'1  hello\.sys!')
        self.assertIn('Nothing found: 1 driver, 3 calls, 4 processors on qemu.', text)

    def test_json_is_as_documented(self):
        status, data = report('good', '--group-size', '2', '--seed', '7')
        self.assertEqual(status, 0)
        self.assertEqual(list(data), ['schema', 'machine', 'processors', 'seed', 'drivers', 'debug', 'calls', 'findings',
                                      'notes', 'bugcheck', 'replay'])
        self.assertEqual((data['schema'], data['machine'], data['processors'], data['seed']), (1, 'qemu', 4, 7))
        self.assertEqual(data['drivers'], [{'file': 'hello.sys', 'status': '0x00000000'}])
        self.assertEqual(data['debug'], ['one line', 'and half a line \ufffd'])
        self.assertEqual([call['id'] for call in data['calls']], [1, 2, 3])
        call = data['calls'][0]
        self.assertEqual(list(call), ['id', 'routine', 'location', 'context', 'result', 'initiator', 'latency_ns',
                                      'start_skew_ns', 'processors'])
        self.assertRegex(call['routine'], r'^hello\.sys!\w+\+0x[0-9A-F]+$')
        self.assertRegex(call['location'], r'^hello\.c:\d+$')
        self.assertEqual((call['context'], call['result']), ('0x0000000000001234', '0x0000000000000007'))
        self.assertEqual((call['initiator'], call['latency_ns'], call['start_skew_ns']), (0, 9400, 21))
        self.assertEqual(call['processors'][3], {'index': 3, 'group': 1, 'number': 1, 'irql': 14, 'arrived_ns': 2500,
                                                 'started_ns': 4021, 'finished_ns': 9300})
        self.assertEqual((data['findings'], data['notes'], data['bugcheck']), ([], [], None))
        self.assertEqual(data['replay'],
                         'allcall run --machine qemu --processors 4 --group-size 2 --seed 7 hello.sys')

    def test_json_goes_to_a_file_beside_the_text(self):
        result = run('good', '--json', 'out.json')
        self.assertIn(b'Nothing found', result.stdout)
        self.assertEqual(json.loads(read('out.json'))['schema'], 1)

    def test_routines_that_differ_are_a_note_and_no_finding(self):
        status, data = report('differing')
        self.assertEqual((status, data['findings'], len(data['notes'])), (0, [], 2))
        self.assertIn('in 1 of 1 calls the routine did not return the same value', data['notes'][0])
        self.assertIn('in call 1, 3 of 4 processors returned another', data['notes'][0])

    def test_a_failed_driver_entry_is_a_finding(self):
        status, data = report('failed')
        self.assertEqual((status, data['drivers'][0]['status']), (1, '0xC000009A'))
        self.assertEqual(data['findings'][0]['rule'], 'DRIVER_ENTRY_FAILED')
        self.assertIn('STATUS_INSUFFICIENT_RESOURCES', data['findings'][0]['message'])
        self.assertRegex(data['findings'][0]['routine'], r'^hello\.sys!DriverEntry\+0x0$')

    def test_imports_missing_in_the_kernel_are_exit_status_2(self):
        result = run('missing')
        self.assertEqual(result.returncode, 2)
        self.assertIn(b'hello.sys needs ntoskrnl.exe!KeNowhere', result.stderr)

    def test_a_bug_check_is_a_finding_with_place_and_stack(self):
        status, data = report('crash')
        finding = data['findings'][0]
        self.assertEqual(status, 1)
        self.assertEqual(data['bugcheck'], {'code': '0x0000001E', 'name': 'KMODE_EXCEPTION_NOT_HANDLED',
                                            'parameters': ['0x00000000C0000005', '0xFFFFF88000011010',
                                                           '0x0000000000000000', '0x0000000000000010']})
        self.assertEqual((finding['rule'], finding['processor'], finding['irql']), ('KMODE_EXCEPTION_NOT_HANDLED', 0, 0))
        self.assertRegex(finding['location'], r'^hello\.c:\d+$')
        self.assertRegex(finding['stack'][0], r'^hello\.sys!\w+\+0x[0-9A-F]+ hello\.c:\d+$')
        text = run('crash').stdout.decode()
        for part in ('KMODE_EXCEPTION_NOT_HANDLED', 'STATUS_ACCESS_VIOLATION', 'Again: allcall run --machine qemu'):
            self.assertIn(part, text)

    def test_a_call_that_does_not_end_is_c18_and_names_processors_and_phase(self):
        status, data = report('stuck')
        finding = data['findings'][0]
        self.assertEqual((status, finding['rule'], finding['processor'], finding['irql']), (1, 'C18', 1, 14))
        self.assertRegex(finding['message'], r'processor 1 is in the routine, .*processor 2 has not arrived, .*'
                                             r'interrupts off')

    def test_a_machine_that_resets_under_a_driver_is_a_finding(self):
        status, data = report('reset')
        self.assertEqual((status, data['findings'][0]['rule']), (1, 'MACHINE_RESET'))

    def test_a_machine_that_never_came_up_is_exit_status_3(self):
        for scenario, message in (('no_boot', b'allcall boot: the archive is damaged'), ('refuse', b'no such machine'),
                                  ('early_crash', b'PHASE0_INITIALIZATION_FAILED'), ('damaged', b'report is damaged')):
            result = run(scenario)
            self.assertEqual(result.returncode, 3, scenario)
            self.assertIn(message, result.stderr)
            self.assertEqual(report(scenario)[0], 3)

    def test_a_missing_qemu_is_named_with_its_package(self):
        result = allcall('run', '--machine', 'qemu', 'hello.sys', PATH='/nowhere')
        self.assertEqual(result.returncode, 3)
        self.assertIn(b'qemu-system-x86', result.stderr)

    def test_a_library_that_is_too_old_is_named_with_the_version_that_is_needed(self):
        write('old.c', 'unsigned uc_version(unsigned *major, unsigned *minor) { *major = 1; *minor = 0; return 256; }')
        subprocess.run(['gcc', '-shared', '-fPIC', 'old.c', '-o', 'old.so'], cwd=FOLDER, check=True)
        for command in ('run', 'explore'):
            result = allcall(command, 'hello.sys', LD_PRELOAD=os.path.join(FOLDER, 'old.so'))
            self.assertEqual(result.returncode, 3)
            self.assertIn(b'the Unicorn library in version 2.0.1', result.stderr)

    def test_a_hang_ends_by_timeout_with_the_places_of_the_processors(self):
        start = time.monotonic()
        status, data = report('hang', '--timeout', '1')
        self.assertLess(time.monotonic() - start, 5)
        self.assertEqual((status, data['findings'][0]['rule']), (1, 'TIMEOUT'))
        self.assertRegex(data['findings'][0]['message'], r'processor 3 is at hello\.sys!')
        self.assertEqual(data['findings'][0]['irql'], None)

    def test_a_silent_machine_gets_an_nmi_and_reports(self):
        status, data = report('silent', '--watchdog', '1')
        self.assertEqual((status, data['findings'][0]['rule']), (1, 'C18'))
        self.assertEqual(data['bugcheck']['name'], 'CLOCK_WATCHDOG_TIMEOUT')

    def test_a_machine_that_ignores_the_nmi_is_given_up(self):
        status, data = report('silent,dead', '--watchdog', '1')
        self.assertEqual((status, data['findings'][0]['rule']), (1, 'C18'))
        self.assertIn('does not answer an NMI', data['findings'][0]['message'])

    def test_nothing_is_left_running_after_a_signal(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
            path = os.path.join(FOLDER, 'pid')
            if os.path.exists(path):
                os.unlink(path)
            environment = dict(os.environ, FAKE_QEMU='forever', FAKE_QEMU_PID=path,
                               PATH=os.path.join(HERE, 'fake') + ':' + os.environ['PATH'])
            process = subprocess.Popen([ALLCALL, 'run', '--machine', 'qemu', 'hello.sys'], cwd=FOLDER, env=environment,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            while not os.path.exists(path) or not read('pid'):
                time.sleep(0.02)
            time.sleep(0.3)
            process.send_signal(number)
            _, errors = process.communicate(timeout=10)
            self.assertEqual(process.returncode, -number)
            if number != signal.SIGKILL:
                self.assertIn(b'interrupted', errors)
            time.sleep(0.3)
            self.assertFalse(alive(int(read('pid'))), 'QEMU outlived signal %d' % number)

    def test_gdb_prints_the_commands_that_attach(self):
        result = run('good', '--gdb')
        text = result.stderr.decode()
        self.assertRegex(text, r'target remote 127\.0\.0\.1:\d+')
        self.assertRegex(text, r"add-symbol-file '/.*ntoskrnl\.exe'")
        self.assertRegex(text, r"add-symbol-file '/.*hello\.sys' -o 0x[0-9a-f]+")


def alive(pid):
    try:
        with open('/proc/%d/stat' % pid) as file:
            return file.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except FileNotFoundError:
        return False


class Compiler(unittest.TestCase):
    def test_the_reference_example_compiles_verbatim_without_warnings(self):
        for header in ('wdm.h', 'ntddk.h', 'ntifs.h'):
            for compiler in ('gcc', 'clang'):
                write('example.c', EXAMPLE % header)
                result = allcall('cc', '--compiler', compiler, 'example.c', '-o', 'example.sys', '--', '-Wextra',
                                 '-Werror')
                self.assertEqual((result.returncode, result.stderr), (0, b''), (header, compiler))
                self.assertEqual(allcall('run', '--machine', 'qemu', 'example.sys', fake='good').returncode, 0)

    def test_errors_of_the_compiler_are_passed_through(self):
        write('wrong.c', 'int x = ;\n')
        result = allcall('cc', 'wrong.c', '-o', 'wrong.sys')
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr.decode(), r'wrong\.c:1:\d+: error')

    def test_a_wrong_command_line_is_exit_status_2(self):
        for words, message in ((('x.c',), b'-o DRIVER.sys'), ((), b'which source'), (('nowhere.c', '-o', 'x.sys'), b'No such'),
                               (('--compiler', 'tcc', 'x.c', '-o', 'x.sys'), b'gcc or clang')):
            result = allcall('cc', *words)
            self.assertEqual(result.returncode, 2)
            self.assertIn(message, result.stderr)

    def test_flags_after_two_dashes_reach_the_compiler(self):
        write('flag.c', HELLO + '\n#ifndef GIVEN\n#error not given\n#endif\n')
        self.assertEqual(allcall('cc', 'flag.c', '-o', 'flag.sys').returncode, 1)
        self.assertEqual(allcall('cc', 'flag.c', '-o', 'flag.sys', '--', '-DGIVEN').returncode, 0)

    def test_a_missing_compiler_is_named_with_its_package(self):
        result = allcall('cc', 'hello.c', '-o', 'x.sys', PATH='/nowhere')
        self.assertEqual(result.returncode, 3)
        self.assertIn(b'apt install mingw-w64', result.stderr)


def make_drivers():
    """Build what the tests run, once ALLCALL and FOLDER are known."""
    write('hello.c', HELLO)
    made = allcall('cc', 'hello.c', '-o', 'hello.sys')
    if made.returncode != 0:
        sys.exit('allcall cc failed: ' + made.stderr.decode())


def main():
    global ALLCALL, FOLDER
    ALLCALL = os.path.abspath(sys.argv.pop(1))
    with tempfile.TemporaryDirectory() as folder:
        FOLDER = folder
        make_drivers()
        unittest.main()


if __name__ == '__main__':
    main()
