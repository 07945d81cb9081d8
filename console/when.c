// SPDX-License-Identifier: GPL-2.0-only
#include "when.h"

#include <stdio.h>
#include <time.h>

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

uint64_t when_now(void)
{
	return (uint64_t)clock_ns(CLOCK_BOOTTIME);
}

uint64_t when_printed(struct source *src, uint64_t pos)
{
	struct source_mark mark;

	if (!source_marks(src, pos, &mark, 1) || mark.pos > pos)
		return 0;
	return mark.ns;
}

const char *when_iso(uint64_t ns, char text[WHEN_ISO_SIZE])
{
	int64_t then = (int64_t)ns + clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);
	time_t seconds = (time_t)(then / 1000000000);
	char date[24];
	char zone[8];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	snprintf(text, WHEN_ISO_SIZE, "%s.%03d%.3s:%s", date, (int)(then / 1000000 % 1000), zone,
		 zone + 3);
	return text;
}
