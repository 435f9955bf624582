/* SPDX-License-Identifier: MIT */
/*
 * flush_tlb.c: drop the translation of one page on every processor.
 *
 * The idiom of hypervisors and page-table tools: after a change of a page-table
 * entry no processor may go on with the old one.
 */
#include <ntddk.h>

typedef struct _FLUSH {
    PVOID Address;
    volatile LONG Processors;
} FLUSH;

static ULONG_PTR NTAPI FlushPage(ULONG_PTR Context)
{
    FLUSH *Flush = (FLUSH *)Context;

    __invlpg(Flush->Address);
    InterlockedIncrement(&Flush->Processors);
    return *(volatile UCHAR *)Flush->Address; /* walk the tables again */
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PUCHAR Page = ExAllocatePoolWithTag(NonPagedPoolNx, PAGE_SIZE, 'egaP');
    FLUSH Flush = {Page, 0};

    UNREFERENCED_PARAMETER(RegistryPath);
    if (Page == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    DriverObject->DriverUnload = Unload;
    Page[0] = 42;
    if (KeIpiGenericCall(FlushPage, (ULONG_PTR)&Flush) == 42) {
        DbgPrint("%ld processors dropped their translation of %p and read the page again\n",
                 Flush.Processors, Page);
    }
    ExFreePoolWithTag(Page, 'egaP');
    return STATUS_SUCCESS;
}
