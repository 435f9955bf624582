/* SPDX-License-Identifier: MIT */
/*
 * unwind.c: the unwind engine.
 *
 * A function's prolog is described by unwind codes, last instruction first;
 * undoing those that have been executed gives the caller's registers.  Three
 * places in a function differ: in the prolog only the codes up to here have
 * been executed; in an epilog the rest of the epilog is executed by hand,
 * because the codes do not say how far it is; in the body all codes apply.
 *
 * Everything is read through RTLP_READ, code, tables and stack: whoever walks
 * the stack of a broken system cannot fault over it.
 *
 * Reference: "x64 exception handling" (unwind procedure, unwind data).
 */
#include "unwind.h"

enum {
    UWOP_PUSH_NONVOL = 0,
    UWOP_ALLOC_LARGE = 1,
    UWOP_ALLOC_SMALL = 2,
    UWOP_SET_FPREG = 3,
    UWOP_SAVE_NONVOL = 4,
    UWOP_SAVE_NONVOL_FAR = 5,
    UWOP_EPILOG = 6, /* version 2: where the epilogs are, which we see in the code */
    UWOP_SPARE = 7,  /* version 1 */
    UWOP_SAVE_XMM128 = 8,
    UWOP_SAVE_XMM128_FAR = 9,
    UWOP_PUSH_MACHFRAME = 10,
};

#define RTLP_RSP        4  /* number of a register in codes and instructions */
#define RTLP_CHAIN_MOST 32 /* chained entries that we follow */
#define RTLP_CODES_MOST 255
#define RTLP_CODES_AT_ONCE 8 /* 16 bytes */

/* The unwind information of one function, copied. */
typedef struct _RTLP_UNWIND_INFO {
    ULONG64 Address;
    UCHAR Version;
    UCHAR Flags;
    UCHAR PrologSize;
    UCHAR Count;
    UCHAR FrameRegister;
    UCHAR FrameOffset;
    USHORT Codes[RTLP_CODES_MOST + 1];
} RTLP_UNWIND_INFO;

/* RtlpRegister: a general register of a context by its number. */
static PULONG64 RtlpRegister(PCONTEXT Context, ULONG Number)
{
    /* rax rcx rdx rbx rsp rbp rsi rdi r8-r15 are in this order there. */
    return &Context->Rax + Number;
}

static PM128A RtlpXmm(PCONTEXT Context, ULONG Number)
{
    return &Context->Xmm0 + Number;
}

/* RtlpReadInfo: copy the unwind information at an address. */
static BOOLEAN RtlpReadInfo(RTLP_READ *Read, ULONG64 Address, RTLP_UNWIND_INFO *Info)
{
    UCHAR Header[4];

    if (!Read(Address, Header, sizeof(Header))) {
        return FALSE;
    }
    Info->Address = Address;
    Info->Version = Header[0] & 7;
    Info->Flags = Header[0] >> 3;
    Info->PrologSize = Header[1];
    Info->Count = Header[2];
    Info->FrameRegister = Header[3] & 15;
    Info->FrameOffset = Header[3] >> 4;
    for (ULONG Index = 0; Index < Info->Count; Index += RTLP_CODES_AT_ONCE) {
        ULONG Count = Info->Count - Index;

        if (Count > RTLP_CODES_AT_ONCE) {
            Count = RTLP_CODES_AT_ONCE;
        }
        if (!Read(Address + 4 + 2 * Index, &Info->Codes[Index], 2 * Count)) {
            return FALSE;
        }
    }
    Info->Codes[Info->Count] = 0;
    return Info->Version == 1 || Info->Version == 2;
}

/* RtlpAfterCodes: where the handler or the chained entry lies; the codes are padded to pairs. */
static ULONG64 RtlpAfterCodes(const RTLP_UNWIND_INFO *Info)
{
    return Info->Address + 4 + 2 * ((Info->Count + 1u) & ~1u);
}

/* RtlpReadRegister: load a register from the stack. */
static BOOLEAN RtlpReadRegister(RTLP_UNWIND *Unwind, ULONG Number, ULONG64 Address)
{
    if (!Unwind->Read(Address, RtlpRegister(Unwind->Context, Number), 8)) {
        return FALSE;
    }
    if (Unwind->Pointers != NULL) {
        Unwind->Pointers->IntegerContext[Number] = (PULONG64)Address;
    }
    return TRUE;
}

static BOOLEAN RtlpReadXmm(RTLP_UNWIND *Unwind, ULONG Number, ULONG64 Address)
{
    if (!Unwind->Read(Address, RtlpXmm(Unwind->Context, Number), 16)) {
        return FALSE;
    }
    if (Unwind->Pointers != NULL) {
        Unwind->Pointers->FloatingContext[Number] = (PM128A)Address;
    }
    return TRUE;
}

/* RtlpPop: pop a register. */
static BOOLEAN RtlpPop(RTLP_UNWIND *Unwind, ULONG Number)
{
    ULONG64 Address = Unwind->Context->Rsp;

    Unwind->Context->Rsp += 8;
    return RtlpReadRegister(Unwind, Number, Address);
}

/* RtlpReturn: pop the return address. */
static BOOLEAN RtlpReturn(RTLP_UNWIND *Unwind)
{
    ULONG64 Address = Unwind->Context->Rsp;

    Unwind->Context->Rsp += 8;
    return Unwind->Read(Address, &Unwind->Context->Rip, 8);
}

/* RtlpSlots: how many slots a code takes, 0 = it is none. */
static ULONG RtlpSlots(USHORT Code)
{
    ULONG Operand = Code >> 12;

    switch (Code >> 8 & 15) {
    case UWOP_PUSH_NONVOL:
    case UWOP_ALLOC_SMALL:
    case UWOP_SET_FPREG:
    case UWOP_EPILOG:
    case UWOP_PUSH_MACHFRAME:
        return 1;
    case UWOP_ALLOC_LARGE:
        return Operand == 0 ? 2 : Operand == 1 ? 3 : 0;
    case UWOP_SAVE_NONVOL:
    case UWOP_SAVE_XMM128:
    case UWOP_SPARE:
        return 2;
    case UWOP_SAVE_NONVOL_FAR:
    case UWOP_SAVE_XMM128_FAR:
        return 3;
    default:
        return 0;
    }
}

/*
 * RtlpMachineFrame: undo an interrupt: the processor has pushed rip, cs, rflags, rsp, ss.
 *
 * => Flags are none of an unwind's business: a handler does not go on with those of a fault.
 */
static BOOLEAN RtlpMachineFrame(RTLP_UNWIND *Unwind, BOOLEAN ErrorCode)
{
    ULONG64 Frame = Unwind->Context->Rsp + (ErrorCode ? 8 : 0);

    Unwind->MachineFrame = TRUE;
    Unwind->ErrorCode = ErrorCode;
    return Unwind->Read(Frame, &Unwind->Context->Rip, 8) &&
           Unwind->Read(Frame + 24, &Unwind->Context->Rsp, 8);
}

/*
 * RtlpUndoCode: undo the instruction of one code.
 *
 * => Base is where the fixed part of the frame begins, for saved registers.
 */
static BOOLEAN RtlpUndoCode(RTLP_UNWIND *Unwind, const RTLP_UNWIND_INFO *Info, ULONG Index,
                            ULONG64 Base)
{
    const USHORT *Code = &Info->Codes[Index];
    ULONG Operand = Code[0] >> 12;
    PCONTEXT Context = Unwind->Context;

    switch (Code[0] >> 8 & 15) {
    case UWOP_PUSH_NONVOL:
        return RtlpPop(Unwind, Operand);
    case UWOP_ALLOC_LARGE:
        Context->Rsp += Operand == 0 ? Code[1] * 8u : (Code[1] | (ULONG)Code[2] << 16);
        return TRUE;
    case UWOP_ALLOC_SMALL:
        Context->Rsp += Operand * 8 + 8;
        return TRUE;
    case UWOP_SET_FPREG:
        Context->Rsp = *RtlpRegister(Context, Info->FrameRegister) - Info->FrameOffset * 16;
        return TRUE;
    case UWOP_SAVE_NONVOL:
        return RtlpReadRegister(Unwind, Operand, Base + Code[1] * 8u);
    case UWOP_SAVE_NONVOL_FAR:
        return RtlpReadRegister(Unwind, Operand, Base + (Code[1] | (ULONG)Code[2] << 16));
    case UWOP_SAVE_XMM128:
        return RtlpReadXmm(Unwind, Operand, Base + Code[1] * 16u);
    case UWOP_SAVE_XMM128_FAR:
        return RtlpReadXmm(Unwind, Operand, Base + (Code[1] | (ULONG)Code[2] << 16));
    case UWOP_PUSH_MACHFRAME:
        return RtlpMachineFrame(Unwind, Operand != 0);
    default:
        return TRUE;
    }
}

/* RtlpFrameBase: where the fixed part of the frame begins, Offset bytes into the function. */
static ULONG64 RtlpFrameBase(PCONTEXT Context, const RTLP_UNWIND_INFO *Info, ULONG64 Offset)
{
    if (Info->FrameRegister == 0) {
        return Context->Rsp;
    }
    for (ULONG Index = 0; Index < Info->Count; Index += RtlpSlots(Info->Codes[Index])) {
        if (RtlpSlots(Info->Codes[Index]) == 0) {
            break;
        }
        if ((Info->Codes[Index] >> 8 & 15) == UWOP_SET_FPREG &&
            (Info->Codes[Index] & 0xFF) > Offset) {
            return Context->Rsp; /* the frame register is not set up yet */
        }
    }
    return *RtlpRegister(Context, Info->FrameRegister) - Info->FrameOffset * 16;
}

/* RtlpUndoCodes: undo all codes that have been executed Offset bytes into the function. */
static BOOLEAN RtlpUndoCodes(RTLP_UNWIND *Unwind, const RTLP_UNWIND_INFO *Info, ULONG64 Offset,
                             ULONG64 Base)
{
    ULONG Index = 0;

    while (Index < Info->Count) {
        ULONG Slots = RtlpSlots(Info->Codes[Index]);

        if (Slots == 0 || Index + Slots > Info->Count) {
            return FALSE;
        }
        if ((Info->Codes[Index] & 0xFF) <= Offset && !RtlpUndoCode(Unwind, Info, Index, Base)) {
            return FALSE;
        }
        Index += Slots;
    }
    return TRUE;
}

/* The bytes of an epilog. */
typedef struct _RTLP_CODE {
    UCHAR Bytes[48];
    ULONG Count;
    ULONG At;
} RTLP_CODE;

static VOID RtlpReadCode(RTLP_READ *Read, ULONG64 Address, RTLP_CODE *Code)
{
    Code->At = 0;
    Code->Count = 0;
    RtlZeroMemory(Code->Bytes, sizeof(Code->Bytes));
    while (Code->Count < sizeof(Code->Bytes) - 16 &&
           Read(Address + Code->Count, &Code->Bytes[Code->Count], 16)) {
        Code->Count += 16;
    }
    while (Code->Count < sizeof(Code->Bytes) - 16 &&
           Read(Address + Code->Count, &Code->Bytes[Code->Count], 1)) {
        Code->Count++;
    }
}

/*
 * RtlpSkipRelease: is this the instruction with which an epilog may begin, "add rsp, constant" or
 * "lea rsp, [frame + constant]"?
 *
 * => TRUE: *Rsp is the value of rsp after it.
 */
static BOOLEAN RtlpSkipRelease(RTLP_CODE *Code, PCONTEXT Context, ULONG FrameRegister, PULONG64 Rsp)
{
    const UCHAR *Byte = &Code->Bytes[Code->At];
    ULONG Register;

    if (Byte[0] == 0x48 && Byte[1] == 0x83 && Byte[2] == 0xC4) {
        *Rsp += (LONG64)(CHAR)Byte[3];
        Code->At += 4;
        return TRUE;
    }
    if (Byte[0] == 0x48 && Byte[1] == 0x81 && Byte[2] == 0xC4) {
        *Rsp += (LONG64)(LONG)(Byte[3] | Byte[4] << 8 | Byte[5] << 16 | (ULONG)Byte[6] << 24);
        Code->At += 7;
        return TRUE;
    }
    if ((Byte[0] & 0xFE) != 0x48 || Byte[1] != 0x8D || (Byte[2] >> 3 & 7) != RTLP_RSP ||
        FrameRegister == 0) {
        return FALSE;
    }
    Register = (Byte[2] & 7) | (Byte[0] & 1) << 3;
    if (Register != FrameRegister || (Byte[2] & 7) == RTLP_RSP) {
        return FALSE;
    }
    *Rsp = *RtlpRegister(Context, Register);
    if (Byte[2] >> 6 == 1) {
        *Rsp += (LONG64)(CHAR)Byte[3];
        Code->At += 4;
    } else if (Byte[2] >> 6 == 2) {
        *Rsp += (LONG64)(LONG)(Byte[3] | Byte[4] << 8 | Byte[5] << 16 | (ULONG)Byte[6] << 24);
        Code->At += 7;
    } else if (Byte[2] >> 6 == 0 && (Byte[2] & 7) != 5) {
        Code->At += 3;
    } else {
        return FALSE;
    }
    return TRUE;
}

/* RtlpSkipPop: is this a pop?  => Its register, or 16. */
static ULONG RtlpSkipPop(RTLP_CODE *Code)
{
    const UCHAR *Byte = &Code->Bytes[Code->At];

    if ((Byte[0] & 0xF8) == 0x58) {
        Code->At += 1;
        return Byte[0] & 7;
    }
    if ((Byte[0] & 0xFE) == 0x40 && (Byte[1] & 0xF8) == 0x58) {
        Code->At += 2;
        return (Byte[1] & 7) | (Byte[0] & 1) << 3;
    }
    return 16;
}

/*
 * RtlpEndsFunction: is this how an epilog ends: a return, or a jump out of the function?
 *
 * => Function is at Begin..End, the code at Address.
 */
static BOOLEAN RtlpEndsFunction(const RTLP_CODE *Code, ULONG64 Address, ULONG64 Begin, ULONG64 End)
{
    const UCHAR *Byte = &Code->Bytes[Code->At];
    ULONG64 Next = Address + Code->At;
    ULONG64 Target;

    if (Code->At >= Code->Count) {
        return FALSE;
    }
    if (Byte[0] == 0xC3 || Byte[0] == 0xC2 || (Byte[0] == 0xF3 && Byte[1] == 0xC3)) {
        return TRUE;
    }
    if (Byte[0] == 0xEB) {
        Target = Next + 2 + (LONG64)(CHAR)Byte[1];
    } else if (Byte[0] == 0xE9) {
        Target = Next + 5 +
                 (LONG64)(LONG)(Byte[1] | Byte[2] << 8 | Byte[3] << 16 | (ULONG)Byte[4] << 24);
    } else {
        /* jmp [rip + x], and rex.w jmp through a register or memory, which is a tail call. */
        return (Byte[0] == 0xFF && Byte[1] == 0x25) ||
               ((Byte[0] & 0xF8) == 0x48 && Byte[1] == 0xFF && (Byte[2] >> 3 & 7) == 4);
    }
    /* To its own beginning it is a tail call too. */
    return Target <= Begin || Target >= End;
}

/* RtlpIsEpilog: is this the rest of an epilog? */
static BOOLEAN RtlpIsEpilog(RTLP_UNWIND *Unwind, const RTLP_UNWIND_INFO *Info, ULONG64 Begin,
                            ULONG64 End, RTLP_CODE *Code)
{
    ULONG64 Rsp = 0;

    RtlpReadCode(Unwind->Read, Unwind->Context->Rip, Code);
    RtlpSkipRelease(Code, Unwind->Context, Info->FrameRegister, &Rsp);
    while (RtlpSkipPop(Code) < 16) {
        ;
    }
    return RtlpEndsFunction(Code, Unwind->Context->Rip, Begin, End);
}

/* RtlpRunEpilog: execute the rest of an epilog. */
static BOOLEAN RtlpRunEpilog(RTLP_UNWIND *Unwind, const RTLP_UNWIND_INFO *Info, RTLP_CODE *Code)
{
    ULONG Register;

    Code->At = 0;
    RtlpSkipRelease(Code, Unwind->Context, Info->FrameRegister, &Unwind->Context->Rsp);
    while ((Register = RtlpSkipPop(Code)) < 16) {
        if (!RtlpPop(Unwind, Register)) {
            return FALSE;
        }
    }
    return RtlpReturn(Unwind);
}

/*
 * RtlpUndoAll: undo a function's codes and those that it is chained to, then return.
 *
 * => Info is that of the last one, whose handler is the function's.
 */
static BOOLEAN RtlpUndoAll(RTLP_UNWIND *Unwind, RTLP_UNWIND_INFO *Info, ULONG64 ImageBase,
                           ULONG64 Offset)
{
    ULONG64 Base = Unwind->EstablisherFrame;

    for (ULONG Depth = 0; Depth < RTLP_CHAIN_MOST; Depth++) {
        RUNTIME_FUNCTION Chained;

        if (!RtlpUndoCodes(Unwind, Info, Offset, Base)) {
            return FALSE;
        }
        if ((Info->Flags & UNW_FLAG_CHAININFO) == 0) {
            return Unwind->MachineFrame || RtlpReturn(Unwind);
        }
        if (!Unwind->Read(RtlpAfterCodes(Info), &Chained, sizeof(Chained)) ||
            !RtlpReadInfo(Unwind->Read, ImageBase + Chained.UnwindData, Info)) {
            return FALSE;
        }
        Offset = 0xFF; /* all of what it is chained to has been executed */
        Base = RtlpFrameBase(Unwind->Context, Info, Offset);
        if (Info->FrameRegister != 0) {
            Unwind->EstablisherFrame = Base;
        }
    }
    return FALSE;
}

/* RtlpBegin: forget what the unwind before found. */
static VOID RtlpBegin(RTLP_UNWIND *Unwind)
{
    Unwind->Flags = 0;
    Unwind->MachineFrame = FALSE;
    Unwind->ErrorCode = FALSE;
}

BOOLEAN RtlpUnwindFunction(RTLP_UNWIND *Unwind, ULONG64 ImageBase, const RUNTIME_FUNCTION *Function)
{
    ULONG64 Begin = ImageBase + Function->BeginAddress;
    ULONG64 Offset = Unwind->Context->Rip - Begin;
    RTLP_UNWIND_INFO Info;
    RTLP_CODE Code;
    BOOLEAN Body;

    if (!RtlpReadInfo(Unwind->Read, ImageBase + Function->UnwindData, &Info)) {
        return FALSE;
    }
    RtlpBegin(Unwind);
    Unwind->EstablisherFrame = RtlpFrameBase(Unwind->Context, &Info, Offset);
    Body = Offset >= Info.PrologSize;
    if (Body && !Unwind->Called &&
        RtlpIsEpilog(Unwind, &Info, Begin, ImageBase + Function->EndAddress, &Code)) {
        Unwind->Called = TRUE;
        return RtlpRunEpilog(Unwind, &Info, &Code);
    }
    if (!RtlpUndoAll(Unwind, &Info, ImageBase, Body ? 0xFF : Offset)) {
        return FALSE;
    }
    if (Body) {
        Unwind->Flags = Info.Flags & (UNW_FLAG_EHANDLER | UNW_FLAG_UHANDLER);
        Unwind->HandlerData = RtlpAfterCodes(&Info);
    }
    Unwind->Called = !Unwind->MachineFrame;
    return TRUE;
}

BOOLEAN RtlpUnwindLeaf(RTLP_UNWIND *Unwind)
{
    RtlpBegin(Unwind);
    Unwind->EstablisherFrame = Unwind->Context->Rsp;
    Unwind->Called = TRUE;
    return RtlpReturn(Unwind);
}
