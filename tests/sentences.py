# SPDX-License-Identifier: MIT
"""sentences.py: run unit tests whose names are the sentences that they prove, a line for each."""
import time
import unittest


class Lines(unittest.TestResult):
    """One line for each test, and what was wrong with it."""

    @staticmethod
    def sentence(test):
        return test.id().rsplit('.', 1)[-1].removeprefix('test_').replace('_', ' ')

    def startTest(self, test):
        self.begun = time.monotonic()
        super().startTest(test)

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


def run(modules, only):
    """Run the tests of modules whose name contains one of `only`, if there are any.  => exit status"""
    result = Lines()
    loader = unittest.TestLoader()
    suite = unittest.TestSuite(loader.loadTestsFromModule(module) for module in modules)
    chosen = [test for test in tests_of(suite) if not only or any(text in test.id() for text in only)]
    unittest.TestSuite(chosen).run(result)
    bad = len(result.failures) + len(result.errors)
    print(f'{result.testsRun - bad - len(result.skipped)} passed, {bad} failed')
    return 1 if bad else 0
