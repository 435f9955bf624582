/* SPDX-License-Identifier: MIT */
/*
 * start.S: the PVH entry: from 32-bit protected mode to long mode.
 *
 * Entered with paging and interrupts off, flat segments, no stack, and the
 * physical address of hvm_start_info in ebx.  Leaves for pvh_main with the
 * lowest 4 GiB mapped identically, in 2 MiB pages.
 * Reference: Xen, "x86/HVM direct boot ABI" (docs/misc/pvh.pandoc).
 */
#define XEN_ELFNOTE_PHYS32_ENTRY 18

#define IA32_EFER           0xC0000080
#define EFER_LME_NXE        0x900
#define CR0_PG_WP_NE_ET_MP_PE 0x80010033
#define CR4_PAE             0x20
#define CPUID_EXTENDED      0x80000001
#define CPUID_EDX_LM        (1 << 29)
#define CPUID_EDX_NX        (1 << 20)

#define PAGE_PRESENT_WRITE  0x3
#define PAGE_LARGE          0x80
#define DIRECTORIES         4   /* of 1 GiB each */

#define COM1                0x3F8
#define DEBUG_EXIT          0xF4
#define EXIT_FAILED         0x20

    .section .note.pvh, "a", @note
    .balign 4
    .long 4, 4, XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .long start

    .text
    .code32
    .globl start
start:
    cld
    mov %ebx, %ebp

    xor %eax, %eax
    mov $bss_begin, %edi
    mov $boot_end, %ecx
    sub %edi, %ecx
    rep stosb

    mov $0x80000000, %eax
    cpuid
    cmp $CPUID_EXTENDED, %eax
    jb no_long_mode
    mov $CPUID_EXTENDED, %eax
    cpuid
    test $CPUID_EDX_LM, %edx
    jz no_long_mode
    mov $EFER_LME_NXE, %esi
    test $CPUID_EDX_NX, %edx
    jnz 1f
    and $~0x800, %esi       /* boot_start reports it */
1:
    /* Directories: 2 MiB pages from 0 on; the tables are in .bss. */
    mov $directories, %edi
    mov $(PAGE_PRESENT_WRITE | PAGE_LARGE), %eax
    mov $(DIRECTORIES * 512), %ecx
2:
    mov %eax, (%edi)
    add $0x200000, %eax
    add $8, %edi
    loop 2b

    mov $(directories + PAGE_PRESENT_WRITE), %eax
    mov $pointers, %edi
    mov $DIRECTORIES, %ecx
3:
    mov %eax, (%edi)
    add $0x1000, %eax
    add $8, %edi
    loop 3b
    movl $(pointers + PAGE_PRESENT_WRITE), top

    mov $CR4_PAE, %eax
    mov %eax, %cr4
    mov $top, %eax
    mov %eax, %cr3
    mov $IA32_EFER, %ecx
    xor %edx, %edx
    mov %esi, %eax
    wrmsr
    mov $CR0_PG_WP_NE_ET_MP_PE, %eax
    mov %eax, %cr0
    lgdt descriptor
    ljmp $0x08, $long_mode

/* No 64-bit code can run to say it. */
no_long_mode:
    mov $message, %esi
1:
    lodsb
    test %al, %al
    jz 3f
    mov %al, %ah
    mov $(COM1 + 5), %dx
    mov $0x10000, %ecx
2:
    in (%dx), %al
    test $0x20, %al
    loopz 2b
    mov %ah, %al
    mov $COM1, %dx
    out %al, (%dx)
    jmp 1b
3:
    mov $EXIT_FAILED, %eax
    out %eax, $DEBUG_EXIT
4:
    hlt
    jmp 4b

    .code64
long_mode:
    xor %eax, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov %eax, %fs
    mov %eax, %gs
    mov $stack_top, %esp
    mov %ebp, %edi
    xor %ebp, %ebp
    call pvh_main
    ud2

    .section .rodata
message:
    .asciz "allcall boot: this processor has no 64-bit mode\n"
    .balign 8
segments:
    .quad 0
    .quad 0x00209B0000000000 /* 64-bit code */
descriptor:
    .word descriptor - segments - 1
    .long segments

    .bss
    .balign 4096
top:
    .skip 4096
pointers:
    .skip 4096
directories:
    .skip 4096 * DIRECTORIES
    .skip 16384
stack_top:

    .section .note.GNU-stack, "", @progbits
