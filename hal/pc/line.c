/* SPDX-License-Identifier: MIT */
/*
 * line.c: the lines by which devices interrupt: the inputs of the I/O APICs.
 *
 * A line is a global system interrupt of the ACPI specification.  Line n always
 * interrupts by the same vector, so that a driver can be told its vector before
 * it connects.  Neighbouring lines differ in their class, and so in the
 * device's IRQL:
 *
 *   line    0   1  ..   9  10  11  ..
 *   vector  C0  B0      30  C1  B1
 *
 * A line goes to one processor.  The destination has 8 bits: a processor with a
 * greater local APIC id cannot be reached.
 *
 * An edge is acknowledged before the client's entry, a level after it, when the
 * service routines have made the device release the line: an acknowledged level
 * that is still there interrupts again at once.  Until then its class and those
 * below are held back whatever CR8 is; nothing that comes in between (classes
 * above it) needs them.
 */
#include "halp.h"

#define HALP_IO_APICS         8
#define HALP_IO_APIC_BYTES    0x20
#define HALP_IO_APIC_WINDOW   4 /* the data register, in ULONGs */
#define HALP_IO_APIC_VERSION  0x01
#define HALP_IO_APIC_REDIRECT 0x10
#define HALP_REDIRECT_LOW     0x02000 /* active low */
#define HALP_REDIRECT_LEVEL   0x08000
#define HALP_REDIRECT_MASKED  0x10000
#define HALP_HIGHEST_ID       254 /* 255 is everybody */

#define HALP_ISA_LINES        16
#define HALP_POLARITY         0x3 /* of a MADT entry's flags */
#define HALP_POLARITY_LOW     0x3
#define HALP_POLARITY_HIGH    0x1

#define HALP_CLASSES (HALP_DEVICE_CLASS_LAST - HALP_DEVICE_CLASS_FIRST + 1)

typedef struct _HALP_IO_APIC {
    volatile ULONG *Registers;
    ULONG Base;  /* its first line */
    ULONG Lines;
} HALP_IO_APIC;

static HALP_IO_APIC HalpIoApics[HALP_IO_APICS];
static ULONG HalpIoApicCount;

/* Where the firmware has connected an ISA interrupt request to another line, or otherwise. */
typedef struct _HALP_ISA_LINE {
    BOOLEAN Said;
    ULONG Line;
    ULONG Polarity;
} HALP_ISA_LINE;

static HALP_ISA_LINE HalpIsaLines[HALP_ISA_LINES];

/* By vector: the line is level-triggered.  Written while it is masked. */
static BOOLEAN HalpLevelVectors[256];

static ULONG HalpReadIoApic(const HALP_IO_APIC *IoApic, ULONG Register)
{
    IoApic->Registers[0] = Register;
    return IoApic->Registers[HALP_IO_APIC_WINDOW];
}

static VOID HalpWriteIoApic(const HALP_IO_APIC *IoApic, ULONG Register, ULONG Value)
{
    IoApic->Registers[0] = Register;
    IoApic->Registers[HALP_IO_APIC_WINDOW] = Value;
}

/* HalpAddIoApic: an I/O APIC whose first line is Base: mask all lines, and use it as far as there is room. */
VOID HalpAddIoApic(ULONG64 PhysicalAddress, ULONG Base)
{
    HALP_IO_APIC ioApic = { .Base = Base };

    ioApic.Registers = HalpMapPhysical(PhysicalAddress, HALP_IO_APIC_BYTES,
                                       HAL_PAGE_READ | HAL_PAGE_WRITE | HAL_PAGE_UNCACHED);
    if (!ioApic.Registers) {
        return;
    }
    ioApic.Lines = (HalpReadIoApic(&ioApic, HALP_IO_APIC_VERSION) >> 16 & 0xFF) + 1;
    for (ULONG i = 0; i < ioApic.Lines; i++) {
        HalpWriteIoApic(&ioApic, HALP_IO_APIC_REDIRECT + 2 * i,
                        HALP_REDIRECT_MASKED | HALP_VECTOR_SPURIOUS);
    }
    if (HalpIoApicCount < HALP_IO_APICS) {
        HalpIoApics[HalpIoApicCount++] = ioApic;
    } else {
        HalpUnmapPhysical((PVOID)ioApic.Registers, HALP_IO_APIC_BYTES);
    }
}

/* HalpOverrideIsaLine: an ISA interrupt request is on that line; Flags as in the MADT. */
VOID HalpOverrideIsaLine(ULONG Request, ULONG Line, ULONG Flags)
{
    if (Request < HALP_ISA_LINES) {
        HalpIsaLines[Request] = (HALP_ISA_LINE){ TRUE, Line, Flags & HALP_POLARITY };
    }
}

static const HALP_IO_APIC *HalpFindIoApic(ULONG Line)
{
    for (ULONG i = 0; i < HalpIoApicCount; i++) {
        if (Line - HalpIoApics[i].Base < HalpIoApics[i].Lines) {
            return &HalpIoApics[i];
        }
    }
    return NULL;
}

static ULONG HalpVectorOfLine(ULONG Line)
{
    return (HALP_DEVICE_CLASS_LAST - Line % HALP_CLASSES) << 4 | Line / HALP_CLASSES;
}

/* HalpLineOfVector: => FALSE: no line interrupts by it. */
static BOOLEAN HalpLineOfVector(ULONG Vector, ULONG *Line)
{
    const ULONG class = Vector >> 4;

    if (class < HALP_DEVICE_CLASS_FIRST || class > HALP_DEVICE_CLASS_LAST) {
        return FALSE;
    }
    *Line = (Vector & 0xF) * HALP_CLASSES + HALP_DEVICE_CLASS_LAST - class;
    return HalpFindIoApic(*Line) != NULL;
}

ULONG HALVERB HalQueryLineVector(BOOLEAN Isa, ULONG Line)
{
    if (Isa) {
        if (Line >= HALP_ISA_LINES) {
            return 0;
        }
        if (HalpIsaLines[Line].Said) {
            Line = HalpIsaLines[Line].Line;
        }
    }
    return Line < HALP_CLASSES * 16 && HalpFindIoApic(Line) ? HalpVectorOfLine(Line) : 0;
}

BOOLEAN HALVERB HalIsLineVector(ULONG Vector)
{
    ULONG line;

    return HalpLineOfVector(Vector, &line);
}

/* HalpIsActiveLow: as the firmware says, else as the bus has it that triggers so: ISA edges, PCI levels. */
static BOOLEAN HalpIsActiveLow(ULONG Line, BOOLEAN Level)
{
    for (ULONG i = 0; i < HALP_ISA_LINES; i++) {
        const HALP_ISA_LINE *isa = &HalpIsaLines[i];
        if (isa->Said && isa->Line == Line && isa->Polarity) {
            return isa->Polarity == HALP_POLARITY_LOW;
        }
    }
    return Level;
}

NTSTATUS HALVERB HalEnableLine(ULONG Vector, BOOLEAN Level, ULONG Index)
{
    const HALP_IO_APIC *ioApic;
    ULONG low, line, entry;

    if (!HalpLineOfVector(Vector, &line) || Index >= HalpProcessorCount ||
        HalpProcessors[Index].ApicId > HALP_HIGHEST_ID) {
        return STATUS_INVALID_PARAMETER;
    }
    ioApic = HalpFindIoApic(line);
    entry = HALP_IO_APIC_REDIRECT + 2 * (line - ioApic->Base);
    low = HALP_ICR_FIXED | Vector | (Level ? HALP_REDIRECT_LEVEL : 0) |
          (HalpIsActiveLow(line, Level) ? HALP_REDIRECT_LOW : 0);

    HalpWriteIoApic(ioApic, entry, low | HALP_REDIRECT_MASKED);
    HalpWriteIoApic(ioApic, entry + 1, HalpProcessors[Index].ApicId << 24);
    /* Read by HalpDeviceInterrupt, after the interrupts that the unmasking lets through. */
    __atomic_store_n(&HalpLevelVectors[Vector], Level, __ATOMIC_SEQ_CST);
    HalpWriteIoApic(ioApic, entry, low);
    return STATUS_SUCCESS;
}

VOID HALVERB HalDisableLine(ULONG Vector)
{
    const HALP_IO_APIC *ioApic;
    ULONG line, entry;

    if (!HalpLineOfVector(Vector, &line)) {
        return;
    }
    ioApic = HalpFindIoApic(line);
    entry = HALP_IO_APIC_REDIRECT + 2 * (line - ioApic->Base);
    HalpWriteIoApic(ioApic, entry, HalpReadIoApic(ioApic, entry) | HALP_REDIRECT_MASKED);
}

/* HalpDeviceInterrupt: one interrupt of a line, from its stub, interrupts off. */
VOID HalpDeviceInterrupt(ULONG Vector)
{
    const ULONG64 previous = HalpReadCr8();
    /* Partner: HalEnableLine. */
    const BOOLEAN level = __atomic_load_n(&HalpLevelVectors[Vector], __ATOMIC_RELAXED);

    HalpWriteCr8(Vector >> 4);
    if (!level) {
        HalpWriteApic(HALP_APIC_EOI, 0);
    }
    HalpRestoreInterrupts(HALP_FLAG_INTERRUPT);
    HalpClient->Device(Vector);
    HalpDisableInterrupts();
    if (level) {
        HalpWriteApic(HALP_APIC_EOI, 0);
    }
    HalpWriteCr8(previous);
}
