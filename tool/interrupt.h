/* SPDX-License-Identifier: MIT */
/*
 * interrupt.h: ^C and its like end a simulated machine before its next instruction.
 */
#pragma once

#include "../sim/sim.h"

/*
 * interrupt_catch: from now on SIGINT, SIGTERM and SIGHUP are noted; a second one ends the process.
 * => handlers run on a stack of their own, because the processors' are small
 */
void interrupt_catch(void);

/*
 * interrupt_serve: in a worker process, only SIGTERM stops; what a terminal sends is left to the
 * parent.
 */
void interrupt_serve(void);

/*
 * interrupt_release: as before interrupt_catch.
 */
void interrupt_release(void);

/*
 * interrupt_stops: which machine a signal ends, NULL = none.
 * => one that has come before ends it at once
 */
void interrupt_stops(struct sim_machine *machine);

/*
 * interrupt_caught: the signal that has come, 0 = none.
 */
int interrupt_caught(void);
