/* SPDX-License-Identifier: MIT */
/* A client of the surveying driver: each of its answers is from every processor, each once. */
#include "../requests.h"
#include "survey.h"

static UCHAR In[5000], Out[5000];

static VOID CheckReply(PDEVICE_OBJECT Device, ULONG Code, ULONG Leaders)
{
    ULONG64 Count = ContractProcessors();
    SURVEY_REPLY Reply = {0};
    ULONG_PTR Information = 0;

    CHECK_EQUAL(ContractControl(Device, Code, NULL, 0, &Reply, sizeof(Reply), &Information),
                STATUS_SUCCESS);
    CHECK_EQUAL(Information, sizeof(Reply));
    CHECK_EQUAL(Reply.Processors, Count);
    CHECK_EQUAL(Reply.Leaders, Leaders);
    CHECK_EQUAL(Reply.Sum, Count * (Count + 1) / 2);
}

static VOID CheckRemap(PDEVICE_OBJECT Device)
{
    ULONG_PTR Information = 0;

    for (ULONG Index = 0; Index < sizeof(In); Index++) {
        In[Index] = (UCHAR)(Index * 7);
    }
    CHECK_EQUAL(ContractControl(Device, SURVEY_REMAP, In, sizeof(In), Out, sizeof(Out), &Information),
                STATUS_SUCCESS);
    CHECK_EQUAL(Information, sizeof(Out));
    for (ULONG Index = 0; Index < sizeof(Out); Index++) {
        CHECK_EQUAL(Out[Index], (UCHAR)~In[Index]);
    }
    CHECK_EQUAL(ContractControl(Device, SURVEY_REMAP, In, 10, Out, 11, &Information),
                STATUS_INVALID_PARAMETER);
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING Name;
    PFILE_OBJECT File;
    PDEVICE_OBJECT Device;
    SURVEY_REPLY Reply;
    ULONG_PTR Information;

    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    RtlInitUnicodeString(&Name, SURVEY_LINK);
    CHECK_EQUAL(IoGetDeviceObjectPointer(&Name, FILE_ALL_ACCESS, &File, &Device), STATUS_SUCCESS);
    for (ULONG Round = 0; Round < 3; Round++) {
        CheckReply(Device, SURVEY_CALL, 0);
        CheckReply(Device, SURVEY_VISIT, 0);
        CheckReply(Device, SURVEY_DPC, 1);
        CheckReply(Device, SURVEY_THREAD, 0);
        CheckReply(Device, SURVEY_FAULT, 0);
    }
    CheckRemap(Device);
    CHECK_EQUAL(ContractControl(Device, SURVEY_CODE(9, METHOD_BUFFERED), NULL, 0, &Reply,
                                sizeof(Reply), &Information),
                STATUS_INVALID_DEVICE_REQUEST);
    CHECK_EQUAL(ContractControl(Device, SURVEY_CALL, NULL, 0, &Reply, 4, &Information),
                STATUS_BUFFER_TOO_SMALL);
    ObDereferenceObject(File);
    return CONTRACT_RESULT();
}
