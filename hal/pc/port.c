/* SPDX-License-Identifier: MIT */
/*
 * port.c: READ_PORT_xxx, WRITE_PORT_xxx, READ_REGISTER_xxx, WRITE_REGISTER_xxx.
 *
 * The routines of the reference pages of the same names, any IRQL.  mingw-w64's
 * headers define most of them as inline functions, so the routines here have
 * names of their own in C and the real ones for the linker.
 *
 * A register write is complete before the routine returns: it is followed by a
 * fence, as write-combined memory needs.
 */
#include "halp.h"

#define HALP_PORT(Port) ((USHORT)(ULONG_PTR)(Port))

#define HALP_PORT_ROUTINES(Type, Bits)                                                             \
    Type NTAPI HalpReadPort##Type(Type *Port) __asm__("READ_PORT_" #Type);                         \
    VOID NTAPI HalpWritePort##Type(Type *Port, Type Value) __asm__("WRITE_PORT_" #Type);           \
    VOID NTAPI HalpReadPortBuffer##Type(Type *Port, Type *Buffer,                                  \
                                        ULONG Count) __asm__("READ_PORT_BUFFER_" #Type);           \
    VOID NTAPI HalpWritePortBuffer##Type(Type *Port, Type *Buffer,                                 \
                                         ULONG Count) __asm__("WRITE_PORT_BUFFER_" #Type);         \
                                                                                                   \
    Type NTAPI HalpReadPort##Type(Type *Port)                                                      \
    {                                                                                              \
        return HalpIn##Bits(HALP_PORT(Port));                                                      \
    }                                                                                              \
                                                                                                   \
    VOID NTAPI HalpWritePort##Type(Type *Port, Type Value)                                         \
    {                                                                                              \
        HalpOut##Bits(HALP_PORT(Port), Value);                                                     \
    }                                                                                              \
                                                                                                   \
    VOID NTAPI HalpReadPortBuffer##Type(Type *Port, Type *Buffer, ULONG Count)                     \
    {                                                                                              \
        for (ULONG i = 0; i < Count; i++) {                                                        \
            Buffer[i] = HalpIn##Bits(HALP_PORT(Port));                                             \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    VOID NTAPI HalpWritePortBuffer##Type(Type *Port, Type *Buffer, ULONG Count)                    \
    {                                                                                              \
        for (ULONG i = 0; i < Count; i++) {                                                        \
            HalpOut##Bits(HALP_PORT(Port), Buffer[i]);                                             \
        }                                                                                          \
    }

#define HALP_REGISTER_ROUTINES(Type)                                                               \
    Type NTAPI HalpReadRegister##Type(volatile Type *Register) __asm__("READ_REGISTER_" #Type);    \
    VOID NTAPI HalpWriteRegister##Type(volatile Type *Register,                                    \
                                       Type Value) __asm__("WRITE_REGISTER_" #Type);               \
    VOID NTAPI HalpReadRegisterBuffer##Type(volatile Type *Register, Type *Buffer,                 \
                                            ULONG Count) __asm__("READ_REGISTER_BUFFER_" #Type);   \
    VOID NTAPI HalpWriteRegisterBuffer##Type(volatile Type *Register, Type *Buffer,                \
                                             ULONG Count) __asm__("WRITE_REGISTER_BUFFER_" #Type); \
                                                                                                   \
    Type NTAPI HalpReadRegister##Type(volatile Type *Register)                                     \
    {                                                                                              \
        Type value = *Register;                                                                    \
        __asm__ volatile("" : : : "memory");                                                       \
        return value;                                                                              \
    }                                                                                              \
                                                                                                   \
    VOID NTAPI HalpWriteRegister##Type(volatile Type *Register, Type Value)                        \
    {                                                                                              \
        *Register = Value;                                                                         \
        __atomic_thread_fence(__ATOMIC_SEQ_CST);                                                   \
    }                                                                                              \
                                                                                                   \
    VOID NTAPI HalpReadRegisterBuffer##Type(volatile Type *Register, Type *Buffer, ULONG Count)    \
    {                                                                                              \
        for (ULONG i = 0; i < Count; i++) {                                                        \
            Buffer[i] = Register[i];                                                               \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    VOID NTAPI HalpWriteRegisterBuffer##Type(volatile Type *Register, Type *Buffer, ULONG Count)   \
    {                                                                                              \
        for (ULONG i = 0; i < Count; i++) {                                                        \
            Register[i] = Buffer[i];                                                               \
        }                                                                                          \
        __atomic_thread_fence(__ATOMIC_SEQ_CST);                                                   \
    }

HALP_PORT_ROUTINES(UCHAR, 8)
HALP_PORT_ROUTINES(USHORT, 16)
HALP_PORT_ROUTINES(ULONG, 32)

HALP_REGISTER_ROUTINES(UCHAR)
HALP_REGISTER_ROUTINES(USHORT)
HALP_REGISTER_ROUTINES(ULONG)
HALP_REGISTER_ROUTINES(ULONG64)
