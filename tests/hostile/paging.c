/* SPDX-License-Identifier: MIT */
/* Attacks on the page tables. */
#include "hostile.h"

/* Loads page tables from memory that holds none. */
static VOID Cr3Junk(VOID)
{
    WriteCr3(0x7000);
}

/* Loads page tables from beyond all memory. */
static VOID Cr3Nowhere(VOID)
{
    WriteCr3(0x7FFFFFF000ull);
}

/* Loads page tables from an address that no processor has. */
static VOID Cr3Reserved(VOID)
{
    WriteCr3(0x4000000000000000ull);
}

/* Takes the page of its own code out of the page tables. */
static VOID PteOwnCode(VOID)
{
    *PageEntry((VOID *)(ULONG_PTR)&PteOwnCode) = 0;
    __asm__ volatile("invlpg (%0)" : : "r"(&PteOwnCode) : "memory");
}

/* Takes the page of its stack out of the page tables. */
static VOID PteOwnStack(VOID)
{
    volatile ULONG64 word = 0;

    *PageEntry(&word) = 0;
    __asm__ volatile("invlpg (%0)" : : "r"(&word) : "memory");
    word++;
}

/* Page tables that lie beyond all memory. */
static VOID TableHigh(VOID)
{
    volatile ULONG64 *top = TopTable();

    for (ULONG i = 0; i < 512; i++) {
        if (top[i] & 1) {
            top[i] = (top[i] & 0xFFF) | 0x7FFFFFF000ull;
        }
    }
    WriteCr3(ReadCr3());
}

/* Fills the top page table with random numbers. */
static VOID TopTableRandom(VOID)
{
    volatile ULONG64 *top = TopTable();
    ULONG64 state = 88172645463325252ull;

    for (ULONG i = 0; i < 512; i++) {
        top[i] = Next(&state);
    }
    WriteCr3(ReadCr3());
}

/* Every entry of the top page table refers to itself. */
static VOID TopTableSelf(VOID)
{
    volatile ULONG64 *top = TopTable();
    const ULONG64 root = ReadCr3() & 0x000FFFFFFFFFF000ull;

    __asm__ volatile("rep stosq" : : "D"(top), "c"(512), "a"(root | 0x63) : "memory");
    WriteCr3(ReadCr3());
}

/* Fills the top page table with zeros. */
static VOID TopTableZero(VOID)
{
    Fill(TopTable(), 0, PAGE);
    WriteCr3(ReadCr3());
}

static volatile ULONG64 *TopTableZeroEverywhereTop;

static VOID TopTableZeroEverywhereRoutine(VOID)
{
    Fill(TopTableZeroEverywhereTop, 0, PAGE);
    WriteCr3(ReadCr3());
}

/* Every processor fills the top page table with zeros. */
static VOID TopTableZeroEverywhere(VOID)
{
    TopTableZeroEverywhereTop = TopTable();
    Everywhere(TopTableZeroEverywhereRoutine);
}

static const struct attack Attacks[] = {
    {"cr3_junk", Cr3Junk},
    {"cr3_nowhere", Cr3Nowhere},
    {"cr3_reserved", Cr3Reserved},
    {"pte_own_code", PteOwnCode},
    {"pte_own_stack", PteOwnStack},
    {"table_high", TableHigh},
    {"top_table_random", TopTableRandom},
    {"top_table_self", TopTableSelf},
    {"top_table_zero", TopTableZero},
    {"top_table_zero_everywhere", TopTableZeroEverywhere},
};

ATTACKS(Attacks)
