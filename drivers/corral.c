/* SPDX-License-Identifier: MIT */
/*
 * corral.c: hold all processors while one of them patches code.
 *
 * The idiom of hot patching: no processor may execute the bytes while they
 * change.  The call brings all of them into the routine; the first to come
 * patches, the others wait for it, and each serialises before it goes back.
 */
#include <ntddk.h>
#include <intrin.h>

typedef ULONG(NTAPI *FUNCTION)(VOID);

/* mov eax, imm32; ret */
static const UCHAR Template[] = {0xB8, 0x00, 0x00, 0x00, 0x00, 0xC3};

typedef struct _PATCH {
    PUCHAR Code;
    ULONG Value;
    volatile LONG Comers;
    volatile LONG Done;
} PATCH;

static ULONG_PTR NTAPI Corral(ULONG_PTR Context)
{
    PATCH *Patch = (PATCH *)Context;
    int Cpuid[4];

    if (InterlockedIncrement(&Patch->Comers) == 1) {
        *(ULONG UNALIGNED *)(Patch->Code + 1) = Patch->Value;
        InterlockedExchange(&Patch->Done, 1);
    } else {
        while (!Patch->Done) {
            YieldProcessor();
        }
    }
    __cpuid(Cpuid, 0); /* serialise: what was fetched before the patch is forgotten */
    return ((FUNCTION)(ULONG_PTR)Patch->Code)();
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PUCHAR Code = ExAllocatePoolWithTag(NonPagedPool, sizeof(Template), 'edoC');

    UNREFERENCED_PARAMETER(RegistryPath);
    if (Code == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    DriverObject->DriverUnload = Unload;
    RtlCopyMemory(Code, Template, sizeof(Template));
    for (ULONG Version = 1; Version <= 3; Version++) {
        PATCH Patch = {Code, Version, 0, 0};
        ULONG_PTR Returned = KeIpiGenericCall(Corral, (ULONG_PTR)&Patch);

        DbgPrint("patched to version %lu: %ld processors were held, the code now returns %Iu\n",
                 Version, Patch.Comers, Returned);
    }
    ExFreePoolWithTag(Code, 'edoC');
    return STATUS_SUCCESS;
}
