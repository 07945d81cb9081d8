// SPDX-License-Identifier: GPL-2.0-only
#include "fake_clock.h"

#include <time.h>

uint64_t fake_now_ms;
uint64_t fake_step_ns;

static uint64_t stepped_ns;

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	uint64_t ns = fake_now_ms * 1000000 + stepped_ns;

	(void)clock;
	now->tv_sec = (time_t)(ns / 1000000000);
	now->tv_nsec = (long)(ns % 1000000000);
	stepped_ns += fake_step_ns;
	return 0;
}
