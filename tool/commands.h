/* SPDX-License-Identifier: MIT */
/*
 * commands.h: the subcommands.  argv[0] is "allcall NAME"; the result is the exit status.
 */
#pragma once

int command_run(int argc, char **argv);
int command_cc(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_explore(int argc, char **argv);
