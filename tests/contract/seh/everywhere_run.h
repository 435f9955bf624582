/* SPDX-License-Identifier: MIT */
/* everywhere_run.h: the driver that runs Cases; see everywhere.h. */
#pragma once

static BOOLEAN IsSame(const CHAR *A, const CHAR *B)
{
    while (*A != '\0' && *A == *B) {
        A++;
        B++;
    }
    return *A == *B;
}

/* Run all cases that are allowed at this IRQL; it and the interrupt flag stay. */
static VOID RunCases(VOID)
{
    KIRQL Irql = KeGetCurrentIrql();
    ULONG64 Flags = __builtin_ia32_readeflags_u64() & 0x200;

    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Cases); Index++) {
        TRACE Trace = { 0 };

        if (Irql > Cases[Index].Highest) {
            continue;
        }
        Cases[Index].Routine(&Trace);
        if (!IsSame(Trace.Text, Cases[Index].Expected) && ContractCount()) {
            DbgPrint("FAILED %s at IRQL %u: %s, not %s\n", Cases[Index].Name, Irql, Trace.Text,
                     Cases[Index].Expected);
        }
        CHECK_EQUAL(KeGetCurrentIrql(), Irql);
        CHECK_EQUAL(__builtin_ia32_readeflags_u64() & 0x200, Flags);
    }
}

static ULONG_PTR NTAPI RunCasesInRoutine(ULONG_PTR Argument)
{
    RunCases();
    return Argument + ContractIndex();
}

static VOID RunCasesInDpc(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    RunCases();
}

static VOID RunEverywhere(VOID)
{
    static const KIRQL Levels[] = { 0, 1, 2, 5, 12, 13, 14, 15 };
    static CONTRACT_WORK Works[256];

    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Levels); Index++) {
        KIRQL Old;

        KeRaiseIrql(Levels[Index], &Old);
        RunCases();
        KeLowerIrql(Old);
    }
    __asm__ volatile("cli");
    RunCases();
    __asm__ volatile("sti");
    ContractRunOnAll(Works, RunCasesInDpc, NULL);
    for (ULONG Round = 0; Round < 3; Round++) {
        ULONG Own = ContractIndex();

        CHECK_EQUAL(KeIpiGenericCall(RunCasesInRoutine, 100), 100 + Own);
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    RunEverywhere();
    return CONTRACT_RESULT();
}
