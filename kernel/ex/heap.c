/* SPDX-License-Identifier: MIT */
/* heap.c: see heap.h. */
#include "heap.h"

#include <string.h>

#define EXP_SLAB_MAGIC    0x62616C53u /* 'Slab' in memory */
#define EXP_ALLOCATED     0x64657355u /* 'Used' */
#define EXP_FREE          0x65657246u /* 'Free' */
#define EXP_FILL          0xFDu
#define EXP_MINIMUM_FILL  8u
#define EXP_NO_CLASS      0xFFu
#define EXP_SMALL_CLASSES 31u /* 32, 48, ... 512 */

struct _EXP_SLAB {
    uint32_t Magic;
    uint8_t Class;
    uint8_t HeapId;
    uint16_t FreeCount;
    EXP_SLAB *Next;
    EXP_SLAB *Previous;
    EXP_BLOCK *Free;
    uint64_t Self; /* its own address: a copy of a slab is none */
    uint64_t Unused;
};

struct _EXP_BLOCK {
    uint32_t Tag;
    uint16_t Size;
    uint16_t Type;
    uint32_t State;
    uint32_t Check;  /* of the fields above, the address, and Next of a free block */
    EXP_BLOCK *Next; /* free block only: the caller's bytes begin here */
};

#define EXP_HEADER_SIZE offsetof(EXP_BLOCK, Next)

/* The first block's bytes lie at 64, so that blocks of a multiple of 64 are cache-aligned. */
_Static_assert(sizeof(EXP_SLAB) == 48, "slab header");
_Static_assert(EXP_HEADER_SIZE == 16, "block header");

static const uint16_t ExpClassSize[EXP_HEAP_CLASSES] = {
    32,  48,  64,  80,  96,  112, 128, 144, 160,  176,  192,  208,  224,
    240, 256, 272, 288, 304, 320, 336, 352, 368,  384,  400,  416,  432,
    448, 464, 480, 496, 512, 576, 672, 800, 1008, 1344, 2016, 4048,
};

static uint32_t ExpClassCount(uint32_t Class)
{
    return (EXP_PAGE_SIZE - sizeof(EXP_SLAB)) / ExpClassSize[Class];
}

/* ExpClassOf: the smallest class for Size bytes, header and fill apart. */
static uint32_t ExpClassOf(size_t Size, bool CacheAligned)
{
    size_t Need = EXP_HEADER_SIZE + Size + EXP_MINIMUM_FILL;
    uint32_t Class = EXP_SMALL_CLASSES;

    if (Need <= ExpClassSize[EXP_SMALL_CLASSES - 1]) {
        Class = Need <= 32 ? 0 : (uint32_t)((Need + 15) / 16 - 2);
    }
    while (ExpClassSize[Class] < Need ||
           (CacheAligned && ExpClassSize[Class] % 64 != 0 && ExpClassCount(Class) != 1)) {
        Class++;
    }
    return Class;
}

static EXP_SLAB *ExpSlabOf(const void *Address)
{
    return (EXP_SLAB *)((uintptr_t)Address & ~(uintptr_t)(EXP_PAGE_SIZE - 1));
}

static EXP_BLOCK *ExpBlockOf(void *Address)
{
    return (EXP_BLOCK *)((unsigned char *)Address - EXP_HEADER_SIZE);
}

static uint64_t ExpMix(uint64_t Value)
{
    Value = (Value ^ (Value >> 33)) * 0xFF51AFD7ED558CCDull;
    return Value ^ (Value >> 29);
}

/* ExpCheckOf: what a block's Check must be while it is in State. */
static uint32_t ExpCheckOf(const EXP_BLOCK *Block, uint32_t State)
{
    uint64_t Value = ExpMix((uintptr_t)Block ^ ((uint64_t)State << 32));

    Value =
        ExpMix(Value ^ Block->Tag ^ ((uint64_t)Block->Size << 32) ^ ((uint64_t)Block->Type << 48));
    if (State == EXP_FREE) {
        Value = ExpMix(Value ^ (uintptr_t)Block->Next);
    }
    return (uint32_t)Value;
}

static void ExpDescribe(const EXP_BLOCK *Block, EXP_HEAP_INFO *Info)
{
    *Info = (EXP_HEAP_INFO){
        .Header = (void *)Block, .Tag = Block->Tag, .Size = Block->Size, .Type = Block->Type
    };
    memcpy(&Info->Contents, Block, sizeof(Info->Contents));
}

void ExpHeapFill(void *Bytes, size_t Count)
{
    memset(Bytes, EXP_FILL, Count);
}

const void *ExpHeapVerifyFill(const void *Bytes, size_t Count)
{
    const unsigned char *At = Bytes;

    for (; Count != 0; At++, Count--) {
        if (*At != EXP_FILL) {
            return At;
        }
    }
    return NULL;
}

/* Lists of slabs. */

static void ExpLink(EXP_SLAB **List, EXP_SLAB *Slab)
{
    Slab->Previous = NULL;
    Slab->Next = *List;
    if (*List != NULL) {
        (*List)->Previous = Slab;
    }
    *List = Slab;
}

static void ExpUnlink(EXP_SLAB **List, EXP_SLAB *Slab)
{
    if (Slab->Previous != NULL) {
        Slab->Previous->Next = Slab->Next;
    } else {
        *List = Slab->Next;
    }
    if (Slab->Next != NULL) {
        Slab->Next->Previous = Slab->Previous;
    }
}

void ExpHeapInitialize(EXP_HEAP *Heap, uint32_t Id)
{
    *Heap = (EXP_HEAP){ .Id = Id };
}

void ExpHeapAddPage(EXP_HEAP *Heap, void *Page)
{
    EXP_SLAB *Slab = Page;

    *Slab = (EXP_SLAB){ .Magic = EXP_SLAB_MAGIC,
                        .Class = EXP_NO_CLASS,
                        .HeapId = (uint8_t)Heap->Id,
                        .Self = (uintptr_t)Page };
    ExpLink(&Heap->Empty, Slab);
    Heap->EmptyCount++;
    Heap->Pages++;
}

/* ExpMarkFree: make a block free and put it in front of its slab's list. */
static void ExpMarkFree(EXP_SLAB *Slab, EXP_BLOCK *Block)
{
    Block->State = EXP_FREE;
    Block->Next = Slab->Free;
    Block->Check = ExpCheckOf(Block, EXP_FREE);
    Slab->Free = Block;
    Slab->FreeCount++;
}

/* ExpCarve: take an empty page and cut it into blocks of a class; NULL if there is none. */
static EXP_SLAB *ExpCarve(EXP_HEAP *Heap, uint32_t Class)
{
    EXP_SLAB *Slab = Heap->Empty;
    unsigned char *First = (unsigned char *)(Slab + 1);

    if (Slab == NULL) {
        return NULL;
    }
    ExpUnlink(&Heap->Empty, Slab);
    Heap->EmptyCount--;
    Slab->Class = (uint8_t)Class;
    Slab->Free = NULL;
    Slab->FreeCount = 0;
    for (uint32_t Index = ExpClassCount(Class); Index-- != 0;) {
        EXP_BLOCK *Block = (EXP_BLOCK *)(First + Index * ExpClassSize[Class]);

        Block->Tag = 0;
        Block->Size = 0;
        Block->Type = 0;
        ExpMarkFree(Slab, Block);
    }
    ExpLink(&Heap->Partial[Class], Slab);
    return Slab;
}

EXP_HEAP_STATUS ExpHeapTake(EXP_HEAP *Heap, size_t Size, bool CacheAligned, EXP_BLOCK **Taken,
                            EXP_HEAP_INFO *Info)
{
    uint32_t Class = ExpClassOf(Size, CacheAligned);
    EXP_SLAB *Slab = Heap->Partial[Class];
    EXP_BLOCK *Block;

    if (Slab == NULL) {
        Slab = ExpCarve(Heap, Class);
        if (Slab == NULL) {
            return EXP_HEAP_NO_PAGE;
        }
    }
    Block = Slab->Free;
    if (Block->State != EXP_FREE || Block->Check != ExpCheckOf(Block, EXP_FREE)) {
        ExpDescribe(Block, Info);
        return EXP_HEAP_BAD_FREE;
    }
    Slab->Free = Block->Next;
    if (--Slab->FreeCount == 0) {
        ExpUnlink(&Heap->Partial[Class], Slab);
    }
    *Taken = Block;
    return EXP_HEAP_OK;
}

void *ExpHeapDress(EXP_BLOCK *Block, size_t Size, uint32_t Type, uint32_t Tag)
{
    size_t Room = ExpClassSize[ExpSlabOf(Block)->Class] - EXP_HEADER_SIZE;
    unsigned char *Bytes = (unsigned char *)Block + EXP_HEADER_SIZE;

    Block->Tag = Tag;
    Block->Size = (uint16_t)Size;
    Block->Type = (uint16_t)Type;
    Block->Check = ExpCheckOf(Block, EXP_ALLOCATED);
    ExpHeapFill(Bytes + Size, Room - Size);
    /* Partner: ExpHeapCheck's exchange; two that free one block at once must not both succeed. */
    __atomic_store_n(&Block->State, EXP_ALLOCATED, __ATOMIC_RELEASE);
    return Bytes;
}

/* ExpIsBlock: is this where a block of a slab in use begins? */
static bool ExpIsBlock(const EXP_SLAB *Slab, const EXP_BLOCK *Block)
{
    uintptr_t Offset = (uintptr_t)Block - (uintptr_t)(Slab + 1);

    return Slab->Magic == EXP_SLAB_MAGIC && Slab->Self == (uintptr_t)Slab &&
           Slab->Class < EXP_HEAP_CLASSES && Offset < EXP_PAGE_SIZE &&
           Offset % ExpClassSize[Slab->Class] == 0 &&
           Offset / ExpClassSize[Slab->Class] < ExpClassCount(Slab->Class);
}

/* ExpCheckBlock: ExpHeapCheck for a block that is one. */
static EXP_HEAP_STATUS ExpCheckBlock(EXP_SLAB *Slab, EXP_BLOCK *Block, uint32_t Tag,
                                     EXP_HEAP_INFO *Info)
{
    const unsigned char *End = (unsigned char *)Block + EXP_HEADER_SIZE + Block->Size;
    const unsigned char *Limit = (unsigned char *)Block + ExpClassSize[Slab->Class];
    const unsigned char *Bad;

    ExpDescribe(Block, Info);
    if (Block->State == EXP_FREE) {
        return EXP_HEAP_FREED;
    }
    if (Block->State != EXP_ALLOCATED || Block->Check != ExpCheckOf(Block, EXP_ALLOCATED)) {
        return EXP_HEAP_BAD_HEADER;
    }
    Bad = ExpHeapVerifyFill(End, (size_t)(Limit - End));
    if (Bad != NULL) {
        memcpy(&Info->Value, Bad, Limit - Bad < 8 ? (size_t)(Limit - Bad) : 8);
        return EXP_HEAP_OVERRUN;
    }
    if (Tag != 0 && Tag != Block->Tag) {
        return EXP_HEAP_WRONG_TAG;
    }
    /* Partner: the same exchange on another processor, and ExpHeapDress. */
    if (__atomic_exchange_n(&Block->State, EXP_FREE, __ATOMIC_SEQ_CST) != EXP_ALLOCATED) {
        return EXP_HEAP_FREED;
    }
    return EXP_HEAP_OK;
}

EXP_HEAP_STATUS ExpHeapCheck(void *Address, uint32_t Tag, uint32_t *Id, EXP_HEAP_INFO *Info)
{
    EXP_SLAB *Slab = ExpSlabOf(Address);
    EXP_BLOCK *Block = ExpBlockOf(Address);

    *Info = (EXP_HEAP_INFO){ 0 };
    if ((uintptr_t)Address % 16 != 0 || ExpSlabOf(Block) != Slab || !ExpIsBlock(Slab, Block)) {
        return EXP_HEAP_NOT_A_BLOCK;
    }
    *Id = Slab->HeapId;
    return ExpCheckBlock(Slab, Block, Tag, Info);
}

void *ExpHeapPut(EXP_HEAP *Heap, void *Address)
{
    EXP_SLAB *Slab = ExpSlabOf(Address);
    uint32_t Class = Slab->Class;

    ExpMarkFree(Slab, ExpBlockOf(Address));
    if (Slab->FreeCount == 1) {
        ExpLink(&Heap->Partial[Class], Slab);
    }
    if (Slab->FreeCount != ExpClassCount(Class)) {
        return NULL;
    }
    /* It keeps its class until it is cut anew, so that a second free finds a free block. */
    ExpUnlink(&Heap->Partial[Class], Slab);
    if (Heap->EmptyCount < EXP_HEAP_KEEP) {
        ExpLink(&Heap->Empty, Slab);
        Heap->EmptyCount++;
        return NULL;
    }
    Slab->Magic = 0;
    Heap->Pages--;
    return Slab;
}
