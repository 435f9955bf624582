# SPDX-License-Identifier: MIT
"""test_machine.py: the command on the real machine, from compiling a driver to the end of the run.

Started by run.py, which sets BUILD and test_cli's ALLCALL and FOLDER.
"""
import os
import pty
import re
import shutil
import signal
import subprocess
import time
import unittest

import schema
import test_cli
from test_cli import write

BUILD = None
HERE = os.path.dirname(os.path.abspath(__file__))
GCC32 = 'i686-w64-mingw32-gcc'

HEAD = '#include <ntddk.h>\n'
ENTRY = '''
NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)
{
    UNREFERENCED_PARAMETER(Driver);
    UNREFERENCED_PARAMETER(Path);
%s
}
'''
ROUTINE = 'static ULONG_PTR NTAPI Routine(ULONG_PTR A)\n{\n    return A;\n}\n'
UNLOAD = '''
static VOID NTAPI Unload(PDRIVER_OBJECT Driver)
{
    DbgPrint("unload %%wZ\\n", &Driver->DriverName);
    %s
}
'''

SOURCES = {
    'calls': HEAD + ROUTINE + ENTRY % '''
    for (ULONG Call = 0; Call < 20; Call++) {
        KeIpiGenericCall(Routine, Call);
    }
    DbgPrint("done\\n");
    return STATUS_SUCCESS;''',
    'fails': HEAD + ENTRY % '    return STATUS_NO_MEMORY;',
    'warns': HEAD + ENTRY % '    return STATUS_PENDING;',
    'crashes': HEAD + ENTRY % '    return *(volatile NTSTATUS *)8;',
    'spins': HEAD + ENTRY % '    DbgPrint("spinning");\n    for (;;) {\n        YieldProcessor();\n    }',
    'prints': HEAD + ENTRY % '    for (;;) {\n        DbgPrint("again and again\\n");\n    }',
    'spins_hard': HEAD + ENTRY % '''
    DbgPrint("spinning\\n");
    _disable();
    for (;;) {
        __asm__ volatile("" ::: "memory");
    }''',
    'raised': HEAD + ENTRY % '''
    KIRQL Old;
    KeRaiseIrql(5, &Old);
    return STATUS_SUCCESS;''',
    'stays': HEAD + ENTRY % '    return STATUS_SUCCESS;',
    'tls': HEAD + 'const ULONG64 _tls_used[5] = {0};\n' + ENTRY % '    return STATUS_SUCCESS;',
    'kmdf': HEAD + '__declspec(dllimport) LONG WdfVersionBind(VOID);\n' + ENTRY % '    return WdfVersionBind();',
    'adds': HEAD + ROUTINE + '''
static VOID NTAPI Changed(PVOID Context, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT Change, PNTSTATUS Status)
{
    static BOOLEAN Refused;

    UNREFERENCED_PARAMETER(Context);
    if (Change->State == KeProcessorAddStartNotify && !Refused) {
        Refused = TRUE;
        *Status = STATUS_NO_MEMORY;
    } else if (Change->State == KeProcessorAddCompleteNotify) {
        KeIpiGenericCall(Routine, Change->NtNumber);
    }
}
''' + ENTRY % '''
    KeRegisterProcessorChangeCallback(Changed, NULL, 0);
    KeIpiGenericCall(Routine, 0);
    return STATUS_SUCCESS;''',
    'lacks': HEAD + '''__declspec(dllimport) LONG NotThere1(VOID);
__declspec(dllimport) LONG NotThere2(VOID);
__declspec(dllimport) extern LONG NotThere3;
''' + ENTRY % '    return NotThere1() + NotThere2() + NotThere3;',
}
for _name in ('first', 'second', 'third'):
    SOURCES[_name] = HEAD + UNLOAD % '' + ENTRY.replace('UNREFERENCED_PARAMETER(Driver)',
        'Driver->DriverUnload = Unload; DbgPrint("enter %%wZ\\n", &Driver->DriverName)') % '    return STATUS_SUCCESS;'
SOURCES['unload_crashes'] = HEAD + UNLOAD % '*(volatile LONG *)8 = 1;' + ENTRY.replace(
    'UNREFERENCED_PARAMETER(Driver)', 'Driver->DriverUnload = Unload') % '    return STATUS_SUCCESS;'


def path(name):
    return os.path.join(test_cli.FOLDER, name)


def cc(source, output, *flags, **more):
    return test_cli.allcall('cc', source, '-o', output, *(['--', *flags] if flags else ()), **more)


def import_library(dll, *names):
    """An import library for names of a DLL, next to the drivers."""
    library = f'lib{dll.split(".")[0].lower()}.a'
    write('names.def', f'LIBRARY {dll}\nEXPORTS\n' + '\n'.join(names) + '\n')
    subprocess.run(['x86_64-w64-mingw32-dlltool', '-d', path('names.def'), '-l', path(library)], check=True,
                   env={**os.environ, 'TMPDIR': test_cli.FOLDER}) # it leaves empty files there
    return path(library)


def driver(name):
    """The driver of that name, built once."""
    file = f'{name}.sys'
    if not os.path.exists(path(file)):
        flags = {'kmdf': lambda: [import_library('WDFLDR.SYS', 'WdfVersionBind')],
                 'lacks': lambda: [import_library('ntoskrnl.exe', 'NotThere1', 'NotThere2', 'NotThere3 DATA')]}
        write(f'{name}.c', SOURCES[name])
        made = cc(f'{name}.c', file, *flags.get(name, list)())
        if made.returncode != 0:
            raise AssertionError(made.stderr.decode())
    return file


def run(*words, **more):
    return test_cli.allcall('run', '--machine', 'qemu', *words, **more)


def report(*words):
    """Run with --json -; the exit status and the checked report.  Nothing else may be printed."""
    done = run('--json', '-', *words)
    return done.returncode, schema.parse(done.stdout), done.stderr


def session_alive(session):
    """The processes of a session that still run; those that are just ending get a moment to do so."""
    deadline = time.monotonic() + 5
    while session_members(session) and time.monotonic() < deadline:
        time.sleep(0.02)
    return session_members(session)


def session_members(session):
    """The processes of a session that run now."""
    alive = []
    for entry in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{entry}/stat', encoding='ascii', errors='replace') as file:
                fields = file.read().rsplit(')', 1)[1].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != 'Z':
            alive.append(int(entry))
    return alive


class Refused(unittest.TestCase):
    """Files that are refused before a machine is started: QEMU is not even in PATH."""

    def refused(self, name, *messages):
        start = time.monotonic()
        empty = path('no-programs')
        os.makedirs(empty, exist_ok=True)
        done = run(name, PATH=empty)
        self.assertEqual((done.returncode, done.stdout), (2, b''), done.stderr)
        for message in messages:
            self.assertIn(message, done.stderr.decode())
        self.assertNotIn('qemu', done.stderr.decode().lower())
        self.assertLess(time.monotonic() - start, 10)

    def test_a_tls_directory_is_refused_in_words(self):
        self.refused(driver('tls'), 'tls.sys', 'TLS')

    def test_a_kmdf_driver_is_refused_in_words(self):
        self.refused(driver('kmdf'), 'kmdf.sys', 'KMDF')

    def test_every_missing_import_is_named(self):
        self.refused(driver('lacks'), 'ntoskrnl.exe!NotThere1', 'ntoskrnl.exe!NotThere2',
                     'ntoskrnl.exe!NotThere3')

    def test_a_32_bit_driver_is_refused(self):
        if shutil.which(GCC32):
            write('narrow.c', 'int __stdcall DriverEntry(void *Driver, void *Path) { return Driver == Path; }\n')
            subprocess.run([GCC32, '-nostdlib', '-shared', '-Wl,--subsystem,native', '-Wl,--entry,_DriverEntry@8',
                            path('narrow.c'), '-o', path('narrow.sys')], check=True)
        else:
            image = bytearray(test_cli.read(driver('stays')))
            place = int.from_bytes(image[60:64], 'little')
            image[place + 4:place + 6] = (0x14C).to_bytes(2, 'little')
            image[place + 24:place + 26] = (0x10B).to_bytes(2, 'little')
            write('narrow.sys', bytes(image))
        self.refused('narrow.sys', 'narrow.sys', '32')

    def test_a_program_for_linux_is_refused(self):
        shutil.copy('/bin/true', path('linux.sys'))
        self.refused('linux.sys', 'linux.sys', 'PE')

    def test_a_driver_that_cannot_be_moved_is_refused(self):
        image = bytearray(test_cli.read(driver('stays')))
        place = int.from_bytes(image[60:64], 'little')
        image[place + 22] |= 1 # IMAGE_FILE_RELOCS_STRIPPED
        image[place + 24 + 152:place + 24 + 160] = bytes(8) # the directory
        write('fixed.sys', bytes(image))
        done = run('fixed.sys')
        self.assertEqual((done.returncode, done.stdout), (2, b''), done.stderr)
        self.assertIn('relocations', done.stderr.decode())


class Options(unittest.TestCase):
    def test_an_option_without_its_argument_is_an_error(self):
        for option in ('machine', 'processors', 'group-size', 'verify', 'watchdog', 'timeout', 'seed', 'record',
                       'accel', 'json'):
            done = test_cli.allcall('run', driver('calls'), '--' + option)
            self.assertEqual((done.returncode, done.stdout), (2, b''), option)
            self.assertIn('--' + option, done.stderr.decode())

    def test_every_option_of_the_design_is_accepted(self):
        status, data, errors = report('--processors', '2', '--group-size', '64', '--verify', 'off', '--watchdog', '5',
                                      '--timeout', '30', '--seed', '9', '--record', '3', '--accel', 'tcg',
                                      driver('calls'))
        self.assertEqual((status, errors, data['processors'], data['seed']), (0, b'', 2, 9))
        self.assertEqual(run('--processors=1', '--verify=on', driver('calls')).returncode, 0)

    def test_options_may_follow_the_driver_and_two_dashes_end_them(self):
        self.assertEqual(report(driver('calls'), '--processors', '2')[1]['processors'], 2)
        shutil.copy(path(driver('calls')), path('--odd.sys'))
        status, data, _ = report('--', '--odd.sys')
        self.assertEqual((status, data['drivers'][0]['file']), (0, '--odd.sys'))
        self.assertIn(' -- --odd.sys', data['replay'])


class Outcomes(unittest.TestCase):
    def test_a_good_run_is_as_documented(self):
        status, data, errors = report('--processors', '3', driver('calls'))
        self.assertEqual((status, errors, data['findings'], data['bugcheck']), (0, b'', [], None))
        self.assertEqual(data['drivers'], [{'file': 'calls.sys', 'status': '0x00000000'}])
        self.assertEqual(data['debug'], ['done'])
        self.assertEqual([call['id'] for call in data['calls']], list(range(1, 21)))
        self.assertEqual([int(call['context'], 16) for call in data['calls']], list(range(20)))
        self.assertEqual({call['routine'] for call in data['calls']}, {'calls.sys!Routine+0x0'})
        self.assertRegex(data['calls'][0]['location'], r'^calls\.c:\d+$')

    def test_groups_are_reported(self):
        status, data, _ = report('--processors', '5', '--group-size', '2', driver('calls'))
        self.assertEqual(status, 0)
        for call in data['calls']:
            self.assertEqual([(p['index'], p['group'], p['number']) for p in call['processors']],
                             [(0, 0, 0), (1, 0, 1), (2, 1, 0), (3, 1, 1), (4, 2, 0)])

    def test_processors_come_up_after_the_drivers_unless_refused(self):
        status, data, errors = report('--processors', '3', '--hot-add', '3', driver('adds'))
        self.assertEqual((status, errors, data['processors']), (0, b'', 3))
        self.assertEqual([len(call['processors']) for call in data['calls']], [3, 4, 5])
        self.assertEqual([int(call['context'], 16) for call in data['calls']], [0, 3, 4])
        self.assertIn(' --processors 3 --hot-add 3 ', data['replay'])
        self.assertRegex(data['notes'][0], r'^processor 3 was not added: adds\.sys!Changed '
                         r'\(adds\.c:\d+\) refused it, 0xC0000017')
        text = run('--processors', '1', '--hot-add', '2', driver('adds')).stdout.decode()
        self.assertIn(' 1 + 1 processors on qemu.', text)

    def test_record_says_how_many_calls_are_kept(self):
        self.assertEqual(report('--record', '0', driver('calls'))[1]['calls'], [])
        kept = [call['id'] for call in report('--record', '5', driver('calls'))[1]['calls']]
        self.assertEqual(kept[:5], [1, 2, 3, 4, 5])
        self.assertLessEqual(len(kept), 6) # and the slowest of the others

    def test_a_driver_entry_that_fails_is_a_finding(self):
        status, data, _ = report(driver('fails'))
        self.assertEqual((status, data['drivers'][0]['status']), (1, '0xC0000017'))
        self.assertEqual(data['findings'][0]['rule'], 'DRIVER_ENTRY_FAILED')
        self.assertIn('STATUS_NO_MEMORY', data['findings'][0]['message'])

    def test_a_driver_entry_that_succeeds_with_another_status_is_none(self):
        status, data, _ = report(driver('warns'))
        self.assertEqual((status, data['drivers'][0]['status'], data['findings']), (0, '0x00000103', []))

    def test_a_driver_entry_that_crashes_is_a_finding(self):
        status, data, _ = report(driver('crashes'))
        self.assertEqual((status, data['drivers'][0]['status']), (1, None))
        self.assertEqual((data['bugcheck']['code'], data['bugcheck']['parameters'][0]),
                         ('0x0000001E', '0x00000000C0000005'))
        self.assertRegex(data['findings'][0]['location'], r'^crashes\.c:\d+$')

    def test_a_driver_entry_that_spins_ends_by_the_timeout(self):
        start = time.monotonic()
        status, data, _ = report('--timeout', '3', driver('spins'))
        self.assertLess(time.monotonic() - start, 20)
        self.assertEqual((status, data['findings'][0]['rule'], data['debug']), (1, 'TIMEOUT', ['spinning']))
        self.assertIn('spins.c:', data['findings'][0]['message'])

    def test_a_driver_entry_that_spins_with_interrupts_off_ends_too(self):
        start = time.monotonic()
        status, data, _ = report('--timeout', '3', driver('spins_hard'))
        self.assertLess(time.monotonic() - start, 20)
        self.assertEqual(status, 1)
        self.assertIn(data['findings'][0]['rule'], ('TIMEOUT', 'C18'))
        status, data, _ = report('--watchdog', '1', driver('spins_hard'))
        self.assertEqual((status, data['bugcheck']['name']), (1, 'CLOCK_WATCHDOG_TIMEOUT'))

    def test_a_driver_entry_that_returns_at_a_raised_irql_is_a_finding(self):
        status, data, _ = report(driver('raised'))
        self.assertEqual((status, data['bugcheck']['name']), (1, 'IRQL_UNEXPECTED_VALUE'))
        self.assertIn('raised.sys', data['findings'][0]['message'] + str(data['findings'][0]['stack']))

    def test_a_driver_unload_that_crashes_is_a_finding(self):
        status, data, _ = report(driver('unload_crashes'))
        self.assertEqual((status, data['drivers'][0]['status']), (1, '0x00000000'))
        self.assertEqual(data['debug'], ['unload \\Driver\\unload_crashes'])
        self.assertEqual(data['bugcheck']['code'], '0x0000001E')

    def test_drivers_start_in_order_and_unload_in_reverse(self):
        status, data, _ = report(driver('first'), driver('stays'), driver('second'), driver('third'))
        self.assertEqual((status, data['findings']), (0, []))
        self.assertEqual(data['debug'], ['enter \\Driver\\first', 'enter \\Driver\\second', 'enter \\Driver\\third',
                                         'unload \\Driver\\third', 'unload \\Driver\\second',
                                         'unload \\Driver\\first'])
        self.assertEqual([d['status'] for d in data['drivers']], ['0x00000000'] * 4)
        self.assertTrue(any('stays.sys' in note for note in data['notes']), data['notes'])

    def test_a_driver_that_fails_ends_the_start_and_those_before_it_unload(self):
        status, data, _ = report(driver('first'), driver('fails'), driver('second'))
        self.assertEqual(status, 1)
        self.assertEqual(data['debug'], ['enter \\Driver\\first', 'unload \\Driver\\first'])
        self.assertEqual([d['status'] for d in data['drivers']], ['0x00000000', '0xC0000017', None])
        self.assertEqual(len(data['findings']), 1)

    def test_the_replay_command_runs_again(self):
        status, data, _ = report('--processors', '2', '--group-size', '1', '--watchdog', '7', driver('fails'))
        words = data['replay'].split()
        self.assertEqual(words[0], 'allcall')
        again = test_cli.allcall(*words[1:], '--json', '-')
        self.assertEqual(again.returncode, status)
        repeated = schema.parse(again.stdout)
        self.assertEqual((repeated['replay'], repeated['processors'], repeated['drivers']),
                         (data['replay'], 2, data['drivers']))


class Streams(unittest.TestCase):
    def test_the_text_has_prints_calls_and_outcome_on_standard_output(self):
        done = run(driver('calls'))
        text = done.stdout.decode()
        self.assertEqual((done.returncode, done.stderr), (0, b''))
        self.assertTrue(text.startswith('done\n'), text)
        self.assertIn('calls.sys!Routine', text)
        self.assertIn('Nothing found', text)
        self.assertNotIn('\x1b', text)
        self.assertNotIn('\r', text)

    def test_json_in_a_file_leaves_the_text_alone(self):
        done = run('--json', 'calls.json', driver('calls'))
        self.assertIn(b'Nothing found', done.stdout)
        schema.parse(test_cli.read('calls.json'))

    def test_a_failure_to_write_is_an_error(self):
        with open('/dev/full', 'wb') as full:
            done = subprocess.run([test_cli.ALLCALL, 'run', '--json', '-', driver('calls')], cwd=test_cli.FOLDER,
                                  stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b'No space left', done.stderr)

    def test_a_reader_that_goes_away_leaves_nothing_running(self):
        command = f'{test_cli.ALLCALL} run --machine qemu {driver("prints")} | head -c 5'
        process = subprocess.Popen(['bash', '-c', command + ' 2>/dev/null'], cwd=test_cli.FOLDER,
                                   stdout=subprocess.PIPE, start_new_session=True)
        output, _ = process.communicate(timeout=50)
        self.assertEqual(output, b'again')
        self.assertEqual(session_alive(process.pid), [])

    def test_standard_output_may_be_closed(self):
        process = subprocess.Popen(['bash', '-c', f'exec {test_cli.ALLCALL} run {driver("calls")} >&-'],
                                   cwd=test_cli.FOLDER, stderr=subprocess.PIPE, start_new_session=True)
        process.communicate(timeout=60)
        self.assertGreaterEqual(process.returncode, 0)
        self.assertEqual(session_alive(process.pid), [])

    def test_standard_input_is_not_read(self):
        done = subprocess.run(['bash', '-c', f'printf "a b" | {{ {test_cli.ALLCALL} run {driver("calls")} >/dev/null; '
                               'cat; }'], cwd=test_cli.FOLDER, stdout=subprocess.PIPE, timeout=60)
        self.assertEqual(done.stdout, b'a b')

    def test_progress_is_shown_on_a_terminal_only(self):
        self.assertEqual(run('--timeout', '3', driver('spins')).stderr, b'')
        master, slave = pty.openpty()
        process = subprocess.Popen([test_cli.ALLCALL, 'run', '--machine', 'qemu', '--timeout', '3', '--json', '-',
                                    driver('spins')],
                                   cwd=test_cli.FOLDER, stdout=subprocess.DEVNULL, stderr=slave)
        process.wait(60)
        os.close(slave)
        seen = b''
        try:
            while piece := os.read(master, 4096):
                seen += piece
        except OSError:
            pass
        os.close(master)
        self.assertEqual(process.returncode, 1)
        self.assertRegex(seen.decode(), r'\r\S*spins\.sys: in DriverEntry, \d+ s')
        self.assertTrue(seen.endswith(b'\r\x1b[K')) # and it is gone in the end


class Interrupted(unittest.TestCase):
    def interrupt(self, number, group):
        folder = path('tmp')
        os.makedirs(folder, exist_ok=True)
        process = subprocess.Popen([test_cli.ALLCALL, 'run', '--machine', 'qemu', driver('spins')],
                                   cwd=test_cli.FOLDER,
                                   env=dict(os.environ, TMPDIR=folder), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, start_new_session=True)
        self.assertEqual(process.stdout.read(8), b'spinning')
        self.assertGreater(len(session_alive(process.pid)), 1)
        if group:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        _, errors = process.communicate(timeout=20)
        deadline = time.monotonic() + 5
        while session_alive(process.pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(session_alive(process.pid), [])
        self.assertEqual(os.listdir(folder), [])
        return process.returncode, errors.decode()

    def test_control_c_ends_the_machine_and_says_so(self):
        status, errors = self.interrupt(signal.SIGINT, True)
        self.assertEqual(status, -signal.SIGINT)
        self.assertIn('interrupted', errors)
        self.assertNotIn('qemu', errors.lower())

    def test_a_signal_to_the_command_alone_ends_the_machine_as_well(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            self.assertEqual(self.interrupt(number, False)[0], -number)

    def test_a_killed_command_takes_its_machine_along(self):
        self.assertEqual(self.interrupt(signal.SIGKILL, False)[0], -signal.SIGKILL)

    def test_a_run_leaves_no_file_behind(self):
        folder = path('tmp2')
        os.makedirs(folder, exist_ok=True)
        before = sorted(os.listdir(test_cli.FOLDER))
        self.assertEqual(run(driver('calls'), TMPDIR=folder).returncode, 0)
        self.assertEqual(os.listdir(folder), [])
        self.assertEqual(sorted({*os.listdir(test_cli.FOLDER)} - {'calls.c', 'calls.sys'}),
                         sorted({*before} - {'calls.c', 'calls.sys'}))


class Places(unittest.TestCase):
    """It works from any folder, through a link, and installed."""

    def test_relative_paths_and_spaces_work_from_any_folder(self):
        os.makedirs(path('a folder/below'), exist_ok=True)
        write('a folder/my driver.c', SOURCES['calls'])
        work = path('a folder/below')
        command = os.path.relpath(test_cli.ALLCALL, work)
        made = subprocess.run([command, 'cc', '../my driver.c', '-o', 'my driver.sys'], cwd=work, capture_output=True)
        self.assertEqual((made.returncode, made.stderr), (0, b''))
        done = subprocess.run([command, 'run', '--json', '-', './my driver.sys'], cwd=work, capture_output=True)
        self.assertEqual(done.returncode, 0)
        data = schema.parse(done.stdout)
        self.assertEqual(data['debug'], ['done'])
        self.assertIn("'./my driver.sys'", data['replay'])

    def test_a_link_to_the_command_works(self):
        os.makedirs(path('bin'), exist_ok=True)
        if not os.path.islink(path('bin/allcall')):
            os.symlink(test_cli.ALLCALL, path('bin/allcall'))
        done = subprocess.run(['allcall', 'run', driver('calls')], cwd=test_cli.FOLDER, capture_output=True,
                              env=dict(os.environ, PATH=path('bin') + ':' + os.environ['PATH']))
        self.assertEqual((done.returncode, done.stderr), (0, b''))

    def test_the_installed_command_compiles_and_runs(self):
        root = path('root')
        done = subprocess.run(['meson', 'install', '-C', BUILD, '--no-rebuild', '--quiet', '--destdir', root],
                              capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        command = next((os.path.join(place, 'allcall') for place, _, files in os.walk(root)
                        if place.endswith('/bin') and 'allcall' in files), None)
        self.assertIsNotNone(command)
        write('installed.c', SOURCES['calls'])
        made = subprocess.run([command, 'cc', 'installed.c', '-o', 'installed.sys'], cwd=test_cli.FOLDER,
                              capture_output=True)
        self.assertEqual((made.returncode, made.stderr), (0, b''))
        for machine in ('sim', 'qemu'):
            done = subprocess.run([command, 'run', '--machine', machine, 'installed.sys'], cwd=test_cli.FOLDER,
                                  capture_output=True)
            self.assertEqual((done.returncode, done.stderr), (0, b''))


class Compiled(unittest.TestCase):
    """What `allcall cc` makes runs on the machine."""

    def test_the_reference_example_runs_with_every_header_and_compiler(self):
        for compiler in ('gcc', 'clang'):
            for header in ('wdm.h', 'ntddk.h', 'ntifs.h'):
                with self.subTest(compiler=compiler, header=header):
                    write('example.c', test_cli.EXAMPLE % header)
                    made = test_cli.allcall('cc', '--compiler', compiler, 'example.c', '-o', 'example.sys', '--',
                                            '-Wall', '-Wextra', '-Werror')
                    self.assertEqual((made.returncode, made.stderr, made.stdout), (0, b'', b''))
                    status, data, _ = report('--processors', '2', 'example.sys')
                    self.assertEqual((status, len(data['calls'])), (0, 1))
                    self.assertEqual(data['calls'][0]['routine'], 'example.sys!MyIpiGenericCall+0x0')
                    self.assertRegex(data['calls'][0]['location'], r'^example\.c:\d+$')

    def test_every_optimisation_level_and_several_sources_work(self):
        write('part.c', '#include <ntddk.h>\nint Part(void)\n{\n    return 0;\n}\n')
        write('whole.c', HEAD + 'int Part(void);\n' + ROUTINE + ENTRY %
              '    KeIpiGenericCall(Routine, 1);\n    return Part();')
        for compiler in ('gcc', 'clang'):
            for flags in (['-O0'], ['-O1'], ['-O3'], ['-Os', '-g0']):
                with self.subTest(compiler=compiler, flags=flags):
                    made = test_cli.allcall('cc', '--compiler', compiler, 'whole.c', 'part.c', '-o', 'whole.sys',
                                            '--', *flags)
                    self.assertEqual((made.returncode, made.stderr), (0, b''))
                    self.assertEqual(run('whole.sys').returncode, 0)

    def test_a_driver_may_import_from_one_before_it_which_stays_as_long(self):
        write('gives.c', HEAD + '__declspec(dllexport) ULONG NTAPI Answer(VOID)\n{\n    return 42;\n}\n' +
              UNLOAD % '' + ENTRY.replace('UNREFERENCED_PARAMETER(Driver)', 'Driver->DriverUnload = Unload') %
              '    return STATUS_SUCCESS;')
        write('takes.c', HEAD + '__declspec(dllimport) ULONG NTAPI Answer(VOID);\n' + ENTRY %
              '    DbgPrint("answer %u\\n", Answer());\n    return STATUS_SUCCESS;')
        self.assertEqual(cc('gives.c', 'gives.sys').returncode, 0)
        self.assertEqual(cc('takes.c', 'takes.sys', import_library('gives.sys', 'Answer')).returncode, 0)
        status, data, _ = report('--processors', '2', 'gives.sys', 'takes.sys')
        self.assertEqual((status, data['debug'][0]), (0, 'answer 42'))
        done = run('takes.sys', 'gives.sys')
        self.assertEqual(done.returncode, 2)
        self.assertIn(b'gives.sys!Answer', done.stderr)

    def test_a_compile_error_leaves_no_driver(self):
        write('faulty.c', HEAD + 'int x = ;\n')
        made = cc('faulty.c', 'faulty.sys')
        self.assertEqual(made.returncode, 1)
        self.assertRegex(made.stderr.decode(), r'faulty\.c:2:\d+: error')
        self.assertFalse(os.path.exists(path('faulty.sys')))

    def test_an_unknown_name_is_a_link_error(self):
        write('unknown.c', HEAD + 'NTSTATUS NTAPI KeNoSuchRoutine(VOID);\n' + ENTRY % '    return KeNoSuchRoutine();')
        made = cc('unknown.c', 'unknown.sys')
        self.assertEqual(made.returncode, 1)
        self.assertIn('KeNoSuchRoutine', made.stderr.decode())


class Debugger(unittest.TestCase):
    def test_the_printed_commands_attach_gdb_with_symbols(self):
        if not shutil.which('gdb'):
            self.skipTest('no gdb here')
        process = subprocess.Popen([test_cli.ALLCALL, 'run', '--gdb', '--processors', '2', driver('calls')],
                                   cwd=test_cli.FOLDER, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   start_new_session=True)
        try:
            commands, line = [], b'.'
            while line and b'target remote' not in line:
                line = process.stderr.readline()
                commands += re.findall(rb"((?:file|symbol-file|add-symbol-file|target remote) .*)", line)
            seen = subprocess.run(['gdb', '-q', '-nx', '-batch', *sum((['-ex', command.decode()] for command in commands),
                                                                       []),
                                   '-ex', 'hbreak KeIpiGenericCall', '-ex', 'continue', '-ex', 'backtrace', '-ex',
                                   'info threads', '-ex', 'kill'],
                                  cwd=test_cli.FOLDER, capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
            text = seen.stdout.decode(errors='replace')
            self.assertRegex(text, r'#0 .*KeIpiGenericCall .*ipi\.c:\d+', text + seen.stderr.decode())
            self.assertRegex(text, r'Thread 1\.2|2 +Thread')
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=20)
        self.assertEqual(session_alive(process.pid), [])
