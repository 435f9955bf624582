/* SPDX-License-Identifier: MIT */
/*
 * rules.pml: what the protocol relies on, one switch for each rule.
 *
 * A rule that is on (1) is part of the protocol.  Switched off on the command line (-DRULE=0) it
 * is one bug of the contract's table B1-B13, just that one; the file cases says which scene then
 * has to fail and how.
 */

#ifndef PACKET_BEFORE_PUBLISH   /* B1: the packet is written before the call is published */
#define PACKET_BEFORE_PUBLISH 1
#endif
#ifndef PUBLISH_RELEASES        /* B1: Published is a release store: a poll that sees it sees the packet */
#define PUBLISH_RELEASES 1
#endif
#ifndef FENCE_BEFORE_SHORTHAND  /* B2: an x2APIC broadcast waits for the stores before it */
#define FENCE_BEFORE_SHORTHAND 1
#endif
#ifndef FENCE_BEFORE_EACH       /* B2: so do x2APIC sends to one target after another */
#define FENCE_BEFORE_EACH 1
#endif
#ifndef PUBLISHED_ACQUIRES      /* B3: the packet is read after the generation */
#define PUBLISHED_ACQUIRES 1
#endif
#ifndef ARRIVE_RELEASES         /* B3: what a target wrote before its arrival comes before its arrival */
#define ARRIVE_RELEASES 1
#endif
#ifndef RELEASED_ACQUIRES       /* B3: the routine reads nothing before the barrier has opened */
#define RELEASED_ACQUIRES 1
#endif
#ifndef FINISH_RELEASES         /* B3: what the routine wrote comes before its end */
#define FINISH_RELEASES 1
#endif
#ifndef FINISHED_ACQUIRES       /* B3: the caller reads the results after the end */
#define FINISHED_ACQUIRES 1
#endif
#ifndef COMPLETE_RELEASES       /* B3: the next in the queue sees what its predecessor changed */
#define COMPLETE_RELEASES 1
#endif
#ifndef COMPLETED_ACQUIRES      /* B3: and reads it after its turn has come */
#define COMPLETED_ACQUIRES 1
#endif
#ifndef RELEASED_IS_KEPT        /* B4: nobody resets the barrier word */
#define RELEASED_IS_KEPT 1
#endif
#ifndef RELEASED_HAS_GENERATION /* B4: a barrier opened for one call is shut for the next */
#define RELEASED_HAS_GENERATION 1
#endif
#ifndef NOTHING_AFTER_FINISH    /* B5: a target touches nothing of the call after its Finished */
#define NOTHING_AFTER_FINISH 1
#endif
#ifndef POLL_IN_QUEUE           /* B6: who waits for a turn takes part in the calls before */
#define POLL_IN_QUEUE 1
#endif
#ifndef RAISE_BEFORE_TICKET     /* B6: nothing that may call gets between the ticket and its call */
#define RAISE_BEFORE_TICKET 1
#endif
#ifndef POLL_IN_LOCK            /* B6: who waits for a lock with interrupts off polls too */
#define POLL_IN_LOCK 1
#endif
#ifndef ACKNOWLEDGE_FIRST       /* B7: an interrupt that comes while another is served stays pending */
#define ACKNOWLEDGE_FIRST 1
#endif
#ifndef SERVED_TEST             /* B7: an interrupt whose call a poll has served does nothing */
#define SERVED_TEST 1
#endif
#ifndef OWN_CALL_IS_MARKED      /* B7: a caller says that it has finished its own call */
#define OWN_CALL_IS_MARKED 1
#endif
#ifndef JOIN_TAKES_TICKET       /* B8: the set of targets changes between calls only */
#define JOIN_TAKES_TICKET 1
#endif
#ifndef COUNT_WITH_SET          /* B8: count and set change together */
#define COUNT_WITH_SET 1
#endif
#ifndef PENDING_MEANS_LATER     /* B8: a new processor has not missed the calls before its ticket */
#define PENDING_MEANS_LATER 1
#endif
#ifndef POLL_IF_ACTIVE          /* B8: who is about to join serves nothing while it waits for its turn */
#define POLL_IF_ACTIVE 1
#endif
#ifndef SEND_TO_TARGETS_ONLY    /* B8: no broadcast while an enabled APIC is no target */
#define SEND_TO_TARGETS_ONLY 1
#endif
#ifndef BIND_FIRST              /* B9: "my processor" is read where it can no longer change */
#define BIND_FIRST 1
#endif
#ifndef ENTRY_BARRIER           /* B10: nobody begins before all have arrived */
#define ENTRY_BARRIER 1
#endif
#ifndef WAITS_READ_AGAIN        /* B11: a spin reads its word every time */
#define WAITS_READ_AGAIN 1
#endif
#ifndef WATCHDOG_ONLY_LOOKS     /* B12: the class-15 tick serves nothing */
#define WATCHDOG_ONLY_LOOKS 1
#endif
#ifndef POLL_KNOWS_ROUTINE      /* B12: nor does a poll inside the routine (a print, a lock) */
#define POLL_KNOWS_ROUTINE 1
#endif
#ifndef ARRIVALS_NOT_GIVEN_UP   /* B13: a caller waits for every arrival, however long */
#define ARRIVALS_NOT_GIVEN_UP 1
#endif
#ifndef ROUTINES_NOT_GIVEN_UP   /* B13: and for every return */
#define ROUTINES_NOT_GIVEN_UP 1
#endif
#ifndef TURN_BY_TICKET          /* C11: first come, first served */
#define TURN_BY_TICKET 1
#endif
