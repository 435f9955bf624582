# SPDX-License-Identifier: MIT
"""schema.py: what the JSON of `allcall run` must look like, strictly: no member missing, none too many."""
import json
import re

HEX8 = re.compile(r'0x[0-9A-F]{8}')
HEX16 = re.compile(r'0x[0-9A-F]{16}')
PLACE = re.compile(r'[^!]+![^\s]+\+0x[0-9A-F]+')
LINE = re.compile(r'[^:]+:\d+')
FRAME = re.compile(r'([^!]+!\S+\+0x[0-9A-F]+|[^!]+\+0x[0-9A-F]+|0x[0-9A-F]{16})( [^:]+:\d+)?')


class Wrong(Exception):
    """The report is not as documented."""


def need(condition, message):
    if not condition:
        raise Wrong(message)


def members(value, names, where, optional=()):
    need(isinstance(value, dict), f'{where} is no object')
    missing = [name for name in names if name not in value]
    more = [name for name in value if name not in names and name not in optional]
    need(not missing and not more, f'{where}: missing {missing}, too many {more}')


def count(value, where):
    need(isinstance(value, int) and not isinstance(value, bool) and value >= 0,
         f'{where} is {value!r}, no count')


def text(value, where, pattern=None):
    need(isinstance(value, str), f'{where} is {value!r}, no string')
    need(pattern is None or pattern.fullmatch(value), f'{where} is {value!r}')


def text_or_null(value, where, pattern=None):
    if value is not None:
        text(value, where, pattern)


def check_processor(processor, previous, where):
    members(processor, ('index', 'group', 'number', 'irql', 'arrived_ns', 'started_ns', 'finished_ns'),
            where)
    for name, value in processor.items():
        count(value, f'{where}.{name}')
    need(processor['index'] > previous, f'{where}: indexes do not ascend')
    need(processor['irql'] == 14, f'{where}: IRQL {processor["irql"]}')
    need(processor['arrived_ns'] <= processor['started_ns'] <= processor['finished_ns'],
         f'{where}: times out of order')


def check_call(call, previous, where):
    members(call, ('id', 'routine', 'location', 'context', 'result', 'initiator', 'latency_ns',
                   'start_skew_ns', 'processors'), where)
    for name in ('id', 'initiator', 'latency_ns', 'start_skew_ns'):
        count(call[name], f'{where}.{name}')
    need(call['id'] > previous, f'{where}: ids do not ascend')
    text(call['routine'], f'{where}.routine', PLACE)
    text_or_null(call['location'], f'{where}.location', LINE)
    text(call['context'], f'{where}.context', HEX16)
    text(call['result'], f'{where}.result', HEX16)
    last = -1
    for place, processor in enumerate(call['processors']):
        check_processor(processor, last, f'{where}.processors[{place}]')
        last = processor['index']
    starts = [processor['started_ns'] for processor in call['processors']]
    arrivals = [processor['arrived_ns'] for processor in call['processors']]
    need(max(arrivals) <= min(starts), f'{where}: a routine began before all had arrived')
    # Each is rounded for itself.
    need(abs(call['start_skew_ns'] - (max(starts) - min(starts))) <= 1, f'{where}: start_skew_ns')
    need(call['latency_ns'] >= max(processor['finished_ns'] for processor in call['processors']),
         f'{where}: latency_ns')


def check_finding(finding, where):
    names = ('rule', 'message', 'processor', 'irql', 'routine', 'location', 'stack')
    members(finding, names, where, optional=('other',))
    text(finding['rule'], f'{where}.rule', re.compile(r'[A-Z0-9][A-Za-z0-9_]*'))
    text(finding['message'], f'{where}.message', re.compile(r'.+'))
    for name in ('processor', 'irql'):
        if finding[name] is not None:
            count(finding[name], f'{where}.{name}')
    text_or_null(finding['routine'], f'{where}.routine')
    text_or_null(finding['location'], f'{where}.location', LINE)
    need(isinstance(finding['stack'], list), f'{where}.stack is no array')
    for place, frame in enumerate(finding['stack']):
        text(frame, f'{where}.stack[{place}]', FRAME)
    if 'other' in finding:
        members(finding['other'], names, f'{where}.other')


def check_bugcheck(bugcheck):
    if bugcheck is None:
        return
    members(bugcheck, ('code', 'name', 'parameters'), 'bugcheck')
    text(bugcheck['code'], 'bugcheck.code', HEX8)
    text(bugcheck['name'], 'bugcheck.name', re.compile(r'\w+'))
    need(len(bugcheck['parameters']) == 4, 'bugcheck.parameters are not four')
    for value in bugcheck['parameters']:
        text(value, 'bugcheck.parameters', HEX16)


def check(data):
    """Raise Wrong unless a decoded report is as documented."""
    members(data, ('schema', 'machine', 'processors', 'seed', 'drivers', 'debug', 'calls', 'findings',
                   'notes', 'bugcheck', 'replay'), 'the report')
    need(data['schema'] == 1, 'schema is not 1')
    text(data['machine'], 'machine', re.compile('qemu|sim'))
    count(data['processors'], 'processors')
    count(data['seed'], 'seed')
    need(data['drivers'], 'no drivers')
    for place, driver in enumerate(data['drivers']):
        members(driver, ('file', 'status'), f'drivers[{place}]')
        text(driver['file'], f'drivers[{place}].file')
        text_or_null(driver['status'], f'drivers[{place}].status', HEX8)
    for place, line in enumerate(data['debug']):
        text(line, f'debug[{place}]')
        need('\n' not in line, f'debug[{place}] is more than a line')
    last = 0
    hot_add = sum(int(number) for number in re.findall(r' --hot-add (\d+) ', data['replay']))
    for place, call in enumerate(data['calls']):
        check_call(call, last, f'calls[{place}]')
        need(data['processors'] <= len(call['processors']) <= data['processors'] + hot_add,
             f'calls[{place}]: processors are missing')
        last = call['id']
    for place, finding in enumerate(data['findings']):
        check_finding(finding, f'findings[{place}]')
    for place, note in enumerate(data['notes']):
        text(note, f'notes[{place}]', re.compile(r'.+'))
    check_bugcheck(data['bugcheck'])
    text(data['replay'], 'replay', re.compile(r'allcall run .*'))
    need('--json' not in data['replay'], 'replay has --json')


def parse(output):
    """Decode what must be one JSON object and nothing else (no member twice), and check it."""
    def unique(pairs):
        names = [name for name, _ in pairs]
        need(len(names) == len(set(names)), f'a member twice: {names}')
        return dict(pairs)

    try:
        data = json.loads(output.decode(), object_pairs_hook=unique,
                          parse_constant=lambda name: need(False, f'{name} is no JSON'))
    except ValueError as error:
        raise Wrong(f'standard output is not one JSON object: {error}: {output[:200]!r}') from None
    check(data)
    return data
