// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/limit.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

#include "remote/hosts.h"
#include "text/when.h"

#define MS 1000000ll

int64_t limit_begin(uint64_t ms)
{
	hosts_limit(ms);
	return ms ? when_now() + (int64_t)ms * MS : 0;
}

bool limit_is_over(int64_t until)
{
	return until && when_now() >= until;
}

uint64_t limit_left_ms(int64_t until)
{
	int64_t left = (until - when_now()) / MS;

	return left > 0 ? (uint64_t)left : 1;
}

bool limit_wait_readable(int64_t until, int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	uint64_t left;
	int n;

	do {
		left = until ? limit_left_ms(until) : 0;
		n = poll(&ready, 1, !until ? -1 : left < INT_MAX ? (int)left : INT_MAX);
	} while (n < 0 ? errno == EINTR : !n && !limit_is_over(until));
	return n != 0;
}
