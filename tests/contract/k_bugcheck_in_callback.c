/* SPDX-License-Identifier: MIT */
/* A bug check callback that crashes as well does not keep the first report from coming. */
#include "contract.h"

static KBUGCHECK_CALLBACK_RECORD Record;
static PUCHAR volatile Nowhere = (PUCHAR)0xFFFFF90000000000ull;

static VOID NTAPI OnBugCheck(PVOID Context, ULONG Length)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Length);
    *Nowhere = 1;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeCallbackRecord((&Record)); /* the macro lacks parentheses */
    CHECK(KeRegisterBugCheckCallback(&Record, OnBugCheck, NULL, 0, (PUCHAR) "test"));
    KeBugCheckEx(MANUALLY_INITIATED_CRASH, 1, 2, 3, 4);
}
