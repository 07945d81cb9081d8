/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long a command may take, --timeout. It holds for all that is waited for: a guest that is
 * not there yet, a connection, a host that does not answer.
 */
#ifndef KPL011_LIMIT_H
#define KPL011_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * From now on @ms milliseconds, also for what is asked of other hosts. Returns when they are
 * over, of when_now(); 0 for 0: there is no limit.
 */
int64_t limit_begin(uint64_t ms);

bool limit_is_over(int64_t until);

/* Milliseconds of a limit that there is, at least 1: what is there already is looked at. */
uint64_t limit_left_ms(int64_t until);

/* Waits until @fd can be read, or is at its end. False: the limit was over before. */
bool limit_wait_readable(int64_t until, int fd);

#endif /* KPL011_LIMIT_H */
