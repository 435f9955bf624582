/* SPDX-License-Identifier: MIT */
/* Memory that one processor frees is gone on every other one, also where it was used a moment ago.
 */
#include "contract.h"

static CONTRACT_WORK Works[64];
static volatile ULONG *Block;
static volatile LONG Freed;
static volatile LONG Seen;

static VOID Use(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    *Block = 5; /* now this processor has the translation */
    InterlockedExchange(&Seen, 1);
    ContractAwait(&Freed, 1);
    DbgPrint("read %lu from memory that is not there\n", *Block);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    Block = ExAllocatePoolWithTag(NonPagedPoolNx, 2 * PAGE_SIZE, 'tseT');
    CHECK(Block != NULL);
    ContractStart(&Works[1], 1, Use, NULL);
    ContractAwait(&Seen, 1);
    ExFreePool((PVOID)Block);
    InterlockedExchange(&Freed, 1);
    ContractAwait(&Works[1].Done, 1);
    return STATUS_SUCCESS;
}
