/* SPDX-License-Identifier: MIT */
/*
 * msvc_support.c: what MSVC's libraries give to a driver compiled with /GS and
 * /guard:cf, for clang's msvc target, which has no such library of its own.
 *
 * Until a loader changes the cookie and the two pointers, which it finds
 * through _load_config_used, the cookie has its well-known default and
 * indirect calls go through unchecked.
 *
 * Reference: Microsoft, "/GS (Buffer Security Check)", "Control Flow Guard for
 * platform security" and "IMAGE_LOAD_CONFIG_DIRECTORY64".
 */
typedef unsigned int UINT32;
typedef unsigned long long UINT64;

#define DEFAULT_SECURITY_COOKIE 0x00002B992DDFA232ull
#define FAST_FAIL_STACK_COOKIE_CHECK_FAILURE 2

UINT64 __security_cookie = DEFAULT_SECURITY_COOKIE;

void __security_check_cookie(UINT64 Cookie)
{
    if (Cookie != __security_cookie) {
        __asm__ volatile("int $0x29" : : "c"(FAST_FAIL_STACK_COOKIE_CHECK_FAILURE));
    }
}

__attribute__((naked)) static void GuardCheckNothing(void)
{
    __asm__("ret");
}

__attribute__((naked)) static void GuardDispatchUnchecked(void)
{
    __asm__("jmp *%rax");
}

/* Read-only when the driver runs: only a loader may redirect them. */
__attribute__((section(".00cfg"), used)) void *const __guard_check_icall_fptr =
    (void *)GuardCheckNothing;
__attribute__((section(".00cfg"), used)) void *const __guard_dispatch_icall_fptr =
    (void *)GuardDispatchUnchecked;

/* The linker defines these; the address is the value. */
extern char __guard_fids_table[], __guard_fids_count[], __guard_flags[];

/* IMAGE_LOAD_CONFIG_DIRECTORY64 up to GuardFlags. */
typedef struct _LOAD_CONFIG {
    UINT32 Size;
    UINT32 Unused[21];
    UINT64 *SecurityCookie;
    UINT64 SEHandlerTable;
    UINT64 SEHandlerCount;
    void *const *GuardCFCheckFunctionPointer;
    void *const *GuardCFDispatchFunctionPointer;
    char *GuardCFFunctionTable;
    char *GuardCFFunctionCount;
    UINT32 GuardFlags;
    UINT32 Padding;
} LOAD_CONFIG;

_Static_assert(__builtin_offsetof(LOAD_CONFIG, SecurityCookie) == 0x58, "public layout");
_Static_assert(__builtin_offsetof(LOAD_CONFIG, GuardCFCheckFunctionPointer) == 0x70, "likewise");
_Static_assert(__builtin_offsetof(LOAD_CONFIG, GuardFlags) == 0x90, "likewise");

#define IMAGE_GUARD_CF_INSTRUMENTED            0x00000100u
#define IMAGE_GUARD_CF_FUNCTION_TABLE_PRESENT  0x00000400u

const LOAD_CONFIG _load_config_used = {
    .Size = sizeof(LOAD_CONFIG),
    .SecurityCookie = &__security_cookie,
    .GuardCFCheckFunctionPointer = &__guard_check_icall_fptr,
    .GuardCFDispatchFunctionPointer = &__guard_dispatch_icall_fptr,
    .GuardCFFunctionTable = __guard_fids_table,
    .GuardCFFunctionCount = __guard_fids_count,
    .GuardFlags = IMAGE_GUARD_CF_INSTRUMENTED | IMAGE_GUARD_CF_FUNCTION_TABLE_PRESENT,
};
