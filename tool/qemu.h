/* SPDX-License-Identifier: MIT */
/*
 * qemu.h: start and end a QEMU process.
 */
#pragma once

#include "shape.h"

#include <sys/types.h>

struct qemu_options {
    const char *accel; /* as --accel has it */
    bool exact;        /* -icount: the time-stamp counter counts instructions */
    uint16_t gdb_port; /* 0: without gdb */
    const char *boot;  /* path of the boot program */
    int archive;       /* file descriptor of the archive */
};

struct qemu {
    pid_t pid;
    int records;  /* what the guest writes to its debug console: the report channel */
    int console;  /* what it writes to its first serial port: firmware, boot program, drivers */
    int qmp;      /* control socket */
    int messages; /* QEMU's standard error */
};

/*
 * qemu_start: start QEMU in a process group of its own; it dies with this process.
 * => NULL, or why not (the caller frees)
 */
char *qemu_start(struct qemu *qemu, const struct machine_shape *shape,
                 const struct qemu_options *options);

/*
 * qemu_end: kill what is left of QEMU, wait for it, close its descriptors.
 * => its wait status
 */
int qemu_end(struct qemu *qemu);
