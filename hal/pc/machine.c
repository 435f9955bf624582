/* SPDX-License-Identifier: MIT */
/* machine.c: end the machine. */
#include "halp.h"

/* QEMU's isa-debug-exit device as the tool configures it; a PC decodes nothing there. */
#define HALP_EXIT_PORT 0xF4

/*
 * HalStopMachine: end the machine with a status.
 *
 * => QEMU with an exit device ends with (Status << 1) | 1; any other PC stands still.
 */
VOID HALVERB HalStopMachine(ULONG Status)
{
    HalpDisableInterrupts();
    HalpDrainSerial();
    HalpOut32(HALP_EXIT_PORT, Status);
    HalHaltProcessor();
}
