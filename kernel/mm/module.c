/* SPDX-License-Identifier: MIT */
/*
 * module.c: the images that there are: ntoskrnl.exe, hal.dll, then drivers.
 *
 * A module's place in the table never changes while it is loaded, and a place
 * that is free has an empty name, no exports and size 0.  Images come and go
 * one at a time, under a mutex of image.c; MmIsDriverAddress, which a fault at any
 * IRQL asks, reads Base and Image.Size without a lock.
 */
#include "mi.h"

static PE_MODULE *MiModules;
static PMM_IMAGE *MiOwners; /* [MiModuleLimit], NULL for the boot path's */
static ULONG MiModuleLimit;
static ULONG MiSystemModules; /* those of the boot path come first */

/* MiAddSystemModule: enter an image that the boot path has loaded. */
static VOID MiAddSystemModule(const LOADER_IMAGE *Loaded)
{
    PE_IMAGE Pe;
    PE_STATUS Status = LdrPeOpenMapped((PVOID)Loaded->Base, Loaded->Size, &Pe);

    if (Status != PE_SUCCESS) {
        KeBugCheckEx(PHASE0_INITIALIZATION_FAILED, 0x10, Status, Loaded->Base, 0);
    }
    Pe.ImageBase = Loaded->Base;
    MiAddModule(Loaded->Name, (PVOID)Loaded->Base, &Pe, NULL);
}

/* MiInitializeModules: enter the boot path's images, and leave room for every driver. */
VOID MiInitializeModules(const LOADER_BLOCK *Block)
{
    const LOADER_IMAGE *Images = (const LOADER_IMAGE *)Block->Images;

    MiModuleLimit = Block->ImageCount + Block->FileCount;
    MiSystemModules = Block->ImageCount;
    MiModules = MmAllocateSystemMemory(MiModuleLimit * (sizeof(PE_MODULE) + sizeof(PMM_IMAGE)));
    if (MiModules == NULL) {
        KeBugCheckEx(MEMORY1_INITIALIZATION_FAILED, MiModuleLimit, 0, 0, 0);
    }
    MiOwners = (PMM_IMAGE *)(MiModules + MiModuleLimit);
    for (ULONG Index = 0; Index < MiModuleLimit; Index++) {
        MiModules[Index].Name = "";
    }
    for (ULONG Index = 0; Index < Block->ImageCount; Index++) {
        MiAddSystemModule(&Images[Index]);
    }
}

PE_MODULE *MiAddModule(const CHAR *Name, PVOID Base, const PE_IMAGE *Pe, PMM_IMAGE Owner)
{
    for (ULONG Index = 0; Index < MiModuleLimit; Index++) {
        PE_MODULE *Module = &MiModules[Index];

        if (Module->Base == 0) {
            Module->Name = Name;
            Module->View = Base;
            Module->Image = *Pe;
            MiOwners[Index] = Owner;
            KiStoreRelease(&Module->Base, (ULONG64)Base); /* partner: MmIsDriverAddress */
            return Module;
        }
    }
    return NULL;
}

/* Where drivers were, the last ones; an entry is overwritten when as many others have gone. */
#define MI_GONE 32
static struct {
    ULONG64 Base;
    ULONG64 Size;
} MiGone[MI_GONE];
static ULONG MiGoneCount;

VOID MiRemoveModule(PE_MODULE *Module)
{
    ULONG Place = 0;

    while (Place < MI_GONE && MiGone[Place].Base != Module->Base) {
        Place++;
    }
    Place = Place < MI_GONE ? Place : MiGoneCount++ % MI_GONE; /* where it was before, if it was */
    MiGone[Place].Size = Module->Image.Size;
    KiStoreRelease(&MiGone[Place].Base, Module->Base); /* partner: MmWasDriverAddress */
    KiStoreRelease(&Module->Base, 0); /* partner: MmIsDriverAddress */
    Module->Name = "";
    Module->View = NULL;
    memset(&Module->Image, 0, sizeof(Module->Image));
}

PMM_IMAGE MiDriverImage(ULONG Number)
{
    return MiOwners[MiSystemModules + Number];
}

BOOLEAN MiIsDriverInMemory(LONG Driver)
{
    for (ULONG Index = MiSystemModules; Index < MiModuleLimit; Index++) {
        if (MiModules[Index].Base != 0 && MiOwners[Index]->Driver == Driver) {
            return TRUE;
        }
    }
    return FALSE;
}

/* MiReferenceImport: keep the driver in which an import of Image lies for as long as Image. */
static VOID MiReferenceImport(PMM_IMAGE Image, ULONG64 Address)
{
    C_ASSERT(MI_MAXIMUM_DRIVERS <= 64);

    for (ULONG Index = MiSystemModules; Index < MiModuleLimit; Index++) {
        ULONG64 Bit = 1ull << (Index - MiSystemModules);

        if (MiModules[Index].Base != 0 &&
            Address - MiModules[Index].Base < MiModules[Index].Image.Size &&
            !(Image->Imports & Bit)) {
            Image->Imports |= Bit;
            MiOwners[Index]->References++;
        }
    }
}

/* MiResolveImport: a PE_RESOLVE over all images; Context is the one that imports. */
PE_STATUS MiResolveImport(PVOID Context, const PE_IMPORT *Import, uint64_t *Address)
{
    PE_MODULE_TABLE Table = { MiModules, MiModuleLimit };
    PE_STATUS Status = LdrPeResolveInModules(&Table, Import, Address);

    if (Status == PE_SUCCESS) {
        MiReferenceImport(Context, *Address);
    }
    return Status;
}

/*
 * MmIsDriverAddress: does an address lie in a loaded driver's image?
 * => Any IRQL, NMI included.
 */
BOOLEAN MmIsDriverAddress(PVOID Address)
{
    for (ULONG Index = MiSystemModules; Index < MiModuleLimit; Index++) {
        ULONG64 Base = KiLoadAcquire(&MiModules[Index].Base); /* partner: MiAddModule */

        if (Base != 0 && (ULONG64)Address - Base < MiModules[Index].Image.Size) {
            return TRUE;
        }
    }
    return FALSE;
}

/*
 * MmMayRegisterCallback: was the driver in which a routine lies linked with /INTEGRITYCHECK?
 * => what some registrations ask for, as their reference pages say.  PASSIVE_LEVEL.
 */
BOOLEAN MmMayRegisterCallback(PVOID Routine)
{
    for (ULONG Index = MiSystemModules; Index < MiModuleLimit; Index++) {
        const PE_MODULE *Module = &MiModules[Index];

        if (Module->Base != 0 && (ULONG64)Routine - Module->Base < Module->Image.Size) {
            return (Module->Image.DllCharacteristics &
                    IMAGE_DLLCHARACTERISTICS_FORCE_INTEGRITY) != 0;
        }
    }
    return FALSE;
}

/*
 * MmWasDriverAddress: did a driver that has been unloaded lately have this address, and nobody since?
 * => Any IRQL, NMI included.
 */
BOOLEAN MmWasDriverAddress(PVOID Address)
{
    for (ULONG Index = 0; Index < MI_GONE; Index++) {
        ULONG64 Base = KiLoadAcquire(&MiGone[Index].Base); /* partner: MiRemoveModule */

        if (Base != 0 && (ULONG64)Address - Base < MiGone[Index].Size) {
            return !MmIsDriverAddress(Address);
        }
    }
    return FALSE;
}

/*
 * MmFindImage: find the image in which an address lies: ntoskrnl.exe, hal.dll or a driver.
 * => its base, NULL if there is none
 * => Any IRQL, NMI included.
 */
PVOID MmFindImage(PVOID Address)
{
    for (ULONG Index = 0; Index < MiModuleLimit; Index++) {
        ULONG64 Base = KiLoadAcquire(&MiModules[Index].Base); /* partner: MiAddModule */

        if (Base != 0 && (ULONG64)Address - Base < MiModules[Index].Image.Size) {
            return (PVOID)Base;
        }
    }
    return NULL;
}

/*
 * MmQueryModule: describe one of the images.
 * => FALSE: Index is behind the last place; *Base NULL: the place is free.  PASSIVE_LEVEL.
 */
BOOLEAN MmQueryModule(ULONG Index, MM_MODULE *Module)
{
    if (Index >= MiModuleLimit) {
        return FALSE;
    }
    Module->Name = MiModules[Index].Name;
    Module->Base = (PVOID)MiModules[Index].Base;
    Module->Size = MiModules[Index].Image.Size;
    Module->Driver = Index >= MiSystemModules;
    return TRUE;
}

/*
 * MiFindSystemRoutine: find a name that ntoskrnl.exe or hal.dll exports.
 * => its address, NULL if neither does
 */
static PVOID MiFindSystemRoutine(const CHAR *Name)
{
    PE_MODULE_TABLE Table = { MiModules, MiSystemModules };
    PE_SYMBOL Symbol;

    for (ULONG Index = 0; Index < MiSystemModules; Index++) {
        PE_IMPORT Import = { .Module = MiModules[Index].Name, .Name = Name };

        if (LdrPeResolve(&Table, &Import, &Symbol) == PE_SUCCESS) {
            return (PVOID)Symbol.Address;
        }
    }
    return NULL;
}

/*
 * MmGetSystemRoutineAddress: find a routine of ntoskrnl.exe or hal.dll by name.
 * ["MmGetSystemRoutineAddress function (wdm.h)"]
 * => case counts; NULL if there is none
 * => PASSIVE_LEVEL
 */
PVOID NTAPI MmGetSystemRoutineAddress(PUNICODE_STRING SystemRoutineName)
{
    CHAR Name[256];
    ULONG Length = SystemRoutineName->Length / sizeof(WCHAR);

    if (Length == 0 || Length >= sizeof(Name)) {
        return NULL;
    }
    for (ULONG Index = 0; Index < Length; Index++) {
        WCHAR Letter = SystemRoutineName->Buffer[Index];

        if (Letter == 0 || Letter > 0x7E) {
            return NULL;
        }
        Name[Index] = (CHAR)Letter;
    }
    Name[Length] = '\0';
    return MiFindSystemRoutine(Name);
}
