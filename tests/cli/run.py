#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py: test the command line.

usage: run.py --build FOLDER [SUBSTRING...]

FOLDER is a complete build.  test_cli.py has QEMU played by fake/, test_machine.py runs the real one,
test_findings.py the simulator, test_requests.py both.
A test's name is the sentence that it proves.  The last line is "N passed, N failed".
"""
import argparse
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import sentences
import test_cli
import test_findings
import test_machine
import test_requests


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', required=True)
    parser.add_argument('only', nargs='*', help='run the tests whose name contains one of these')
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        test_cli.ALLCALL = os.path.abspath(os.path.join(arguments.build, 'allcall'))
        test_cli.FOLDER = folder
        test_machine.BUILD = test_requests.BUILD = os.path.abspath(arguments.build)
        test_cli.make_drivers()
        return sentences.run((test_cli, test_machine, test_findings, test_requests), arguments.only)


if __name__ == '__main__':
    sys.exit(main())
