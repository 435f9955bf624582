/* SPDX-License-Identifier: MIT */
/*
 * record.h: the report channel, the seam between the kernel and the tool.
 *
 * The kernel sends records, the tool turns them into text and JSON.  A record
 * is a RECORD_HEADER and Length bytes of payload; all numbers are
 * little-endian, all structures packed; times are counts of the machine's
 * counter (RECORD_HELLO.Frequency).  Whatever precedes the first valid header
 * is firmware's chatter.  Text is UTF-8 without a terminator and fills the
 * rest of its payload.
 */
#pragma once

#include <stdint.h>

#define RECORD_MAGIC   0xA11Cu
#define RECORD_VERSION 1u
#define RECORD_LIMIT   (64u * 1024u) /* longest payload in bytes */

typedef enum _RECORD_TYPE {
    RecordHello = 1,     /* the kernel runs: RECORD_HELLO */
    RecordImage = 2,     /* an image is mapped: RECORD_IMAGE, name */
    RecordDriver = 3,    /* a step in a driver's life: RECORD_DRIVER, text */
    RecordDebug = 4,     /* DbgPrint: RECORD_DEBUG, text */
    RecordCall = 5,      /* a finished call: RECORD_CALL, RECORD_CALL_PROCESSOR[Count] */
    RecordCalls = 6,     /* at the end, how many: RECORD_CALLS */
    RecordBugCheck = 7,  /* RECORD_BUG_CHECK, text naming what the parameters mean here (may be empty) */
    RecordProcessor = 8, /* after RecordBugCheck, one per processor: RECORD_PROCESSOR, uint64_t Stack[] */
    RecordHeartbeat = 9, /* about once a second: RECORD_HEARTBEAT */
    RecordFinding = 10,  /* the verifier found something: RECORD_FINDING, uint64_t Stack[Frames], text */
    RecordEnd = 11,      /* nothing follows: RECORD_END */
    RecordAddition = 12, /* a processor was added after the drivers had started, or was not: RECORD_ADDITION */
    RecordOpened = 13,   /* the device to which requests go was opened, or was not: RECORD_OPENED, its name */
    RecordRequest = 14,  /* a request has ended: RECORD_REQUEST, the bytes that came out of it */
} RECORD_TYPE;

#pragma pack(push, 1)

typedef struct _RECORD_HEADER {
    uint16_t Magic;  /* RECORD_MAGIC */
    uint16_t Type;   /* RECORD_TYPE */
    uint32_t Length; /* of the payload, at most RECORD_LIMIT */
    uint32_t Check;  /* RecordCheck of Type, Length and the payload */
} RECORD_HEADER;

typedef struct _RECORD_HELLO {
    uint32_t Version; /* RECORD_VERSION */
    uint32_t Processors;
    uint32_t Groups;
    uint32_t GroupSize;
    uint64_t Frequency; /* of the counter, in Hz */
    uint64_t Counter;   /* now */
} RECORD_HELLO;

typedef struct _RECORD_IMAGE {
    uint64_t Base;
    uint64_t Size;
    int32_t Driver; /* index in the order of loading, -1 for ntoskrnl.exe and hal.dll */
} RECORD_IMAGE;

typedef enum _RECORD_DRIVER_STEP {
    RecordDriverLoadFailed = 1,  /* Status says why, the text in words */
    RecordDriverMissing = 2,     /* text: an import that nothing exports, "ntoskrnl.exe!Name" */
    RecordDriverStarted = 3,     /* DriverEntry is about to be called */
    RecordDriverReturned = 4,    /* Status is what DriverEntry returned */
    RecordDriverUnloading = 5,   /* DriverUnload is about to be called */
    RecordDriverUnloaded = 6,
    RecordDriverStays = 7,       /* it has no DriverUnload */
} RECORD_DRIVER_STEP;

typedef struct _RECORD_DRIVER {
    uint32_t Driver;
    uint32_t Step;   /* RECORD_DRIVER_STEP */
    uint32_t Status; /* NTSTATUS */
} RECORD_DRIVER;

typedef struct _RECORD_DEBUG {
    uint32_t Processor;
    uint32_t Irql;
    uint32_t Component; /* DbgPrintEx */
    uint32_t Level;
} RECORD_DEBUG;

typedef struct _RECORD_CALL {
    uint64_t Id;      /* 1, 2, ... in the order of service */
    uint64_t Routine; /* address */
    uint64_t Context;
    uint64_t Result;
    uint64_t Caller;  /* return address */
    uint64_t Entered; /* counter when the caller entered the call */
    uint64_t Begun;   /* when its turn came */
    uint64_t Left;    /* when all were done */
    uint32_t Initiator;
    uint32_t Count;     /* of RECORD_CALL_PROCESSOR that follow */
    uint32_t Slowest;   /* 1: kept because it was the slowest, not because of --record's number */
    uint32_t Differing; /* processors on which the routine did not return Result */
    uint32_t Shift;     /* of the times that follow, at most RECORD_SHIFT_LIMIT */
} RECORD_CALL;

#define RECORD_SHIFT_LIMIT 31u

/*
 * One processor's part in a call; the place in the array is its index.  Most of
 * what is ever sent is these, hence their size: times are counts since
 * RECORD_CALL.Entered, shifted right by RECORD_CALL.Shift, which is 0 unless
 * the call took 2^32 counts or more.
 */
typedef struct _RECORD_CALL_PROCESSOR {
    uint32_t Arrived;
    uint32_t Started;
    uint32_t Finished;
    uint16_t Group;
    uint8_t Number; /* in the group */
    uint8_t Irql;   /* when its routine began */
} RECORD_CALL_PROCESSOR;

typedef struct _RECORD_CALLS {
    uint64_t Total;
    uint64_t Differing; /* calls whose routine did not return the same value on every processor */
} RECORD_CALLS;

typedef struct _RECORD_BUG_CHECK {
    uint32_t Code;
    uint32_t Processor;
    uint32_t Irql;
    uint32_t CallPending; /* 1: CallId.. describe a call that had begun and not ended */
    uint64_t Parameters[4];
    uint64_t Address;     /* where it happened: fault or return address */
    uint64_t CallId;
    uint64_t CallRoutine;
    uint64_t CallContext;
    uint64_t CallInitiator;
    int32_t Driver;       /* whose DriverEntry or DriverUnload was running, -1 = none */
} RECORD_BUG_CHECK;

typedef enum _RECORD_PHASE {
    RecordPhaseNone = 0,       /* no call was pending, or it is no target */
    RecordPhaseNotArrived = 1,
    RecordPhaseArrived = 2,    /* waits for the others */
    RecordPhaseInRoutine = 3,
    RecordPhaseFinished = 4,
    RecordPhaseQueued = 5,     /* wants to call, waits for its turn (and has served this call) */
} RECORD_PHASE;

#define RECORD_PROCESSOR_STOPPED      0x1 /* it took the stop NMI: the registers below are valid */
#define RECORD_PROCESSOR_INTERRUPTS   0x2 /* its interrupt flag was set */
#define RECORD_PROCESSOR_NO_TICKS     0x4 /* its tick has stood still */
#define RECORD_PROCESSOR_CALLER       0x8 /* initiator of the pending call */

typedef struct _RECORD_PROCESSOR {
    uint32_t Index;
    uint16_t Group;
    uint8_t Number;
    uint8_t Irql;
    uint32_t Flags;
    uint32_t Phase;  /* RECORD_PHASE */
    uint64_t Rip;
    uint64_t Rsp;
    uint64_t Rflags;
    uint64_t Registers[16]; /* rax rcx rdx rbx rsp rbp rsi rdi r8-r15 */
} RECORD_PROCESSOR;

typedef struct _RECORD_HEARTBEAT {
    uint64_t Counter;
} RECORD_HEARTBEAT;

typedef struct _RECORD_FINDING {
    uint32_t Processor;
    uint32_t Irql;
    uint64_t Address;
    uint64_t Routine; /* of the call in which it happened, or 0 */
    char Rule[8];     /* clause, "R1", NUL-padded; empty = none */
    uint32_t Note;    /* 1: a note, no finding */
    uint32_t Frames;
} RECORD_FINDING;

typedef struct _RECORD_ADDITION {
    uint32_t Index;
    uint32_t Status;  /* NTSTATUS */
    uint64_t Refuser; /* the driver's callback that has refused it, 0 = none has */
} RECORD_ADDITION;

typedef struct _RECORD_OPENED {
    uint32_t Status; /* NTSTATUS; the name is empty if there is no device */
} RECORD_OPENED;

typedef struct _RECORD_REQUEST {
    uint32_t Index;  /* in the order of the command line */
    uint32_t Status; /* NTSTATUS */
    uint64_t Information;
} RECORD_REQUEST;

typedef struct _RECORD_END {
    uint32_t Status; /* 0 orderly, 1 after a bug check */
} RECORD_END;

#pragma pack(pop)

/* RecordCheck: FNV-1a over a record's type, length and payload (in pieces: pass the last result on). */
static inline uint32_t RecordCheck(uint32_t Check, const void *Bytes, uint32_t Length)
{
    const unsigned char *Byte = (const unsigned char *)Bytes;

    while (Length-- != 0) {
        Check = (Check ^ *Byte++) * 16777619u;
    }
    return Check;
}

#define RECORD_CHECK_SEED 2166136261u
