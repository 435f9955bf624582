/* SPDX-License-Identifier: MIT */
/*
 * A driver that watches images is told of every driver after it, its own image not among them,
 * before that driver's DriverEntry runs.
 */
#include "contract.h"

static UCHAR *Seen;
static SIZE_T SeenSize;
static volatile LONG Count;

static VOID NTAPI OnImage(PUNICODE_STRING Name, HANDLE Process, PIMAGE_INFO Info)
{
    UNICODE_STRING Wanted = RTL_CONSTANT_STRING(L"ps_image_second.sys"), End;

    CHECK(Process == NULL);
    CHECK(Info->SystemModeImage);
    CHECK_EQUAL(Info->ImageAddressingMode, IMAGE_ADDRESSING_MODE_32BIT);
    CHECK(Name->Length >= Wanted.Length);
    End.Length = End.MaximumLength = Wanted.Length;
    End.Buffer = Name->Buffer + (Name->Length - Wanted.Length) / sizeof(WCHAR);
    CHECK(RtlEqualUnicodeString(&End, &Wanted, TRUE));
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    Seen = Info->ImageBase;
    SeenSize = Info->ImageSize;
    CHECK_EQUAL(Seen[0], 'M'); /* mapped already */
    InterlockedIncrement(&Count);
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    CHECK_EQUAL(Count, 1);
    CHECK_EQUAL(PsRemoveLoadImageNotifyRoutine(OnImage), STATUS_SUCCESS);
    CHECK_EQUAL(PsRemoveLoadImageNotifyRoutine(OnImage), STATUS_PROCEDURE_NOT_FOUND);
    ContractFinish();
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    CHECK_EQUAL(PsSetLoadImageNotifyRoutine(OnImage), STATUS_SUCCESS);
    CHECK_EQUAL(PsSetLoadImageNotifyRoutine(OnImage), STATUS_INSUFFICIENT_RESOURCES);
    return CONTRACT_RESULT();
}
