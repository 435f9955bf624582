#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py: test `allcall explore`.

usage: run.py --build FOLDER [SUBSTRING...]

FOLDER is a complete build.  A test's name is the sentence that it proves.  The last line is
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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', required=True)
    parser.add_argument('only', nargs='*', help='run the tests whose name contains one of these')
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        test_explore.ALLCALL = os.path.abspath(os.path.join(arguments.build, 'allcall'))
        test_explore.FOLDER = folder
        test_explore.make_drivers()
        return sentences.run((test_broken, test_explore), arguments.only)


if __name__ == '__main__':
    sys.exit(main())
