/* SPDX-License-Identifier: MIT */
/*
 * triage.c: the writer of small crash dumps, for drivers that keep their own.
 *
 * There is no dump format here (a bug check's report has every processor's
 * registers and stack), so nothing is written, and the caller is told so.
 */
#include "ki.h"

/*
 * KeCapturePersistentThreadState: write a small dump of a thread to a buffer.
 * => 0: nothing was written.  No reference page; public drivers declare it.  Any IRQL.
 */
ULONG NTAPI KeCapturePersistentThreadState(PCONTEXT Context, PKTHREAD Thread, ULONG BugCheckCode,
                                           ULONG_PTR P1, ULONG_PTR P2, ULONG_PTR P3, ULONG_PTR P4,
                                           PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Thread);
    UNREFERENCED_PARAMETER(BugCheckCode);
    UNREFERENCED_PARAMETER(P1);
    UNREFERENCED_PARAMETER(P2);
    UNREFERENCED_PARAMETER(P3);
    UNREFERENCED_PARAMETER(P4);
    UNREFERENCED_PARAMETER(Buffer);
    return 0;
}
