/* SPDX-License-Identifier: MIT */
/* Control and model-specific registers with values that they must not have. */
#include "hostile.h"

/* Sets EM, so that SSE does not exist. */
static VOID Cr0Emulate(VOID)
{
    WriteCr0(ReadCr0() | 4);
    __asm__ volatile("xorps %xmm0, %xmm0");
}

/* Sets bits of CR0 that do not exist. */
static VOID Cr0High(VOID)
{
    WriteCr0(ReadCr0() | 1ull << 40);
}

/* Turns paging off in 64-bit code. */
static VOID Cr0PagingOff(VOID)
{
    WriteCr0(ReadCr0() & ~0x80000000ull);
}

/* Turns protection off, but not paging. */
static VOID Cr0ProtectionOff(VOID)
{
    WriteCr0(ReadCr0() & ~1ull);
}

/* Sets TS, so that SSE faults. */
static VOID Cr0TaskSwitched(VOID)
{
    WriteCr0(ReadCr0() | 8);
    __asm__ volatile("xorps %xmm0, %xmm0");
}

/* Sets NW without CD. */
static VOID Cr0WriteThrough(VOID)
{
    WriteCr0((ReadCr0() | 0x20000000ull) & ~0x40000000ull);
}

/* Turns SSE off. */
static VOID Cr4NoSse(VOID)
{
    WriteCr4(ReadCr4() & ~0x200ull);
    __asm__ volatile("xorps %xmm0, %xmm0");
}

/* Turns PAE off in 64-bit code. */
static VOID Cr4PaeOff(VOID)
{
    WriteCr4(ReadCr4() & ~0x20ull);
}

/* Sets a bit of CR4 that does not exist. */
static VOID Cr4Reserved(VOID)
{
    WriteCr4(ReadCr4() | 1ull << 31);
}

/* Sets all bits of EFER. */
static VOID EferJunk(VOID)
{
    WriteMsr(0xC0000080, ~0ull);
}

/* Turns long mode off under paging. */
static VOID EferLmeOff(VOID)
{
    WriteMsr(0xC0000080, ReadMsr(0xC0000080) & ~0x100ull);
}

/* Turns no-execute off, which page tables use. */
static VOID EferNxeOff(VOID)
{
    WriteMsr(0xC0000080, ReadMsr(0xC0000080) & ~0x800ull);
    WriteCr3(ReadCr3());
}

/* Moves its processor control block to an address that no processor has. */
static VOID GsNoncanonical(VOID)
{
    WriteMsr(0xC0000101, 0x8000000000000000ull);
}

/* Moves its processor control block to nowhere. */
static VOID GsNowhere(VOID)
{
    WriteMsr(0xC0000101, 0xFFFF900012345000ull);
}

/* Writes a model-specific register that does not exist. */
static VOID MsrUnknown(VOID)
{
    WriteMsr(0x12345678, 1);
}

/* Swaps its processor control block for nothing. */
static VOID Swapgs(VOID)
{
    __asm__ volatile("swapgs");
}

static const struct attack Attacks[] = {
    {"cr0_emulate", Cr0Emulate},
    {"cr0_high", Cr0High},
    {"cr0_paging_off", Cr0PagingOff},
    {"cr0_protection_off", Cr0ProtectionOff},
    {"cr0_task_switched", Cr0TaskSwitched},
    {"cr0_write_through", Cr0WriteThrough},
    {"cr4_no_sse", Cr4NoSse},
    {"cr4_pae_off", Cr4PaeOff},
    {"cr4_reserved", Cr4Reserved},
    {"efer_junk", EferJunk},
    {"efer_lme_off", EferLmeOff},
    {"efer_nxe_off", EferNxeOff},
    {"gs_noncanonical", GsNoncanonical},
    {"gs_nowhere", GsNowhere},
    {"msr_unknown", MsrUnknown},
    {"swapgs", Swapgs},
};

ATTACKS(Attacks)
