#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py: test `allcall explore`.

usage: run.py --build FOLDER [--long] [SUBSTRING...]

FOLDER is a complete build.  --long: a million schedules where nothing may be found, and more
kernels: days.  A test's name is the sentence that it proves.  The last line is
"N passed, N failed".
"""
import argparse
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path[:0] = [HERE, TESTS, os.path.join(TESTS, 'cli')]
import sentences
import test_broken
import test_explore
import test_otherwise_built
import test_silence


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', required=True)
    parser.add_argument('--long', action='store_true')
    parser.add_argument('only', nargs='*', help='run the tests whose name contains one of these')
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        test_explore.ALLCALL = os.path.abspath(os.path.join(arguments.build, 'allcall'))
        test_explore.FOLDER = folder
        test_silence.LONG = test_otherwise_built.LONG = arguments.long
        test_explore.make_drivers()
        return sentences.run((test_broken, test_explore, test_silence, test_otherwise_built), arguments.only)


if __name__ == '__main__':
    sys.exit(main())
