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


def check_side(finding, where, optional):
    members(finding, ('rule', 'message', 'processor', 'irql', 'routine', 'location', 'stack'), where, optional)
    text(finding['rule'], f'{where}.rule', re.compile(r'race|[A-Z0-9][A-Za-z0-9_]*'))
    text(finding['message'], f'{where}.message', re.compile(r'.+'))
    for name in ('processor', 'irql'):
        if finding[name] is not None:
            count(finding[name], f'{where}.{name}')
    text_or_null(finding['routine'], f'{where}.routine')
    text_or_null(finding['location'], f'{where}.location', LINE)
    need(isinstance(finding['stack'], list), f'{where}.stack is no array')
    for place, frame in enumerate(finding['stack']):
        text(frame, f'{where}.stack[{place}]', FRAME)


def check_history(history, where):
    need(history, f'{where} is empty')
    for place, step in enumerate(history):
        members(step, ('processor', 'irql', 'location', 'text', 'times', 'unordered'), f'{where}[{place}]')
        for name in ('processor', 'irql', 'times'):
            count(step[name], f'{where}[{place}].{name}')
        text(step['location'], f'{where}[{place}].location', re.compile(r'\S+'))
        text(step['text'], f'{where}[{place}].text', re.compile(r'(reads|writes|changes) .+'))
        need(isinstance(step['unordered'], bool), f'{where}[{place}].unordered')
    need(sum(step['unordered'] for step in history) == 2, f'{where}: not two are unordered')
    need(len({step['processor'] for step in history}) == 2, f'{where}: not two processors')


def check_waits(waits, where):
    need(waits, f'{where} is empty')
    for place, wait in enumerate(waits):
        members(wait, ('processor', 'irql', 'text', 'location', 'waits_for'), f'{where}[{place}]')
        count(wait['processor'], f'{where}[{place}].processor')
        count(wait['irql'], f'{where}[{place}].irql')
        text(wait['text'], f'{where}[{place}].text', re.compile(rf'processor {wait["processor"]} .+'))
        text_or_null(wait['location'], f'{where}[{place}].location', LINE)
        for other in wait['waits_for']:
            count(other, f'{where}[{place}].waits_for')
    need(len({wait['processor'] for wait in waits}) == len(waits), f'{where}: a processor twice')


def check_finding(finding, where):
    check_side(finding, where, ('other', 'history', 'waits'))
    if 'other' in finding:
        check_side(finding['other'], f'{where}.other', ())
    if finding['rule'] == 'race':
        need('other' in finding and 'history' in finding, f'{where}: a race with one side')
    if 'history' in finding:
        check_history(finding['history'], f'{where}.history')
    if 'waits' in finding:
        check_waits(finding['waits'], f'{where}.waits')


def check_bugcheck(bugcheck):
    if bugcheck is None:
        return
    members(bugcheck, ('code', 'name', 'parameters'), 'bugcheck')
    text(bugcheck['code'], 'bugcheck.code', HEX8)
    text(bugcheck['name'], 'bugcheck.name', re.compile(r'\w+'))
    need(len(bugcheck['parameters']) == 4, 'bugcheck.parameters are not four')
    for value in bugcheck['parameters']:
        text(value, 'bugcheck.parameters', HEX16)


def check_requests(data):
    """The device and the requests, which are there if any were asked for."""
    if data['device'] is not None:
        members(data['device'], ('name', 'status'), 'device')
        text(data['device']['name'], 'device.name')
        text(data['device']['status'], 'device.status', HEX8)
    need(data['requests'], 'no requests')
    for place, request in enumerate(data['requests']):
        where = f'requests[{place}]'
        members(request, ('request', 'code', 'input', 'status', 'information', 'output'), where)
        text(request['request'], f'{where}.request', re.compile('ioctl|read|write'))
        text_or_null(request['code'], f'{where}.code', HEX8)
        need((request['code'] is not None) == (request['request'] == 'ioctl'), f'{where}.code')
        text(request['input'], f'{where}.input', re.compile('([0-9A-Fa-f]{2})*'))
        text_or_null(request['status'], f'{where}.status', HEX8)
        text_or_null(request['output'], f'{where}.output', re.compile('([0-9A-F]{2}( [0-9A-F]{2})*)?'))
        need((request['status'] is None) == (request['output'] is None), f'{where}.output')
        need((request['status'] is None) == (request['information'] is None), f'{where}.information')
        if request['information'] is not None:
            count(request['information'], f'{where}.information')


def check(data):
    """Raise Wrong unless a decoded report is as documented."""
    members(data, ('schema', 'machine', 'processors', 'seed', 'drivers', 'debug', 'calls', 'findings',
                   'notes', 'bugcheck', 'replay'), 'the report', ('device', 'requests'))
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
    asked = re.search(r' --(ioctl|read|write) ', data['replay']) is not None
    need(('requests' in data, 'device' in data) == (asked, asked), 'requests')
    if asked:
        check_requests(data)
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


def check_shape(shape, pct, where):
    members(shape, ('processors', 'hot_add', 'group_size') + (('steps', 'probability') if pct else ()), where)
    for name in ('processors', 'hot_add', 'group_size', *(('steps',) if pct else ())):
        count(shape[name], f'{where}.{name}')
    if pct:
        need(0 < shape['probability'] <= 1, f'{where}.probability')


def check_coverage(coverage):
    if coverage is None:
        return
    need(coverage, 'coverage of no driver')
    for place, driver in enumerate(coverage):
        where = f'coverage[{place}]'
        members(driver, ('file', 'instructions', 'covered', 'never_reached'), where)
        text(driver['file'], f'{where}.file')
        count(driver['instructions'], f'{where}.instructions')
        count(driver['covered'], f'{where}.covered')
        need(driver['covered'] <= driver['instructions'], f'{where}: more covered than there is')
        for gap in driver['never_reached']:
            text(gap, f'{where}.never_reached', re.compile(r'.+'))


def check_bug(bug, data, where):
    own = ('schedule', 'seed', 'shape', 'count', 'replay')
    need(all(name in bug for name in own), f'{where}: members are missing')
    check_finding({name: value for name, value in bug.items() if name not in own}, where)
    for name in own[:-1]:
        count(bug[name], f'{where}.{name}')
    need(bug['schedule'] >= 1 and bug['seed'] == data['seed'] + bug['schedule'] - 1, f'{where}.seed')
    need(bug['shape'] == (bug['schedule'] - 1) % len(data['shapes']), f'{where}.shape')
    need(1 <= bug['count'] <= data['schedules_with_findings'], f'{where}.count')
    text(bug['replay'], f'{where}.replay', re.compile(rf'allcall run .*--seed {bug["seed"]} .*'))
    need('--json' not in bug['replay'], f'{where}.replay has --json')


def check_explore(data):
    """Raise Wrong unless a decoded report of `allcall explore` is as documented."""
    members(data, ('schema', 'machine', 'command', 'drivers', 'shapes', 'strategy', 'seed', 'schedules', 'ended_by',
                   'findings', 'schedules_with_findings', 'coverage', 'failure'), 'the report')
    need((data['schema'], data['machine'], data['command']) == (1, 'sim', 'explore'), 'what it is')
    need(data['drivers'], 'no drivers')
    for driver in data['drivers']:
        text(driver, 'drivers')
    pct = data['strategy'].get('name') == 'pct'
    members(data['strategy'], ('name', 'depth') if pct else ('name',), 'strategy')
    text(data['strategy']['name'], 'strategy.name', re.compile('random|pct'))
    for place, shape in enumerate(data['shapes']):
        check_shape(shape, pct, f'shapes[{place}]')
    for name in ('seed', 'schedules', 'schedules_with_findings'):
        count(data[name], name)
    text(data['ended_by'], 'ended_by', re.compile('schedules|seconds|finding|interrupted|failure'))
    last = 0
    for place, bug in enumerate(data['findings']):
        check_bug(bug, data, f'findings[{place}]')
        need(bug['schedule'] >= last, 'findings are out of order')
        last = bug['schedule']
    check_coverage(data['coverage'])
    text_or_null(data['failure'], 'failure')
    need((data['failure'] is not None) == (data['ended_by'] == 'failure'), 'failure')


def parse(output):
    """Decode the report of a run: one JSON object and nothing else (no member twice), and check it."""
    return decode(output, check)


def parse_explore(output):
    """The same for the report of `allcall explore`."""
    return decode(output, check_explore)


def decode(output, check):
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
