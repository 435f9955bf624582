/* SPDX-License-Identifier: MIT */
/* C16: the call works by an address found at run time, and so does a routine that lies in executable pool. */
#include "contract.h"

typedef ULONG_PTR(NTAPI *CALL)(PKIPI_BROADCAST_WORKER, ULONG_PTR);

/* lea rax, [rcx+rcx+1]; ret */
static const UCHAR Code[] = {0x48, 0x8D, 0x44, 0x09, 0x01, 0xC3};

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING Name, Unknown;
    PVOID Routine;
    CALL Call;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    RtlInitUnicodeString(&Name, L"KeIpiGenericCall");
    RtlInitUnicodeString(&Unknown, L"KeIpiGenericCallThatIsNot");
    Call = (CALL)(ULONG_PTR)MmGetSystemRoutineAddress(&Name);
    CHECK(Call != NULL);
    CHECK(MmGetSystemRoutineAddress(&Unknown) == NULL);

    Routine = ExAllocatePoolWithTag(NonPagedPool, sizeof(Code), 'tseT');
    CHECK(Routine != NULL);
    if (Call != NULL && Routine != NULL) {
        RtlCopyMemory(Routine, Code, sizeof(Code));
        CHECK_EQUAL(Call((PKIPI_BROADCAST_WORKER)(ULONG_PTR)Routine, 21), 43);
        ExFreePoolWithTag(Routine, 'tseT');
    }
    return CONTRACT_RESULT();
}
