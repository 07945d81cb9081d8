/* SPDX-License-Identifier: GPL-2.0-only */
/* A clock that a test sets: fake_clock.c is in the place of clock_gettime(2), by --wrap. */
#ifndef FAKE_CLOCK_H
#define FAKE_CLOCK_H

#include <stdint.h>

/* Of each clock that there is. */
extern uint64_t fake_now_ms;

/* It goes on by so much whenever somebody looks. */
extern uint64_t fake_step_ns;

#endif /* FAKE_CLOCK_H */
