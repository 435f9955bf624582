/* SPDX-License-Identifier: MIT */
/*
 * unwind_export.c: unwinding as drivers import it: finding a function's entry,
 * one step, a whole stack.
 */
#include "../ke/ki.h"
#include "unwind.h"

#define RTLP_PE_OFFSET        0x3C /* in an image: where its PE header is */
#define RTLP_PDATA_DIRECTORY  0xA0 /* in that header (PE32+): the exception directory */
#define RTLP_UNWIND_INDIRECT  1    /* UnwindData: the entry to use lies there */
#define RTLP_BACKTRACE_FRAMES 64

/* RtlpIsReadable: may the page of an address be read? */
static BOOLEAN RtlpIsReadable(ULONG64 Address)
{
    ULONG Protection;

    return HalQueryPage((PVOID)Address, NULL, &Protection) && (Protection & HAL_PAGE_READ) != 0;
}

BOOLEAN RtlpReadSafely(ULONG64 Address, PVOID Value, ULONG Size)
{
    ULONG64 Last = Address + Size - 1;

    if (!RtlpIsReadable(Address) ||
        ((Address ^ Last) >= PAGE_SIZE && !RtlpIsReadable(Last))) {
        return FALSE;
    }
    RtlCopyMemory(Value, (const VOID *)Address, Size);
    return TRUE;
}

/* RtlpReadPlainly: an RTLP_READ for who knows that the memory is there. */
static BOOLEAN RtlpReadPlainly(ULONG64 Address, PVOID Value, ULONG Size)
{
    RtlCopyMemory(Value, (const VOID *)Address, Size);
    return TRUE;
}

/* RtlpFindTable: the .pdata of an image.  => The number of its entries. */
static ULONG RtlpFindTable(ULONG64 ImageBase, RTLP_READ *Read, PULONG64 Table)
{
    LONG Header;
    ULONG Directory[2]; /* address and size */

    if (!Read(ImageBase + RTLP_PE_OFFSET, &Header, sizeof(Header)) ||
        !Read(ImageBase + Header + RTLP_PDATA_DIRECTORY, Directory, sizeof(Directory))) {
        return 0;
    }
    *Table = ImageBase + Directory[0];
    return Directory[0] != 0 ? Directory[1] / sizeof(RUNTIME_FUNCTION) : 0;
}

BOOLEAN RtlpFindFunction(ULONG64 Address, RTLP_READ *Read, PULONG64 ImageBase, PULONG64 Entry,
                         RUNTIME_FUNCTION *Function)
{
    ULONG64 Base = (ULONG64)MmFindImage((PVOID)Address);
    ULONG64 Table;
    ULONG Low = 0;
    ULONG High;

    if (Base == 0) {
        return FALSE;
    }
    *ImageBase = Base;
    High = RtlpFindTable(Base, Read, &Table);
    while (Low < High) {
        ULONG Middle = Low + (High - Low) / 2;

        *Entry = Table + Middle * sizeof(*Function);
        if (!Read(*Entry, Function, sizeof(*Function))) {
            return FALSE;
        }
        if (Address < Base + Function->BeginAddress) {
            High = Middle;
        } else if (Address >= Base + Function->EndAddress) {
            Low = Middle + 1;
        } else if ((Function->UnwindData & RTLP_UNWIND_INDIRECT) != 0) {
            *Entry = Base + Function->UnwindData - RTLP_UNWIND_INDIRECT;
            return Read(*Entry, Function, sizeof(*Function));
        } else {
            return TRUE;
        }
    }
    return FALSE;
}

BOOLEAN RtlpUnwindFrame(RTLP_UNWIND *Unwind, BOOLEAN Leaf)
{
    ULONG64 Rsp = Unwind->Context->Rsp;
    ULONG64 ImageBase;
    ULONG64 Entry;
    RUNTIME_FUNCTION Function;
    BOOLEAN Done;

    if (RtlpFindFunction(Unwind->Context->Rip, Unwind->Read, &ImageBase, &Entry, &Function)) {
        Done = RtlpUnwindFunction(Unwind, ImageBase, &Function);
    } else {
        Done = Leaf && RtlpUnwindLeaf(Unwind);
    }
    /* A caller's frame lies above; but what an interrupt has hit may have another stack. */
    return Done && (Unwind->Context->Rip != 0 || Unwind->MachineFrame) &&
           Unwind->Context->Rsp != Rsp;
}

/*
 * RtlLookupFunctionEntry: find the unwind entry of the function at an address.
 *
 * => NULL if it has none; *ImageBase is its image, 0 if it is in none.
 * => Any IRQL.  HistoryTable, a cache, is not used.
 * => Reference: "RtlLookupFunctionEntry function (winnt.h)".
 */
PRUNTIME_FUNCTION NTAPI RtlLookupFunctionEntry(ULONG64 ControlPc, PULONG64 ImageBase,
                                               PVOID HistoryTable)
{
    RUNTIME_FUNCTION Function;
    ULONG64 Entry;

    UNREFERENCED_PARAMETER(HistoryTable);
    *ImageBase = 0;
    if (!RtlpFindFunction(ControlPc, RtlpReadPlainly, ImageBase, &Entry, &Function)) {
        return NULL;
    }
    return (PRUNTIME_FUNCTION)Entry;
}

/*
 * RtlVirtualUnwind: change a context from inside a function to its caller.
 *
 * => Returns the function's handler of HandlerType (UNW_FLAG_xHANDLER), or NULL, and its data.
 * => ContextPointers, optional: where the nonvolatile registers were.
 * => Any IRQL.
 * => Reference: "RtlVirtualUnwind function (winnt.h)".
 */
PEXCEPTION_ROUTINE NTAPI RtlVirtualUnwind(ULONG HandlerType, ULONG64 ImageBase, ULONG64 ControlPc,
                                          PRUNTIME_FUNCTION FunctionEntry, PCONTEXT ContextRecord,
                                          PVOID *HandlerData, PULONG64 EstablisherFrame,
                                          PKNONVOLATILE_CONTEXT_POINTERS ContextPointers)
{
    RTLP_UNWIND Unwind = {
        .Context = ContextRecord,
        .Read = RtlpReadSafely, /* an epilog is looked for beyond the function's end */
        .Pointers = ContextPointers,
    };
    PULONG Data;

    ContextRecord->Rip = ControlPc;
    if (!RtlpUnwindFunction(&Unwind, ImageBase, FunctionEntry)) {
        ContextRecord->Rip = 0; /* the information makes no sense: no caller */
    }
    *EstablisherFrame = Unwind.EstablisherFrame;
    if ((Unwind.Flags & HandlerType) == 0) {
        return NULL;
    }
    Data = (PULONG)Unwind.HandlerData;
    *HandlerData = Data + 1;
    return (PEXCEPTION_ROUTINE)(ImageBase + *Data);
}

/*
 * RtlCaptureStackBackTrace: collect the return addresses of the callers.
 *
 * => The first, if none are skipped, lies in the caller itself.
 * => Returns their number; *BackTraceHash is their sum.
 * => Any IRQL.
 * => Reference: "RtlCaptureStackBackTrace function (ntifs.h)".
 */
USHORT NTAPI RtlCaptureStackBackTrace(ULONG FramesToSkip, ULONG FramesToCapture, PVOID *BackTrace,
                                      PULONG BackTraceHash)
{
    CONTEXT Context;
    RTLP_UNWIND Unwind = {.Context = &Context, .Read = RtlpReadSafely};
    ULONG Hash = 0;
    USHORT Count = 0;

    RtlCaptureContext(&Context);
    for (ULONG Frame = 0; Count < FramesToCapture && Frame < FramesToSkip + RTLP_BACKTRACE_FRAMES;
         Frame++) {
        if (!RtlpUnwindFrame(&Unwind, Unwind.MachineFrame)) {
            break;
        }
        if (Frame >= FramesToSkip) {
            BackTrace[Count++] = (PVOID)Context.Rip;
            Hash += (ULONG)Context.Rip;
        }
    }
    if (BackTraceHash != NULL) {
        *BackTraceHash = Hash;
    }
    return Count;
}

/* RtlPcToFileHeader: find the image in which an address lies.  => Its base, NULL = none. */
PVOID NTAPI RtlPcToFileHeader(PVOID PcValue, PVOID *BaseOfImage)
{
    *BaseOfImage = MmFindImage(PcValue);
    return *BaseOfImage;
}
