/* SPDX-License-Identifier: MIT */
/*
 * The IRQL routines that newer headers import set and read the same level as `mov cr8`, which
 * mingw-w64's headers inline, at every level.
 */
#include "contract.h"

/* Not by their own names: the headers define those as inlines. */
#define IMPORT(Result, Name, ...)                                                                  \
    __declspec(dllimport) Result NTAPI Imported##Name(__VA_ARGS__) __asm__(#Name)

IMPORT(KIRQL, KeGetCurrentIrql, VOID);
IMPORT(KIRQL, KfRaiseIrql, KIRQL);
IMPORT(VOID, KeLowerIrql, KIRQL);
IMPORT(VOID, KfLowerIrql, KIRQL);
IMPORT(KIRQL, KeRaiseIrqlToDpcLevel, VOID);
IMPORT(KIRQL, KeRaiseIrqlToSynchLevel, VOID);

/* Imported and inlined agree. */
static VOID CheckLevel(KIRQL Irql)
{
    CHECK_EQUAL(ImportedKeGetCurrentIrql(), Irql);
    CHECK_EQUAL(KeGetCurrentIrql(), Irql);
    CHECK_EQUAL(__readcr8(), Irql);
}

static VOID TestFrom(KIRQL From)
{
    KIRQL Old;

    for (KIRQL To = From; To <= HIGH_LEVEL; To++) {
        CHECK_EQUAL(ImportedKfRaiseIrql(To), From);
        CheckLevel(To);
        ImportedKeLowerIrql(From);
        CheckLevel(From);

        KeRaiseIrql(To, &Old);
        CHECK_EQUAL(Old, From);
        CheckLevel(To);
        ImportedKfLowerIrql(From);
        CheckLevel(From);

        CHECK_EQUAL(ImportedKfRaiseIrql(To), From);
        KeLowerIrql(From);
        CheckLevel(From);
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CheckLevel(PASSIVE_LEVEL);
    for (KIRQL From = PASSIVE_LEVEL; From <= HIGH_LEVEL; From++) {
        ImportedKfRaiseIrql(From);
        TestFrom(From);
        ImportedKeLowerIrql(PASSIVE_LEVEL);
    }
    for (KIRQL From = PASSIVE_LEVEL; From <= DISPATCH_LEVEL; From++) {
        ImportedKfRaiseIrql(From);
        CHECK_EQUAL(ImportedKeRaiseIrqlToDpcLevel(), From);
        CheckLevel(DISPATCH_LEVEL);
        ImportedKeLowerIrql(From);
        CHECK_EQUAL(ImportedKeRaiseIrqlToSynchLevel(), From);
        CheckLevel(12);
        ImportedKeLowerIrql(PASSIVE_LEVEL);
    }
    CheckLevel(PASSIVE_LEVEL);
    return CONTRACT_RESULT();
}
