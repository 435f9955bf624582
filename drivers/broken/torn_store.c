/* SPDX-License-Identifier: MIT */
/*
 * torn_store.c: WRONG: a pair is published with one 16-byte store (a data race).
 *
 * The idiom of clocks: a time and the counter at which it was taken belong
 * together.  One movups writes both, but x86 promises that 8 aligned bytes
 * change at once, not 16: a reader can see the new time with the old counter.
 *
 *   caller:  time 1               counter 1
 *   others:          read 1 and 0
 *
 * allcall reports the race with the store and the load; the driver itself
 * counts the pairs that do not belong together.  Right is
 * InterlockedCompareExchange128, or a sequence number around the pair.
 */
#include <ntddk.h>
#include <emmintrin.h>

#define ROUNDS 16

typedef struct _PAIR {
    ULONG64 Time;
    ULONG64 Counter; /* always the same as Time, here */
} PAIR;

static PAIR Clock;
static volatile LONG Torn;

static VOID Publish(ULONG64 Now)
{
    *(volatile __m128i_u *)&Clock = _mm_set1_epi64x((LONG64)Now);
}

static VOID Check(VOID)
{
    PAIR Pair;

    _mm_storeu_si128((__m128i_u *)&Pair, *(volatile __m128i_u *)&Clock);
    if (Pair.Time != Pair.Counter) {
        InterlockedIncrement(&Torn);
    }
}

static ULONG_PTR NTAPI Tick(ULONG_PTR Caller)
{
    for (ULONG64 Round = 1; Round <= ROUNDS; Round++) {
        if (KeGetCurrentProcessorNumberEx(NULL) == Caller) {
            Publish(Round);
        } else {
            Check();
        }
    }
    return 0;
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    KeIpiGenericCall(Tick, KeGetCurrentProcessorNumberEx(NULL));
    DbgPrint("%ld torn pairs\n", Torn);
    return Torn == 0 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
