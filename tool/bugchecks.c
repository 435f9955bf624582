/* SPDX-License-Identifier: MIT */
/*
 * bugchecks.c: the names and meanings of bug checks, of the verifier's
 * subcodes, of processor exceptions and of status values.
 *
 * Reference: Microsoft, "Bug Check Code Reference" (one page per code), "NTSTATUS
 * Values"; for exceptions the processor manuals.
 */
#include "bugchecks.h"

#include <stdio.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char irql_at[] = "IRQL at that time";
static const char access_kind[] = "0 = read, 1 = write, 8 = execute";

/* clang-format off */
static const struct bug_check bug_checks[] = {
    {0x09, "IRQL_NOT_GREATER_OR_EQUAL", "a routine was called at an IRQL that is too low",
     {"address", "IRQL", NULL, NULL}},
    {0x0A, "IRQL_NOT_LESS_OR_EQUAL",
     "kernel code used an address, or was called, at an IRQL that is too high",
     {"address", irql_at, access_kind, "address of the instruction"}},
    {0x0F, "SPIN_LOCK_ALREADY_OWNED", "a processor asked for a spin lock that it owns already",
     {"address of the lock", NULL, NULL, NULL}},
    {0x10, "SPIN_LOCK_NOT_OWNED", "a spin lock was released that nobody owned",
     {"address of the lock", NULL, NULL, NULL}},
    {0x19, "BAD_POOL_HEADER", "the header of a pool block is damaged",
     {"kind of damage", "address of the block", "by kind", "by kind"}},
    {0x1E, "KMODE_EXCEPTION_NOT_HANDLED", "kernel code raised an exception that nobody handled",
     {"exception code", "address at which it occurred", "information 0", "information 1"}},
    {0x31, "PHASE0_INITIALIZATION_FAILED", "the kernel could not start",
     {"phase", "status", NULL, NULL}},
    {0x32, "PHASE1_INITIALIZATION_FAILED", "the kernel could not start its processors",
     {"status", "place", NULL, NULL}},
    {0x35, "NO_MORE_IRP_STACK_LOCATIONS", "a request was sent through more drivers than it has room for",
     {"IRP", NULL, NULL, NULL}},
    {0x3B, "SYSTEM_SERVICE_EXCEPTION", "an exception occurred in a system service",
     {"exception code", "address of the instruction", "address of the context record", NULL}},
    {0x3D, "INTERRUPT_EXCEPTION_NOT_HANDLED", "an interrupt service raised an exception",
     {"address of the exception record", "address of the context record", NULL, NULL}},
    {0x44, "MULTIPLE_IRP_COMPLETE_REQUESTS", "a request was completed that is complete already",
     {"IRP", NULL, NULL, NULL}},
    {0x48, "CANCEL_STATE_IN_COMPLETED_IRP", "a request was cancelled that is complete already",
     {"IRP", "cancel routine", NULL, NULL}},
    {0x4E, "PFN_LIST_CORRUPT", "pages of memory were unlocked or freed that are not locked or used",
     {"kind", "page", "by kind", "by kind"}},
    {0x50, "PAGE_FAULT_IN_NONPAGED_AREA", "memory was used that is not there",
     {"address", "0 = read, 1 or 2 = write, 0x10 = execute", "address of the instruction",
      "kind of fault"}},
    {0x7E, "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED",
     "a system thread raised an exception that nobody handled",
     {"exception code", "address at which it occurred", "address of the exception record",
      "address of the context record"}},
    {0x7F, "UNEXPECTED_KERNEL_MODE_TRAP", "the processor trapped where the kernel cannot go on",
     {"trap number", "error code", "address of the instruction", NULL}},
    {0x80, "NMI_HARDWARE_FAILURE", "a non-maskable interrupt came that nobody expected",
     {NULL, NULL, NULL, NULL}},
    {0x9C, "MACHINE_CHECK_EXCEPTION", "the processor reported a hardware error",
     {"bank", "address of the exception record", "high half of the status",
      "low half of the status"}},
    {0xB8, "ATTEMPTED_SWITCH_FROM_DPC",
     "a DPC routine waited, exited its thread or was switched away",
     {"old thread", "new thread", "stack of the old thread", NULL}},
    {0xBE, "ATTEMPTED_WRITE_TO_READONLY_MEMORY", "read-only memory was written",
     {"address", "page table entry", NULL, NULL}},
    {0xC1, "SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION",
     "a block of special pool was used beyond its end or after its release",
     {"address", "by kind", "by kind", "kind"}},
    {0xC2, "BAD_POOL_CALLER", "a pool routine was called in a wrong way",
     {"kind", "by kind", "by kind", "by kind"}},
    {0xC4, "DRIVER_VERIFIER_DETECTED_VIOLATION", "a driver broke a rule that the verifier checks",
     {"subcode", "IRQL", "by subcode", "by subcode"}},
    {0xC7, "TIMER_OR_DPC_INVALID", "a timer or DPC lies in memory that was released",
     {"kind", "address of the object", "start of the range", "end of the range"}},
    {0xC8, "IRQL_UNEXPECTED_VALUE", "a routine did not return at the IRQL at which it was called",
     {"IRQL << 16 | IRQL expected << 8 | 2", "the routine", "what it was called with",
      "1 = interrupts were enabled"}},
    {0xC9, "DRIVER_VERIFIER_IOMANAGER_VIOLATION", "a driver handled a request in a wrong way",
     {"kind", "by kind", "by kind", "by kind"}},
    {0xCB, "DRIVER_LEFT_LOCKED_PAGES_IN_PROCESS", "a driver did not unlock pages that it had locked",
     {"who locked or freed them", NULL, "MDL", "number of pages"}},
    {0xCC, "PAGE_FAULT_IN_FREED_SPECIAL_POOL", "released memory was used",
     {"address", access_kind, "address of the instruction", NULL}},
    {0xCD, "PAGE_FAULT_BEYOND_END_OF_ALLOCATION", "memory behind a block was used",
     {"address", access_kind, "address of the instruction", NULL}},
    {0xCE, "DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS",
     "code of an unloaded driver was used",
     {"address", access_kind, "address of the instruction", NULL}},
    {0xD1, "DRIVER_IRQL_NOT_LESS_OR_EQUAL", "a driver used an address at an IRQL that is too high",
     {"address", irql_at, access_kind, "address of the instruction"}},
    {0xD6, "DRIVER_PAGE_FAULT_BEYOND_END_OF_ALLOCATION",
     "a driver used memory behind a block",
     {"address", access_kind, "address of the instruction", NULL}},
    {0xDA, "SYSTEM_PTE_MISUSE", "memory was mapped or unmapped in a wrong way",
     {"kind", "by kind", "by kind", "by kind"}},
    {0xE2, "MANUALLY_INITIATED_CRASH", "somebody asked for this crash",
     {NULL, NULL, NULL, NULL}},
    {0xF2, "HARDWARE_INTERRUPT_STORM", "a device interrupts without an end",
     {"service routine", "its context", "interrupt object", "1 = the only one of its vector, 2 = shared"}},
    {0xFC, "ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY", "memory was executed that holds no code",
     {"address", "page table entry", NULL, NULL}},
    {0x101, "CLOCK_WATCHDOG_TIMEOUT", "a processor takes no clock interrupts",
     {"interval in clock ticks", NULL, "PRCB of the hung processor", "index of the hung processor"}},
    {0x133, "DPC_WATCHDOG_VIOLATION", "a DPC, or time at DISPATCH_LEVEL, lasted too long",
     {"0 = one DPC, 1 = all time at DISPATCH_LEVEL", "time in ticks", "time allowed in ticks",
      NULL}},
    {0x139, "KERNEL_SECURITY_CHECK_FAILURE", "code found its own data damaged (int 29h)",
     {"kind", "address of the trap frame", "address of the exception record", NULL}},
    {0x1DB, "IPI_WATCHDOG_TIMEOUT", "a call to all processors did not end in time",
     {"frequency of the counter", "counter now", "counter when the wait began", NULL}},
    {0xDEADDEAD, "MANUALLY_INITIATED_CRASH1", "somebody asked for this crash",
     {NULL, NULL, NULL, NULL}},
};
/* clang-format on */

/* Subcodes of 0xC4; parameter 2 is the IRQL in all of them. */
static const struct bug_check subcodes[] = {
    { 0x01, "paged pool allocated above APC_LEVEL", NULL, { NULL, "IRQL", "pool type", "bytes" } },
    { 0x02, "pool allocated above DISPATCH_LEVEL", NULL, { NULL, "IRQL", "pool type", "bytes" } },
    { 0x11, "paged pool freed above APC_LEVEL", NULL, { NULL, "IRQL", "pool type", "address" } },
    { 0x12, "pool freed above DISPATCH_LEVEL", NULL, { NULL, "IRQL", "pool type", "address" } },
    { 0x30, "IRQL raised to a lower level", NULL, { NULL, "IRQL", "requested IRQL", NULL } },
    { 0x31, "IRQL lowered to a higher level", NULL, { NULL, "IRQL", "requested IRQL", NULL } },
    { 0x3B, "wait at DISPATCH_LEVEL or above", NULL, { NULL, "IRQL", "object", NULL } },
    { 0x42, "spin lock acquired above DISPATCH_LEVEL", NULL, { NULL, "IRQL", "lock", NULL } },
    { 0x73, "MmMapIoSpace above DISPATCH_LEVEL", NULL, { NULL, "IRQL", "address", "bytes" } },
    { 0x80, "KeSetEvent above DISPATCH_LEVEL", NULL, { NULL, "IRQL", "event", NULL } },
    { 0xE5,
      "routine called at a wrong IRQL",
      NULL,
      { NULL, "IRQL", "routine", "its highest IRQL" } },
};

static const char *const traps[] = {
    [0] = "#DE divide error",
    [1] = "#DB debug",
    [2] = "NMI",
    [3] = "#BP breakpoint",
    [4] = "#OF overflow",
    [5] = "#BR bound range exceeded",
    [6] = "#UD invalid opcode",
    [7] = "#NM device not available",
    [8] = "#DF double fault (mostly a stack overflow)",
    [10] = "#TS invalid TSS",
    [11] = "#NP segment not present",
    [12] = "#SS stack fault",
    [13] = "#GP general protection",
    [14] = "#PF page fault",
    [16] = "#MF x87 floating point",
    [17] = "#AC alignment check",
    [18] = "#MC machine check",
    [19] = "#XM SIMD floating point",
    [20] = "#VE virtualization",
    [21] = "#CP control protection",
};

static const struct {
    uint32_t status;
    const char *name;
} statuses[] = {
    { 0x00000000, "STATUS_SUCCESS" },
    { 0x00000102, "STATUS_TIMEOUT" },
    { 0x00000103, "STATUS_PENDING" },
    { 0x40000003, "STATUS_IMAGE_NOT_AT_BASE" },
    { 0x80000001, "STATUS_GUARD_PAGE_VIOLATION" },
    { 0x80000002, "STATUS_DATATYPE_MISALIGNMENT" },
    { 0x80000003, "STATUS_BREAKPOINT" },
    { 0x80000004, "STATUS_SINGLE_STEP" },
    { 0x80000005, "STATUS_BUFFER_OVERFLOW" },
    { 0x80000011, "STATUS_DEVICE_BUSY" },
    { 0x8000001A, "STATUS_NO_MORE_ENTRIES" },
    { 0x80000026, "STATUS_LONGJUMP" },
    { 0xC0000001, "STATUS_UNSUCCESSFUL" },
    { 0xC0000002, "STATUS_NOT_IMPLEMENTED" },
    { 0xC0000003, "STATUS_INVALID_INFO_CLASS" },
    { 0xC0000004, "STATUS_INFO_LENGTH_MISMATCH" },
    { 0xC0000005, "STATUS_ACCESS_VIOLATION" },
    { 0xC0000006, "STATUS_IN_PAGE_ERROR" },
    { 0xC0000008, "STATUS_INVALID_HANDLE" },
    { 0xC000000D, "STATUS_INVALID_PARAMETER" },
    { 0xC000000E, "STATUS_NO_SUCH_DEVICE" },
    { 0xC000000F, "STATUS_NO_SUCH_FILE" },
    { 0xC0000010, "STATUS_INVALID_DEVICE_REQUEST" },
    { 0xC0000017, "STATUS_NO_MEMORY" },
    { 0xC000001C, "STATUS_INVALID_SYSTEM_SERVICE" },
    { 0xC000001D, "STATUS_ILLEGAL_INSTRUCTION" },
    { 0xC0000022, "STATUS_ACCESS_DENIED" },
    { 0xC0000023, "STATUS_BUFFER_TOO_SMALL" },
    { 0xC0000024, "STATUS_OBJECT_TYPE_MISMATCH" },
    { 0xC0000025, "STATUS_NONCONTINUABLE_EXCEPTION" },
    { 0xC0000026, "STATUS_INVALID_DISPOSITION" },
    { 0xC0000027, "STATUS_UNWIND" },
    { 0xC0000028, "STATUS_BAD_STACK" },
    { 0xC0000029, "STATUS_INVALID_UNWIND_TARGET" },
    { 0xC0000033, "STATUS_OBJECT_NAME_INVALID" },
    { 0xC0000034, "STATUS_OBJECT_NAME_NOT_FOUND" },
    { 0xC0000035, "STATUS_OBJECT_NAME_COLLISION" },
    { 0xC000003A, "STATUS_OBJECT_PATH_NOT_FOUND" },
    { 0xC0000043, "STATUS_SHARING_VIOLATION" },
    { 0xC0000059, "STATUS_REVISION_MISMATCH" },
    { 0xC000007B, "STATUS_INVALID_IMAGE_FORMAT" },
    { 0xC000008C, "STATUS_ARRAY_BOUNDS_EXCEEDED" },
    { 0xC000008E, "STATUS_FLOAT_DIVIDE_BY_ZERO" },
    { 0xC0000094, "STATUS_INTEGER_DIVIDE_BY_ZERO" },
    { 0xC0000095, "STATUS_INTEGER_OVERFLOW" },
    { 0xC0000096, "STATUS_PRIVILEGED_INSTRUCTION" },
    { 0xC000009A, "STATUS_INSUFFICIENT_RESOURCES" },
    { 0xC000009C, "STATUS_DEVICE_DATA_ERROR" },
    { 0xC00000A3, "STATUS_DEVICE_NOT_READY" },
    { 0xC00000B5, "STATUS_IO_TIMEOUT" },
    { 0xC00000BB, "STATUS_NOT_SUPPORTED" },
    { 0xC00000C0, "STATUS_DEVICE_DOES_NOT_EXIST" },
    { 0xC00000D0, "STATUS_REQUEST_NOT_ACCEPTED" },
    { 0xC00000E5, "STATUS_INTERNAL_ERROR" },
    { 0xC00000FD, "STATUS_STACK_OVERFLOW" },
    { 0xC0000120, "STATUS_CANCELLED" },
    { 0xC0000135, "STATUS_DLL_NOT_FOUND" },
    { 0xC0000138, "STATUS_ORDINAL_NOT_FOUND" },
    { 0xC0000139, "STATUS_ENTRYPOINT_NOT_FOUND" },
    { 0xC000013A, "STATUS_CONTROL_C_EXIT" },
    { 0xC0000142, "STATUS_DLL_INIT_FAILED" },
    { 0xC0000185, "STATUS_IO_DEVICE_ERROR" },
    { 0xC0000184, "STATUS_INVALID_DEVICE_STATE" },
    { 0xC0000221, "STATUS_IMAGE_CHECKSUM_MISMATCH" },
    { 0xC0000225, "STATUS_NOT_FOUND" },
    { 0xC0000263, "STATUS_DRIVER_ENTRYPOINT_NOT_FOUND" },
    { 0xC0000262, "STATUS_DRIVER_ORDINAL_NOT_FOUND" },
    { 0xC0000365, "STATUS_FAILED_DRIVER_ENTRY" },
    { 0xC000036B, "STATUS_DRIVER_BLOCKED_CRITICAL" },
    { 0xC000036C, "STATUS_DRIVER_BLOCKED" },
    { 0xC0000374, "STATUS_HEAP_CORRUPTION" },
    { 0xC0000409, "STATUS_STACK_BUFFER_OVERRUN" },
    { 0xC0000420, "STATUS_ASSERTION_FAILURE" },
};

static const struct bug_check *find(const struct bug_check *table, size_t count, uint64_t code)
{
    for (size_t index = 0; index < count; index++) {
        if (table[index].code == code) {
            return &table[index];
        }
    }
    return NULL;
}

const struct bug_check *bug_check_find(uint32_t code)
{
    return find(bug_checks, COUNT(bug_checks), code);
}

const char *bug_check_name(uint32_t code, char buffer[16])
{
    const struct bug_check *entry = bug_check_find(code);

    if (entry != NULL) {
        return entry->name;
    }
    snprintf(buffer, 16, "0x%08X", code);
    return buffer;
}

const struct bug_check *verifier_subcode(uint64_t subcode)
{
    return find(subcodes, COUNT(subcodes), subcode);
}

const char *trap_name(uint64_t vector)
{
    return vector < COUNT(traps) ? traps[vector] : NULL;
}

const char *status_name(uint32_t status)
{
    for (size_t index = 0; index < COUNT(statuses); index++) {
        if (statuses[index].status == status) {
            return statuses[index].name;
        }
    }
    return NULL;
}

const char *irql_name(uint32_t irql)
{
    static const char *const names[] = {
        "PASSIVE_LEVEL", "APC_LEVEL",   "DISPATCH_LEVEL", "DIRQL",      "DIRQL", "DIRQL",
        "DIRQL",         "DIRQL",       "DIRQL",          "DIRQL",      "DIRQL", "DIRQL",
        "DIRQL",         "CLOCK_LEVEL", "IPI_LEVEL",      "HIGH_LEVEL",
    };

    return irql < COUNT(names) ? names[irql] : "no IRQL";
}
