#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py: test the command line.

usage: run.py --build FOLDER [SUBSTRING...]

FOLDER is a complete build.  test_cli.py has QEMU played by fake/, test_machine.py runs the real one.
A test's name is the sentence that it proves.  The last line is "N passed, N failed".
"""
import argparse
import os
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_cli
import test_machine


class Lines(unittest.TestResult):
    """One line for each test, and what was wrong with it."""

    @staticmethod
    def sentence(test):
        return test.id().rsplit('.', 1)[-1].removeprefix('test_').replace('_', ' ')

    def startTest(self, test):
        self.begun = time.monotonic()
        super().startTest(test)
        self.wrong = None

    def addSuccess(self, test):
        super().addSuccess(test)
        print(f'ok   {self.sentence(test)} ({time.monotonic() - self.begun:.1f} s)', flush=True)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        print(f'skip {self.sentence(test)}: {reason}', flush=True)

    def failed(self, test, error):
        print(f'FAIL {self.sentence(test)}')
        print('     ' + self._exc_info_to_string(error, test).rstrip().replace('\n', '\n     '), flush=True)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.failed(test, error)

    def addError(self, test, error):
        super().addError(test, error)
        self.failed(test, error)


def tests_of(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests_of(test)
        else:
            yield test


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', required=True)
    parser.add_argument('only', nargs='*', help='run the tests whose name contains one of these')
    arguments = parser.parse_args()

    result = Lines()
    with tempfile.TemporaryDirectory() as folder:
        test_cli.ALLCALL = os.path.abspath(os.path.join(arguments.build, 'allcall'))
        test_cli.FOLDER = folder
        test_machine.BUILD = os.path.abspath(arguments.build)
        test_cli.make_drivers()
        loader = unittest.TestLoader()
        suite = unittest.TestSuite(loader.loadTestsFromModule(module) for module in (test_cli, test_machine))
        chosen = [test for test in tests_of(suite)
                  if not arguments.only or any(text in test.id() for text in arguments.only)]
        unittest.TestSuite(chosen).run(result)
    bad = len(result.failures) + len(result.errors)
    print(f'{result.testsRun - bad - len(result.skipped)} passed, {bad} failed')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
