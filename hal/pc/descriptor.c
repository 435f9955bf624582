/* SPDX-License-Identifier: MIT */
/*
 * descriptor.c: each processor's GDT, TSS and IDT.
 *
 * Every processor has its own three, as on Windows: drivers replace gates one
 * processor at a time.  The selectors are those of x64 Windows, too.
 *
 * Three vectors run on stacks of their own, because they can come when the
 * current stack is unusable or in the middle of being switched: NMI, double
 * fault (the stack's guard page was hit) and machine check.
 */
#include "halp.h"

#define HALP_GATE_INTERRUPT 0x8E00 /* present, ring 0: interrupts are off in the entry */
#define HALP_GDT_CODE       0x00209B0000000000ull
#define HALP_GDT_DATA       0x00CF93000000FFFFull
#define HALP_GDT_TSS        0x0000890000000000ull

#define HALP_IST_BYTES            0x4000
#define HALP_VECTOR_DOUBLE_FAULT  8
#define HALP_VECTOR_MACHINE_CHECK 18

typedef struct _HALP_GATE {
    USHORT Offset0;
    USHORT Selector;
    USHORT Attributes; /* bits 0-2: interrupt stack */
    USHORT Offset16;
    ULONG Offset32;
    ULONG Reserved;
} HALP_GATE;
C_ASSERT(sizeof(HALP_GATE) == 16);

#pragma pack(push, 4)
typedef struct _HALP_TSS {
    ULONG Reserved0;
    ULONG64 Rsp[3];
    ULONG64 Ist[8]; /* [0] is reserved */
    ULONG64 Reserved1;
    USHORT Reserved2;
    USHORT IoMapBase;
} HALP_TSS;
#pragma pack(pop)
C_ASSERT(sizeof(HALP_TSS) == 104);

typedef struct _HALP_DESCRIPTORS {
    HALP_GATE Idt[256];
    ULONG64 Gdt[10];
    HALP_TSS Tss;
} HALP_DESCRIPTORS;

#pragma pack(push, 1)
typedef struct _HALP_TABLE_REGISTER {
    USHORT Limit;
    PVOID Base;
} HALP_TABLE_REGISTER;
#pragma pack(pop)

/* HalpInterruptStack: => the number of a vector's own stack; 0 = it stays on the current one. */
static USHORT HalpInterruptStack(ULONG Vector)
{
    switch (Vector) {
    case HALP_VECTOR_NMI:
        return 1;
    case HALP_VECTOR_DOUBLE_FAULT:
        return 2;
    case HALP_VECTOR_MACHINE_CHECK:
        return 3;
    default:
        return 0;
    }
}

static VOID HalpFillIdt(HALP_GATE *Idt)
{
    for (ULONG i = 0; i < 256; i++) {
        ULONG64 entry = (ULONG64)HalpQueryEntry(i);
        if (entry) {
            Idt[i].Offset0 = (USHORT)entry;
            Idt[i].Selector = HALP_SELECTOR_CODE;
            Idt[i].Attributes = HALP_GATE_INTERRUPT | HalpInterruptStack(i);
            Idt[i].Offset16 = (USHORT)(entry >> 16);
            Idt[i].Offset32 = (ULONG)(entry >> 32);
        }
    }
}

static VOID HalpFillGdt(ULONG64 *Gdt, const HALP_TSS *Tss)
{
    const ULONG64 base = (ULONG64)Tss;
    ULONG64 *tss = &Gdt[HALP_SELECTOR_TSS / 8];

    Gdt[HALP_SELECTOR_CODE / 8] = HALP_GDT_CODE;
    Gdt[HALP_SELECTOR_DATA / 8] = HALP_GDT_DATA;
    tss[0] =
        HALP_GDT_TSS | (sizeof(*Tss) - 1) | (base & 0xFFFFFF) << 16 | (base >> 24 & 0xFF) << 56;
    tss[1] = base >> 32;
}

/* HalpLoadDescriptors: switch this processor to its tables.  GS base is lost. */
static VOID HalpLoadDescriptors(HALP_DESCRIPTORS *Descriptors)
{
    HALP_TABLE_REGISTER gdt = { sizeof(Descriptors->Gdt) - 1, Descriptors->Gdt };
    HALP_TABLE_REGISTER idt = { sizeof(Descriptors->Idt) - 1, Descriptors->Idt };

    __asm__ volatile("lgdt %0\n\t"
                     "pushq %2\n\t"
                     "leaq 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "lretq\n"
                     "1:\n\t"
                     "movl %3, %%eax\n\t"
                     "movl %%eax, %%ss\n\t"
                     "movl %%eax, %%ds\n\t"
                     "movl %%eax, %%es\n\t"
                     "movl %%eax, %%fs\n\t"
                     "movl %%eax, %%gs\n\t"
                     "movl %4, %%eax\n\t"
                     "ltr %%ax\n\t"
                     "lidt %1"
                     :
                     : "m"(gdt), "m"(idt), "i"(HALP_SELECTOR_CODE), "i"(HALP_SELECTOR_DATA),
                       "i"(HALP_SELECTOR_TSS)
                     : "rax", "memory");
}

/*
 * HalpInitializeDescriptors: make this processor's tables and load them.
 *
 * => Pcr's GdtBase, TssBase and IdtBase point to them; GS base is undefined afterwards.
 */
NTSTATUS HalpInitializeDescriptors(ULONG Index, KPCR *Pcr)
{
    HALP_DESCRIPTORS *descriptors = HalpClient->AllocateMemory(sizeof(*descriptors));

    if (!descriptors) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    for (ULONG i = 1; i <= 3; i++) {
        descriptors->Tss.Ist[i] = (ULONG64)HalpClient->AllocateStack(HALP_IST_BYTES);
        if (!descriptors->Tss.Ist[i]) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    descriptors->Tss.IoMapBase = sizeof(descriptors->Tss);
    HalpFillIdt(descriptors->Idt);
    HalpFillGdt(descriptors->Gdt, &descriptors->Tss);
    HalpLoadDescriptors(descriptors);

    HalpProcessors[Index].Descriptors = descriptors;
    Pcr->GdtBase = (PVOID)descriptors->Gdt;
    Pcr->TssBase = (PVOID)&descriptors->Tss;
    Pcr->IdtBase = (PVOID)descriptors->Idt;
    return STATUS_SUCCESS;
}
