/* SPDX-License-Identifier: MIT */
/* Attacks on and by the local APIC. */
#include "hostile.h"

/* Moves its local APIC's registers elsewhere. */
static VOID ApicMoved(VOID)
{
    WriteMsr(0x1B, (ReadMsr(0x1B) & 0xFFF) | 0x1234567000ull);
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}

/* Turns its local APIC off. */
static VOID ApicOff(VOID)
{
    WriteMsr(0x1B, ReadMsr(0x1B) & ~0x800ull);
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}

static VOID ApicOffEverywhereRoutine(VOID)
{
    WriteMsr(0x1B, ReadMsr(0x1B) & ~0x800ull);
}

/* Every processor turns its local APIC off. */
static VOID ApicOffEverywhere(VOID)
{
    Everywhere(ApicOffEverywhereRoutine);
    for (;;) {
        YieldProcessor();
    }
}

/* Turns its local APIC off by its spurious-interrupt register. */
static VOID ApicSoftwareOff(VOID)
{
    volatile ULONG *apic = Registers(0xFEE00000);

    apic[0xF0 / 4] = 0;
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}

/* Switches its local APIC to x2APIC mode behind the kernel's back. */
static VOID ApicX2(VOID)
{
    WriteMsr(0x1B, ReadMsr(0x1B) | 0xC00);
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}

/* Sends INIT to everybody. */
static VOID IcrInitAll(VOID)
{
    volatile ULONG *apic = Registers(0xFEE00000);

    for (ULONG i = 0; i < 100; i++) {
        apic[0x300 / 4] = 0x84500;
    }
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}

/* Sends INIT to all others. */
static VOID IcrInitOthers(VOID)
{
    volatile ULONG *apic = Registers(0xFEE00000);

    for (ULONG i = 0; i < 100; i++) {
        apic[0x300 / 4] = 0xC4500;
    }
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}

/* Sends INIT to itself. */
static VOID IcrInitSelf(VOID)
{
    volatile ULONG *apic = Registers(0xFEE00000);

    apic[0x310 / 4] = 0;
    for (ULONG i = 0; i < 100; i++) {
        apic[0x300 / 4] = 0x04500;
    }
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}

/* Restarts all others at a page of zeros. */
static VOID IcrInitStartup(VOID)
{
    volatile ULONG *apic = Registers(0xFEE00000);

    apic[0x300 / 4] = 0xC4500;
    for (ULONG i = 0; i < 1000; i++) {
        YieldProcessor();
    }
    apic[0x300 / 4] = 0xC4690;
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}

/* Sends NMIs to everybody. */
static VOID IcrNmiAll(VOID)
{
    volatile ULONG *apic = Registers(0xFEE00000);

    for (ULONG i = 0; i < 100; i++) {
        apic[0x300 / 4] = 0x84400;
    }
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}

/* Sends NMIs to all others. */
static VOID IcrNmiOthers(VOID)
{
    volatile ULONG *apic = Registers(0xFEE00000);

    for (ULONG i = 0; i < 100; i++) {
        apic[0x300 / 4] = 0xC4400;
    }
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}

/* Sends start-up interrupts to all others, which run. */
static VOID IcrStartup(VOID)
{
    volatile ULONG *apic = Registers(0xFEE00000);

    for (ULONG i = 0; i < 100; i++) {
        apic[0x300 / 4] = 0xC4612;
    }
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}

static VOID IcrStormSend(volatile ULONG *Apic, ULONG Command)
{
    Apic[0x310 / 4] = 0xFF000000;
    Apic[0x300 / 4] = Command;
}

/* Sends every kind of interrupt to everybody, again and again. */
static VOID IcrStorm(VOID)
{
    volatile ULONG *apic = Registers(0xFEE00000);
    ULONG64 state = 88172645463325252ull;

    for (ULONG i = 0; i < 10000; i++) {
        IcrStormSend(apic, (ULONG)(Next(&state) & 0xCCFFF));
    }
}

/* Sends an exception vector to all others. */
static VOID IcrVectors(VOID)
{
    volatile ULONG *apic = Registers(0xFEE00000);

    for (ULONG i = 0; i < 100; i++) {
        apic[0x300 / 4] = 0xC400E;
    }
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}

/* Raises the task priority and forgets it. */
static VOID TprHigh(VOID)
{
    __asm__ volatile("movq %0, %%cr8" : : "r"(15ull));
    for (;;) {
        YieldProcessor();
    }
}

static const struct attack Attacks[] = {
    {"apic_moved", ApicMoved},
    {"apic_off", ApicOff},
    {"apic_off_everywhere", ApicOffEverywhere},
    {"apic_software_off", ApicSoftwareOff},
    {"apic_x2", ApicX2},
    {"icr_init_all", IcrInitAll},
    {"icr_init_others", IcrInitOthers},
    {"icr_init_self", IcrInitSelf},
    {"icr_init_startup", IcrInitStartup},
    {"icr_nmi_all", IcrNmiAll},
    {"icr_nmi_others", IcrNmiOthers},
    {"icr_startup", IcrStartup},
    {"icr_storm", IcrStorm},
    {"icr_vectors", IcrVectors},
    {"tpr_high", TprHigh},
};

ATTACKS(Attacks)
