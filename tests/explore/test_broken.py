# SPDX-License-Identifier: MIT
"""test_broken.py: every bug of drivers/broken is found, where it is, and none in the good samples.

Started by run.py, which sets ALLCALL and FOLDER.  broken.tsv says what must be found.
"""
import os
import re
import shlex
import unittest

import schema
import test_explore

HERE = os.path.dirname(os.path.abspath(__file__))
DRIVERS = os.path.join(os.path.dirname(os.path.dirname(HERE)), 'drivers')
GOOD = ('corral', 'flush_tlb', 'for_each_processor', 'read_msr', 'skew')


def read_table():
    """The rows of broken.tsv as dictionaries."""
    with open(os.path.join(HERE, 'broken.tsv'), encoding='utf-8') as table:
        lines = [line.rstrip('\n') for line in table if line.strip() and not line.startswith('#')]
    header = lines[0].split('\t')
    return [dict(zip(header, line.split('\t'), strict=True)) for line in lines[1:]]


def places_of(row):
    """FILE.c:LINE of the lines that a row names."""
    with open(os.path.join(DRIVERS, 'broken', row['driver'] + '.c'), encoding='utf-8') as source:
        lines = list(source)
    places = []
    for pattern in row['line'].split(' <> '):
        numbers = [number for number, line in enumerate(lines, 1) if re.search(pattern, line)]
        assert len(numbers) == 1, (row, numbers)
        places.append(f'{row["driver"]}.c:{numbers[0]}')
    return set(places)


def matches(finding, row):
    """Is this the finding of a row of the table?"""
    if finding['rule'] != row['rule']:
        return False
    sides = {finding['location'], finding.get('other', finding)['location']}
    return row['line'] == '-' or sides == places_of(row)


def built(*names):
    return os.path.join(os.path.dirname(test_explore.ALLCALL), 'drivers', *names) + '.sys'


class Broken(unittest.TestCase):
    def check_replay(self, finding, row):
        result = test_explore.allcall(*shlex.split(finding['replay'])[1:], '--json', '-')
        report = schema.parse(result.stdout)
        self.assertEqual(result.returncode, 1)
        self.assertTrue(any(matches(again, row) for again in report['findings']), (row, report['findings']))

    def check_row(self, row, findings):
        found = [finding for finding in findings if matches(finding, row)]
        if found == [] and row['within'] == '-':
            return
        self.assertEqual(len(found), 1, (row, findings))
        if row['within'] != '-':
            self.assertLessEqual(found[0]['schedule'], int(row['within']), row)
        if row['shape'] != 'any':
            self.assertEqual(found[0]['shape'], int(row['shape']), row)
        self.check_replay(found[0], row)

    def check_driver(self, rows):
        within = max(int(row['within']) if row['within'] != '-' else 3 for row in rows)
        options = shlex.split('' if rows[0]['options'] == '-' else rows[0]['options'])
        status, report, _ = test_explore.explore('--schedules', str(within), *options, built('broken', rows[0]['driver']))
        for row in rows:
            self.check_row(row, report['findings'])
        for finding in report['findings']:
            self.assertTrue(any(matches(finding, row) for row in rows), finding)
        self.assertEqual(status, 1 if report['findings'] else 0)

    def test_the_table_has_every_broken_driver(self):
        names = {name[:-2] for name in os.listdir(os.path.join(DRIVERS, 'broken')) if name.endswith('.c')}
        self.assertEqual({row['driver'] for row in read_table()}, names)

    def test_nothing_is_found_in_the_good_samples(self):
        for name in GOOD:
            status, report, _ = test_explore.explore('--schedules', '60', built(name))
            self.assertEqual((status, report['findings'], report['schedules']), (0, [], 60), name)


def groups():
    """The rows of each driver and set of options of the table: one run."""
    found = {}
    for row in read_table():
        found.setdefault((row['driver'], row['options']), []).append(row)
    return found


def add_tests():
    """A test for each run."""
    for (driver, options), rows in groups().items():
        name = f'test_the_bug_of_{driver}_is_found_at_its_line_and_nothing_else'
        name += '' if options == '-' else '_' + re.sub(r'\W+', '_', options).strip('_')
        setattr(Broken, name, lambda self, rows=rows: self.check_driver(rows))


add_tests()
