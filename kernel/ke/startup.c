/* SPDX-License-Identifier: MIT */
/*
 * startup.c: from the boot path's jump to the first driver.
 *
 * The order is what depends on what: the HAL's page tables before the memory
 * manager, memory before this processor's control region, exceptions before
 * anything that may fault, the clock before the other processors.
 */
#include "../ps/psp.h"
#include "options.h"

static const HAL_CLIENT KiHalClient = {
    .Ipi = KiIpiInterrupt,
    .Dispatch = KiDispatchInterrupt,
    .Apc = KiApcInterrupt,
    .Device = KiDeviceInterrupt,
    .Clock = KiClockInterrupt,
    .Watchdog = KiWatchdogInterrupt,
    .Nmi = KiNmiInterrupt,
    .Exception = KiExceptionEntry,
    .AllocatePage = MmAllocatePage,
    .AllocateMemory = MmAllocateSystemMemory,
    .AllocateStack = MmCreateStack,
    .BugCheck = KeBugCheckEx,
};

/* What drivers read inline (GS-relative) must lie where mingw-w64's and Microsoft's headers look. */
C_ASSERT(FIELD_OFFSET(KI_PCR, Public.Self) == 0x18);
C_ASSERT(FIELD_OFFSET(KI_PCR, Public.CurrentPrcb) == 0x20);
C_ASSERT(FIELD_OFFSET(KI_PCR, Prcb) == 0x180);
C_ASSERT(FIELD_OFFSET(KI_PCR, Prcb.LegacyNumber) == 0x184);
C_ASSERT(FIELD_OFFSET(KI_PCR, Prcb.CurrentThread) == 0x188);
C_ASSERT(FIELD_OFFSET(KI_PCR, Prcb.Number) == 0x1A4);

/* KiStartupFailed: a bug check for a machine that cannot even start. */
static DECLSPEC_NORETURN VOID KiStartupFailed(ULONG Phase, NTSTATUS Status)
{
    KeBugCheckEx(PHASE0_INITIALIZATION_FAILED, Phase, (ULONG_PTR)Status, 0, 0);
}

/* A processor's control region and its idle thread, which is an object like any other. */
typedef struct _KI_PROCESSOR {
    KI_PCR Pcr;
    OBP_HEADER Header;
    struct _ETHREAD IdleThread;
} KI_PROCESSOR;

/* KiInitializeIdleThread: make the code that runs on a stack the processor's idle thread. */
static VOID KiInitializeIdleThread(KI_PROCESSOR *Processor, PVOID StackBase, PVOID StackLimit)
{
    PKPRCB Prcb = &Processor->Pcr.Prcb;
    PKTHREAD Thread = &Processor->IdleThread.Tcb;

    Processor->Header.Type = &PspThreadType;
    Processor->Header.References = 1; /* never given back */
    KiInitializeThread(Thread, StackBase, StackLimit);
    Thread->Process = PsInitialSystemProcess;
    Thread->Priority = Thread->BasePriority = 0;
    Thread->State = KiRunning;
    Thread->Processor = Prcb->Number;
    Thread->UserAffinity.Group = Prcb->Group;
    Thread->UserAffinity.Mask = Prcb->GroupSetMember;
    Thread->Affinity = Thread->UserAffinity;
    Prcb->CurrentThread = Thread;
    Prcb->IdleThread = Thread;
    Prcb->StackBase = StackBase;
}

/*
 * KiCreateProcessor: the control region and the idle thread of a processor.
 *  => StackBase NULL: with a new stack.  NULL if memory is short.
 */
PKI_PCR KiCreateProcessor(ULONG Index, PVOID StackBase, PVOID StackLimit)
{
    KI_PROCESSOR *Processor = MmAllocateSystemMemory(sizeof(*Processor));

    if (Processor != NULL && StackBase == NULL) {
        StackBase = MmCreateStack(KI_STACK_SIZE);
        StackLimit = (PUCHAR)StackBase - KI_STACK_SIZE;
    }
    if (Processor == NULL || StackBase == NULL) {
        return NULL;
    }
    KiInitializeProcessorBlock(&Processor->Pcr, Index);
    KiInitializeIdleThread(Processor, StackBase, StackLimit);
    return &Processor->Pcr;
}

/* KiSayHello: tell the tool what there is. */
static VOID KiSayHello(const LOADER_BLOCK *Block)
{
    const LOADER_IMAGE *Images = (const LOADER_IMAGE *)Block->Images;
    ULONG Processors = KiActiveSet.Count;
    RECORD_HELLO Hello = {
        .Version = RECORD_VERSION,
        .Processors = Processors,
        .Groups = (Processors + KiOptions.GroupSize - 1) / KiOptions.GroupSize,
        .GroupSize = KiOptions.GroupSize,
        .Frequency = HalCounterFrequency(),
        .Counter = HalReadCounter(),
    };

    KdReport(RecordHello, &Hello, sizeof(Hello), NULL, 0);
    for (ULONG Index = 0; Index < Block->ImageCount; Index++) {
        RECORD_IMAGE Image = {Images[Index].Base, Images[Index].Size, -1};

        KdReport(RecordImage, &Image, sizeof(Image), Images[Index].Name,
                 (ULONG)strlen(Images[Index].Name));
    }
}

/* KiInitializeBootProcessor: everything that happens with interrupts off. */
static VOID KiInitializeBootProcessor(LOADER_BLOCK *Block)
{
    PKI_PCR Pcr;
    NTSTATUS Status;

    MmInitializePages(Block);
    HalInitializeEarly(Block, &KiHalClient);
    KiReadOptions((const CHAR *)Block->Options);
    MmInitSystem(Block);
    Pcr = KiCreateProcessor(0, (PVOID)Block->StackBase, (PVOID)Block->StackLimit);
    if (Pcr == NULL || !NT_SUCCESS(HalInitializeProcessor(0, Pcr, 0))) {
        HalStopMachine(1); /* no control region or tables, so not even a bug check */
    }
    ExInitializePool();
    Status = HalInitializeSystem();
    if (!NT_SUCCESS(Status)) {
        KiStartupFailed(1, Status);
    }
    KiInitializeTime();
    Status = HalInitializeProcessor(0, Pcr, 1);
    if (!NT_SUCCESS(Status)) {
        KiStartupFailed(2, Status);
    }
    KiStartTicks();
    HalSetIrql(DISPATCH_LEVEL); /* up to KiIdleLoop: nobody is switched to before */
    HalRestoreInterrupts(TRUE);
    KiJoinCalls(&Pcr->Prcb);
}

/* KiRunSystem: the first thread: the other processors, the drivers, the report, the end. */
static VOID NTAPI KiRunSystem(PVOID Context)
{
    LOADER_BLOCK *Block = Context;
    RECORD_END End = {0};

    KiStartProcessors();
    KiSayHello(Block);
    KiInitializeRecorder();
    ExInitializeWorkers();
    MmInitializeSections();
    IoInitSystem(Block);
    KeSetSystemAffinityThread(1); /* the processor whose tick goes on */
    KiStopOtherTicks();
    KiReportCalls();
    KdReport(RecordEnd, &End, sizeof(End), NULL, 0);
    HalStopMachine(0);
}

/*
 * KiSystemStartup: the kernel's entry point: run the drivers of the loader block, then stop the machine.
 *  => Boot processor, interrupts off, on the boot stack (loader.h), which becomes the idle thread's.
 */
DECLSPEC_NORETURN VOID NTAPI KiSystemStartup(LOADER_BLOCK *Block)
{
    KiInitializeBootProcessor(Block);
    PspInitialize();
    if (PsStartThread(KiRunSystem, Block) == NULL) {
        KeBugCheckEx(PHASE1_INITIALIZATION_FAILED, 0x21, (ULONG_PTR)STATUS_INSUFFICIENT_RESOURCES,
                     0, 0);
    }
    KiIdleLoop();
}
