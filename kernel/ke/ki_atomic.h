/* SPDX-License-Identifier: MIT */
/*
 * ki_atomic.h: every access to a word that processors share, by name.
 *
 * Each use carries a comment that names its partner.  Plain and volatile
 * accesses to shared words are not used in the kernel.
 */
#pragma once

/* Reads: what was written before the matching release is visible afterwards. */
#define KiLoadAcquire(Word)          __atomic_load_n((Word), __ATOMIC_ACQUIRE)
/* Reads of one's own line, or of a word whose order something else gives. */
#define KiLoadRelaxed(Word)          __atomic_load_n((Word), __ATOMIC_RELAXED)
/* Writes: all earlier accesses of this processor come before it. */
#define KiStoreRelease(Word, Value)  __atomic_store_n((Word), (Value), __ATOMIC_RELEASE)
#define KiStoreRelaxed(Word, Value)  __atomic_store_n((Word), (Value), __ATOMIC_RELAXED)

/* Locked read-modify-write: full order on x64. */
#define KiFetchAdd(Word, Value)      __atomic_fetch_add((Word), (Value), __ATOMIC_SEQ_CST)
#define KiExchange(Word, Value)      __atomic_exchange_n((Word), (Value), __ATOMIC_SEQ_CST)
#define KiFetchOr(Word, Value)       __atomic_fetch_or((Word), (Value), __ATOMIC_SEQ_CST)
#define KiFetchAnd(Word, Value)      __atomic_fetch_and((Word), (Value), __ATOMIC_SEQ_CST)
/* => TRUE and *Word = New if *Word was *Expected; else *Expected = *Word. */
#define KiCompareExchange(Word, Expected, New)                                                     \
    __atomic_compare_exchange_n((Word), (Expected), (New), 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
