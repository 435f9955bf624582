/* SPDX-License-Identifier: MIT */
/*
 * mmu.c: page walks, as the processor does them: four levels, large pages,
 * no-execute, CR0.WP, accessed and dirty bits, reserved bits.
 *
 * There is no user mode here, so the user bit of an entry has no effect, and
 * protection keys, SMEP and SMAP are not offered.
 * Reference: Intel, "Software Developer's Manual", volume 3, "Paging".
 */
#include "cpu.h"

#define ENTRY_PRESENT    0x001ull
#define ENTRY_WRITE      0x002ull
#define ENTRY_ACCESSED   0x020ull
#define ENTRY_DIRTY      0x040ull
#define ENTRY_LARGE      0x080ull
#define ENTRY_NO_EXECUTE 0x8000000000000000ull
#define ENTRY_ADDRESS    0x000FFFFFFFFFF000ull
#define ENTRY_TOO_HIGH   0x000FFF0000000000ull /* beyond the 40 bits that cpuid tells */

#define FAULT_PRESENT  0x01u
#define FAULT_WRITE    0x02u
#define FAULT_RESERVED 0x08u
#define FAULT_FETCH    0x10u

/* What a walk has found out so far. */
struct walk {
    uint64_t *entries[4]; /* on the way, the leaf last */
    unsigned depth;
    bool writable, executable;
    bool reserved;
};

bool mmu_is_canonical(uint64_t address)
{
    return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

/*
 * identity: without paging an address is its own translation.
 */
static void identity(uint64_t address, struct mmu_leaf *leaf)
{
    *leaf = (struct mmu_leaf){
        .physical = address & 0xFFFFF000u,
        .size = SIM_PAGE,
        .protection = UC_PROT_ALL,
    };
}

static bool is_reserved(const struct sim_cpu *cpu, uint64_t entry, unsigned shift)
{
    if ((entry & ENTRY_TOO_HIGH) != 0 ||
        ((entry & ENTRY_NO_EXECUTE) != 0 && (cpu->efer & EFER_NXE) == 0)) {
        return true;
    }
    if ((entry & ENTRY_LARGE) == 0 || shift == 12) {
        return false;
    }
    /* A large page's address is a multiple of its size; bit 12 is its PAT bit. */
    return shift == 39 || (entry & ENTRY_ADDRESS & ((1ull << shift) - 1) & ~0x1000ull) != 0;
}

/*
 * descend: go from CR3 to the leaf.
 * => false: not present or reserved; *shift: log2 of the leaf's size
 */
static bool descend(struct sim_cpu *cpu, uint64_t address, struct walk *walk, unsigned *shift)
{
    uint64_t table = cpu->cr3 & ENTRY_ADDRESS;

    *walk = (struct walk){ .writable = true, .executable = true };
    for (unsigned level = 39;; level -= 9) {
        uint64_t at = table + ((address >> level) & 0x1FF) * 8;
        uint64_t *entry = sim_ram(cpu->machine, at, 8);

        if (entry == NULL || (*entry & ENTRY_PRESENT) == 0) {
            return false;
        }
        if (is_reserved(cpu, *entry, level)) {
            walk->reserved = true;
            return false;
        }
        machine_table(cpu->machine, at);
        walk->entries[walk->depth++] = entry;
        walk->writable = walk->writable && (*entry & ENTRY_WRITE) != 0;
        walk->executable = walk->executable && (*entry & ENTRY_NO_EXECUTE) == 0;
        if (level == 12 || (*entry & ENTRY_LARGE) != 0) {
            *shift = level;
            return true;
        }
        table = *entry & ENTRY_ADDRESS;
    }
}

static void fill_leaf(const struct sim_cpu *cpu, const struct walk *walk, unsigned shift,
                      struct mmu_leaf *leaf)
{
    const uint64_t entry = *walk->entries[walk->depth - 1];
    const bool forced = !walk->writable && (cpu->cr0 & CR0_WP) == 0;

    leaf->size = 1ull << shift;
    leaf->physical = entry & ENTRY_ADDRESS & ~(leaf->size - 1);
    leaf->protection = UC_PROT_READ;
    leaf->writes_forced = false;
    if ((walk->writable || forced) && (entry & ENTRY_DIRTY) != 0) {
        leaf->protection |= UC_PROT_WRITE;
        leaf->writes_forced = forced;
    }
    if (walk->executable) {
        leaf->protection |= UC_PROT_EXEC;
    }
}

/* mark: set a bit of an entry that the processor sets. */
static void mark(struct sim_cpu *cpu, uint64_t *entry, uint64_t bit)
{
    if ((*entry & bit) == 0) {
        machine_dirty(cpu->machine, (uint64_t)((uint8_t *)entry - cpu->machine->ram));
        *entry |= bit;
    }
}

bool mmu_walk(struct sim_cpu *cpu, uint64_t address, enum mmu_access access, struct mmu_leaf *leaf,
              uint32_t *error)
{
    struct walk walk;
    unsigned shift;
    bool permitted;

    if ((cpu->cr0 & CR0_PG) == 0) {
        identity(address, leaf);
        return true;
    }
    *error = access == MMU_WRITE                                    ? FAULT_WRITE
             : access == MMU_EXECUTE && (cpu->efer & EFER_NXE) != 0 ? FAULT_FETCH
                                                                    : 0;
    if (!descend(cpu, address, &walk, &shift)) {
        *error |= walk.reserved ? FAULT_PRESENT | FAULT_RESERVED : 0;
        return false;
    }
    permitted = access == MMU_READ || (access == MMU_EXECUTE && walk.executable) ||
                (access == MMU_WRITE && (walk.writable || (cpu->cr0 & CR0_WP) == 0));
    if (!permitted) {
        *error |= FAULT_PRESENT;
        return false;
    }
    for (unsigned i = 0; i < walk.depth; i++) {
        mark(cpu, walk.entries[i], ENTRY_ACCESSED);
    }
    if (access == MMU_WRITE) {
        mark(cpu, walk.entries[walk.depth - 1], ENTRY_DIRTY);
    }
    fill_leaf(cpu, &walk, shift, leaf);
    return true;
}

bool mmu_peek(struct sim_cpu *cpu, uint64_t address, struct mmu_leaf *leaf)
{
    struct walk walk;
    unsigned shift;

    if ((cpu->cr0 & CR0_PG) == 0) {
        identity(address, leaf);
        return true;
    }
    if (!descend(cpu, address, &walk, &shift)) {
        return false;
    }
    for (unsigned i = 0; i < walk.depth; i++) {
        if ((*walk.entries[i] & ENTRY_ACCESSED) == 0) {
            return false;
        }
    }
    fill_leaf(cpu, &walk, shift, leaf);
    return true;
}

bool mmu_is_writable(struct sim_cpu *cpu, uint64_t address)
{
    struct walk walk;
    unsigned shift;

    return (cpu->cr0 & CR0_PG) == 0 ||
           (mmu_is_canonical(address) && descend(cpu, address, &walk, &shift) && walk.writable);
}

void *mmu_host(struct sim_cpu *cpu, uint64_t address, enum mmu_access access, uint32_t *error)
{
    struct mmu_leaf leaf;

    *error = 0;
    if (!mmu_walk(cpu, address, access, &leaf, error)) {
        return NULL;
    }
    return sim_ram(cpu->machine, leaf.physical + (address & (leaf.size - 1)), 1);
}
