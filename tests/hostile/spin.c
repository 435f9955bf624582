/* SPDX-License-Identifier: MIT */
/* Drivers that never let go of a processor. */
#include "hostile.h"

static VOID HaltOffSpin(VOID)
{
    __asm__ volatile("cli");
    for (;;) {
        __asm__ volatile("hlt");
    }
}

/* Halts with interrupts off. */
static VOID HaltOff(VOID)
{
    HaltOffSpin();
}

static VOID HaltOffEverywhereSpin(VOID)
{
    __asm__ volatile("cli");
    for (;;) {
        __asm__ volatile("hlt");
    }
}

/* Every processor halts with interrupts off. */
static VOID HaltOffEverywhere(VOID)
{
    Everywhere(HaltOffEverywhereSpin);
}

/* Halts for ever. */
static VOID HaltOn(VOID)
{
    for (;;) {
        __asm__ volatile("hlt");
    }
}

static VOID NmiHaltEverywhereSpin(VOID)
{
    __asm__ volatile("cli");
    for (;;) {
        WriteIdt(0, 0); __asm__ volatile("hlt");
    }
}

/* Every processor halts with interrupts off and a broken interrupt table. */
static VOID NmiHaltEverywhere(VOID)
{
    Everywhere(NmiHaltEverywhereSpin);
}

/* Prints for ever. */
static VOID PrintForEver(VOID)
{
    for (;;) {
        DbgPrint("x\n");
    }
}

static VOID PrintOffSpin(VOID)
{
    __asm__ volatile("cli");
    for (;;) {
        DbgPrint("x\\n");
    }
}

/* Prints for ever with interrupts off. */
static VOID PrintOff(VOID)
{
    PrintOffSpin();
}

static VOID SpinOffSpin(VOID)
{
    __asm__ volatile("cli");
    for (;;) {
    }
}

/* Spins with interrupts off. */
static VOID SpinOff(VOID)
{
    SpinOffSpin();
}

static VOID SpinOffEverywhereSpin(VOID)
{
    __asm__ volatile("cli");
    for (;;) {
    }
}

/* Every processor spins with interrupts off. */
static VOID SpinOffEverywhere(VOID)
{
    Everywhere(SpinOffEverywhereSpin);
}

static VOID SpinOffPauseSpin(VOID)
{
    __asm__ volatile("cli");
    for (;;) {
        YieldProcessor();
    }
}

/* Spins with interrupts off, and pauses. */
static VOID SpinOffPause(VOID)
{
    SpinOffPauseSpin();
}

static VOID SpinOffPauseEverywhereSpin(VOID)
{
    __asm__ volatile("cli");
    for (;;) {
        YieldProcessor();
    }
}

/* Every processor spins with interrupts off, and pauses. */
static VOID SpinOffPauseEverywhere(VOID)
{
    Everywhere(SpinOffPauseEverywhereSpin);
}

static volatile LONG SpinOffWriteWord;

static VOID SpinOffWriteSpin(VOID)
{
    __asm__ volatile("cli");
    for (;;) {
        SpinOffWriteWord++;
    }
}

/* Spins with interrupts off, and writes. */
static VOID SpinOffWrite(VOID)
{
    SpinOffWriteSpin();
}

static volatile LONG SpinOffWriteEverywhereWord;

static VOID SpinOffWriteEverywhereSpin(VOID)
{
    __asm__ volatile("cli");
    for (;;) {
        InterlockedIncrement(&SpinOffWriteEverywhereWord);
    }
}

/* Every processor spins with interrupts off, and writes. */
static VOID SpinOffWriteEverywhere(VOID)
{
    Everywhere(SpinOffWriteEverywhereSpin);
}

/* Spins for ever. */
static VOID SpinOn(VOID)
{
    for (;;) {
    }
}

/* Spins for ever, and pauses. */
static VOID SpinOnPause(VOID)
{
    for (;;) {
        YieldProcessor();
    }
}

/* Spins for ever, and writes. */
static VOID SpinOnWrite(VOID)
{
    static volatile LONG Word;

    for (;;) {
        Word++;
    }
}

static const struct attack Attacks[] = {
    {"halt_off", HaltOff},
    {"halt_off_everywhere", HaltOffEverywhere},
    {"halt_on", HaltOn},
    {"nmi_halt_everywhere", NmiHaltEverywhere},
    {"print_for_ever", PrintForEver},
    {"print_off", PrintOff},
    {"spin_off", SpinOff},
    {"spin_off_everywhere", SpinOffEverywhere},
    {"spin_off_pause", SpinOffPause},
    {"spin_off_pause_everywhere", SpinOffPauseEverywhere},
    {"spin_off_write", SpinOffWrite},
    {"spin_off_write_everywhere", SpinOffWriteEverywhere},
    {"spin_on", SpinOn},
    {"spin_on_pause", SpinOnPause},
    {"spin_on_write", SpinOnWrite},
};

ATTACKS(Attacks)
