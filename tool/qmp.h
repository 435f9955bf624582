/* SPDX-License-Identifier: MIT */
/*
 * qmp.h: the two things that the tool asks of QEMU's control socket.
 *
 * Reference: QEMU, "QEMU Machine Protocol".
 */
#pragma once

#include "common.h"

/*
 * qmp_send_nmi: send an NMI to every processor; answers are not waited for.
 */
void qmp_send_nmi(int socket);

/*
 * qmp_read_places: stop the machine and ask where each processor is.
 * => the instruction pointers in the order of the processors, the caller frees; *count may be 0
 * => waits for QEMU two seconds at most
 */
uint64_t *qmp_read_places(int socket, size_t *count);
