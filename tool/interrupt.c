/* SPDX-License-Identifier: MIT */
/* interrupt.c: signals that end a simulated machine. */
#define _GNU_SOURCE
#include "interrupt.h"

#include <signal.h>
#include <stdlib.h>

#include "common.h"

#define SIGNAL_STACK (64 * 1024u)

static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

#define COUNT (sizeof(numbers) / sizeof(numbers[0]))

static struct sim_machine *volatile running;
static volatile sig_atomic_t caught;
static struct sigaction before[COUNT];
static stack_t stack_before;
static void *stack;

static void on_signal(int number)
{
    caught = number;
    if (running != NULL) {
        sim_stop(running, SIM_FAILED, 0);
    }
}

void interrupt_catch(void)
{
    struct sigaction action = { .sa_handler = on_signal,
                                .sa_flags = SA_ONSTACK | SA_RESTART | (int)SA_RESETHAND };
    stack_t own = { .ss_sp = xmalloc(SIGNAL_STACK), .ss_size = SIGNAL_STACK };

    stack = own.ss_sp;
    sigaltstack(&own, &stack_before);
    sigemptyset(&action.sa_mask);
    caught = 0;
    running = NULL;
    for (size_t index = 0; index < COUNT; index++) {
        sigaction(numbers[index], &action, &before[index]);
    }
}

void interrupt_serve(void)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK | SA_RESTART };

    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
}

void interrupt_release(void)
{
    running = NULL;
    for (size_t index = 0; index < COUNT; index++) {
        sigaction(numbers[index], &before[index], NULL);
    }
    sigaltstack(&stack_before, NULL);
    free(stack);
}

void interrupt_stops(struct sim_machine *machine)
{
    running = machine;
    if (machine != NULL && caught != 0) {
        sim_stop(machine, SIM_FAILED, 0);
    }
}

int interrupt_caught(void)
{
    return caught;
}
