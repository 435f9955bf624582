/* SPDX-License-Identifier: MIT */
/*
 * bugcheck_callback.c: the callbacks that drivers register for a bug check.
 *
 * The lists are changed under a lock with interrupts off and walked without
 * it, when only the failing processor runs: the lock's holder may have been
 * stopped.  A record's State says how far it is (KBUGCHECK_BUFFER_DUMP_STATE);
 * its checksum tells a record that somebody has written over, which is left
 * alone, as "Writing a Bug Check Callback Routine" warns.
 *
 * There is no crash dump here.  The callbacks that supply data for one run all
 * the same, so that a driver's can be tried; what they supply is dropped.
 * Those for writing a dump file do not run, because nothing is written.
 */
#include "ki_lock.h"
#include "ki_bugcheck.h"
#include "ki_leftover.h"

#define KI_SECONDARY_DATA_SIZE 4096 /* a buffer for who supplies none */
#define KI_ADD_PAGES_LIMIT     4096 /* calls of one add-pages callback */

static ULONG64 KiCallbackLock;
static LIST_ENTRY KiBugCheckCallbacks = {&KiBugCheckCallbacks, &KiBugCheckCallbacks};
static LIST_ENTRY KiReasonCallbacks = {&KiReasonCallbacks, &KiReasonCallbacks};

static UCHAR KiSecondaryData[KI_SECONDARY_DATA_SIZE];

/* KiInsertCallback: insert a record whose State is not BufferInserted yet.  => Whether it was. */
static BOOLEAN KiInsertCallback(PLIST_ENTRY List, PLIST_ENTRY Entry, PUCHAR State)
{
    BOOLEAN Enabled = KiLockWord(&KiCallbackLock);
    BOOLEAN Inserted = *State != BufferInserted;

    if (Inserted) {
        *State = BufferInserted;
        InsertTailList(List, Entry);
    }
    KiUnlockWord(&KiCallbackLock, Enabled);
    return Inserted;
}

/* KiRemoveCallback: the reverse. */
static BOOLEAN KiRemoveCallback(PLIST_ENTRY Entry, PUCHAR State)
{
    BOOLEAN Enabled = KiLockWord(&KiCallbackLock);
    BOOLEAN Removed = *State == BufferInserted;

    if (Removed) {
        *State = BufferEmpty;
        RemoveEntryList(Entry);
    }
    KiUnlockWord(&KiCallbackLock, Enabled);
    return Removed;
}

/* KiFindRecordIn: => the first record of a list that lies there, or NULL */
static PVOID KiFindRecordIn(PLIST_ENTRY List, PVOID Base, SIZE_T Size)
{
    BOOLEAN Enabled = KiLockWord(&KiCallbackLock);
    PVOID Found = NULL;

    for (PLIST_ENTRY Link = List->Flink; Link != List && Found == NULL; Link = Link->Flink) {
        /* Both kinds of record begin with their link. */
        Found = (ULONG_PTR)Link - (ULONG_PTR)Base < Size ? Link : NULL;
    }
    KiUnlockWord(&KiCallbackLock, Enabled);
    return Found;
}

PVOID KiFindBugCheckCallbackIn(PVOID Base, SIZE_T Size)
{
    PVOID Found = KiFindRecordIn(&KiBugCheckCallbacks, Base, Size);

    return Found != NULL ? Found : KiFindRecordIn(&KiReasonCallbacks, Base, Size);
}

static ULONG_PTR KiCallbackChecksum(const KBUGCHECK_CALLBACK_RECORD *Record)
{
    return (ULONG_PTR)Record->CallbackRoutine + (ULONG_PTR)Record->Buffer + Record->Length +
           (ULONG_PTR)Record->Component;
}

static ULONG_PTR KiReasonChecksum(const KBUGCHECK_REASON_CALLBACK_RECORD *Record)
{
    return (ULONG_PTR)Record->CallbackRoutine + (ULONG_PTR)Record->Reason +
           (ULONG_PTR)Record->Component;
}

/*
 * KeRegisterBugCheckCallback: have a routine called when the system stops.
 *
 * => FALSE if the record is registered already.
 * => Any IRQL.  The record is resident and was set up by KeInitializeCallbackRecord.
 * => Reference: "KeRegisterBugCheckCallback function (wdm.h)".
 */
BOOLEAN NTAPI KeRegisterBugCheckCallback(PKBUGCHECK_CALLBACK_RECORD CallbackRecord,
                                         PKBUGCHECK_CALLBACK_ROUTINE CallbackRoutine, PVOID Buffer,
                                         ULONG Length, PUCHAR Component)
{
    if (CallbackRecord->State == BufferInserted) {
        return FALSE;
    }
    CallbackRecord->CallbackRoutine = CallbackRoutine;
    CallbackRecord->Buffer = Buffer;
    CallbackRecord->Length = Length;
    CallbackRecord->Component = Component;
    CallbackRecord->Checksum = KiCallbackChecksum(CallbackRecord);
    return KiInsertCallback(&KiBugCheckCallbacks, &CallbackRecord->Entry, &CallbackRecord->State);
}

/* KeDeregisterBugCheckCallback: take it back.  => FALSE if it is not registered.  Any IRQL. */
BOOLEAN NTAPI KeDeregisterBugCheckCallback(PKBUGCHECK_CALLBACK_RECORD CallbackRecord)
{
    return KiRemoveCallback(&CallbackRecord->Entry, &CallbackRecord->State);
}

/*
 * KeRegisterBugCheckReasonCallback: have a routine supply data for the crash dump.
 *
 * => FALSE if the record is registered already, or the reason is none.
 * => Any IRQL.  The record is resident and was set up by KeInitializeCallbackRecord.
 * => Reference: "KeRegisterBugCheckReasonCallback function (wdm.h)".
 */
BOOLEAN NTAPI KeRegisterBugCheckReasonCallback(PKBUGCHECK_REASON_CALLBACK_RECORD CallbackRecord,
                                               PKBUGCHECK_REASON_CALLBACK_ROUTINE CallbackRoutine,
                                               KBUGCHECK_CALLBACK_REASON Reason, PUCHAR Component)
{
    if (CallbackRecord->State == BufferInserted || Reason == KbCallbackInvalid) {
        return FALSE;
    }
    CallbackRecord->CallbackRoutine = CallbackRoutine;
    CallbackRecord->Reason = Reason;
    CallbackRecord->Component = Component;
    CallbackRecord->Checksum = KiReasonChecksum(CallbackRecord);
    return KiInsertCallback(&KiReasonCallbacks, &CallbackRecord->Entry, &CallbackRecord->State);
}

/* KeDeregisterBugCheckReasonCallback: take it back.  => FALSE: it is not registered.  Any IRQL. */
BOOLEAN NTAPI KeDeregisterBugCheckReasonCallback(PKBUGCHECK_REASON_CALLBACK_RECORD CallbackRecord)
{
    return KiRemoveCallback(&CallbackRecord->Entry, &CallbackRecord->State);
}

/* KiAskForSecondaryData: one KbCallbackSecondaryDumpData callback. */
static VOID KiAskForSecondaryData(PKBUGCHECK_REASON_CALLBACK_RECORD Record)
{
    KBUGCHECK_SECONDARY_DUMP_DATA Data = {
        .InBuffer = KiSecondaryData,
        .InBufferLength = sizeof(KiSecondaryData),
        .MaximumAllowed = sizeof(KiSecondaryData),
    };

    Record->CallbackRoutine(Record->Reason, Record, &Data, sizeof(Data));
}

/* KiAskForPages: one KbCallbackAddPages callback, as often as it has more. */
static VOID KiAskForPages(PKBUGCHECK_REASON_CALLBACK_RECORD Record, ULONG Code)
{
    KBUGCHECK_ADD_PAGES Pages = {.BugCheckCode = Code};
    ULONG Calls = 0;

    do {
        Pages.Flags = 0;
        Record->CallbackRoutine(Record->Reason, Record, &Pages, sizeof(Pages));
    } while ((Pages.Flags & KB_ADD_PAGES_FLAG_ADDITIONAL_RANGES_EXIST) != 0 &&
             ++Calls < KI_ADD_PAGES_LIMIT);
}

static VOID KiRunReasonCallback(PKBUGCHECK_REASON_CALLBACK_RECORD Record, ULONG Code)
{
    if (Record->State != BufferInserted || Record->Checksum != KiReasonChecksum(Record)) {
        return;
    }
    Record->State = BufferStarted;
    if (Record->Reason == KbCallbackSecondaryDumpData) {
        KiAskForSecondaryData(Record);
    } else if (Record->Reason == KbCallbackAddPages) {
        KiAskForPages(Record, Code);
    }
    Record->State = BufferFinished;
}

static VOID KiRunCallback(PKBUGCHECK_CALLBACK_RECORD Record)
{
    if (Record->State != BufferInserted || Record->Checksum != KiCallbackChecksum(Record)) {
        return;
    }
    Record->State = BufferStarted;
    Record->CallbackRoutine(Record->Buffer, Record->Length);
    Record->State = BufferFinished;
}

/* KiRunBugCheckCallbacks: run all, in the order of registration.  HIGH_LEVEL, nothing else runs. */
VOID KiRunBugCheckCallbacks(ULONG Code)
{
    PLIST_ENTRY Entry;

    for (Entry = KiBugCheckCallbacks.Flink; Entry != &KiBugCheckCallbacks; Entry = Entry->Flink) {
        KiRunCallback(CONTAINING_RECORD(Entry, KBUGCHECK_CALLBACK_RECORD, Entry));
    }
    for (Entry = KiReasonCallbacks.Flink; Entry != &KiReasonCallbacks; Entry = Entry->Flink) {
        KiRunReasonCallback(CONTAINING_RECORD(Entry, KBUGCHECK_REASON_CALLBACK_RECORD, Entry),
                            Code);
    }
}
