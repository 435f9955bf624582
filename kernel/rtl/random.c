/* SPDX-License-Identifier: MIT */
/*
 * random.c: pseudo-random numbers.
 *
 * Any IRQL (documented: IRQL <= APC_LEVEL).  Not for secrets.
 *
 * RtlUniform, RtlRandom and RtlRandomEx are all the Lehmer generator with
 * modulus 2^31 - 1 and multiplier 48271: the seed is the whole state, so
 * equal seeds give equal sequences, on every machine.
 */
#include <stdint.h>

#include "crt.h"

#define RTLP_MODULUS    0x7FFFFFFFu
#define RTLP_MULTIPLIER 48271u

/* rand's state; a lost update between processors only repeats a number. */
static uint32_t RtlpRandState = 1;

/*
 * RtlUniform: next number of a sequence. ["RtlUniform function (ntifs.h)"]
 *
 * => 0 to MAXLONG - 1; updates *Seed.
 */
uint32_t RTLCRT RtlUniform(uint32_t *Seed)
{
    uint64_t State = *Seed % RTLP_MODULUS;

    if (State == 0)
        State = 1;
    *Seed = (uint32_t)(State * RTLP_MULTIPLIER % RTLP_MODULUS);
    return *Seed - 1;
}

/* RtlRandom: the same. ["RtlRandom function (ntifs.h)"] */
uint32_t RTLCRT RtlRandom(uint32_t *Seed)
{
    return RtlUniform(Seed);
}

/* RtlRandomEx: the same. ["RtlRandomEx function (ntifs.h)"] */
uint32_t RTLCRT RtlRandomEx(uint32_t *Seed)
{
    return RtlUniform(Seed);
}

/* srand: begin rand's sequence. ["srand"] */
void RTLCRT srand(unsigned Seed)
{
    __atomic_store_n(&RtlpRandState, Seed, __ATOMIC_RELAXED);
}

/* rand: next number of the sequence, 0 to 0x7FFF. ["rand"] */
int RTLCRT rand(void)
{
    uint32_t State = __atomic_load_n(&RtlpRandState, __ATOMIC_RELAXED);

    State = State * 1103515245u + 12345u;
    __atomic_store_n(&RtlpRandState, State, __ATOMIC_RELAXED);
    return (int)(State >> 16 & 0x7FFF);
}
