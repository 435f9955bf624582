/* SPDX-License-Identifier: MIT */
/*
 * promises.pml: what the model checks: the contract's clauses as assertions, the history that they
 * are about, and the situations that a scene has to reach.
 *
 * A promise carries the clause's number; broken, Spin prints it.
 */

/* Never 0: only there so that Spin prints the clause. */
hidden byte C4_at_ipi_level = 1;
hidden byte C5_all_have_arrived = 1;
hidden byte C6_exactly_once = 1;
hidden byte C6_packet_is_published = 1;
hidden byte C6_its_own_context = 1;
hidden byte C7_frame_is_alive = 1;
hidden byte C7_all_have_returned = 1;
hidden byte C10_start_orders = 1;
hidden byte C10_results_are_seen = 1;
hidden byte C11_in_turn = 1;
hidden byte C11_one_at_a_time = 1;
hidden byte C17_later_calls_only = 1;
#define Promise(clause, condition) assert(clause && (condition))

/* A witness is a situation that the scenes must reach: else the promises would prove little (B16). */
#ifdef WITNESS
#define Witness(situation) assert(situation != WITNESS)
#else
#define Witness(situation) skip
#endif
#define LATE_INTERRUPT     1 /* an interrupt whose call a poll has served */
#define MERGED_INTERRUPT   2 /* a send to a processor whose interrupt is still pending */
#define POLLED_IN_QUEUE    3 /* a waiter for its turn serves a call */
#define POLLED_IN_LOCK     4 /* a waiter for a lock with interrupts off serves a call */
#define HOLDER_INTERRUPTED 5 /* a call runs on a processor that holds a lock others wait for */
#define DEVICE_CALLS_FIRST 6 /* an interrupt service routine's call overtakes the interrupted thread's */
#define RESUMED_EARLY      7 /* a target is back in its thread before the call is complete (C9) */
#define JOINED_IS_TARGET   8 /* an added processor is interrupted by a call */
#define QUEUED_BEHIND_JOIN 9 /* a call waits behind an addition */
#define MIGRATED          10 /* a caller moves just before it is bound */
#define LATE_RESULT       11 /* a result becomes visible only after the routine has returned */

/* The history, which no processor of the real kernel could see. */
byte LastTurn;                          /* the last ticket whose turn has come */
bit InTurn;                             /* it is not over yet */
short Returned;                         /* bit t: KeIpiGenericCall has returned from call t */
#ifdef JOIN
byte JoinTicket = 255;                  /* of the processor that is added, the last one */
#define TakesPart(p, call)   ((p) != N - 1 || (call) > JoinTicket)
#define IsActive(me, p)      ((Load(me, ActiveSet) >> (p)) & 1)
#define ActiveProcessors(me) Load(me, ActiveCount)
#else
#define TakesPart(p, call)   true
#define IsActive(me, p)      true
#define ActiveProcessors(me) N
#endif

#if N == 1
#define ForAll(Condition) (Condition(0))
#elif N == 2
#define ForAll(Condition) (Condition(0) && Condition(1))
#elif N == 3
#define ForAll(Condition) (Condition(0) && Condition(1) && Condition(2))
#else
#define ForAll(Condition) (Condition(0) && Condition(1) && Condition(2) && Condition(3))
#endif

/* Whether there is a call for a processor to serve; it is here because the scenes ask it, too. */
#if PENDING_MEANS_LATER
#define CallIsPending(me) (Load(me, Published) > Load(me, Finished(me)))
#else
#define CallIsPending(me) (Load(me, Published) != Load(me, Finished(me)))
#endif

/* What the promises ask, of each processor as it sees itself. */
#define ReallyArrived(p)  (!TakesPart(p, call) || Load(p, Arrived(p)) == call)
#define ReallyReturned(p) (!TakesPart(p, ticket) || Load(p, Result(p)) == ticket)
#define IsInside(p)       (!TakesPart(p, call) || Inside[p] == call)
/* And as `me' sees them. */
#define ResultIsSeen(p)   (!TakesPart(p, ticket) || Load(me, Result(p)) == ticket)
#define EarlierIsSeen(p)  (!TakesPart(p, call) || Load(me, Earlier(p)) == call)

/* NoteReturn: what is worth a witness when a target goes back to what it was doing. */
inline NoteReturn(me)
{
    if
    :: InTurn && LastTurn == Load(me, Finished(me)) -> Witness(RESUMED_EARLY)
    :: else
    fi;
    if
    :: Memory[Result(me)] != Load(me, Result(me)) -> Witness(LATE_RESULT)
    :: else
    fi
}
