# SPDX-License-Identifier: MIT
"""test_silence.py: where nothing is wrong nothing is found, in any schedule.

The exploration drivers (kernel/*.c) put the kernel's own rendezvous under pressure, with both
strategies, at 2, 3 and 4 processors, with and without checking; races are looked for in all.  The
samples and contract drivers are ordinary drivers.  --long: a million schedules of each driver, on
two cores about a day for all.
Started by run.py, which sets test_explore.ALLCALL and LONG.
"""
import os
import unittest

import test_explore

LONG = False
MILLION = 1000000
PATIENCE_LONG = 40 * 3600  # seconds for a million schedules

# kernel/NAME.c: how many schedules of each kind in a short test
KERNEL = {'added': 20, 'callers': 40, 'late': 20, 'locks': 40, 'long': 1, 'moved': 20, 'over_callers': 40,
          'services': 20}
KINDS = 12  # strategies, processors, verify
LONGEST = {'long': 100}
STRATEGIES = {'long': ('random',)}  # nothing but time passes there
SAMPLES = ('corral', 'flush_tlb', 'for_each_processor', 'read_msr', 'skew')

# Contract drivers that are done quickly, and options that they need
SCHEDULES = 100  # of each in a short test
CONTRACT = {
    'c01_by_name': (), 'c02_every_irql': (), 'c02_lock_held': (), 'c03_every_processor': (), 'c05_concurrent': (),
    'c06_once_despite_lowered_irql': (), 'c07_returns_after_all': (), 'c08_callers_value': (),
    'c09_no_exit_barrier': (), 'c13_caller_state': (),
    'c14_one_processor': ('--processors', '1'), 'c15_any_context': (), 'c15_wrong_type': (), 'c16_by_address': (),
    'c17_hot_add': ('--hot-add', '1'), 'c17_refused': ('--hot-add', '1'), 'a1_what_a_routine_may': (),
    'c02_from_service_routine': (), 'k_apc': (), 'k_dpc_at_lower': (), 'k_dpc_everywhere': (),
    'k_dpc_importance': (), 'k_dpc_target': (),
    'k_interrupt_shared': (), 'k_nmi_send': (),
    'k_lock_readers': (), 'k_nmi_in_call': (), 'k_thread_life': (), 'k_time_stall': (),
    'k_timer': (), 'k_wait_multiple': (),
}


def path_of(*names):
    return os.path.join(os.path.dirname(test_explore.ALLCALL), *names) + '.sys'


def shape(processors, driver):
    """The options for so many processors in all."""
    if driver == 'added':
        return ('--processors', str(processors - 1), '--hot-add', '1')
    return ('--processors', str(processors))


class Silence(unittest.TestCase):
    def explore(self, schedules, *words):
        """Run so many schedules; nothing may be found in any."""
        status, report, _ = test_explore.explore('--schedules', str(schedules), '--seconds', '1000000', *words)
        self.assertEqual((status, report['findings'], report['schedules']), (0, [], schedules), words)

    def setUp(self):
        self.patience = test_explore.PATIENCE
        test_explore.PATIENCE = PATIENCE_LONG if LONG else self.patience

    def tearDown(self):
        test_explore.PATIENCE = self.patience

    def check_kernel(self, driver, strategy):
        schedules = KERNEL[driver] if not LONG else LONGEST.get(driver, MILLION // KINDS)
        for processors in (2, 3, 4):
            for verify in ('on', 'off'):
                self.explore(schedules, '--strategy', strategy, '--verify', verify, *shape(processors, driver),
                             path_of('tests', 'explore', 'kernel', driver))

    def test_nothing_is_found_in_the_samples(self):
        for name in SAMPLES:
            self.explore(MILLION if LONG else SCHEDULES, path_of('drivers', name))

    def test_nothing_is_found_in_the_quick_contract_drivers(self):
        for name, options in CONTRACT.items():
            self.explore(MILLION if LONG else SCHEDULES, *options, path_of('tests', 'contract', name))


def add_tests():
    for driver in KERNEL:
        for strategy in STRATEGIES.get(driver, ('random', 'pct')):
            setattr(Silence, f'test_nothing_is_found_in_the_rendezvous_under_{strategy}_with_{driver}',
                    lambda self, driver=driver, strategy=strategy: self.check_kernel(driver, strategy))


add_tests()
