/* SPDX-License-Identifier: MIT */
/*
 * startup.c: start another processor.
 *
 * INIT, start-up, start-up (Intel SDM vol. 3, "MP Initialization Protocol").
 * One processor starts at a time and its parameters are in HalpStartup.  The
 * word State decides between a processor that arrives late and one that is
 * given up:
 *
 *   starter                               started
 *   parameters, State = WAITING
 *   INIT, start-up                  ->    read parameters
 *   poll State                            WAITING -> RUNNING, by compare-exchange
 *   time is over: WAITING -> CLOSED,      not WAITING: halt
 *   by compare-exchange; INIT
 *
 * Whoever loses the exchange knows the outcome.  The INIT after a lost start
 * puts the processor back where it waits for a start-up interrupt, so it never
 * wakes up in the middle of a later start with that one's parameters.
 *
 * Processors of this age need no pause after INIT, so the first attempt has
 * none; the second one has the 10 ms of the specification.
 */
#include "halp.h"

#define HALP_STARTUP_PAGE(Page) ((ULONG64)HalpStartupPages + (Page)*HALP_PAGE_SIZE)
#define HALP_STARTUP_TABLE      0x21 /* a table: valid, accessed */
#define HALP_STARTUP_LARGE      0xA1 /* a 2 MiB page; not writable: there is no stack */

#pragma pack(push, 1)
typedef struct _HALP_TRAMPOLINE_DATA {
    ULONG64 Gdt[4];
    USHORT GdtLimit;
    ULONG GdtBase;
    ULONG FarOffset;
    USHORT FarSelector;
    ULONG Root;
    ULONG64 Entry;
} HALP_TRAMPOLINE_DATA;
#pragma pack(pop)
C_ASSERT(FIELD_OFFSET(HALP_TRAMPOLINE_DATA, GdtLimit) == HALP_DATA_GDTR);
C_ASSERT(FIELD_OFFSET(HALP_TRAMPOLINE_DATA, FarOffset) == HALP_DATA_FAR);
C_ASSERT(FIELD_OFFSET(HALP_TRAMPOLINE_DATA, Root) == HALP_DATA_ROOT);
C_ASSERT(FIELD_OFFSET(HALP_TRAMPOLINE_DATA, Entry) == HALP_DATA_ENTRY);
C_ASSERT(sizeof(HALP_TRAMPOLINE_DATA) == HALP_DATA_BYTES);

typedef struct _HALP_STARTUP {
    PVOID Stack;
    VOID(NTAPI *Entry)(PVOID);
    PVOID Context;
    ULONG State; /* HALP_STARTUP_xxx */
} HALP_STARTUP;
C_ASSERT(FIELD_OFFSET(HALP_STARTUP, Stack) == HALP_STARTUP_STACK);
C_ASSERT(FIELD_OFFSET(HALP_STARTUP, Entry) == HALP_STARTUP_ENTRY);
C_ASSERT(FIELD_OFFSET(HALP_STARTUP, Context) == HALP_STARTUP_CONTEXT);
C_ASSERT(FIELD_OFFSET(HALP_STARTUP, State) == HALP_STARTUP_STATE);

HALP_STARTUP HalpStartup;

extern const UCHAR HalpTrampoline[], HalpTrampoline64[], HalpTrampolineData[], HalpTrampolineEnd[];
extern HALP_ENTRY HalpStartupEntry;

static UCHAR *HalpStartupMemory; /* the start-up pages, mapped; NULL = not prepared yet */

/* HalpFillTrampoline: put the start-up code and its data into their page. */
static VOID HalpFillTrampoline(UCHAR *Page)
{
    const ULONG data = (ULONG)(HalpTrampolineData - HalpTrampoline);
    HALP_TRAMPOLINE_DATA *fill = (HALP_TRAMPOLINE_DATA *)(Page + data);

    for (ULONG i = 0; i < (ULONG)(HalpTrampolineEnd - HalpTrampoline); i++) {
        Page[i] = HalpTrampoline[i];
    }
    fill->Gdt[HALP_SELECTOR_CODE / 8] = 0x00209B0000000000ull;
    fill->Gdt[HALP_SELECTOR_DATA / 8] = 0x00CF93000000FFFFull;
    fill->GdtLimit = sizeof(fill->Gdt) - 1;
    fill->GdtBase = HalpStartupPages + data;
    fill->FarOffset = HalpStartupPages + (ULONG)(HalpTrampoline64 - HalpTrampoline);
    fill->FarSelector = HALP_SELECTOR_CODE;
    fill->Root = (ULONG)HALP_STARTUP_PAGE(1);
    fill->Entry = (ULONG64)HalpStartupEntry;
}

/* HalpPrepareStartup: make the start-up code and tables, once. */
static NTSTATUS HalpPrepareStartup(VOID)
{
    ULONG64 *tables;
    UCHAR *memory;

    if (HalpStartupMemory) {
        return STATUS_SUCCESS;
    }
    memory = HalpStartupPages
                 ? HalpMapPhysical(HalpStartupPages, HALP_STARTUP_PAGE_COUNT * HALP_PAGE_SIZE,
                                   HAL_PAGE_READ | HAL_PAGE_WRITE)
                 : NULL;
    if (!memory) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    HalpFillTrampoline(memory);
    tables = (ULONG64 *)(memory + HALP_PAGE_SIZE);
    for (ULONG i = 0; i < 3 * 512; i++) {
        tables[i] = 0;
    }
    tables[0] = HALP_STARTUP_PAGE(2) | HALP_STARTUP_TABLE;
    tables[512] = HALP_STARTUP_PAGE(3) | HALP_STARTUP_TABLE;
    tables[1024] = HALP_STARTUP_LARGE;
    HalpStartupMemory = memory;
    return STATUS_SUCCESS;
}

/* HalpAwaitStartup: => TRUE: the processor has claimed its parameters within the time. */
static BOOLEAN HalpAwaitStartup(ULONG Microseconds)
{
    const ULONG64 begin = HalpReadTsc();
    const ULONG64 ticks = HalpCounterFrequency / 1000000 * Microseconds;

    do {
        /* Partner: HalpStartupEntry. */
        if (__atomic_load_n(&HalpStartup.State, __ATOMIC_ACQUIRE) == HALP_STARTUP_RUNNING) {
            return TRUE;
        }
        HalpPause();
    } while (HalpReadTsc() - begin < ticks);
    return FALSE;
}

/* HalpCloseStartup: give the processor up.  => FALSE: too late, it runs. */
static BOOLEAN HalpCloseStartup(VOID)
{
    ULONG expected = HALP_STARTUP_WAITING;

    /* Partner: HalpStartupEntry. */
    return __atomic_compare_exchange_n(&HalpStartup.State, &expected, HALP_STARTUP_CLOSED, FALSE,
                                       __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE);
}

/* HalpAttemptStartup: one INIT and two start-up interrupts.  => TRUE: it runs. */
static BOOLEAN HalpAttemptStartup(ULONG ApicId, ULONG InitMicroseconds, ULONG WaitMicroseconds)
{
    const ULONG startup = HALP_ICR_ASSERT | HALP_ICR_STARTUP | HalpStartupPages >> HALP_PAGE_SHIFT;

    /* Partner: HalpStartupEntry reads the parameters only after the start-up interrupt. */
    __atomic_store_n(&HalpStartup.State, HALP_STARTUP_WAITING, __ATOMIC_SEQ_CST);
    HalpWriteIcr(ApicId, HALP_ICR_ASSERT | HALP_ICR_INIT);
    HalStall(InitMicroseconds);
    HalpWriteIcr(ApicId, startup);
    if (HalpAwaitStartup(200)) {
        return TRUE;
    }
    HalpWriteIcr(ApicId, startup);
    if (HalpAwaitStartup(WaitMicroseconds) || !HalpCloseStartup()) {
        return TRUE;
    }
    HalpWriteIcr(ApicId, HALP_ICR_ASSERT | HALP_ICR_INIT);
    return FALSE;
}

NTSTATUS HALVERB HalStartProcessor(ULONG Index, PVOID Stack, VOID(NTAPI *Entry)(PVOID),
                                   PVOID Context)
{
    const KIRQL irql = HalGetIrql();
    NTSTATUS status;
    BOOLEAN started;
    ULONG id;

    if (Index == 0 || Index >= HalpProcessorCount) {
        return STATUS_INVALID_PARAMETER;
    }
    status = HalpPrepareStartup();
    if (!NT_SUCCESS(status)) {
        return status;
    }
    /* Tables that the kernel has added to its top level since the last start. */
    HalpCopyKernelSlots((ULONG64 *)(HalpStartupMemory + HALP_PAGE_SIZE));
    HalpStartup.Stack = Stack;
    HalpStartup.Entry = Entry;
    HalpStartup.Context = Context;
    id = HalpProcessors[Index].ApicId;

    /* This processor's timer is at work, so stay on this processor. */
    HalpWriteCr8(irql < DISPATCH_LEVEL ? DISPATCH_LEVEL : irql);
    HalpBeginWakeTimer();
    started = HalpAttemptStartup(id, 10, 100000) || HalpAttemptStartup(id, 10000, 5000000);
    HalpEndWakeTimer();
    HalpWriteCr8(irql);
    return started ? STATUS_SUCCESS : STATUS_IO_TIMEOUT;
}
