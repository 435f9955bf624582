/* SPDX-License-Identifier: MIT */
/*
 * explore.c: `allcall explore`, which needs the simulator and says so.
 */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "common.h"

int command_explore(int argc, char **argv)
{
    static const char text[] =
        "allcall explore runs a driver under many schedules on the simulator.\n"
        "It is designed, but not in this build; `allcall run` is.\n";

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(text, stdout);
        return EXIT_CLEAN;
    }
    complain("explore is designed, but not in this build: it needs the simulator");
    return EXIT_USAGE;
}
