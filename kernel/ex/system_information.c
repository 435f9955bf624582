/* SPDX-License-Identifier: MIT */
/*
 * system_information.c: questions about the whole system.
 *
 * Drivers ask for the list of loaded modules above all.  The classes here are
 * those that have an answer; every other one is STATUS_INVALID_INFO_CLASS.
 * Each answer is made by one function, which is told how much room there is
 * and says how much it needs.
 *
 * Reference: "NtQuerySystemInformation function (winternl.h)"; the layout of
 * what that page does not show is declared by public drivers and debuggers.
 */
#include "exp.h"
#include "../ps/psp.h"

#define EXP_TAG_THREADS 0x68547845u /* 'ExTh' in memory */

/* SYSTEM_INFORMATION_CLASS */
#define EXP_BASIC           0
#define EXP_TIME_OF_DAY     3
#define EXP_PROCESSES       5
#define EXP_MODULES         11
#define EXP_KERNEL_DEBUGGER 35

typedef struct _EXP_BASIC_INFORMATION {
    ULONG Reserved;
    ULONG TimerResolution;
    ULONG PageSize;
    ULONG NumberOfPhysicalPages;
    ULONG LowestPhysicalPageNumber;
    ULONG HighestPhysicalPageNumber;
    ULONG AllocationGranularity;
    ULONG_PTR MinimumUserModeAddress;
    ULONG_PTR MaximumUserModeAddress;
    ULONG_PTR ActiveProcessorsAffinityMask;
    CCHAR NumberOfProcessors;
} EXP_BASIC_INFORMATION;

typedef struct _EXP_TIME_OF_DAY_INFORMATION {
    LARGE_INTEGER BootTime;
    LARGE_INTEGER CurrentTime;
    LARGE_INTEGER TimeZoneBias;
    ULONG TimeZoneId;
    ULONG Reserved;
    ULONGLONG BootTimeBias;
    ULONGLONG SleepTimeBias;
} EXP_TIME_OF_DAY_INFORMATION;

typedef struct _EXP_THREAD_INFORMATION {
    LARGE_INTEGER KernelTime, UserTime, CreateTime;
    ULONG WaitTime;
    PVOID StartAddress;
    CLIENT_ID ClientId;
    KPRIORITY Priority;
    LONG BasePriority;
    ULONG ContextSwitches;
    ULONG ThreadState;
    ULONG WaitReason;
} EXP_THREAD_INFORMATION;

typedef struct _EXP_PROCESS_INFORMATION {
    ULONG NextEntryOffset;
    ULONG NumberOfThreads;
    UCHAR Reserved1[24];
    LARGE_INTEGER CreateTime, UserTime, KernelTime;
    UNICODE_STRING ImageName;
    KPRIORITY BasePriority;
    HANDLE UniqueProcessId;
    HANDLE InheritedFromUniqueProcessId;
    ULONG HandleCount;
    ULONG SessionId;
    UCHAR Reserved2[0x98]; /* memory and I/O counters, which nobody keeps */
    EXP_THREAD_INFORMATION Threads[];
} EXP_PROCESS_INFORMATION;

typedef struct _EXP_MODULE_INFORMATION {
    HANDLE Section;
    PVOID MappedBase;
    PVOID ImageBase;
    ULONG ImageSize;
    ULONG Flags;
    USHORT LoadOrderIndex;
    USHORT InitOrderIndex;
    USHORT LoadCount;
    USHORT OffsetToFileName;
    CHAR FullPathName[256];
} EXP_MODULE_INFORMATION;

typedef struct _EXP_MODULES_INFORMATION {
    ULONG NumberOfModules;
    EXP_MODULE_INFORMATION Modules[];
} EXP_MODULES_INFORMATION;

C_ASSERT(sizeof(EXP_BASIC_INFORMATION) == 64);
C_ASSERT(sizeof(EXP_TIME_OF_DAY_INFORMATION) == 48);
C_ASSERT(sizeof(EXP_THREAD_INFORMATION) == 80);
C_ASSERT(sizeof(EXP_PROCESS_INFORMATION) == 256);
C_ASSERT(sizeof(EXP_MODULE_INFORMATION) == 296);
C_ASSERT(FIELD_OFFSET(EXP_MODULES_INFORMATION, Modules) == 8);

/* What all answers have in common: => the status; *Needed: bytes that the whole answer has. */
typedef NTSTATUS EXP_ANSWER(PVOID Buffer, ULONG Length, ULONG *Needed);

/* ExpAnswerBasic: memory and processors, those of group 0. */
static NTSTATUS ExpAnswerBasic(PVOID Buffer, ULONG Length, ULONG *Needed)
{
    EXP_BASIC_INFORMATION *Basic = Buffer;
    PPHYSICAL_MEMORY_RANGE Ranges;

    *Needed = sizeof(*Basic);
    if (Length != sizeof(*Basic)) {
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    Ranges = MmGetPhysicalMemoryRanges();
    if (Ranges == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    memset(Basic, 0, sizeof(*Basic));
    Basic->TimerResolution = KeQueryTimeIncrement();
    Basic->PageSize = PAGE_SIZE;
    Basic->LowestPhysicalPageNumber = (ULONG)(Ranges[0].BaseAddress.QuadPart >> PAGE_SHIFT);
    for (ULONG Index = 0; Ranges[Index].NumberOfBytes.QuadPart != 0; Index++) {
        ULONG64 Base = (ULONG64)Ranges[Index].BaseAddress.QuadPart;
        ULONG64 Bytes = (ULONG64)Ranges[Index].NumberOfBytes.QuadPart;

        Basic->NumberOfPhysicalPages += (ULONG)(Bytes >> PAGE_SHIFT);
        Basic->HighestPhysicalPageNumber = (ULONG)((Base + Bytes - 1) >> PAGE_SHIFT);
    }
    ExFreePool(Ranges);
    Basic->AllocationGranularity = 0x10000;
    Basic->MinimumUserModeAddress = 0x10000;
    Basic->MaximumUserModeAddress = (ULONG_PTR)MM_HIGHEST_USER_ADDRESS;
    Basic->ActiveProcessorsAffinityMask = KiGroupMask(0);
    Basic->NumberOfProcessors = (CCHAR)KeQueryActiveProcessorCountEx(0);
    return STATUS_SUCCESS;
}

/* ExpAnswerTimeOfDay: any part of it, from the begin, will do. */
static NTSTATUS ExpAnswerTimeOfDay(PVOID Buffer, ULONG Length, ULONG *Needed)
{
    EXP_TIME_OF_DAY_INFORMATION Time = {.BootTime.QuadPart = (LONGLONG)KiStartTime()};

    if (Length > sizeof(Time)) {
        *Needed = sizeof(Time);
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    KeQuerySystemTime(&Time.CurrentTime);
    memcpy(Buffer, &Time, Length);
    *Needed = Length;
    return STATUS_SUCCESS;
}

/* ExpDescribeThread: => what a list of processes says of a thread */
static EXP_THREAD_INFORMATION ExpDescribeThread(const PSP_THREAD *Thread)
{
    EXP_THREAD_INFORMATION Information = {
        .StartAddress = Thread->StartRoutine,
        .ClientId = {PsGetProcessId(PsInitialSystemProcess), Thread->Id},
        .Priority = Thread->Priority,
        .BasePriority = Thread->BasePriority,
    };
    /* As the performance counter "Thread State" numbers them. */
    static const UCHAR States[] = {
        [KiInitialized] = 0, [KiReady] = 1,      [KiRunning] = 2,
        [KiStandby] = 3,     [KiTerminated] = 4, [KiWaiting] = 5,
    };

    Information.ThreadState = States[Thread->State];
    return Information;
}

/* ExpFillProcess: the system process and so many of its threads. */
static VOID ExpFillProcess(EXP_PROCESS_INFORMATION *Process, const PSP_THREAD *Threads, ULONG Count)
{
    static const WCHAR Name[] = L"System";

    memset(Process, 0, sizeof(*Process));
    Process->NumberOfThreads = Count;
    Process->CreateTime.QuadPart = (LONGLONG)KiStartTime();
    Process->BasePriority = KI_NORMAL_PRIORITY;
    Process->UniqueProcessId = PsGetProcessId(PsInitialSystemProcess);
    for (ULONG Index = 0; Index < Count; Index++) {
        Process->Threads[Index] = ExpDescribeThread(&Threads[Index]);
    }
    Process->ImageName.Buffer = (PWSTR)&Process->Threads[Count];
    Process->ImageName.Length = sizeof(Name) - sizeof(WCHAR);
    Process->ImageName.MaximumLength = sizeof(Name);
    memcpy(Process->ImageName.Buffer, Name, sizeof(Name));
}

/* ExpAnswerProcesses: the one there is, with its threads. */
static NTSTATUS ExpAnswerProcesses(PVOID Buffer, ULONG Length, ULONG *Needed)
{
    ULONG Limit = PspListThreads(NULL, 0) + 8; /* some may begin meanwhile */
    PSP_THREAD *Threads =
        ExAllocatePoolZero(NonPagedPoolNx, Limit * sizeof(*Threads), EXP_TAG_THREADS);
    NTSTATUS Status = STATUS_INFO_LENGTH_MISMATCH;
    ULONG Count;

    if (Threads == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Count = PspListThreads(Threads, Limit);
    Count = Count < Limit ? Count : Limit;
    *Needed = (ULONG)(sizeof(EXP_PROCESS_INFORMATION) + Count * sizeof(EXP_THREAD_INFORMATION) +
                      sizeof(L"System"));
    if (Length >= *Needed) {
        ExpFillProcess(Buffer, Threads, Count);
        Status = STATUS_SUCCESS;
    }
    ExFreePool(Threads);
    return Status;
}

/* ExpFillModule: describe one module as the Order-th of the list. */
static VOID ExpFillModule(EXP_MODULE_INFORMATION *Information, const MM_MODULE *Module,
                          USHORT Order)
{
    const CHAR *Folder =
        Module->Driver ? "\\SystemRoot\\System32\\drivers\\" : "\\SystemRoot\\system32\\";
    SIZE_T Offset = strlen(Folder), Room = sizeof(Information->FullPathName) - Offset - 1;
    SIZE_T Length = strlen(Module->Name);

    memset(Information, 0, sizeof(*Information));
    Information->ImageBase = Module->Base;
    Information->ImageSize = Module->Size;
    Information->LoadOrderIndex = Order;
    Information->LoadCount = 1;
    Information->OffsetToFileName = (USHORT)Offset;
    memcpy(Information->FullPathName, Folder, Offset);
    memcpy(Information->FullPathName + Offset, Module->Name, Length < Room ? Length : Room);
}

/* ExpAnswerModules: ntoskrnl.exe first, as always. */
static NTSTATUS ExpAnswerModules(PVOID Buffer, ULONG Length, ULONG *Needed)
{
    EXP_MODULES_INFORMATION *Modules = Buffer;
    ULONG Count = 0;
    MM_MODULE Module;

    for (ULONG Index = 0; MmQueryModule(Index, &Module); Index++) {
        if (Module.Base == NULL) {
            continue;
        }
        Count++;
        *Needed = (ULONG)FIELD_OFFSET(EXP_MODULES_INFORMATION, Modules[Count]);
        if (*Needed <= Length) {
            ExpFillModule(&Modules->Modules[Count - 1], &Module, (USHORT)(Count - 1));
        }
    }
    if (Length >= sizeof(ULONG)) {
        Modules->NumberOfModules = Count;
    }
    return *Needed <= Length ? STATUS_SUCCESS : STATUS_INFO_LENGTH_MISMATCH;
}

/* ExpAnswerKernelDebugger: not enabled, not present. */
static NTSTATUS ExpAnswerKernelDebugger(PVOID Buffer, ULONG Length, ULONG *Needed)
{
    PBOOLEAN Answer = Buffer;

    *Needed = 2 * sizeof(BOOLEAN);
    if (Length < *Needed) {
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    Answer[0] = FALSE;
    Answer[1] = TRUE;
    return STATUS_SUCCESS;
}

static const struct {
    ULONG Class;
    EXP_ANSWER *Answer;
} ExpAnswers[] = {
    {EXP_BASIC, ExpAnswerBasic},
    {EXP_TIME_OF_DAY, ExpAnswerTimeOfDay},
    {EXP_PROCESSES, ExpAnswerProcesses},
    {EXP_MODULES, ExpAnswerModules},
    {EXP_KERNEL_DEBUGGER, ExpAnswerKernelDebugger},
};

/*
 * ZwQuerySystemInformation: answer a question about the system.
 * => *ReturnLength (may be NULL): the bytes of the answer, also of one that does not fit
 * => STATUS_INFO_LENGTH_MISMATCH; STATUS_INVALID_INFO_CLASS: not one of those above
 * => PASSIVE_LEVEL
 */
NTSTATUS NTAPI ZwQuerySystemInformation(ULONG SystemInformationClass, PVOID SystemInformation,
                                        ULONG SystemInformationLength, PULONG ReturnLength)
{
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(ExpAnswers); Index++) {
        ULONG Needed = 0;
        NTSTATUS Status;

        if (ExpAnswers[Index].Class != SystemInformationClass) {
            continue;
        }
        Status = ExpAnswers[Index].Answer(SystemInformation, SystemInformationLength, &Needed);
        if (ReturnLength != NULL) {
            *ReturnLength = Needed;
        }
        return Status;
    }
    return STATUS_INVALID_INFO_CLASS;
}

/* NtQuerySystemInformation: the same under its other name; every caller is the kernel's. */
NTSTATUS NTAPI NtQuerySystemInformation(ULONG SystemInformationClass, PVOID SystemInformation,
                                        ULONG SystemInformationLength, PULONG ReturnLength)
{
    return ZwQuerySystemInformation(SystemInformationClass, SystemInformation,
                                    SystemInformationLength, ReturnLength);
}
