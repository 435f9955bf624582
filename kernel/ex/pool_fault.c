/* SPDX-License-Identifier: MIT */
/*
 * pool_fault.c: the bug checks for what is wrong with a block of pool.
 *
 * References: "Bug Check 0xC2 BAD_POOL_CALLER", "Bug Check 0x19 BAD_POOL_HEADER", "Bug Check 0xC7
 * TIMER_OR_DPC_INVALID".
 */
#include "exp.h"
#include "pool_block.h"
#include "../rtl/format.h"

/* The first parameters. */
#define EXP_BAD_HEADER      0x01
#define EXP_ALREADY_FREED   0x07
#define EXP_WRONG_TAG       0x0A
#define EXP_USER_ADDRESS    0x40
#define EXP_INVALID_ADDRESS 0x46
#define EXP_OVERRUN         0x21
#define EXP_FREE_MODIFIED   0x23

#define EXP_TIMER_OR_DPC_INVALID 0xC7

static VOID ExpFormat(CHAR *Buffer, SIZE_T Size, const CHAR *Format, ...)
{
    __builtin_ms_va_list List;

    __builtin_ms_va_start(List, Format);
    RtlpFormat(Buffer, Size, Format, List);
    __builtin_ms_va_end(List);
}

/* ExpTagText: a tag as its four characters, in the order in memory. */
static VOID ExpTagText(CHAR Text[5], ULONG Tag)
{
    for (ULONG Index = 0; Index < 4; Index++) {
        CHAR Letter = (CHAR)(Tag >> (8 * Index));

        Text[Index] = Letter >= 0x20 && Letter <= 0x7E ? Letter : '.';
    }
    Text[4] = '\0';
}

/* ExpStop: the bug check, with a text that names the block by its tag. */
static DECLSPEC_NORETURN VOID ExpStop(const CHAR *What, const EXP_HEAP_INFO *Info, ULONG Code,
                                      ULONG_PTR P1, ULONG_PTR P2, ULONG_PTR P3, ULONG_PTR P4,
                                      PVOID Caller)
{
    CHAR Text[128], Tag[5];

    ExpTagText(Tag, Info->Tag);
    ExpFormat(Text, sizeof(Text), "the block of %I64u bytes with the tag '%s' %s", Info->Size, Tag,
              What);
    KiBugCheckText(Text, Code, P1, P2, P3, P4, (ULONG64)Caller, NULL);
}

DECLSPEC_NORETURN VOID ExpBadBlock(EXP_HEAP_STATUS Status, PVOID Address, ULONG Tag,
                                   const EXP_HEAP_INFO *Info, PVOID Caller)
{
    ULONG_PTR At = (ULONG_PTR)Address, Header = (ULONG_PTR)Info->Header;

    switch (Status) {
    case EXP_HEAP_FREED:
        ExpStop("has been freed already", Info, BAD_POOL_CALLER, EXP_ALREADY_FREED, 0,
                Info->Contents, At, Caller);
    case EXP_HEAP_WRONG_TAG:
        ExpStop("is freed with another tag", Info, BAD_POOL_CALLER, EXP_WRONG_TAG, At, Info->Tag,
                Tag, Caller);
    case EXP_HEAP_OVERRUN:
        ExpStop("has been written to behind its end", Info, BAD_POOL_HEADER, EXP_OVERRUN, At,
                Info->Size, Info->Value, Caller);
    case EXP_HEAP_BAD_FREE:
        KiBugCheckText("a free block has been written to, or the block before it behind its end",
                       BAD_POOL_HEADER, EXP_FREE_MODIFIED, Header, Info->Contents, 0,
                       (ULONG64)Caller, NULL);
    case EXP_HEAP_BAD_HEADER:
        KiBugCheckText("the block before this one has been written to behind its end, or this one "
                       "in front of its beginning",
                       BAD_POOL_CALLER, EXP_BAD_HEADER, Header, Info->Contents, 0, (ULONG64)Caller,
                       NULL);
    default:
        KiBugCheckText("no block of pool begins at this address", BAD_POOL_CALLER,
                       EXP_INVALID_ADDRESS, At, 0, 0, (ULONG64)Caller, NULL);
    }
}

DECLSPEC_NORETURN VOID ExpBadUserAddress(PVOID Address, PVOID Caller)
{
    KiBugCheckText(Address == NULL ? "pool is freed at NULL" : "pool is freed at a user's address",
                   BAD_POOL_CALLER, EXP_USER_ADDRESS, (ULONG_PTR)Address,
                   (ULONG_PTR)MmSystemRangeStart, 0, (ULONG64)Caller, NULL);
}

VOID ExpCheckContents(PVOID Address, SIZE_T Bytes, ULONG Tag, PVOID Caller)
{
    EXP_HEAP_INFO Info = { .Size = Bytes, .Tag = Tag };
    PKTIMER Timer;
    PKDPC Dpc;

    if (!KiOptions.Verify || !MmIsDriverAddress(Caller)) {
        return; /* as with Driver Verifier; the kernel's own are in order */
    }
    Timer = KiFindTimerIn(Address, Bytes);
    Dpc = KiFindDpcIn(Address, Bytes);
    if (Timer != NULL) {
        ExpStop("is freed with a timer in it that is set (P2)", &Info, EXP_TIMER_OR_DPC_INVALID, 0,
                (ULONG_PTR)Timer, (ULONG_PTR)Address, (ULONG_PTR)Address + Bytes, Caller);
    }
    if (Dpc != NULL) {
        ExpStop("is freed with a DPC in it that is queued (P2)", &Info, EXP_TIMER_OR_DPC_INVALID, 1,
                (ULONG_PTR)Dpc, (ULONG_PTR)Address, (ULONG_PTR)Address + Bytes, Caller);
    }
}
