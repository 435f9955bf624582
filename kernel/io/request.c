/* SPDX-License-Identifier: MIT */
/*
 * request.c: the requests that the tool's user asks for, sent to the first device.
 *
 * KiOptions.Requests names them, in the order in which they are sent, with a
 * comma between two:
 *
 *     cCODE:BYTES   a device control request; its code in hexadecimal digits
 *     rLENGTH       to read so many bytes, decimal
 *     wBYTES        to write
 *
 * BYTES are pairs of hexadecimal digits.  A thread of its own opens the device,
 * sends them as any caller of ZwCreateFile and the like does, reports each, and
 * closes the device.  The first device is the oldest with a name of the first
 * driver that has one; it is opened by a symbolic link if there is one.
 */
#include "iop.h"

#define IOP_TAG_REQUEST  0x71655249u /* 'IReq' in memory */
#define IOP_OUTPUT       4096u       /* bytes of a control request's output buffer */
#define IOP_TEXT_LIMIT   512u        /* bytes of a device's name in the report */

/* The request that is next. */
typedef struct _IOP_COMMAND {
    CHAR Kind; /* c, r, w */
    ULONG Code;
    PUCHAR Input;
    ULONG InputLength;
    PUCHAR Output;
    ULONG OutputLength;
} IOP_COMMAND;

/* IopDigit: => 16: it is none */
static ULONG IopDigit(CHAR Character)
{
    return Character >= '0' && Character <= '9'   ? (ULONG)(Character - '0')
           : Character >= 'a' && Character <= 'f' ? (ULONG)(Character - 'a' + 10)
           : Character >= 'A' && Character <= 'F' ? (ULONG)(Character - 'A' + 10)
                                                  : 16;
}

/* IopReadDigits: a number at *Text, which is moved behind it. */
static ULONG IopReadDigits(const CHAR **Text, ULONG Base)
{
    ULONG Value = 0;

    for (; IopDigit(**Text) < Base; (*Text)++) {
        Value = Value * Base + IopDigit(**Text);
    }
    return Value;
}

/* IopReadBytes: pairs of digits at *Text, which is moved behind them.  => FALSE: memory is short */
static BOOLEAN IopReadBytes(const CHAR **Text, IOP_COMMAND *Command)
{
    SIZE_T Digits = 0;

    while (IopDigit((*Text)[Digits]) < 16) {
        Digits++;
    }
    Command->InputLength = (ULONG)(Digits / 2);
    Command->Input = ExAllocatePoolZero(NonPagedPoolNx, Digits / 2 + 1, IOP_TAG_REQUEST);
    if (Command->Input == NULL) {
        return FALSE;
    }
    for (SIZE_T Index = 0; Index < Digits / 2; Index++) {
        Command->Input[Index] =
            (UCHAR)(IopDigit((*Text)[2 * Index]) << 4 | IopDigit((*Text)[2 * Index + 1]));
    }
    *Text += Digits;
    return TRUE;
}

/* IopReadCommand: the request at *Text, which is moved behind it.  => FALSE: memory is short */
static BOOLEAN IopReadCommand(const CHAR **Text, IOP_COMMAND *Command)
{
    RtlZeroMemory(Command, sizeof(*Command));
    Command->Kind = *(*Text)++;
    switch (Command->Kind) {
    case 'c':
        Command->Code = IopReadDigits(Text, 16);
        Command->OutputLength = IOP_OUTPUT;
        *Text += **Text == ':';
        break;
    case 'r':
        Command->OutputLength = IopReadDigits(Text, 10);
        return (Command->Output = ExAllocatePoolZero(NonPagedPoolNx, Command->OutputLength + 1,
                                                     IOP_TAG_REQUEST)) != NULL;
    }
    return IopReadBytes(Text, Command) &&
           (Command->OutputLength == 0 ||
            (Command->Output = ExAllocatePoolZero(NonPagedPoolNx, Command->OutputLength,
                                                  IOP_TAG_REQUEST)) != NULL);
}

static VOID IopFreeCommand(IOP_COMMAND *Command)
{
    if (Command->Input != NULL) {
        ExFreePool(Command->Input);
    }
    if (Command->Output != NULL) {
        ExFreePool(Command->Output);
    }
}

/* IopSendCommand: send a request to an open device.  => *Result is its result in any case */
static VOID IopSendCommand(HANDLE File, const IOP_COMMAND *Command, PIO_STATUS_BLOCK Result)
{
    LARGE_INTEGER Begin = { .QuadPart = 0 };
    NTSTATUS Status;

    Result->Information = 0;
    switch (Command->Kind) {
    case 'c':
        Status = ZwDeviceIoControlFile(File, NULL, NULL, NULL, Result, Command->Code,
                                       Command->InputLength != 0 ? Command->Input : NULL,
                                       Command->InputLength, Command->Output,
                                       Command->OutputLength);
        break;
    case 'r':
        Status = ZwReadFile(File, NULL, NULL, NULL, Result, Command->Output, Command->OutputLength,
                            &Begin, NULL);
        break;
    default:
        Status = ZwWriteFile(File, NULL, NULL, NULL, Result, Command->Input, Command->InputLength,
                             &Begin, NULL);
        break;
    }
    Result->Status = Status;
}

/* IopReportCommand: tell the tool how a request has ended, with what came out of it. */
static VOID IopReportCommand(ULONG Index, const IOP_COMMAND *Command, const IO_STATUS_BLOCK *Result)
{
    RECORD_REQUEST Record = { Index, (ULONG)Result->Status, Result->Information };
    ULONG Length = 0;

    if (!NT_ERROR(Result->Status) && Command->Output != NULL) {
        Length = Result->Information < Command->OutputLength ? (ULONG)Result->Information
                                                             : Command->OutputLength;
    }
    KdReport(RecordRequest, &Record, sizeof(Record), Command->Output, Length);
}

/* IopSendAll: send what KiOptions.Requests names. */
static VOID IopSendAll(HANDLE File)
{
    const CHAR *Text = KiOptions.Requests;

    for (ULONG Index = 0; *Text == 'c' || *Text == 'r' || *Text == 'w'; Index++) {
        IO_STATUS_BLOCK Result = { .Status = STATUS_INSUFFICIENT_RESOURCES };
        IOP_COMMAND Command;
        BOOLEAN Complete = IopReadCommand(&Text, &Command);

        if (Complete) {
            IopSendCommand(File, &Command, &Result);
        }
        IopReportCommand(Index, &Command, &Result);
        IopFreeCommand(&Command);
        if (!Complete) {
            return;
        }
        Text += *Text == ',';
    }
}

/* IopLeadsTo: an OBP_ACCEPT: is it a symbolic link to the device of that name? */
static BOOLEAN IopLeadsTo(PVOID Link, const VOID *Name)
{
    return RtlEqualUnicodeString(IopLinkTarget(Link), Name, TRUE);
}

/* IopFirstDevice: => referenced; NULL: no driver has a device with a name */
static PDEVICE_OBJECT IopFirstDevice(VOID)
{
    PDEVICE_OBJECT Device = NULL;

    for (ULONG Index = 0; Index < IopServiceCount && Device == NULL; Index++) {
        IOP_DRIVER *Driver = IopReferenceDriver(&IopServices[Index]);

        if (Driver != NULL) {
            Device = IopOldestDevice(&Driver->Object);
            ObfDereferenceObject(Driver);
        }
    }
    return Device;
}

/* IopOpenFirst: open it, and tell the tool so. */
static NTSTATUS IopOpenFirst(PDEVICE_OBJECT Device, PHANDLE File)
{
    const UNICODE_STRING *Name = &ObpHeaderOf(Device)->Name;
    PVOID Link = ObpFindObject(&IopLinkType, IopLeadsTo, Name);
    UNICODE_STRING Path = Link != NULL ? ObpHeaderOf(Link)->Name : *Name;
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK Result;
    RECORD_OPENED Record;
    CHAR Text[IOP_TEXT_LIMIT];
    ULONG Length = 0;

    InitializeObjectAttributes(&Attributes, &Path, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL,
                               NULL);
    RtlUnicodeToUTF8N(Text, sizeof(Text), &Length, Path.Buffer, Path.Length);
    Record.Status = (ULONG)ZwCreateFile(File, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE,
                                        &Attributes, &Result, NULL, FILE_ATTRIBUTE_NORMAL,
                                        FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_OPEN,
                                        FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE,
                                        NULL, 0);
    KdReport(RecordOpened, &Record, sizeof(Record), Text, Length);
    if (Link != NULL) {
        ObfDereferenceObject(Link);
    }
    return (NTSTATUS)Record.Status;
}

/* IopRequest: the requesting thread; Context: the device. */
static VOID NTAPI IopRequest(PVOID Context)
{
    HANDLE File;

    if (NT_SUCCESS(IopOpenFirst(Context, &File))) {
        IopSendAll(File);
        ZwClose(File);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

VOID IopSendRequests(VOID)
{
    PDEVICE_OBJECT Device = IopFirstDevice();
    RECORD_OPENED Record = { (ULONG)STATUS_NO_SUCH_DEVICE };
    HANDLE Thread;
    NTSTATUS Status;

    if (Device == NULL) {
        KdReport(RecordOpened, &Record, sizeof(Record), NULL, 0);
        return;
    }
    Status = PsCreateSystemThread(&Thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, IopRequest, Device);
    if (NT_SUCCESS(Status)) {
        ZwWaitForSingleObject(Thread, FALSE, NULL);
        ZwClose(Thread);
    } else {
        Record.Status = (ULONG)Status;
        KdReport(RecordOpened, &Record, sizeof(Record), NULL, 0);
    }
    ObfDereferenceObject(Device);
}
