/* SPDX-License-Identifier: MIT */
/*
 * hostile.h: what the hostile drivers share.
 *
 * Each source holds attacks on the machine, each a function with a sentence.  A
 * copy of its driver makes one of them: run.py writes which into the copy.  If
 * the machine survives that, the driver says so.  tests.tsv says what must be
 * reported.
 */
#pragma once

#include <ntddk.h>

#define PAGE   4096u
#define CR0_WP 0x00010000ull

#pragma pack(push, 1)
struct table {
    USHORT limit;
    ULONG64 base;
};
#pragma pack(pop)

struct attack {
    const char *name;
    VOID (*routine)(VOID);
};

/* Which attack: run.py writes its name behind the mark. */
static volatile char Chosen[48] = "attack:";

/* IsChosen: does the name behind the mark equal this one? */
static inline BOOLEAN IsChosen(const char *Name)
{
    const volatile char *chosen = Chosen + sizeof("attack:") - 1;

    while (*Name != '\0' && *Name == *chosen) {
        Name++;
        chosen++;
    }
    return *Name == *chosen;
}

static inline NTSTATUS Begin(const struct attack *Attacks, ULONG Count)
{
    for (ULONG i = 0; i < Count; i++) {
        if (IsChosen(Attacks[i].name)) {
            DbgPrint("attack\n");
            Attacks[i].routine();
            DbgPrint("survived\n");
            return STATUS_SUCCESS;
        }
    }
    return STATUS_NOT_FOUND;
}

/* ATTACKS: the rest of a driver that makes one of these. */
#define ATTACKS(Table)                                                                             \
    NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)          \
    {                                                                                              \
        UNREFERENCED_PARAMETER(DriverObject);                                                      \
        UNREFERENCED_PARAMETER(RegistryPath);                                                      \
        return Begin(Table, sizeof(Table) / sizeof(Table[0]));                                     \
    }

/* Everywhere: call Routine on all processors at once. */
static inline VOID Everywhere(VOID (*Routine)(VOID))
{
    KeIpiGenericCall((PKIPI_BROADCAST_WORKER)(ULONG_PTR)Routine, 0);
}

/* CONTROL_REGISTER: the functions that read and write it. */
#define CONTROL_REGISTER(Name, Register)                                                           \
    static inline ULONG64 Read##Name(VOID)                                                         \
    {                                                                                              \
        ULONG64 value;                                                                             \
        __asm__ volatile("movq %%" Register ", %0" : "=r"(value));                                 \
        return value;                                                                              \
    }                                                                                              \
    static inline VOID Write##Name(ULONG64 Value)                                                  \
    {                                                                                              \
        __asm__ volatile("movq %0, %%" Register : : "r"(Value) : "memory");                        \
    }

CONTROL_REGISTER(Cr0, "cr0")
CONTROL_REGISTER(Cr3, "cr3")
CONTROL_REGISTER(Cr4, "cr4")

static inline ULONG64 ReadMsr(ULONG Msr)
{
    ULONG low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(Msr));
    return (ULONG64)high << 32 | low;
}

static inline VOID WriteMsr(ULONG Msr, ULONG64 Value)
{
    __asm__ volatile("wrmsr" : : "c"(Msr), "a"((ULONG)Value), "d"((ULONG)(Value >> 32)) : "memory");
}

static inline VOID WritePort8(USHORT Port, UCHAR Value)
{
    __asm__ volatile("outb %0, %1" : : "a"(Value), "Nd"(Port) : "memory");
}

/* TABLE_REGISTER: the same for the registers that say where a table is. */
#define TABLE_REGISTER(Name, Register)                                                             \
    static inline struct table Read##Name(VOID)                                                    \
    {                                                                                              \
        struct table table;                                                                        \
        __asm__ volatile("s" Register " %0" : "=m"(table));                                        \
        return table;                                                                              \
    }                                                                                              \
    static inline VOID Write##Name(USHORT Limit, ULONG64 Base)                                     \
    {                                                                                              \
        struct table table = {Limit, Base};                                                        \
        __asm__ volatile("l" Register " %0" : : "m"(table) : "memory");                            \
    }

TABLE_REGISTER(Idt, "idt")
TABLE_REGISTER(Gdt, "gdt")

/* Unprotect: this processor writes to read-only pages, too. */
static inline VOID Unprotect(VOID)
{
    WriteCr0(ReadCr0() & ~CR0_WP);
}

/* TopTable: the virtual address of the top table, which maps itself; NULL: it does not. */
static inline volatile ULONG64 *TopTable(VOID)
{
    const ULONG64 root = ReadCr3() & 0x000FFFFFFFFFF000ull;

    for (ULONG64 slot = 256; slot < 512; slot++) {
        const ULONG64 address =
            0xFFFF000000000000ull | slot << 39 | slot << 30 | slot << 21 | slot << 12;
        if ((ULONG64)MmGetPhysicalAddress((PVOID)address).QuadPart == root) {
            return (volatile ULONG64 *)address;
        }
    }
    return NULL;
}

/* PageEntry: the last-level entry of an address. */
static inline volatile ULONG64 *PageEntry(const volatile VOID *Address)
{
    const ULONG64 slot = (ULONG64)TopTable() >> 39 & 511;

    return (volatile ULONG64 *)(0xFFFF000000000000ull | slot << 39 |
                                ((ULONG64)Address & 0x0000FFFFFFFFF000ull) >> 12 << 3);
}

/* Registers: the page of a device, mapped for this processor. */
static inline VOID *Registers(ULONG64 Physical)
{
    VOID *page = ExAllocatePoolWithTag(NonPagedPool, PAGE, 'lsoH');

    *PageEntry(page) = Physical | 0x800000000000007Bull; /* no-execute, uncached, writable */
    __asm__ volatile("invlpg (%0)" : : "r"(page) : "memory");
    return page;
}

/* ImageOf: where the image begins that holds an address. */
static inline UCHAR *ImageOf(const VOID *Address)
{
    UCHAR *page = (UCHAR *)((ULONG64)Address & ~(ULONG64)(PAGE - 1));

    while (page[0] != 'M' || page[1] != 'Z') {
        page -= PAGE;
    }
    return page;
}

/* Section: a section of an image by its name. => NULL: there is none */
static inline UCHAR *Section(UCHAR *Image, const char *Name, ULONG *Size)
{
    const UCHAR *header = Image + *(ULONG *)(Image + 0x3C);
    const UCHAR *entry = header + 24 + *(USHORT *)(header + 20);

    for (ULONG i = *(USHORT *)(header + 6); i != 0; i--, entry += 40) {
        ULONG length = 0;
        while (length < 8 && Name[length] != '\0' && entry[length] == (UCHAR)Name[length]) {
            length++;
        }
        if (Name[length] == '\0') {
            *Size = *(ULONG *)(entry + 8);
            return Image + *(ULONG *)(entry + 12);
        }
    }
    return NULL;
}

/* Fill: without the kernel's help. */
static inline VOID Fill(volatile VOID *To, UCHAR Value, ULONG64 Bytes)
{
    __asm__ volatile("rep stosb" : "+D"(To), "+c"(Bytes) : "a"(Value) : "memory");
}

/* Next: a fixed sequence of numbers that look random. */
static inline ULONG64 Next(ULONG64 *State)
{
    *State ^= *State << 13;
    *State ^= *State >> 7;
    *State ^= *State << 17;
    return *State;
}
