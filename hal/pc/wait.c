/* SPDX-License-Identifier: MIT */
/* wait.c: how a processor waits: for another one, for work, for good. */
#include "halp.h"

/*
 * HalWait: one turn of a wait.
 *
 * On a PC a wait is a poll; pause tells a hypervisor, a simulator and the
 * other thread of the core that nothing useful happens here.
 */
VOID HALVERB HalWait(const volatile VOID *Word, ULONG64 Seen)
{
    UNREFERENCED_PARAMETER(Word);
    UNREFERENCED_PARAMETER(Seen);
    HalpPause();
}

VOID HALVERB HalWaitUntil(const ULONG64 *Word, ULONG64 Value)
{
    do {
        HalpPause();
    } while (__atomic_load_n(Word, __ATOMIC_ACQUIRE) !=
             Value); /* stored with release by the kernel */
}

VOID HALVERB HalIdle(VOID)
{
    /* sti takes effect after hlt has begun: an interrupt in between is not missed. */
    __asm__ volatile("sti\n\thlt" : : : "memory");
}

VOID HALVERB HalHaltProcessor(VOID)
{
    for (;;) {
        __asm__ volatile("cli\n\thlt" : : : "memory");
    }
}
