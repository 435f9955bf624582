/* SPDX-License-Identifier: MIT */
/*
 * main.c: the allcall command: find the subcommand and hand over.
 */
#define _GNU_SOURCE
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common.h"

const char *argp_program_version = "allcall " ALLCALL_VERSION;

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    { "run", command_run },
    { "cc", command_cc },
    { "bench", command_bench },
    { "explore", command_explore },
};

static const char help[] =
    "allcall runs Windows kernel drivers that use KeIpiGenericCall, the call that runs one\n"
    "routine on every processor at once, on a small NT-compatible multiprocessor kernel.\n"
    "\n"
    "Usage:\n"
    "  allcall run [OPTION]... DRIVER.sys...      load drivers on a machine, report their calls\n"
    "  allcall cc SOURCE.c... -o DRIVER.sys       make a driver from C\n"
    "  allcall bench [--json FILE|-]              measure what a call costs\n"
    "  allcall explore [OPTION]... DRIVER.sys     many schedules, each bug once\n"
    "  allcall --version | --help | COMMAND --help\n"
    "\n"
    "A first driver, hello.c:\n"
    "\n"
    "  #include <ntddk.h>\n"
    "\n"
    "  static ULONG_PTR NTAPI Hello(ULONG_PTR Argument)\n"
    "  {\n"
    "      InterlockedIncrement((LONG *)Argument);\n"
    "      return 0;\n"
    "  }\n"
    "\n"
    "  NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)\n"
    "  {\n"
    "      LONG Count = 0;\n"
    "\n"
    "      KeIpiGenericCall(Hello, (ULONG_PTR)&Count);\n"
    "      DbgPrint(\"hello from %ld processors\\n\", Count);\n"
    "      return STATUS_SUCCESS;\n"
    "  }\n"
    "\n"
    "  allcall cc hello.c -o hello.sys && allcall run --processors 8 hello.sys\n"
    "\n"
    "Exit status of run and explore: 0 nothing found, 1 a finding, 2 the command line or an input\n"
    "file is wrong, 3 the machine never came up or failed itself.\n";

/* run_command: call a subcommand as "allcall NAME". */
static int run_command(size_t index, int argc, char **argv)
{
    char *name = xasprintf("allcall %s", commands[index].name);
    int status;

    argv[0] = name;
    program_invocation_name = name;
    program_invocation_short_name = name;
    status = commands[index].run(argc, argv);
    free(name);
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs(help, stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        fputs(help, stdout);
        return EXIT_CLEAN;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts(argp_program_version);
        return EXIT_CLEAN;
    }
    for (size_t index = 0; index < sizeof(commands) / sizeof(commands[0]); index++) {
        if (strcmp(argv[1], commands[index].name) == 0) {
            return run_command(index, argc - 1, argv + 1);
        }
    }
    complain("%s: there is no such %s; `allcall --help` lists them", argv[1],
             argv[1][0] == '-' ? "option" : "command");
    return EXIT_USAGE;
}
