// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/clocks.h"

#include <time.h>

void clocks_read(int64_t *wall, int64_t *since_boot)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	*wall = now.tv_sec;
	clock_gettime(CLOCK_BOOTTIME, &now);
	*since_boot = now.tv_sec;
}
