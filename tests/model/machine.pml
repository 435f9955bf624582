/* SPDX-License-Identifier: MIT */
/*
 * machine.pml: the processors under the protocol: memory that shows stores late and out of order,
 * interrupts that come late and merge, interrupt levels.
 *
 * Memory.  A store goes into its processor's store buffer and becomes visible to the others when
 * the process StoreBuffers takes it out.  A release store leaves only after everything before it; a
 * relaxed one leaves at any time (but not before an earlier one to the same word).  (x64 itself
 * keeps them in order; the compiler need not.)  A processor sees its own
 * stores at once.  A locked instruction and a fence wait until the buffer is empty (with
 * -DWEAK_LOCKED, a locked instruction does not).  A load reads at the moment of its step; a load that lacks acquire semantics may also have been executed
 * before the load that it should follow: see ReadEarly.
 *
 * Interrupts.  The call's interrupt is one bit per processor (the local APIC's IRR): set by a send,
 * cleared when the processor takes it, at any later moment at which IRQL and interrupt flag allow
 * it.  A second one that comes before the first is taken merges with it.
 *
 * Levels.  A processor runs one of three contexts: its thread, a device's interrupt service
 * routine that has interrupted the thread, the IPI's handler that has interrupted either.  Who is
 * interrupted does not move: its process is `provided' that Mode is its own.
 */

#ifndef N
#define N 2
#endif

/* The words.  Those with a processor in brackets belong to that processor's line. */
#define NOTHING      0
#define Published    1
#define Released     2
#define Completed    3
#define Packet       4                  /* Function, Context and Initiator: written and read alike */
#define ActiveSet    5
#define ActiveCount  6
#define DriverLock   7
#define Arrived(p)   (8 + (p))
#define Finished(p)  (8 + N + (p))
#define Result(p)    (8 + 2 * N + (p))  /* what the routine wrote on p, in the caller's frame */
#define Earlier(p)   (8 + 3 * N + (p))  /* what p wrote last before it arrived */
#ifdef EARLIER                          /* modelled: see C10_start_orders */
#define WORDS        (8 + 4 * N)
#else
#define WORDS        (8 + 3 * N)
#endif

byte Memory[WORDS];
byte NextTicket;                        /* reached by locked instructions only */

#define RELAXED 0
#define RELEASE 1

#define DEPTH 6                         /* stores between two fences: a call on one processor */
typedef STORE_BUFFER {
    byte Word[DEPTH];                   /* oldest first, NOTHING after the last */
    byte Value[DEPTH];
    bit Order[DEPTH]
};
STORE_BUFFER Buffer[N];
hidden byte i;                          /* scratch, inside one step only */

#define Empty(p)      (Buffer[p].Word[0] == NOTHING)
#ifdef WEAK_LOCKED
#define Fenced(p)     (true)
#else
#define Fenced(p)     Empty(p)
#endif
#define Has(p, n, w)  (Buffer[p].Word[n] == (w))
#define Load(p, w)                                                                      \
    (Has(p, 5, w) -> Buffer[p].Value[5] : (Has(p, 4, w) -> Buffer[p].Value[4] :         \
    (Has(p, 3, w) -> Buffer[p].Value[3] : (Has(p, 2, w) -> Buffer[p].Value[2] :         \
    (Has(p, 1, w) -> Buffer[p].Value[1] : (Has(p, 0, w) -> Buffer[p].Value[0] :         \
    Memory[w]))))))

/* Store: put a store into p's buffer.  Nobody else sees it, so it may share a step with others. */
inline Store(p, w, v, order)
{
    d_step {
        assert(Buffer[p].Word[DEPTH - 1] == NOTHING); /* else DEPTH is too small */
        i = 0;
        do
        :: Buffer[p].Word[i] != NOTHING -> i++
        :: else -> break
        od;
        Buffer[p].Word[i] = w;
        Buffer[p].Value[i] = v;
        Buffer[p].Order[i] = order;
        i = 0
    }
}

/* MayLeave: => the store n of p's buffer may become visible, before those ahead of it if need be. */
#define Other(p, n, m)  (Buffer[p].Word[n] != Buffer[p].Word[m])
#define Free(p, n)      (Buffer[p].Word[n] != NOTHING && Buffer[p].Order[n] == RELAXED)
#define MayLeave0(p)    (Buffer[p].Word[0] != NOTHING)
#define MayLeave1(p)    (Free(p, 1) && Other(p, 1, 0))
#define MayLeave2(p)    (Free(p, 2) && Other(p, 2, 0) && Other(p, 2, 1))
#define MayLeave3(p)    (Free(p, 3) && Other(p, 3, 0) && Other(p, 3, 1) && Other(p, 3, 2))
#define MayLeave4(p)    (Free(p, 4) && Other(p, 4, 0) && Other(p, 4, 1) && Other(p, 4, 2) && \
                         Other(p, 4, 3))
#define MayLeave5(p)    (Free(p, 5) && Other(p, 5, 0) && Other(p, 5, 1) && Other(p, 5, 2) && \
                         Other(p, 5, 3) && Other(p, 5, 4))

inline Leave(p, n)
{
    Memory[Buffer[p].Word[n]] = Buffer[p].Value[n];
    i = n;
    do
    :: i + 1 < DEPTH ->
        Buffer[p].Word[i] = Buffer[p].Word[i + 1];
        Buffer[p].Value[i] = Buffer[p].Value[i + 1];
        Buffer[p].Order[i] = Buffer[p].Order[i + 1];
        i++
    :: else -> break
    od;
    Buffer[p].Word[DEPTH - 1] = NOTHING;
    Buffer[p].Value[DEPTH - 1] = 0;
    Buffer[p].Order[DEPTH - 1] = 0;
    i = 0
}

#define DRAIN(p)                                        \
    :: d_step { MayLeave0(p) -> Leave(p, 0) }           \
    :: d_step { MayLeave1(p) -> Leave(p, 1) }           \
    :: d_step { MayLeave2(p) -> Leave(p, 2) }           \
    :: d_step { MayLeave3(p) -> Leave(p, 3) }           \
    :: d_step { MayLeave4(p) -> Leave(p, 4) }           \
    :: d_step { MayLeave5(p) -> Leave(p, 5) }

active proctype StoreBuffers()
{
end:
    do
    DRAIN(0)
#if N > 1
    DRAIN(1)
#endif
#if N > 2
    DRAIN(2)
#endif
#if N > 3
    DRAIN(3)
#endif
    od
}

/* Levels: only their order matters. */
#define PASSIVE_LEVEL  0
#define DISPATCH_LEVEL 1
#define DEVICE_LEVEL   2
#define IPI_LEVEL      3

#define IN_THREAD 0
#define IN_DEVICE 1
#define IN_IPI    2

byte Irql[N];
byte Mode[N];                           /* which context runs */
bool InterruptsOff[N];
bool IpiPending[N];

#define MayInterrupt(p, level) (Irql[p] < level && !InterruptsOff[p])

/* ReadEarly: what a load that is not held back would find if executed now; or it is executed later. */
#define NOT_READ 255
#define ReadEarly(value)                \
    early = value;                      \
    if                                  \
    :: true                             \
    :: early = NOT_READ                 \
    fi
#define Read(p, w) (early != NOT_READ -> early : Load(p, w))
