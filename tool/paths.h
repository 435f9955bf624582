/* SPDX-License-Identifier: MIT */
/*
 * paths.h: where the command finds what belongs to it.
 */
#pragma once

enum allcall_file {
    FILE_NTOSKRNL,     /* ntoskrnl.exe */
    FILE_HAL,          /* hal.dll */
    FILE_BOOT,         /* pvh.elf */
    FILE_NTOSKRNL_LIB, /* libntoskrnl.a, for GNU ld */
    FILE_HAL_LIB,      /* libhal.a */
    FILE_SDK,          /* the folder of the SDK's headers */
    FILE_BENCH_DRIVER, /* empty_call.sys */
};

/*
 * allcall_path: the path of a file that belongs to the command, built or installed.
 * => relative to the command's own place: PREFIX/bin/allcall, or allcall in a build folder
 * => NULL, after a message, if it is not there; the caller frees
 */
char *allcall_path(enum allcall_file file);
