/* SPDX-License-Identifier: MIT */
/*
 * KeBugCheckEx's code and four parameters arrive in the report, the registered callbacks run,
 * and a deregistered one does not.
 */
#include "contract.h"

static KBUGCHECK_CALLBACK_RECORD Kept, Dropped;
static KBUGCHECK_REASON_CALLBACK_RECORD Reason;
static UCHAR Buffer[16];

static VOID NTAPI OnBugCheck(PVOID Context, ULONG Length)
{
    DbgPrint("callback: buffer %d, length %lu, IRQL %u\n", Context == (PVOID)Buffer, Length,
             KeGetCurrentIrql());
}

static VOID NTAPI OnReason(KBUGCHECK_CALLBACK_REASON Why, PKBUGCHECK_REASON_CALLBACK_RECORD Record,
                           PVOID Data, ULONG Length)
{
    UNREFERENCED_PARAMETER(Data);
    UNREFERENCED_PARAMETER(Length);
    DbgPrint("reason callback: reason %d, record %d\n", Why == KbCallbackSecondaryDumpData,
             Record == &Reason);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeCallbackRecord((&Kept)); /* the macro lacks parentheses */
    KeInitializeCallbackRecord((&Dropped));
    KeInitializeCallbackRecord((&Reason));
    CHECK(KeRegisterBugCheckCallback(&Dropped, OnBugCheck, NULL, 0, (PUCHAR) "dropped"));
    CHECK(KeRegisterBugCheckCallback(&Kept, OnBugCheck, Buffer, sizeof(Buffer), (PUCHAR) "kept"));
    CHECK(!KeRegisterBugCheckCallback(&Kept, OnBugCheck, Buffer, sizeof(Buffer), (PUCHAR) "kept"));
    CHECK(KeRegisterBugCheckReasonCallback(&Reason, OnReason, KbCallbackSecondaryDumpData,
                                           (PUCHAR) "reason"));
    CHECK(KeDeregisterBugCheckCallback(&Dropped));
    CHECK(!KeDeregisterBugCheckCallback(&Dropped));
    DbgPrint("before\n");
    KeBugCheckEx(0x12345678, 0x1111111111111111, 0x2222222222222222, 0x3333333333333333,
                 0xFFFFFFFFFFFFFFFF);
}
