/* SPDX-License-Identifier: MIT */
/*
 * ipi.pml: the rendezvous of kernel/ke/ipi.c as a model, function by function, under the same names.
 *
 * What is modelled.  The shared words of the call (NextTicket, which is KiCalls.Next, Published,
 * Released, Completed, the packet, each processor's Arrived and Finished, the set of targets and
 * its count), every load and store of them with its memory order, the fence and the two ways of
 * sending, the interrupt, the polls, IRQL and the interrupt flag (machine.pml).  The scenes (queue,
 * device, lock, join, migrate) put programs on top: who calls, and what is in the middle of what.
 *
 * Steps.  One step (an atomic block) holds at most one thing that another processor can see or that
 * shows it another's doing.  A store that enters the own buffer is neither, and a word that cannot
 * change while it is read is not one either; so these share a step with what precedes them.
 * Between steps anything may happen.
 *
 * Waits.  A spin is a guard, and a poll that finds nothing is left out: it changes nothing.  So a
 * wait that never ends is a processor that can do no step, which Spin reports as an invalid end
 * state.  Every step uses up something (a stage of a program, a stored word, an interrupt), so runs
 * are finite: the cases of kind `ends' check that no state comes back.  Together: every call
 * returns, under any scheduler, without a fairness assumption.
 *
 * What is left out, and why that is enough.
 *   - The 64-bit generations are small numbers: a scene has at most six, and none wraps.
 *   - Routine, Context and Initiator are one word, Packet, written and read at the same places.  It
 *     holds the ticket, so that a routine can tell whose packet it got.
 *   - The initiator's waits for one target after another are one wait for all: a word that has
 *     reached the ticket keeps it until that wait is over.
 *   - The routine is one step that reads its packet and writes its result; with -DGATHER it has two
 *     and waits in between until it runs everywhere.
 *   - With the interrupt flag set and IRQL below IPI_LEVEL KiPollCalls does nothing: not a step.
 *   - The verifier, the recorder and the watchdog write none of the words; an NMI does neither.
 *   - Processors differ in their number only.  Four show the barrier with several targets, two
 *     callers and a bystander.
 */

/* Whom the caller interrupts, and for whom it waits. */
#define IsTarget(p)    ((p) != me && IsActive(me, p))
#define IsAwaited(p)   ((p) < count)   /* itself, too: it says so for itself */
#define HasArrived(p)  (!IsAwaited(p) || Load(me, Arrived(p)) == ticket)
#define HasFinished(p) (!IsAwaited(p) || Load(me, Finished(p)) == ticket)

#if RELEASED_HAS_GENERATION
#define BarrierIsOpen(me, call) (Load(me, Released) == call)
#else
#define BarrierIsOpen(me, call) (Load(me, Released) != 0)
#endif

#ifdef GATHER
byte Inside[N];                         /* the last call whose routine p has entered */
#endif

/* Routine: the BroadcastFunction of a call on processor me, which checks what it was promised. */
inline Routine(me, call)
{
    Promise(C4_at_ipi_level, Irql[me] == IPI_LEVEL);
    Promise(C17_later_calls_only, TakesPart(me, call));
    Promise(C5_all_have_arrived, ForAll(ReallyArrived));
    Promise(C6_exactly_once, Load(me, Result(me)) < call);
    Promise(C7_frame_is_alive, !((Returned >> call) & 1));
#ifdef EARLIER
    Promise(C10_start_orders, early != false && ForAll(EarlierIsSeen));
    early = NOT_READ;
#endif
#ifdef GATHER
    Inside[me] = call;
    ForAll(IsInside);
    Promise(C7_frame_is_alive, !((Returned >> call) & 1));
#endif
    Store(me, Result(me), call, RELAXED)
}

inline AwaitReleased(me, call)
{
#if WAITS_READ_AGAIN
    atomic { BarrierIsOpen(me, call) -> skip }
#else
    early = BarrierIsOpen(me, call);
    atomic { early -> early = NOT_READ }
#endif
}

/*
 * PollAgain: KiPollCalls from inside the routine (a print, a lock), where Arrived tells it that the
 * call is being served already.
 */
inline PollAgain(me, call)
{
    if
    :: CallIsPending(me) &&
        (!POLL_KNOWS_ROUTINE || Load(me, Arrived(me)) <= Load(me, Finished(me))) ->
        Routine(me, call);
        Store(me, Finished(me), call, RELEASE)
    :: else
    fi
}

/* Arrive: the first step of KiTakePart, apart because it belongs to the step before it. */
inline Arrive(me, call)
{
    Promise(C6_packet_is_published, Read(me, Packet) == call);
    early = NOT_READ;
#ifdef EARLIER
    Store(me, Earlier(me), call, RELAXED);
#endif
    Store(me, Arrived(me), call, (ARRIVE_RELEASES -> RELEASE : RELAXED))
}

/* KiTakePart, after Arrive: wait at the barrier, run the routine, say so. */
inline KiTakePart(me, call)
{
#if !RELEASED_ACQUIRES
    ReadEarly(ForAll(EarlierIsSeen));
#endif
    AwaitReleased(me, call);
    atomic {
        Promise(C6_its_own_context, Load(me, Packet) == call);
        PollAgain(me, call);
        Routine(me, call);
        Store(me, Finished(me), call, (FINISH_RELEASES -> RELEASE : RELAXED))
#if !NOTHING_AFTER_FINISH
    };
    atomic {
        Promise(C6_its_own_context, Load(me, Packet) == call);
        Promise(C7_frame_is_alive, !((Returned >> call) & 1))
#endif
        ; call = 0
    }
}

/*
 * KiServeCall: take part in the pending call, if there is one that this processor has not served.
 * => at IPI_LEVEL
 */
inline KiServeCall(me, call)
{
    if
    :: atomic { SERVED_TEST && !CallIsPending(me) -> Witness(LATE_INTERRUPT) }
    :: atomic {
            !SERVED_TEST || CallIsPending(me) ->
            call = Load(me, Published);
#if !WATCHDOG_ONLY_LOOKS
        };
        if
        :: Arrive(me, call); KiTakePart(me, call); call = Load(me, Published)
        :: true
        fi;
        atomic {
#endif
            Arrive(me, call)
        };
        KiTakePart(me, call)
    fi
}

/* What a context that serves calls, and one that makes them, keeps in its registers. */
#define SERVER_LOCALS byte call, old; byte early = NOT_READ
#define CALLER_LOCALS SERVER_LOCALS; byte me, ticket, count

/* KiIpiInterrupt: the interrupt of a call, with the HAL's entry and exit; one process a processor. */
proctype KiIpiInterrupt(byte me)
{
    SERVER_LOCALS;
    byte interrupted;
end:
    do
    :: atomic {
            IpiPending[me] && MayInterrupt(me, IPI_LEVEL) ->
            IpiPending[me] = !ACKNOWLEDGE_FIRST;
            old = Irql[me];
            interrupted = Mode[me];
            Irql[me] = IPI_LEVEL;
            Mode[me] = IN_IPI;
            OnInterrupt(me)
        };
        KiServeCall(me, call);
        atomic {
            NoteReturn(me);
            IpiPending[me] = ACKNOWLEDGE_FIRST && IpiPending[me];
            Irql[me] = old;
            Mode[me] = interrupted;
            old = 0;
            interrupted = 0
        }
    od
}

/* KiPollCalls: an option of a loop that waits with interrupts off. */
#define MayPollCalls(me) (IsActive(me, me) && InterruptsOff[me] && CallIsPending(me))
inline KiPollCalls(me, before, call)
{
    atomic { before = Irql[me]; Irql[me] = IPI_LEVEL };
    KiServeCall(me, call);
    atomic { Irql[me] = before; before = 0 }
}

/* RaiseToIpiLevel: which masks the interrupt and binds to the processor; cpu is where the thread is. */
inline RaiseToIpiLevel(cpu, me, old)
{
#if !BIND_FIRST
    me = cpu;
#endif
    MayMigrate(cpu);
    atomic {
        old = Irql[cpu];
        Irql[cpu] = IPI_LEVEL;
#if BIND_FIRST
        me = cpu
#endif
    }
}

inline DrawTicket(me, ticket)
{
    atomic { Fenced(me) -> NextTicket++; ticket = NextTicket }
}

#if TURN_BY_TICKET
#define TurnHasCome(me, ticket) (Load(me, Completed) == (ticket) - 1)
#else
#define TurnHasCome(me, ticket) (Load(me, Completed) == LastTurn)
#endif

/* KiBeginTurn, KiAwaitTurn: => every earlier ticket is completed, and this processor took part in each */
inline KiBeginTurn(me, ticket, call)
{
#if !PUBLISHED_ACQUIRES
    ReadEarly(Load(me, Packet)); /* in a poll only: an interrupt orders */
#endif
    do
    :: atomic {
            TurnHasCome(me, ticket) ->
            early = NOT_READ;
            Promise(C11_in_turn, LastTurn == ticket - 1);
            Promise(C11_one_at_a_time, !InTurn);
            LastTurn = ticket;
            InTurn = true
        };
        break
    :: atomic {
            POLL_IN_QUEUE && (!POLL_IF_ACTIVE || IsActive(me, me)) && CallIsPending(me) ->
            Witness(POLLED_IN_QUEUE)
        };
        KiServeCall(me, call)
    od
}

#define SEND(p)                                                         \
    if                                                                  \
    :: atomic {                                                         \
            IsTarget(p) ->                                              \
            if                                                          \
            :: IpiPending[p] -> Witness(MERGED_INTERRUPT)               \
            :: else                                                     \
            fi;                                                         \
            IpiPending[p] = true                                        \
        }                                                               \
    :: atomic { !IsTarget(p) -> skip }                                  \
    fi

/*
 * HalSendIpi: interrupt every other processor of the set, by the broadcast shorthand or one after
 * another.  An x2APIC's register write waits for no store by itself: hence a fence on either path.
 * (An xAPIC's is a store to uncached memory, which does: as with the fence.)
 */
inline HalSendIpi(me)
{
    if
    :: atomic {
            (!FENCE_BEFORE_SHORTHAND || Empty(me)) ->
            SEND(0)
#if N > 1
            ; SEND(1)
#endif
#if N > 2
            ; SEND(2)
#endif
#if N > 3
            ; SEND(3)
#endif
        }
    :: atomic { (!FENCE_BEFORE_EACH || Empty(me)) -> SEND(0) };
#if N > 1
        SEND(1);
#endif
#if N > 2
        SEND(2);
#endif
#if N > 3
        SEND(3);
#endif
    fi
}

/* KiPublish: write the packet, then the generation. */
inline KiPublish(me, ticket)
{
    atomic {
#ifdef EARLIER
        Store(me, Earlier(me), ticket, RELAXED);
#endif
#if PACKET_BEFORE_PUBLISH
        Store(me, Packet, ticket, RELAXED);
#endif
        Store(me, Published, ticket, (PUBLISH_RELEASES -> RELEASE : RELAXED));
        Store(me, Arrived(me), ticket, RELAXED)
    }
}

/* KiAwaitArrived: => every processor stands at the barrier, and it opens */
inline KiAwaitArrived(me, ticket, count)
{
    atomic {
        !ENTRY_BARRIER || ForAll(HasArrived) ->
        Store(me, Released, ticket, RELEASE)
    }
}

/* KiAwaitFinished: => the routine has returned everywhere, and what it wrote is visible */
inline KiAwaitFinished(me, ticket, count)
{
#if !FINISHED_ACQUIRES
    ReadEarly(ForAll(ResultIsSeen));
#endif
    atomic {
        !ROUTINES_NOT_GIVEN_UP || ForAll(HasFinished) ->
        Promise(C7_all_have_returned, ForAll(ReallyReturned));
        Promise(C10_results_are_seen, early != false && ForAll(ResultIsSeen));
        early = NOT_READ
    }
}

inline RunOwn(me, ticket)
{
    atomic {
        Routine(me, ticket);
        if
        :: OWN_CALL_IS_MARKED -> Store(me, Finished(me), ticket, RELAXED)
        :: else
        fi
    }
}

/* KiLead: publish the packet and run it: the caller's side, in its turn. */
inline KiLead(me, ticket, count)
{
    atomic {
#if COMPLETED_ACQUIRES
        count = ActiveProcessors(me);
#endif
        KiPublish(me, ticket)
    };
    if
    :: count == 1 -> RunOwn(me, ticket)
    :: count > 1 ->
        HalSendIpi(me);
#if !PACKET_BEFORE_PUBLISH
        Store(me, Packet, ticket, RELAXED);
#endif
        if
        :: KiAwaitArrived(me, ticket, count);
            RunOwn(me, ticket);
#if !RELEASED_IS_KEPT
            Store(me, Released, 0, RELEASE);
#endif
            KiAwaitFinished(me, ticket, count)
        :: atomic { !ARRIVALS_NOT_GIVEN_UP -> skip }
        fi
    fi
}

inline KiEndTurn(me, ticket)
{
    atomic {
        InTurn = false;
        Store(me, Completed, ticket, (COMPLETE_RELEASES -> RELEASE : RELAXED))
    }
}

inline LowerIrql(cpu, me, old, ticket)
{
    atomic {
        Irql[cpu] = old;
        me = 0;
        old = 0;
        ticket = 0
    }
}

/* KiRunCall: from the place in the queue to the end of the turn; at IPI_LEVEL. */
inline KiRunCall(me, ticket, count, call)
{
#if !COMPLETED_ACQUIRES
    count = ActiveProcessors(me);
#endif
    KiBeginTurn(me, ticket, call);
    KiLead(me, ticket, count);
    KiEndTurn(me, ticket);
    count = 0
}

/* KeIpiGenericCall: run Routine on every processor at once and wait for all. */
inline KeIpiGenericCall(cpu)
{
#if RAISE_BEFORE_TICKET
    RaiseToIpiLevel(cpu, me, old);
    DrawTicket(me, ticket);
#else
    DrawTicket(cpu, ticket);
    RaiseToIpiLevel(cpu, me, old);
#endif
    KiRunCall(me, ticket, count, call);
    atomic {
        Returned = Returned | (1 << ticket);
        LowerIrql(cpu, me, old, ticket)
    }
}

#ifdef JOIN
/*
 * KiJoinCalls: make this processor, the last one, a target of all later calls.  It takes a place in
 * the queue like a call, so that the set changes between calls only.
 */
inline KiJoinCalls(cpu)
{
    RaiseToIpiLevel(cpu, me, old);
#if JOIN_TAKES_TICKET
    DrawTicket(me, ticket);
    KiBeginTurn(me, ticket, call);
#else
    ticket = LastTurn;
#endif
    atomic {
        JoinTicket = ticket;
        if
        :: NextTicket > ticket -> Witness(QUEUED_BEHIND_JOIN)
        :: else
        fi;
        Store(me, Arrived(me), ticket, RELAXED);
        Store(me, Finished(me), ticket, RELAXED);
        Store(me, ActiveSet, (1 << N) - 1, RELAXED);
#if COUNT_WITH_SET
        Store(me, ActiveCount, N, RELAXED);
#endif
#if JOIN_TAKES_TICKET
        KiEndTurn(me, ticket)
#endif
    };
#if !COUNT_WITH_SET
    Store(me, ActiveCount, N, RELAXED);
#endif
    LowerIrql(cpu, me, old, ticket)
}
#endif
