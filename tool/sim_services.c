/* SPDX-License-Identifier: MIT */
/*
 * sim_services.c: which exported functions are more than names to the
 * deterministic machine.
 *
 * What a driver imports is its interface to the kernel, and the reference pages
 * say which argument is the lock.  Where a name is missing here, the machine
 * still runs right: it sees the kernel's own locked instructions.  It then only
 * cannot say who holds the lock, or at whose line memory was changed.
 */
#include "sim_services.h"

#include <stddef.h>
#include <string.h>

static const char *const calls[] = { "KeIpiGenericCall", NULL };

/*
 * Their accesses are the caller's.  Left out is what has state of its own in the
 * kernel (rand), may allocate (RtlCreateUnicodeString, and the conversions that
 * can), touches no memory (isdigit), or calls back into the driver (qsort).
 */
static const char *const memory[] = {
    "RtlAppendStringToString", "RtlAppendUnicodeStringToString", "RtlAppendUnicodeToString",
    "RtlAreBitsClear", "RtlAreBitsSet", "RtlCharToInteger", "RtlClearAllBits", "RtlClearBit",
    "RtlClearBits", "RtlCompareMemory", "RtlCompareMemoryUlong", "RtlCompareString",
    "RtlCompareUnicodeString", "RtlCompareUnicodeStrings", "RtlCopyMemory",
    "RtlCopyMemoryNonTemporal", "RtlCopyString", "RtlCopyUnicodeString", "RtlEqualMemory",
    "RtlEqualString", "RtlEqualUnicodeString", "RtlFillMemory", "RtlFillMemoryUlong",
    "RtlFillMemoryUlonglong", "RtlFindClearBits", "RtlFindClearBitsAndSet", "RtlFindClearRuns",
    "RtlFindFirstRunClear", "RtlFindLastBackwardRunClear", "RtlFindLongestRunClear",
    "RtlFindNextForwardRunClear", "RtlFindSetBits", "RtlFindSetBitsAndClear", "RtlGUIDFromString",
    "RtlHashUnicodeString", "RtlInitAnsiString", "RtlInitAnsiStringEx", "RtlInitString",
    "RtlInitUnicodeString", "RtlInitUnicodeStringEx", "RtlInitializeBitMap",
    "RtlInt64ToUnicodeString", "RtlIntegerToUnicodeString", "RtlMoveMemory",
    "RtlMultiByteToUnicodeN", "RtlMultiByteToUnicodeSize", "RtlNumberOfClearBits",
    "RtlNumberOfSetBits", "RtlNumberOfSetBitsUlongPtr", "RtlOemToUnicodeN",
    "RtlPrefixUnicodeString", "RtlRandom", "RtlRandomEx", "RtlSecondsSince1970ToTime",
    "RtlSecondsSince1980ToTime", "RtlSetAllBits", "RtlSetBit", "RtlSetBits", "RtlTestBit",
    "RtlTimeFieldsToTime", "RtlTimeToSecondsSince1970", "RtlTimeToSecondsSince1980",
    "RtlTimeToTimeFields", "RtlUTF8ToUnicodeN", "RtlUnicodeStringToInteger",
    "RtlUnicodeToMultiByteN", "RtlUnicodeToMultiByteSize", "RtlUnicodeToOemN", "RtlUnicodeToUTF8N",
    "RtlUniform", "RtlUpperString", "RtlValidateUnicodeString", "RtlZeroMemory",
    "RtlxAnsiStringToUnicodeSize", "RtlxOemStringToUnicodeSize", "RtlxUnicodeStringToAnsiSize",
    "RtlxUnicodeStringToOemSize",

    "_atoi64", "_i64toa_s", "_i64tow_s", "_itoa", "_itoa_s", "_itow", "_itow_s", "_ltoa_s",
    "_ltow_s", "_snprintf", "_snprintf_s", "_snwprintf", "_snwprintf_s", "_stricmp", "_strlwr",
    "_strlwr_s", "_strnicmp", "_strnset", "_strnset_s", "_strrev", "_strset", "_strset_s",
    "_strtoi64", "_strtoui64", "_strupr", "_strupr_s", "_swprintf", "_ui64toa_s", "_ui64tow_s",
    "_ultoa_s", "_ultow_s", "_vsnprintf", "_vsnprintf_s", "_vsnwprintf", "_vsnwprintf_s",
    "_vswprintf", "_wcsicmp", "_wcslwr", "_wcslwr_s", "_wcsnicmp", "_wcsnset", "_wcsnset_s",
    "_wcsrev", "_wcsset", "_wcsset_s", "_wcstoi64", "_wcstoui64", "_wcsupr", "_wcsupr_s", "_wtoi",
    "_wtoi64", "_wtol", "atoi", "atol", "mbstowcs", "mbtowc", "memchr", "memcmp", "memcpy",
    "memcpy_s", "memmove", "memmove_s", "memset", "sprintf", "sprintf_s", "strcat", "strcat_s",
    "strchr", "strcmp", "strcpy", "strcpy_s", "strcspn", "strlen", "strncat", "strncat_s",
    "strncmp", "strncpy", "strncpy_s", "strnlen", "strpbrk", "strrchr", "strspn", "strstr",
    "strtok_s", "strtol", "strtoul", "swprintf", "swprintf_s", "vsprintf", "vsprintf_s",
    "vswprintf", "vswprintf_s", "wcscat", "wcscat_s", "wcschr", "wcscmp", "wcscpy", "wcscpy_s",
    "wcscspn", "wcslen", "wcsncat", "wcsncat_s", "wcsncmp", "wcsncpy", "wcsncpy_s", "wcsnlen",
    "wcspbrk", "wcsrchr", "wcsspn", "wcsstr", "wcstok_s", "wcstol", "wcstombs", "wcstoul", "wctomb",
    NULL,
};

/* Shared locks count as held by whoever came last. */
static const char *const locks[] = {
    "ExAcquireFastMutex", "ExAcquireFastMutexUnsafe", "ExAcquireSpinLockExclusive",
    "ExAcquireSpinLockExclusiveAtDpcLevel", "ExAcquireSpinLockShared",
    "ExAcquireSpinLockSharedAtDpcLevel", "ExEnterCriticalRegionAndAcquireResourceExclusive",
    "ExEnterCriticalRegionAndAcquireResourceShared", "KeAcquireGuardedMutex",
    "KeAcquireGuardedMutexUnsafe", "KeAcquireInterruptSpinLock", "KeAcquireSpinLockAtDpcLevel", "KeAcquireSpinLockForDpc",
    "KeAcquireSpinLockRaiseToDpc", "KeAcquireSpinLockRaiseToSynch", "KefAcquireSpinLockAtDpcLevel",
    NULL,
};

static const char *const try_locks[] = {
    "ExAcquireResourceExclusiveLite", "ExAcquireResourceSharedLite",
    "ExAcquireSharedStarveExclusive", "ExAcquireSharedWaitForExclusive",
    "ExTryAcquireSpinLockExclusiveAtDpcLevel", "ExTryAcquireSpinLockSharedAtDpcLevel",
    "ExTryConvertSharedSpinLockExclusive", "ExTryToAcquireFastMutex",
    "KeTryToAcquireGuardedMutex", "KeTryToAcquireSpinLockAtDpcLevel", NULL,
};

static const char *const unlocks[] = {
    "ExReleaseFastMutex", "ExReleaseFastMutexUnsafe", "ExReleaseResourceAndLeaveCriticalRegion",
    "ExReleaseResourceForThreadLite", "ExReleaseResourceLite", "ExReleaseSpinLockExclusive",
    "ExReleaseSpinLockExclusiveFromDpcLevel", "ExReleaseSpinLockShared",
    "ExReleaseSpinLockSharedFromDpcLevel", "KeReleaseGuardedMutex", "KeReleaseGuardedMutexUnsafe",
    "KeReleaseInterruptSpinLock", "KeReleaseSpinLock", "KeReleaseSpinLockForDpc", "KeReleaseSpinLockFromDpcLevel",
    "KefReleaseSpinLockFromDpcLevel", NULL,
};

static const char *const queued_locks[] = {
    "KeAcquireInStackQueuedSpinLock", "KeAcquireInStackQueuedSpinLockAtDpcLevel",
    "KeAcquireInStackQueuedSpinLockForDpc", "KeAcquireInStackQueuedSpinLockRaiseToSynch", NULL,
};

static const char *const queued_unlocks[] = {
    "KeReleaseInStackQueuedSpinLock", "KeReleaseInStackQueuedSpinLockForDpc",
    "KeReleaseInStackQueuedSpinLockFromDpcLevel", NULL,
};

static const char *const one_locks[] = { "IoAcquireCancelSpinLock", NULL };
static const char *const one_unlocks[] = { "IoReleaseCancelSpinLock", NULL };

static const struct {
    enum sim_service service;
    const char *const *names; /* up to NULL */
} table[] = {
    { SIM_SERVICE_CALL, calls },
    { SIM_SERVICE_MEMORY, memory },
    { SIM_SERVICE_LOCK, locks },
    { SIM_SERVICE_TRY_LOCK, try_locks },
    { SIM_SERVICE_UNLOCK, unlocks },
    { SIM_SERVICE_QUEUED_LOCK, queued_locks },
    { SIM_SERVICE_QUEUED_UNLOCK, queued_unlocks },
    { SIM_SERVICE_ONE_LOCK, one_locks },
    { SIM_SERVICE_ONE_UNLOCK, one_unlocks },
};

#define TABLE_COUNT (sizeof(table) / sizeof(table[0]))

enum sim_service sim_service_of(const char *name)
{
    for (size_t row = 0; row < TABLE_COUNT; row++) {
        for (const char *const *known = table[row].names; *known != NULL; known++) {
            if (strcmp(*known, name) == 0) {
                return table[row].service;
            }
        }
    }
    return SIM_SERVICE_OTHER;
}

const char *sim_service_name(unsigned index)
{
    for (size_t row = 0; row < TABLE_COUNT; row++) {
        for (const char *const *known = table[row].names; *known != NULL; known++) {
            if (index-- == 0) {
                return *known;
            }
        }
    }
    return NULL;
}
