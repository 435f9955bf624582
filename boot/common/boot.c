/* SPDX-License-Identifier: MIT */
/*
 * boot.c: from a description of the machine to KiSystemStartup.
 */
#include "boot.h"

#include <cpuid.h>

#include "archive.h"
#include "console.h"
#include "handover.h"
#include "prepare.h"

#define CPUID_EXTENDED    0x80000001u
#define CPUID_EDX_NX      (1u << 20)

#define GOLDEN_RATIO 0x9E3779B97F4A7C15ull /* spreads the counter's few random bits */

static void check_processor(void)
{
    unsigned eax, ebx, ecx, edx;

    if (!__get_cpuid(CPUID_EXTENDED, &eax, &ebx, &ecx, &edx) || (edx & CPUID_EDX_NX) == 0) {
        boot_fail("this processor cannot protect memory from execution (NX)");
    }
}

void boot_start(const struct boot_request *request)
{
    static struct archive archive;
    struct boot_state state;
    handover_code *handover;

    check_processor();
    archive_read(request->archive, request->archive_size, &archive);
    boot_prepare(&(struct boot_plan){request->memory, request->reach, &archive, request->options,
                                     request->rsdp, __builtin_ia32_rdtsc() * GOLDEN_RATIO},
                 &state);
    handover = (handover_code *)(uintptr_t)state.handover;
    handover(state.root, state.stack, state.entry, state.block);
    __builtin_unreachable();
}
