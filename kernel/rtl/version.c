/* SPDX-License-Identifier: MIT */
/*
 * version.c: the Windows version that this kernel says it is.
 *
 * Always Windows 10, build 19045, a workstation without a service pack.
 */
#include "rtlp.h"

#define RTLP_MAJOR_VERSION 10
#define RTLP_MINOR_VERSION 0
#define RTLP_BUILD_NUMBER  19045
#define RTLP_SUITE_MASK    0x0100 /* VER_SUITE_SINGLEUSERTS */

/*
 * RtlGetVersion: describe the system. ["RtlGetVersion function (wdm.h)"]
 *
 * => IRQL PASSIVE_LEVEL as documented; any here.  Always STATUS_SUCCESS.
 * => dwOSVersionInfoSize says whether it is the structure or the extended one.
 */
NTSTATUS NTAPI RtlGetVersion(PRTL_OSVERSIONINFOW lpVersionInformation)
{
    lpVersionInformation->dwMajorVersion = RTLP_MAJOR_VERSION;
    lpVersionInformation->dwMinorVersion = RTLP_MINOR_VERSION;
    lpVersionInformation->dwBuildNumber = RTLP_BUILD_NUMBER;
    lpVersionInformation->dwPlatformId = VER_PLATFORM_WIN32_NT;
    lpVersionInformation->szCSDVersion[0] = 0;
    if (lpVersionInformation->dwOSVersionInfoSize == sizeof(RTL_OSVERSIONINFOEXW)) {
        PRTL_OSVERSIONINFOEXW Extended = (PRTL_OSVERSIONINFOEXW)lpVersionInformation;

        Extended->wServicePackMajor = 0;
        Extended->wServicePackMinor = 0;
        Extended->wSuiteMask = RTLP_SUITE_MASK;
        Extended->wProductType = VER_NT_WORKSTATION;
        Extended->wReserved = 0;
    }
    return STATUS_SUCCESS;
}

/*
 * PsGetVersion: the same in another form.  ["PsGetVersion function (ntddk.h)"]
 *
 * => FALSE: this is no checked build.  Each pointer may be NULL.  PASSIVE_LEVEL as documented.
 */
BOOLEAN NTAPI PsGetVersion(PULONG MajorVersion, PULONG MinorVersion, PULONG BuildNumber,
                           PUNICODE_STRING CSDVersion)
{
    static const WCHAR NoServicePack[] = { 0 };

    if (MajorVersion != NULL)
        *MajorVersion = RTLP_MAJOR_VERSION;
    if (MinorVersion != NULL)
        *MinorVersion = RTLP_MINOR_VERSION;
    if (BuildNumber != NULL)
        *BuildNumber = RTLP_BUILD_NUMBER;
    if (CSDVersion != NULL)
        RtlInitUnicodeString(CSDVersion, NoServicePack);
    return FALSE;
}

/* RtlpConditionOf: the three bits of ConditionMask for one type bit. */
static ULONG RtlpConditionOf(ULONGLONG ConditionMask, ULONG Type)
{
    return (ULONG)(ConditionMask >> (RtlFindLeastSignificantBit(Type) * 3)) & 7;
}

/*
 * VerSetConditionMask: add a comparison to a mask.
 * ["VerSetConditionMask function (winnt.h)"]
 *
 * => Any IRQL.  Condition is for every bit of TypeMask that has none yet.
 */
ULONGLONG NTAPI VerSetConditionMask(ULONGLONG ConditionMask, ULONG TypeMask, UCHAR Condition)
{
    ULONG Bit;

    for (Bit = 0; Bit < 8; Bit++) {
        if ((TypeMask & (1u << Bit)) != 0)
            ConditionMask |= (ULONGLONG)(Condition & 7) << (Bit * 3);
    }
    return ConditionMask;
}

/* RtlpCompareByCondition: apply VER_EQUAL ... VER_LESS_EQUAL; others do not hold. */
static BOOLEAN RtlpCompareByCondition(LONGLONG Actual, LONGLONG Wanted, ULONG Condition)
{
    switch (Condition) {
    case VER_EQUAL: return Actual == Wanted;
    case VER_GREATER: return Actual > Wanted;
    case VER_GREATER_EQUAL: return Actual >= Wanted;
    case VER_LESS: return Actual < Wanted;
    case VER_LESS_EQUAL: return Actual <= Wanted;
    default: return FALSE;
    }
}

static BOOLEAN RtlpCompareSuites(ULONG Wanted, ULONG Condition)
{
    if (Condition == VER_AND)
        return (RTLP_SUITE_MASK & Wanted) == Wanted;
    return Condition == VER_OR && (Wanted == 0 || (RTLP_SUITE_MASK & Wanted) != 0);
}

/*
 * RtlpCompareVersions: compare version and service pack, which are one number.
 *
 * => Fields that are not asked for count as equal; the condition is that of
 *    the most significant one asked for, as the reference page says.
 */
static BOOLEAN RtlpCompareVersions(const RTL_OSVERSIONINFOEXW *Info, ULONG TypeMask,
                                   ULONGLONG ConditionMask)
{
    const struct {
        ULONG Type;
        LONGLONG Actual, Wanted;
    } Fields[4] = {
        { VER_MAJORVERSION, RTLP_MAJOR_VERSION, Info->dwMajorVersion },
        { VER_MINORVERSION, RTLP_MINOR_VERSION, Info->dwMinorVersion },
        { VER_SERVICEPACKMAJOR, 0, Info->wServicePackMajor },
        { VER_SERVICEPACKMINOR, 0, Info->wServicePackMinor },
    };
    ULONG Index, Condition = 0;
    LONGLONG Order = 0;

    for (Index = 0; Index < 4; Index++) {
        if ((TypeMask & Fields[Index].Type) == 0)
            continue;
        if (Condition == 0)
            Condition = RtlpConditionOf(ConditionMask, Fields[Index].Type);
        if (Order == 0)
            Order = Fields[Index].Actual - Fields[Index].Wanted;
    }
    return Condition == 0 ? TRUE : RtlpCompareByCondition(Order, 0, Condition);
}

/*
 * RtlVerifyVersionInfo: compare the system with what a driver asks for.
 * ["RtlVerifyVersionInfo function (wdm.h)"]
 *
 * => IRQL PASSIVE_LEVEL as documented; any here.
 * => STATUS_INVALID_PARAMETER if nothing is asked for, or without a condition;
 *    STATUS_REVISION_MISMATCH if a comparison does not hold.
 */
NTSTATUS NTAPI RtlVerifyVersionInfo(PRTL_OSVERSIONINFOEXW VersionInfo, ULONG TypeMask,
                                    ULONGLONG ConditionMask)
{
    ULONG Bit;
    BOOLEAN Holds;

    if (TypeMask == 0 || TypeMask > 0xFF)
        return STATUS_INVALID_PARAMETER;
    for (Bit = 1; Bit <= 0x80; Bit <<= 1) {
        if ((TypeMask & Bit) != 0 && RtlpConditionOf(ConditionMask, Bit) == 0)
            return STATUS_INVALID_PARAMETER;
    }
    Holds = RtlpCompareVersions(VersionInfo, TypeMask, ConditionMask);
    if ((TypeMask & VER_BUILDNUMBER) != 0)
        Holds &= RtlpCompareByCondition(RTLP_BUILD_NUMBER, VersionInfo->dwBuildNumber,
                                        RtlpConditionOf(ConditionMask, VER_BUILDNUMBER));
    if ((TypeMask & VER_PLATFORMID) != 0)
        Holds &= RtlpCompareByCondition(VER_PLATFORM_WIN32_NT, VersionInfo->dwPlatformId,
                                        RtlpConditionOf(ConditionMask, VER_PLATFORMID));
    if ((TypeMask & VER_PRODUCT_TYPE) != 0)
        Holds &= RtlpCompareByCondition(VER_NT_WORKSTATION, VersionInfo->wProductType,
                                        RtlpConditionOf(ConditionMask, VER_PRODUCT_TYPE));
    if ((TypeMask & VER_SUITENAME) != 0)
        Holds &= RtlpCompareSuites(VersionInfo->wSuiteMask,
                                   RtlpConditionOf(ConditionMask, VER_SUITENAME));
    return Holds ? STATUS_SUCCESS : STATUS_REVISION_MISMATCH;
}
