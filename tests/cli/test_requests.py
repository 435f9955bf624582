# SPDX-License-Identifier: MIT
"""test_requests.py: --ioctl, --read and --write: what the driver gets, and what comes back.

Started by run.py, which sets BUILD and test_cli's ALLCALL and FOLDER.
"""
import os
import shlex
import unittest

import schema
import test_cli
from test_cli import write

BUILD = None

HEAD = '''#include <ntddk.h>

static UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\\\Device\\\\Echo");
static UNICODE_STRING Link = RTL_CONSTANT_STRING(L"\\\\DosDevices\\\\Echo");

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static VOID NTAPI Unload(PDRIVER_OBJECT Driver)
{
    IoDeleteSymbolicLink(&Link);
    IoDeleteDevice(Driver->DeviceObject);
    DbgPrint("unload\\n");
}

'''
ENTRY = '''
NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)
{
    PDEVICE_OBJECT Device;

    UNREFERENCED_PARAMETER(Path);
    for (ULONG Index = 0; Index <= IRP_MJ_MAXIMUM_FUNCTION; Index++) {
        Driver->MajorFunction[Index] = Dispatch;
    }
    Driver->DriverUnload = Unload;
    IoCreateSymbolicLink(&Link, &Name);
    return IoCreateDevice(Driver, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device);
}
'''
SOURCES = {
    # Prints what comes; a control request gets its input back, as often as its function code says.
    'echo': HEAD + '''
static NTSTATUS NTAPI Dispatch(PDEVICE_OBJECT Device, PIRP Irp)
{
    PIO_STACK_LOCATION Location = IoGetCurrentIrpStackLocation(Irp);
    ULONG Length = Location->Parameters.DeviceIoControl.InputBufferLength, Out = 0;
    PUCHAR Buffer = Irp->AssociatedIrp.SystemBuffer;

    UNREFERENCED_PARAMETER(Device);
    DbgPrint("major %u at IRQL %u\\n", Location->MajorFunction, KeGetCurrentIrql());
    switch (Location->MajorFunction) {
    case IRP_MJ_DEVICE_CONTROL:
        if ((Location->Parameters.DeviceIoControl.IoControlCode & 3) == METHOD_NEITHER) {
            return Complete(Irp, STATUS_NOT_SUPPORTED, 0);
        }
        for (ULONG Round = 1; Round < (Location->Parameters.DeviceIoControl.IoControlCode >> 2 & 0xFF); Round++) {
            RtlCopyMemory(Buffer + Round * Length, Buffer, Length);
            Out = (Round + 1) * Length;
        }
        DbgPrint("in %lu, room %lu\\n", Length, Location->Parameters.DeviceIoControl.OutputBufferLength);
        return Complete(Irp, Out > 2000 ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS, Out != 0 ? Out : Length);
    case IRP_MJ_READ:
        RtlFillMemory(Irp->UserBuffer, Location->Parameters.Read.Length, 0xA5);
        return Complete(Irp, STATUS_SUCCESS, Location->Parameters.Read.Length);
    case IRP_MJ_WRITE:
        DbgPrint("last byte %x\\n", ((PUCHAR)Irp->UserBuffer)[Location->Parameters.Write.Length - 1]);
        return Complete(Irp, STATUS_SUCCESS, Location->Parameters.Write.Length);
    }
    return Complete(Irp, STATUS_SUCCESS, 0);
}
''' + ENTRY,
    'denies': HEAD + '''
static NTSTATUS NTAPI Dispatch(PDEVICE_OBJECT Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Device);
    return Complete(Irp, STATUS_ACCESS_DENIED, 0);
}
''' + ENTRY,
    'spins': HEAD + '''
static NTSTATUS NTAPI Dispatch(PDEVICE_OBJECT Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Device);
    while (IoGetCurrentIrpStackLocation(Irp)->MajorFunction == IRP_MJ_READ) {
        YieldProcessor();
    }
    return Complete(Irp, STATUS_SUCCESS, 0);
}
''' + ENTRY,
    # Asks the driver of the device Echo, which was loaded before it.
    'asks': """#include <ntddk.h>

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\??\\Echo");
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK Result;
    UCHAR Bytes[2] = { 7, 8 };
    HANDLE File;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(Driver);
    UNREFERENCED_PARAMETER(Path);
    InitializeObjectAttributes(&Attributes, &Name, OBJ_KERNEL_HANDLE, NULL, NULL);
    Status = ZwOpenFile(&File, GENERIC_READ | SYNCHRONIZE, &Attributes, &Result, 0, FILE_SYNCHRONOUS_IO_NONALERT);
    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    Status = ZwDeviceIoControlFile(File, NULL, NULL, NULL, &Result, 0x222008, Bytes, 1, Bytes, 2);
    DbgPrint("answer %u %u\\n", Bytes[0], Bytes[1]);
    ZwClose(File);
    return Status;
}
""".replace('\\??', '\\\\??').replace('\\Echo', '\\\\Echo'),
}


def driver(name):
    """The driver of that name, built once."""
    file = f'request_{name}.sys'
    if not os.path.exists(os.path.join(test_cli.FOLDER, file)):
        write(f'request_{name}.c', SOURCES[name])
        made = test_cli.allcall('cc', f'request_{name}.c', '-o', file)
        if made.returncode != 0:
            raise AssertionError(made.stderr.decode())
    return file


def report(machine, *words):
    """Run with --json -; the exit status, the checked report and the errors."""
    done = test_cli.allcall('run', '--machine', machine, '--json', '-', *words)
    return done.returncode, schema.parse(done.stdout), done.stderr.decode()


class Requests(unittest.TestCase):
    def test_requests_reach_the_driver_in_order_and_what_comes_out_is_reported(self):
        for machine in ('qemu', 'sim'):
            status, data, _ = report(machine, '--ioctl', '0x222008:0102', '--read', '3', '--write', 'aabb', '--ioctl',
                                     '0x222004', '--ioctl', '0x222007:ff', driver('echo'))
            self.assertEqual((status, data['findings']), (0, []), data)
            self.assertEqual(data['device'], {'name': '\\??\\Echo', 'status': '0x00000000'})
            answers = [(r['request'], r['code'], r['input'], r['status'], r['information'], r['output'])
                       for r in data['requests']]
            self.assertEqual(answers, [
                ('ioctl', '0x00222008', '0102', '0x00000000', 4, '01 02 01 02'),
                ('read', None, '', '0x00000000', 3, 'A5 A5 A5'),
                ('write', None, 'aabb', '0x00000000', 2, ''),
                ('ioctl', '0x00222004', '', '0x00000000', 0, ''),
                ('ioctl', '0x00222007', 'ff', '0xC00000BB', 0, '')])
            self.assertEqual(data['debug'], [
                'major 0 at IRQL 0', 'major 14 at IRQL 0', 'in 2, room 4096', 'major 3 at IRQL 0', 'major 4 at IRQL 0',
                'last byte bb', 'major 14 at IRQL 0', 'in 0, room 4096', 'major 14 at IRQL 0', 'major 18 at IRQL 0',
                'major 2 at IRQL 0', 'unload'])

    def test_drivers_loaded_together_talk_through_a_device(self):
        status, data, _ = report('qemu', '--read', '1', driver('echo'), driver('asks'))
        self.assertEqual((status, data['debug'][3]), (0, 'answer 7 7'), data)
        status, data, _ = report('qemu', driver('asks'))
        self.assertEqual((status, data['drivers'][0]['status']), (1, '0xC0000034'))

    def test_the_text_shows_status_information_and_output(self):
        done = test_cli.allcall('run', '--machine', 'qemu', '--ioctl', '0x222008:2a', '--read', '40', '--ioctl', '3',
                                driver('echo'))
        text = done.stdout.decode()
        self.assertEqual((done.returncode, done.stderr), (0, b''))
        self.assertIn('Requests to \\??\\Echo', text)
        self.assertRegex(text, r'\n  ioctl 0x00222008, 1 byte +2  0x00000000 2A 2A\n')
        self.assertRegex(text, r'\n  read, 40 bytes +40  0x00000000( A5){32}\n +A5( A5){7}\n')
        self.assertRegex(text, r'\n  ioctl 0x00000003 +0  0xC00000BB  STATUS_NOT_SUPPORTED\n')

    def test_long_requests_arrive_whole(self):
        for machine in ('qemu', 'sim'):
            status, data, _ = report(machine, '--write', '00' * 20000 + 'c3', '--read', '32768', '--ioctl',
                                     '0x222ffc:' + '77' * 16, driver('echo'))
            self.assertEqual(status, 0)
            self.assertIn('last byte c3', data['debug'])
            self.assertEqual([r['information'] for r in data['requests']], [20001, 32768, 4080])
            self.assertEqual(data['requests'][1]['output'], ' '.join(['A5'] * 32768))
            self.assertEqual(data['requests'][2]['status'], '0x80000005')
            self.assertEqual(data['requests'][2]['output'], ' '.join(['77'] * 4080))

    def test_a_device_that_cannot_be_opened_is_noted_and_no_finding(self):
        status, data, _ = report('qemu', '--read', '1', driver('denies'))
        self.assertEqual((status, data['findings'], data['device']['status']), (0, [], '0xC0000022'))
        self.assertEqual((data['requests'][0]['status'], data['requests'][0]['output']), (None, None))
        self.assertIn('STATUS_ACCESS_DENIED', data['notes'][0])

    def test_requests_without_a_device_are_an_error(self):
        sample = os.path.join(BUILD, 'drivers', 'corral.sys')
        for words in (('run', '--machine', 'qemu'), ('explore', '--schedules', '3')):
            done = test_cli.allcall(*words, '--ioctl', '1', sample)
            self.assertEqual(done.returncode, 2)
            self.assertEqual(done.stderr.decode(), 'allcall: no driver has made a device with a name: there is nothing '
                             'that the requests could be sent to\n')

    def test_a_dispatch_routine_that_does_not_return_ends_by_the_timeout(self):
        status, data, _ = report('qemu', '--timeout', '2', '--read', '1', driver('spins'))
        self.assertEqual((status, data['findings'][0]['rule']), (1, 'TIMEOUT'))
        self.assertIn('in a request to \\??\\Echo', data['findings'][0]['message'])
        self.assertEqual(data['requests'][0]['status'], None)

    def test_the_replay_command_sends_them_again(self):
        sample = os.path.join(BUILD, 'drivers', 'ask_all.sys')
        _, data, _ = report('sim', '--seed', '3', '--ioctl', '0x222000:1b000000', '--read', '8', '--write', '', sample)
        words = shlex.split(data['replay'])
        self.assertEqual(words[words.index('--ioctl'):-1], ['--ioctl', '0x222000:1b000000', '--read', '8', '--write', ''])
        again = test_cli.allcall(*words[1:], '--json', '-')
        self.assertEqual(schema.parse(again.stdout), data)

    def test_every_schedule_sends_them(self):
        sample = os.path.join(BUILD, 'drivers', 'ask_all.sys')
        done = test_cli.allcall('explore', '--schedules', '6', '--json', '-', '--ioctl', '0x222004', sample)
        data = schema.parse_explore(done.stdout)
        self.assertEqual((done.returncode, data['findings']), (0, []))
        never = ' '.join(data['coverage'][0]['never_reached'])
        self.assertNotIn('Answer', never)
        self.assertIn('Read', never)
