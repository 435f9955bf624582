#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py: drivers that attack the machine end in a finding, never in a crash or a hang of the command.

usage: run.py --build FOLDER [--only SUBSTRING] [--fuzz N] [--first SEED] [--long] [--jobs N]

Each attack of tests.tsv runs on the deterministic machine, twice with the same seed, which must give the
same bytes (the second time the command is one with ASan and UBSan), and where the table says so on QEMU.
Then N drivers of random bytes and of random instructions; each follows from its number alone.  The last line is "N passed, N failed".
"""
import argparse
import concurrent.futures
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 120  # seconds for one run; far more than any takes
OPTIONS = {'sim': ['--watchdog', '1', '--timeout', '4'], 'qemu': ['--watchdog', '1', '--timeout', '60']}
FUZZ_OPTIONS = ['--watchdog', '1', '--timeout', '2']
ATTACK, BYTES = b'attack:', b'bytes:'
ROOM = {ATTACK: 41, BYTES: 1018}


def read_table():
    """Return the rows of tests.tsv as dictionaries."""
    with open(os.path.join(HERE, 'tests.tsv'), encoding='utf-8') as table:
        lines = [line.rstrip('\n').split('\t') for line in table if line.strip() and line[0] != '#']
    return [dict(zip(lines[0], line)) for line in lines[1:]]


def sources():
    """Return which driver has which attack, and the sentence of each."""
    found = {}
    for name in sorted(os.listdir(HERE)):
        if not name.endswith('.c'):
            continue
        with open(os.path.join(HERE, name), encoding='utf-8') as source:
            lines = source.read().split('\n')
        for line in lines:
            if line.startswith('    {"') and line.endswith('},'):
                attack, routine = line.strip(' {},').split(', ')
                place = lines.index(f'static VOID {routine}(VOID)')
                begin = place - 1
                while not lines[begin].startswith('/*'):
                    begin -= 1
                words = ' '.join(lines[begin:place]).strip('/* ').replace(' * ', ' ')
                found[attack.strip('"')] = (name[:-2], words)
    return found


def write_behind(image, mark, what):
    """Return the image with something written behind a mark, which it has once."""
    place = image.index(mark) + len(mark)
    if len(what) > ROOM[mark] or image.find(mark, place) >= 0:
        raise ValueError(mark)
    return image[:place] + what + image[place + len(what):]


class Bench:
    """Makes drivers of the build and runs them."""

    def __init__(self, build, folder):
        self.command = os.path.join(build, 'allcall')
        self.drivers = os.path.join(build, 'tests', 'hostile')
        self.folder = folder
        self.sanitized = os.path.join(folder, 'sanitized', 'allcall')
        os.mkdir(os.path.dirname(self.sanitized))
        shutil.copy(os.path.join(self.drivers, 'allcall-sanitized'), self.sanitized)
        for name in ('kernel', 'hal', 'boot'):
            os.symlink(os.path.join(os.path.abspath(build), name), os.path.join(folder, 'sanitized', name))
        for machine in ('sim', 'qemu'):
            os.mkdir(os.path.join(folder, machine))

    def make(self, source, attack, name, code=None):
        """Write a driver that makes one attack; return its path."""
        with open(os.path.join(self.drivers, source + '.sys'), 'rb') as file:
            image = write_behind(file.read(), ATTACK, attack.encode() + b'\0')
        if code is not None:
            image = write_behind(image, BYTES, code)
        path = os.path.join(self.folder, name + '.sys')
        with open(path, 'wb') as file:
            file.write(image)
        return path

    def differs(self, path, options, first):
        """Run a driver again, by the command with sanitizers.  => what is different, or None"""
        again = self.run('sim', path, options, self.sanitized)
        if again == first:
            return None
        return 'two runs with the same seed differ: ' + again[2].decode(errors='replace')[:600]

    def run(self, machine, path, options, command=None):
        """Return exit status, standard output and error; status None: killed."""
        try:
            done = subprocess.run([command or self.command, 'run', '--machine', machine, '--json', '-', *options, path],
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
                                  check=False)
        except subprocess.TimeoutExpired:
            return None, b'', b''
        return done.returncode, done.stdout, done.stderr


def is_outcome(status, output, error):
    """Is this how any driver may end?  => what is wrong, or None"""
    if status is None:
        return f'killed after {PATIENCE} s'
    try:
        report = json.loads(output)
    except ValueError:
        return f'status {status}, no JSON: {error.decode(errors="replace")[:300]}'
    if status == 0 or status == 1 and report['findings']:
        return None
    if status == 3 and any('report is damaged' in note for note in report['notes']):
        return None
    return f'status {status}: {report["findings"][:1]} {report["notes"]}'


def judge(expect, status, output, error):
    """Does a run end as the table says?  => what is wrong, or None"""
    problem = is_outcome(status, output, error)
    if problem is not None or expect == 'any':
        return problem
    report = json.loads(output)
    rules = [finding['rule'] for finding in report['findings']]
    text = ' '.join([finding['message'] for finding in report['findings']] + report['notes'])
    if expect.startswith('ok'):
        wanted = expect.split(' ')[1:]
        return None if status == 0 and report['debug'][-1:] == ['survived'] and \
            all(line in report['debug'] for line in wanted) else f'{status} {rules} {report["debug"][-2:]}'
    for pair in expect.split(' '):
        key, value = pair.split('=')
        if not (key == 'rule' and rules and (value == 'any' or rules[0] in value.split(',')) or key == 'status' and status == int(value) or
                key == 'text' and value in text.replace(' ', '_')):
            return f'not {pair}: status {status}, {rules}: {text[:300]}'
    return None


def attack(bench, row, source, machine):
    """Run an attack. => what is wrong, or None"""
    options = ['--processors', row['processors'], *OPTIONS[machine]]
    path = bench.make(source, row['attack'], os.path.join(machine, row['attack']))
    first = bench.run(machine, path, options)
    problem = judge(row['expect'], *first)
    if problem is None and machine == 'sim':
        problem = bench.differs(path, options, first)
    return problem


# Instructions for the fuzzer: opcodes, whether a ModRM byte follows, and bytes of an immediate.
PLAIN = [('00', 1, 0), ('01', 1, 0), ('03', 1, 0), ('0FAF', 1, 0), ('29', 1, 0), ('31', 1, 0), ('39', 1, 0),
         ('50', 0, 0), ('58', 0, 0), ('63', 1, 0), ('69', 1, 4), ('70', 0, 1), ('75', 0, 1), ('81', 1, 4),
         ('83', 1, 1), ('84', 1, 0), ('86', 1, 0), ('87', 1, 0), ('88', 1, 0), ('89', 1, 0), ('8B', 1, 0),
         ('8D', 1, 0), ('8F', 1, 0), ('90', 0, 0), ('98', 0, 0), ('99', 0, 0), ('9C', 0, 0), ('9D', 0, 0),
         ('A4', 0, 0), ('A5', 0, 0), ('AA', 0, 0), ('AB', 0, 0), ('A6', 0, 0), ('AE', 0, 0), ('B8', 0, 4),
         ('C1', 1, 1), ('C6', 1, 1), ('C7', 1, 4), ('C8', 0, 3), ('C9', 0, 0), ('D1', 1, 0), ('D3', 1, 0),
         ('E3', 0, 1), ('EB', 0, 1), ('E8', 0, 4), ('F6', 1, 0), ('F7', 1, 0), ('FE', 1, 0), ('FF', 1, 0),
         ('0FA3', 1, 0), ('0FAB', 1, 0), ('0FB0', 1, 0), ('0FB1', 1, 0), ('0FC0', 1, 0), ('0FC7', 1, 0),
         ('0FBA', 1, 1), ('0FB6', 1, 0), ('0FBC', 1, 0), ('0FC8', 0, 0), ('0F40', 1, 0), ('0FA4', 1, 1)]
SPECIAL = [('0F01', 1, 0), ('0F00', 1, 0), ('0F20', 1, 0), ('0F22', 1, 0), ('0F21', 1, 0), ('0F23', 1, 0),
           ('0F30', 0, 0), ('0F32', 0, 0), ('0F31', 0, 0), ('0FA2', 0, 0), ('0F06', 0, 0), ('0F08', 0, 0),
           ('0F09', 0, 0), ('0F05', 0, 0), ('0F0B', 0, 0), ('0FAE', 1, 0), ('0FA0', 0, 0), ('0FA1', 0, 0),
           ('0FB2', 1, 0), ('8C', 1, 0), ('8E', 1, 0), ('CC', 0, 0), ('CD', 0, 1), ('CF', 0, 0), ('CB', 0, 0),
           ('CA', 0, 2), ('F1', 0, 0), ('F4', 0, 0), ('FA', 0, 0), ('FB', 0, 0), ('EC', 0, 0), ('ED', 0, 0),
           ('E4', 0, 1), ('E6', 0, 1), ('6C', 0, 0), ('6E', 0, 0), ('D9', 1, 0), ('DB', 1, 0), ('DD', 1, 0),
           ('DF', 1, 0), ('9B', 0, 0), ('0F10', 1, 0), ('0F28', 1, 0), ('0F29', 1, 0), ('0F58', 1, 0),
           ('0F6F', 1, 0), ('0F7F', 1, 0), ('0FE7', 1, 0), ('0F2B', 1, 0), ('0FF7', 1, 0), ('D7', 0, 0),
           ('0F1F', 1, 0), ('0F18', 1, 0), ('0F0D', 1, 0), ('F390', 0, 0), ('0FC2', 1, 1), ('0F38', 1, 1)]
PREFIXES = ['66', '67', 'F0', 'F2', 'F3', '64', '65', '2E', '48', '49', '4C', '41', '4D', '44']


def instructions(chance):
    """Return random instructions, most of them valid."""
    code = bytearray()
    while len(code) < 900:
        opcode, modrm, immediate = chance.choice(SPECIAL if chance.random() < 0.3 else PLAIN)
        for _ in range(chance.choice([0, 0, 0, 1, 1, 2])):
            code += bytes.fromhex(chance.choice(PREFIXES))
        if chance.random() < 0.3:
            code.append(chance.choice([0x48, 0x49]))
        code += bytes.fromhex(opcode)
        if modrm:
            code.append(chance.choice([chance.randrange(0xC0, 0x100), chance.randrange(0x100)]))
        code += chance.randbytes(immediate)
        if chance.random() < 0.2:
            # A register gets an address or a small number, so that more comes to pass.
            register, values = chance.choice([0, 1, 2, 3, 6, 7]), [0, 1, 0x10, 0x1B, 0x802, 0xC0000080, 0xFEE00300]
            code += bytes([0x48, 0xC7, 0xC0 + register]) + (chance.choice(values) & 0x7FFFFFFF).to_bytes(4, 'little')
        if chance.random() < 0.1:
            code += bytes.fromhex('4889E7')  # mov rdi, rsp
    return bytes(code[:1000]) + b'\xC3'


def fuzz(bench, seed):
    """Run a driver that follows from a number. => what is wrong, or None"""
    chance = random.Random(seed)
    code = instructions(chance) if seed % 3 else chance.randbytes(1000)
    path = bench.make('bytes', chance.choice(['bytes', 'bytes_everywhere', 'bytes_onward', 'bytes_onward', 'bytes_onward']), f'fuzz{seed}', code)
    options = ['--processors', str(chance.choice([1, 2, 2, 4])), *FUZZ_OPTIONS]
    first = bench.run('sim', path, options)
    problem = is_outcome(*first)
    if problem is None and seed % 5 == 0:
        problem = bench.differs(path, options, first)
    os.remove(path)
    return problem


def fuzz_some(bench, seeds):
    """Run several of them. => what is wrong with those that fail, or None"""
    failed = [(seed, problem) for seed in seeds for problem in [fuzz(bench, seed)] if problem is not None]
    return '\n     '.join(f'driver {seed}: {problem}' for seed, problem in failed) or None


def tests_of(bench, arguments):
    """Yield (sentence, function, arguments)."""
    known = sources()
    for row in read_table():
        if arguments.only not in row['attack']:
            continue
        source, sentence = known[row['attack']]
        yield f'{row["attack"]}: {sentence}', attack, (bench, row, source, 'sim')
        if row['qemu'] == 'same':
            yield f'{row["attack"]}: the same on QEMU', attack, (bench, row, source, 'qemu')
    count = arguments.fuzz
    for first in range(arguments.first, arguments.first + count, 10):
        seeds = range(first, min(first + 10, arguments.first + count))
        yield f'random drivers {seeds[0]} to {seeds[-1]}', fuzz_some, (bench, seeds)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', required=True)
    parser.add_argument('--only', default='')
    parser.add_argument('--fuzz', type=int)
    parser.add_argument('--first', type=int, default=1)
    parser.add_argument('--long', action='store_true')
    parser.add_argument('--jobs', type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    if arguments.fuzz is None:
        arguments.fuzz = 0 if arguments.only else 10000 if arguments.long else 100

    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        jobs = [(sentence, pool.submit(function, *words))
                for sentence, function, words in tests_of(Bench(arguments.build, folder), arguments)]
        for sentence, job in jobs:
            problem = job.result()
            print(f'ok   {sentence}' if problem is None else f'FAIL {sentence}\n     {problem}', flush=True)
            passed += problem is None
            failed += problem is not None
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
