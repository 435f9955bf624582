/* SPDX-License-Identifier: MIT */
/* A set of processors has those that were added, by index or by group, and no others. */
#include "contract.h"

typedef struct _KAFFINITY_EX {
    USHORT Count, Size;
    ULONG Reserved;
    ULONG_PTR Bitmap[20];
} KAFFINITY_EX, *PKAFFINITY_EX;

NTKERNELAPI VOID NTAPI KeInitializeAffinityEx(PKAFFINITY_EX Set);
NTKERNELAPI VOID NTAPI KeAddGroupAffinityEx(PKAFFINITY_EX Set, USHORT Group, KAFFINITY Mask);
NTKERNELAPI VOID NTAPI KeAddProcessorAffinityEx(PKAFFINITY_EX Set, ULONG Index);
NTKERNELAPI VOID NTAPI KeRemoveProcessorAffinityEx(PKAFFINITY_EX Set, ULONG Index);
NTKERNELAPI BOOLEAN NTAPI KeCheckProcessorAffinityEx(PKAFFINITY_EX Set, ULONG Index);
NTKERNELAPI KAFFINITY NTAPI KeQueryGroupAffinityEx(PKAFFINITY_EX Set, USHORT Group);
NTKERNELAPI BOOLEAN NTAPI KeIsEmptyAffinityEx(PKAFFINITY_EX Set);
NTKERNELAPI ULONG NTAPI KeCountSetBitsAffinityEx(PKAFFINITY_EX Set);
NTKERNELAPI VOID NTAPI KeCopyAffinityEx(PKAFFINITY_EX Target, PKAFFINITY_EX Source);

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();
    KAFFINITY_EX Set, Copy;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    RtlFillMemory(&Set, sizeof(Set), 0xFF);
    KeInitializeAffinityEx(&Set);
    CHECK_EQUAL(Set.Count, 1);
    CHECK_EQUAL(Set.Size, 20);
    CHECK(KeIsEmptyAffinityEx(&Set));
    CHECK_EQUAL(KeCountSetBitsAffinityEx(&Set), 0);
    for (ULONG Index = 0; Index < Count; Index++) {
        CHECK(!KeCheckProcessorAffinityEx(&Set, Index));
        KeAddProcessorAffinityEx(&Set, Index);
        CHECK(KeCheckProcessorAffinityEx(&Set, Index));
        CHECK_EQUAL(KeCountSetBitsAffinityEx(&Set), Index + 1);
    }
    KeAddProcessorAffinityEx(&Set, 100000);
    CHECK(!KeCheckProcessorAffinityEx(&Set, 100000));
    CHECK_EQUAL(Set.Count, KeQueryActiveGroupCount());
    for (USHORT Group = 0; Group < Set.Count; Group++) {
        CHECK_EQUAL(KeQueryGroupAffinityEx(&Set, Group), KeQueryGroupAffinity(Group));
    }
    CHECK_EQUAL(KeQueryGroupAffinityEx(&Set, 19), 0);
    KeCopyAffinityEx(&Copy, &Set);
    KeRemoveProcessorAffinityEx(&Set, Count - 1);
    CHECK(!KeCheckProcessorAffinityEx(&Set, Count - 1));
    CHECK(KeCheckProcessorAffinityEx(&Copy, Count - 1));
    KeInitializeAffinityEx(&Set);
    KeAddGroupAffinityEx(&Set, 0, 1);
    CHECK(KeCheckProcessorAffinityEx(&Set, 0));
    CHECK_EQUAL(KeCountSetBitsAffinityEx(&Set), 1);
    return CONTRACT_RESULT();
}
