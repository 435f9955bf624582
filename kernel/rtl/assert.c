/* SPDX-License-Identifier: MIT */
/* assert.c: the routine behind the DDK's ASSERT macros. */
#include "rtlp.h"

/*
 * RtlAssert: report a failed assertion and break.
 * ["RtlAssert function", as the ASSERT macro's page describes it]
 *
 * => Any IRQL.
 */
VOID NTAPI RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, PSTR Message)
{
    DbgPrint("Assertion failed: %s%s%s\n  %s, line %u\n", Message != NULL ? Message : "",
             Message != NULL ? ": " : "", FailedAssertion, FileName, LineNumber);
    DbgBreakPoint();
}
