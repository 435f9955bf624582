/* SPDX-License-Identifier: MIT */
/*
 * After each way to set a thread's affinity the thread runs on a processor of the mask: the APIC
 * id by cpuid, GS and the routines agree; affinities nest, revert, and invalid ones change nothing.
 */
#include "threads.h"

#define MAXIMUM 256

static ULONG ApicIds[MAXIMUM];

static ULONG ReadApicId(VOID)
{
    int Words[4];

    __cpuid(Words, 1);
    return (ULONG)Words[1] >> 24;
}

static ULONG_PTR NTAPI NoteApicId(ULONG_PTR Argument)
{
    ApicIds[ContractIndex()] = ReadApicId();
    return Argument;
}

/* The current thread runs on the processor with that index. */
static VOID CheckHere(ULONG Index)
{
    PROCESSOR_NUMBER Number = {0}, Wanted = {0};
    PVOID Thread = (PVOID)__readgsqword(0x188);

    CHECK_EQUAL(ReadApicId(), ApicIds[Index]);
    CHECK_EQUAL(__readgsdword(0x1A4), Index);
    CHECK_EQUAL(KeGetCurrentProcessorNumberEx(&Number), Index);
    CHECK_EQUAL(KeGetProcessorNumberFromIndex(Index, &Wanted), STATUS_SUCCESS);
    CHECK_EQUAL(Number.Group, Wanted.Group);
    CHECK_EQUAL(Number.Number, Wanted.Number);
    CHECK_EQUAL((ULONG_PTR)KeGetCurrentThread(), (ULONG_PTR)Thread);
}

static VOID CheckGroups(ULONG Count)
{
    for (ULONG Round = 0; Round < 2; Round++) {
        for (ULONG Index = 0; Index < Count; Index++) {
            GROUP_AFFINITY Previous = ContractBind(Index);

            CHECK_EQUAL(Previous.Mask, 0);
            CheckHere(Index);
            for (ULONG Inner = 0; Inner < Count; Inner += 1 + Count / 3) {
                GROUP_AFFINITY Outer = ContractBind(Inner);

                CheckHere(Inner);
                CHECK(Outer.Mask != 0);
                KeRevertToUserGroupAffinityThread(&Outer);
                CheckHere(Index);
            }
            KeRevertToUserGroupAffinityThread(&Previous);
        }
    }
}

/* Those that know group 0 only. */
static VOID CheckGroupZero(VOID)
{
    KAFFINITY Active = KeQueryActiveProcessors();
    KAFFINITY Own;

    for (ULONG Number = 0; Number < 64 && (Active >> Number & 1) != 0; Number++) {
        KeSetSystemAffinityThread((KAFFINITY)1 << Number);
        CheckHere(Number);
        KeRevertToUserAffinityThread();
        Own = KeSetSystemAffinityThreadEx((KAFFINITY)1 << Number);
        CHECK_EQUAL(Own, 0);
        CheckHere(Number);
        CHECK_EQUAL(KeSetSystemAffinityThreadEx(1), (KAFFINITY)1 << Number);
        CheckHere(0);
        KeRevertToUserAffinityThreadEx((KAFFINITY)1 << Number);
        CheckHere(Number);
        KeRevertToUserAffinityThreadEx(Own);
        KeSetAffinityThread(KeGetCurrentThread(), (KAFFINITY)1 << Number);
        CheckHere(Number);
        CHECK_EQUAL(KeSetAffinityThread(KeGetCurrentThread(), Active), (KAFFINITY)1 << Number);
    }
}

/* What is not valid changes nothing. */
static VOID CheckInvalid(ULONG Count)
{
    GROUP_AFFINITY Outer = ContractBind(Count - 1);
    GROUP_AFFINITY Bad = {.Mask = 1, .Group = 4000}, Previous;

    memset(&Previous, 0xFF, sizeof(Previous));
    KeSetSystemGroupAffinityThread(&Bad, &Previous);
    CHECK_EQUAL(Previous.Mask, 0);
    CHECK_EQUAL(Previous.Group, 0);
    CheckHere(Count - 1);
    Bad.Group = 0;
    Bad.Mask = 0;
    KeSetSystemGroupAffinityThread(&Bad, NULL);
    CheckHere(Count - 1);
    KeRevertToUserGroupAffinityThread(&Outer);
}

/* At DISPATCH_LEVEL the move waits until the level allows it. */
static VOID CheckDeferred(ULONG Count)
{
    GROUP_AFFINITY Outer = ContractBind(0), Inner;
    KIRQL Irql;

    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    Inner = ContractBind(Count - 1);
    CheckHere(0);
    KeLowerIrql(Irql);
    while (ContractIndex() != Count - 1) {
        YieldProcessor();
    }
    CheckHere(Count - 1);
    KeRevertToUserGroupAffinityThread(&Inner);
    CheckHere(0);
    KeRevertToUserGroupAffinityThread(&Outer);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeIpiGenericCall(NoteApicId, 0);
    CheckGroups(Count);
    CheckGroupZero();
    CheckInvalid(Count);
    CheckDeferred(Count);
    return CONTRACT_RESULT();
}
