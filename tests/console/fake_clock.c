// SPDX-License-Identifier: GPL-2.0-only
#include "fake_clock.h"

#include <time.h>

uint64_t fake_now_ms;

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	now->tv_sec = (time_t)(fake_now_ms / 1000);
	now->tv_nsec = (long)(fake_now_ms % 1000) * 1000000;
	return 0;
}
