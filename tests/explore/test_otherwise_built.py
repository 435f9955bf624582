# SPDX-License-Identifier: MIT
"""test_otherwise_built.py: the machine knows no address and no symbol of the kernel.

A kernel of other optimisation, with its functions and data in another order and without symbols,
shows the same findings: the same rules at the same lines of drivers, if in other schedules.
Started by run.py, which sets test_explore.ALLCALL and LONG.
"""
import os
import shutil
import subprocess
import tempfile
import unittest

import schema
import test_broken
import test_explore

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LONG = False
BUILT = ('kernel/ntoskrnl.exe', 'hal/pc/hal.dll')
KEPT = ('allcall', 'boot/pvh.elf')
SORTED = '-ffunction-sections -fdata-sections'  # the linker sorts such sections by their names

# name: optimisation, arguments of the compiler, of the linker
KERNELS = {
    'O1 in another order without symbols': ('1', SORTED, '-s'),
    'O3': ('3', '', ''),
}
MORE_KERNELS = {
    'Os in another order': ('s', SORTED, ''),
    'O0': ('0', '', ''),
}

# driver, further options
CONTRACT = [
    ('c01_by_name', ()), ('c02_nested', ()), ('c02_lock_held', ()), ('c05_entry_barrier', ()),
    ('c06_exactly_once', ()), ('c11_all_call_at_once', ()), ('c13_interrupted_code', ()),
    ('c13_routine_state', ()), ('c17_hot_add', ('--hot-add', '1')),
    ('c18_waits_for_caller', ('--watchdog', '1')), ('c18_never_arrives', ('--watchdog', '1')),
    ('k_fault_dispatch', ()), ('k_wait_in_dpc', ()), ('k_lock_twice', ()),
]


def call(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          cwd=TOP, check=False)
    if done.returncode != 0:
        raise RuntimeError(f'{" ".join(command)}: {done.stdout.decode(errors="replace")[-2000:]}')


def make_kit(folder, usual, optimization, compiler, linker):
    """A folder with the command, the drivers and a kernel that is built otherwise.  => its command"""
    output, kit = os.path.join(folder, 'build'), os.path.join(folder, 'kit')
    call('meson', 'setup', output, '--cross-file', 'mingw.ini', '-Dwerror=false',
         f'-Doptimization={optimization}', f'-Dc_args={compiler}', f'-Dc_link_args={linker}')
    call('ninja', '-C', output, '-j2', *BUILT)
    for origin, files in ((output, BUILT), (usual, KEPT)):
        for name in files:
            os.makedirs(os.path.dirname(os.path.join(kit, name)), exist_ok=True)
            shutil.copy(os.path.join(origin, name), os.path.join(kit, name))
    for name in ('drivers', 'tests'):
        os.symlink(os.path.join(usual, name), os.path.join(kit, name))
    shutil.rmtree(output)
    return os.path.join(kit, 'allcall')


def gist(allcall, driver, options):
    """What must not depend on how the kernel is built."""
    path = os.path.join(os.path.dirname(allcall), 'tests', 'contract', driver + '.sys')
    done = subprocess.run([allcall, 'run', '--machine', 'sim', '--processors', '3', '--json', '-', *options, path],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=test_explore.PATIENCE, check=False)
    report = schema.parse(done.stdout)

    def line_of(place):
        return place['location'] if place['location'] and place['location'].startswith(driver) else None

    return {
        'status': done.returncode,
        'findings': [(finding['rule'], line_of(finding)) for finding in report['findings']],
        'bug check': report['bugcheck'] and report['bugcheck']['name'],
        'lines': sorted(report['debug']),
    }


class OtherwiseBuilt(unittest.TestCase):
    """Each test builds a kernel of its own."""

    def check_kernel(self, how):
        usual = test_explore.ALLCALL
        with tempfile.TemporaryDirectory(prefix='otherwise.') as folder:
            test_explore.ALLCALL = make_kit(folder, os.path.dirname(usual), *how)
            try:
                self.check_broken()
                for driver, options in CONTRACT:
                    self.assertEqual(gist(test_explore.ALLCALL, driver, options), gist(usual, driver, options), driver)
            finally:
                test_explore.ALLCALL = usual

    def check_broken(self):
        broken = test_broken.Broken()
        for rows in test_broken.groups().values():
            broken.check_driver(rows)
        broken.test_nothing_is_found_in_the_good_samples()


def add_tests():
    for name, how in KERNELS.items():
        setattr(OtherwiseBuilt, 'test_the_same_is_found_on_a_kernel_built_with_' + name.replace(' ', '_'),
                lambda self, how=how: self.check_kernel(how))
    for name, how in MORE_KERNELS.items():
        def check(self, how=how):
            if not LONG:
                self.skipTest('only with --long')
            self.check_kernel(how)
        setattr(OtherwiseBuilt, 'test_the_same_is_found_on_a_kernel_built_with_' + name.replace(' ', '_'), check)


add_tests()
