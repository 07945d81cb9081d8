/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time limit of a command, --timeout. It covers everything that the command waits for: a guest
 * that is not there yet, a connection, a host that does not answer.
 */
#ifndef KPL011_LIMIT_H
#define KPL011_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Starts a limit of @ms milliseconds, which holds for requests to other hosts, too. Returns when
 * it ends, as when_now(), in nanoseconds; if @ms is 0 there is no limit, and it returns 0.
 */
int64_t limit_begin(uint64_t ms);

bool limit_is_over(int64_t until);

/* Milliseconds until @until, which is not 0; at least 1, so that what is there already counts. */
uint64_t limit_left_ms(int64_t until);

/* Waits until @fd is readable or at its end. False: the limit was over before. */
bool limit_wait_readable(int64_t until, int fd);

#endif /* KPL011_LIMIT_H */
