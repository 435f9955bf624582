/* SPDX-License-Identifier: MIT */
/*
 * pe_resolve.c: imports looked up in a table of modules, through forwarders.
 *
 * A forwarder is "stem.Name" or "stem.#ordinal"; the last dot separates, since
 * a stem may hold dots and a symbol name does not.  Names that any Windows
 * version exports from ntoskrnl.exe or hal.dll are found in both, so forwarders
 * run in both directions, and only the depth limit keeps a circle from being
 * followed for ever.
 */
#include "pe_format.h"

/* A piece of a string, not terminated. */
typedef struct _PE_NAME {
    const char *Text;
    size_t Length;
} PE_NAME;

static char LdrpPeLower(char Letter)
{
    return Letter >= 'A' && Letter <= 'Z' ? (char)(Letter - 'A' + 'a') : Letter;
}

static PE_NAME LdrpPeName(const char *Text)
{
    PE_NAME Name = { Text, 0 };

    while (Text[Name.Length] != '\0') {
        Name.Length++;
    }
    return Name;
}

static bool LdrpPeSameText(PE_NAME Left, PE_NAME Right)
{
    if (Left.Length != Right.Length) {
        return false;
    }
    for (size_t Index = 0; Index < Left.Length; Index++) {
        if (LdrpPeLower(Left.Text[Index]) != LdrpPeLower(Right.Text[Index])) {
            return false;
        }
    }
    return true;
}

/*
 * LdrpPeStem: the name without a file extension, if it has one.
 */
static PE_NAME LdrpPeStem(PE_NAME Name)
{
    static const char Extensions[][5] = { ".exe", ".dll", ".sys" };

    for (size_t Index = 0; Index < sizeof(Extensions) / sizeof(Extensions[0]); Index++) {
        PE_NAME Extension = { Extensions[Index], 4 };

        if (Name.Length > Extension.Length) {
            PE_NAME End = { Name.Text + Name.Length - Extension.Length, Extension.Length };

            if (LdrpPeSameText(End, Extension)) {
                Name.Length -= Extension.Length;
                return Name;
            }
        }
    }
    return Name;
}

static bool LdrpPeSameName(PE_NAME Left, PE_NAME Right)
{
    PE_NAME LeftStem = LdrpPeStem(Left);
    PE_NAME RightStem = LdrpPeStem(Right);

    if (LeftStem.Length != Left.Length && RightStem.Length != Right.Length) {
        return LdrpPeSameText(Left, Right);
    }
    return LdrpPeSameText(LeftStem, RightStem);
}

bool LdrPeSameModule(const char *Left, const char *Right)
{
    return LdrpPeSameName(LdrpPeName(Left), LdrpPeName(Right));
}

static const PE_MODULE *LdrpPeFindModule(const PE_MODULE_TABLE *Table, PE_NAME Name)
{
    for (size_t Index = 0; Index < Table->Count; Index++) {
        if (LdrpPeSameName(LdrpPeName(Table->Modules[Index].Name), Name)) {
            return &Table->Modules[Index];
        }
    }
    return NULL;
}

/*
 * LdrpPeParseOrdinal: read the decimal number behind a '#'.
 */
static bool LdrpPeParseOrdinal(const char *Digits, uint16_t *Ordinal)
{
    uint32_t Value = 0;

    if (*Digits == '\0') {
        return false;
    }
    for (; *Digits != '\0'; Digits++) {
        if (*Digits < '0' || *Digits > '9') {
            return false;
        }
        Value = Value * 10 + (uint32_t)(*Digits - '0');
        if (Value > UINT16_MAX) {
            return false;
        }
    }
    *Ordinal = (uint16_t)Value;
    return true;
}

/*
 * LdrpPeParseForwarder: split a forwarder into a module and what is wanted of it.
 * => *Symbol is NULL if it is wanted by ordinal
 */
static bool LdrpPeParseForwarder(const char *Forwarder, PE_NAME *Module, const char **Symbol,
                                 uint16_t *Ordinal)
{
    const char *Dot = NULL;

    for (const char *At = Forwarder; *At != '\0'; At++) {
        if (*At == '.') {
            Dot = At;
        }
    }
    if (Dot == NULL || Dot == Forwarder || Dot[1] == '\0') {
        return false;
    }
    Module->Text = Forwarder;
    Module->Length = (size_t)(Dot - Forwarder);
    if (Dot[1] == '#') {
        *Symbol = NULL;
        return LdrpPeParseOrdinal(Dot + 2, Ordinal);
    }
    *Symbol = Dot + 1;
    return true;
}

PE_STATUS LdrPeResolve(const PE_MODULE_TABLE *Table, const PE_IMPORT *Import, PE_SYMBOL *Symbol)
{
    PE_NAME ModuleName = LdrpPeName(Import->Module);
    const char *Name = Import->Name;
    uint16_t Ordinal = Import->Ordinal;
    uint16_t Hint = Import->Hint;

    for (uint32_t Depth = 0; Depth <= PE_MAX_FORWARDS; Depth++) {
        const PE_MODULE *Module = LdrpPeFindModule(Table, ModuleName);
        PE_EXPORT Export;
        PE_STATUS Status;

        if (Module == NULL) {
            return PE_MODULE_NOT_FOUND;
        }
        Status = Name != NULL
                     ? LdrPeFindExport(&Module->Image, Module->View, Name, Hint, &Export)
                     : LdrPeFindOrdinal(&Module->Image, Module->View, Ordinal, &Export);
        if (Status != PE_SUCCESS) {
            return Status;
        }
        if (Export.Forwarder == NULL) {
            *Symbol = (PE_SYMBOL){ Module, Name, Module->Base + Export.Rva, Export.Rva };
            return PE_SUCCESS;
        }
        if (!LdrpPeParseForwarder(Export.Forwarder, &ModuleName, &Name, &Ordinal)) {
            return PE_BAD_EXPORT;
        }
        Hint = 0;
    }
    return PE_FORWARD_TOO_DEEP;
}

PE_STATUS LdrPeResolveInModules(void *Context, const PE_IMPORT *Import, uint64_t *Address)
{
    PE_SYMBOL Symbol;
    PE_STATUS Status;

    Status = LdrPeResolve(Context, Import, &Symbol);
    if (Status == PE_SUCCESS) {
        *Address = Symbol.Address;
    }
    return Status;
}
