/* SPDX-License-Identifier: MIT */
/* halp.h: what the files of the PC's HAL share. */
#pragma once

#include "hal.h"
#include "halp_asm.h"
#include "halp_cpu.h"

#define HALP_PAGE_SIZE  4096ull
#define HALP_PAGE_SHIFT 12

/* early.c */
extern const HAL_CLIENT *HalpClient;
extern ULONG64 HalpKernelRoot;    /* physical address of the kernel's PML4 */
extern ULONG64 HalpRsdpAddress;   /* physical, 0 = not told */
extern ULONG HalpStartupPages;    /* physical address of the start-up pages below 1 MiB, 0 = none */
#define HALP_STARTUP_PAGE_COUNT 4 /* real-mode code, PML4, PDPT, page directory */
DECLSPEC_NORETURN VOID HalpFatal(ULONG Code, ULONG_PTR P1, ULONG_PTR P2, ULONG_PTR P3,
                                 ULONG_PTR P4);

/* paging.c */
VOID HalpInitializePaging(VOID);
VOID HalpCopyKernelSlots(ULONG64 *Root); /* the upper half of the kernel's PML4 */
VOID HalpRemoveLowerHalf(VOID);

/* device.c: the HAL's own mappings. */
PVOID HalpMapPhysical(ULONG64 PhysicalAddress, SIZE_T Bytes, ULONG Protection);
VOID HalpUnmapPhysical(PVOID Address, SIZE_T Bytes);

/* acpi.c, madt.c, acpi_timer.c: what the firmware's tables say. */
typedef struct _HALP_ACPI_TABLE {
    UCHAR Signature[4];
    ULONG Length;
    UCHAR Revision;
    UCHAR Checksum;
    UCHAR OemId[6];
    UCHAR OemTableId[8];
    ULONG OemRevision;
    ULONG CreatorId;
    ULONG CreatorRevision;
} HALP_ACPI_TABLE;
C_ASSERT(sizeof(HALP_ACPI_TABLE) == 36);

VOID HalpInitializeAcpi(VOID);
/* => mapped and checked, to be given back by HalpReleaseTable; NULL = there is none. */
const HALP_ACPI_TABLE *HalpFindTable(const char *Signature);
VOID HalpReleaseTable(const HALP_ACPI_TABLE *Table);
/* => the field of Bytes (1..8) at Offset of the table; 0 where the table is too short for it. */
ULONG64 HalpTableField(const HALP_ACPI_TABLE *Table, ULONG Offset, ULONG Bytes);
VOID HalpFindProcessors(VOID);

/* apic.c */
extern volatile ULONG *HalpApic; /* the xAPIC's registers; a dummy page until they are mapped */
extern BOOLEAN HalpX2Apic;
VOID HalpDetectApic(VOID);
NTSTATUS HalpMapApic(VOID);
VOID HalpEnableApic(VOID);
ULONG HalpReadApic(ULONG Offset);
VOID HalpWriteApic(ULONG Offset, ULONG Value);
ULONG HalpReadApicId(VOID);
VOID HalpMaskPic(VOID);

#define HALP_APIC_ID        0x020
#define HALP_APIC_VERSION   0x030
#define HALP_APIC_SVR       0x0F0
#define HALP_APIC_ESR       0x280
#define HALP_APIC_ICR_LOW   0x300
#define HALP_APIC_ICR_HIGH  0x310
#define HALP_APIC_LVT_TIMER 0x320
#define HALP_APIC_LVT_PERF  0x340
#define HALP_APIC_LVT_LINT0 0x350
#define HALP_APIC_LVT_LINT1 0x360
#define HALP_APIC_LVT_ERROR 0x370
#define HALP_APIC_INITIAL   0x380
#define HALP_APIC_CURRENT   0x390
#define HALP_APIC_DIVIDE    0x3E0

#define HALP_LVT_MASKED   0x10000
#define HALP_LVT_PERIODIC 0x20000
#define HALP_LVT_NMI      0x00400
#define HALP_DIVIDE_BY_1  0xB

/* line.c */
VOID HalpAddIoApic(ULONG64 PhysicalAddress, ULONG Base);
VOID HalpOverrideIsaLine(ULONG Request, ULONG Line, ULONG Flags);

/* send.c */
#define HALP_ICR_FIXED     0x00000
#define HALP_ICR_NMI       0x00400
#define HALP_ICR_INIT      0x00500
#define HALP_ICR_STARTUP   0x00600
#define HALP_ICR_PENDING   0x01000
#define HALP_ICR_ASSERT    0x04000
#define HALP_ICR_SELF      0x40000
#define HALP_ICR_OTHERS    0xC0000
#define HALP_ICR_SHORTHAND 0xC0000
VOID HalpWriteIcr(ULONG Destination, ULONG Command);
VOID HalpSendSelf(ULONG Vector);

/* madt.c, processor.c: the processors, by index; [0] is the boot processor. */
typedef struct _HALP_PROCESSOR {
    ULONG ApicId;
    BOOLEAN ClockRunning;
    ULONG TimerDebt; /* local APIC timer counts of the clock that starting processors has held up */
    PVOID Descriptors; /* HALP_DESCRIPTORS */
} HALP_PROCESSOR;

extern HALP_PROCESSOR HalpProcessors[HAL_MAXIMUM_PROCESSORS];
extern ULONG HalpProcessorCount;
extern ULONG HalpEnabledApics; /* of the whole machine, also those beyond HalpProcessorCount */

/* HalpCurrentIndex: the index of this processor, once it is initialised; the caller stays on it. */
FORCEINLINE ULONG HalpCurrentIndex(VOID)
{
    return __readgsdword(FIELD_OFFSET(KPCR, HalReserved));
}

/* descriptor.c */
NTSTATUS HalpInitializeDescriptors(ULONG Index, KPCR *Pcr);

/* interrupt.c */
typedef VOID HALP_ENTRY(VOID);
HALP_ENTRY *HalpQueryEntry(ULONG Vector); /* => NULL: the vector is not used */

/* time.c, reference.c, clock.c, rtc.c */
typedef struct _HALP_REFERENCE {
    ULONG64 (*Read)(VOID);
    ULONG64 Frequency; /* Hz */
    ULONG64 Mask;      /* the counter's bits */
} HALP_REFERENCE;

const HALP_REFERENCE *HalpFindReference(VOID);
VOID HalpCalibrate(VOID);
VOID HalpReadRtc(VOID);
extern ULONG64 HalpCounterFrequency; /* of the TSC, Hz */
extern ULONG64 HalpTimerFrequency;   /* of the local APIC timer, Hz */
/* Time out of the clock while a processor starts. */
VOID HalpBeginWakeTimer(VOID);
VOID HalpEndWakeTimer(VOID);

/* serial.c */
VOID HalpInitializeSerial(VOID);
VOID HalpDrainSerial(VOID);
