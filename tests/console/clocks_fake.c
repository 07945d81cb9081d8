// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clocks that a test plays, in place of clocks.c: the file $KPL011_CLOCKS has by how many
 * seconds the clock that is set is ahead of the system's, and the one since the boot.
 */
#include "daemon/clocks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void clocks_read(int64_t *wall, int64_t *since_boot)
{
	const char *path = getenv("KPL011_CLOCKS");
	FILE *file = path ? fopen(path, "re") : NULL;
	int64_t boot_ahead = 0;
	int64_t ahead = 0;
	struct timespec now;

	if (file && fscanf(file, "%" SCNd64 " %" SCNd64, &ahead, &boot_ahead) != 2)
		abort();
	if (file)
		fclose(file);
	clock_gettime(CLOCK_REALTIME, &now);
	*wall = now.tv_sec + ahead;
	clock_gettime(CLOCK_BOOTTIME, &now);
	*since_boot = now.tv_sec + boot_ahead;
}
