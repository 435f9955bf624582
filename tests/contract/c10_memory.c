/* SPDX-License-Identifier: MIT */
/* C10: plain writes before the call are seen by every routine, plain writes of every routine by the caller. */
#include "contract.h"

#define ROUNDS 300
#define WORDS  64

static ULONG64 Sent[WORDS];
static ULONG64 Answered[256][WORDS];

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    ULONG Index = ContractIndex();

    for (ULONG Word = 0; Word < WORDS; Word++) {
        CHECK_EQUAL(Sent[Word], Argument + Word);
        Answered[Index][Word] = Sent[Word] ^ Index;
    }
    return 0;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG64 Round = 1; Round <= ROUNDS; Round++) {
        for (ULONG Word = 0; Word < WORDS; Word++) {
            Sent[Word] = Round * 1000 + Word;
        }
        KeIpiGenericCall(Routine, Round * 1000);
        for (ULONG Index = 0; Index < Count; Index++) {
            for (ULONG Word = 0; Word < WORDS; Word++) {
                CHECK_EQUAL(Answered[Index][Word], (Round * 1000 + Word) ^ Index);
            }
        }
    }
    return CONTRACT_RESULT();
}
