// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/logname.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SAFE                         \
	"abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+=:,"

/* "20260131T123456Z" */
#define TIME_LEN 16

/* Every character of a name escaped, and a port's number. */
#define NAME_MAX_LEN 189
#define BASE_MAX_LEN (NAME_MAX_LEN + 11)

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text);

	return len >= strlen(end) && !strcmp(text + len - strlen(end), end);
}

const char *logname_base(const char *guest, int64_t port, char base[LOGNAME_SIZE])
{
	/* Else its raw log would be another guest's clean one. */
	const char *clean = ends_with(guest, ".clean") ? guest + strlen(guest) - 6 : NULL;
	size_t n = 0;

	for (const char *p = guest; *p && n + 3 <= NAME_MAX_LEN; p++) {
		if (strchr(SAFE, *p) && !(p == guest && *p == '.') && p != clean)
			base[n++] = *p;
		else
			n += (size_t)sprintf(base + n, "%%%02X", (unsigned char)*p);
	}
	base[n] = '\0';
	if (port >= 0 || !n)
		sprintf(base + n, "@%" PRId64, port);
	return base;
}

const char *logname_guest(const char *base, char guest[LOGNAME_SIZE])
{
	unsigned int byte;
	size_t n = 0;

	for (const char *p = base; *p && *p != '@' && n + 1 < LOGNAME_SIZE; p++) {
		if (*p == '%' && sscanf(p + 1, "%2X", &byte) == 1 && p[1] && p[2]) {
			guest[n++] = (char)byte;
			p += 2;
		} else {
			guest[n++] = *p;
		}
	}
	guest[n] = '\0';
	return guest;
}

const char *logname_put(const struct logname *name, char text[LOGNAME_SIZE])
{
	time_t seconds = (time_t)name->time;
	char when[TIME_LEN + 8];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	if (!strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm))
		strcpy(when, "19700101T000000Z");
	snprintf(text, LOGNAME_SIZE, "%.200s%s.%s-%06" PRIu64 "%s", name->base,
		 name->clean ? LOGNAME_CLEAN : LOGNAME_RAW, when, name->seq,
		 name->packed ? LOGNAME_PACKED : "");
	return text;
}

bool logname_current(const char *text, struct logname *name)
{
	size_t len = strlen(text);

	*name = (struct logname){ .clean = ends_with(text, LOGNAME_CLEAN) };
	if (!name->clean && !ends_with(text, LOGNAME_RAW))
		return false;
	len -= strlen(name->clean ? LOGNAME_CLEAN : LOGNAME_RAW);
	if (!len || len > BASE_MAX_LEN || text[0] == '.')
		return false;
	memcpy(name->base, text, len);
	return true;
}

bool logname_get(const char *text, struct logname *name)
{
	char current[LOGNAME_SIZE];
	size_t len = strlen(text);
	const char *dash;
	const char *time;
	struct tm tm = { 0 };
	uint64_t seq = 0;
	bool packed = ends_with(text, LOGNAME_PACKED);
	const char *end = text + len - (packed ? strlen(LOGNAME_PACKED) : 0);

	if (len >= LOGNAME_SIZE)
		return false;
	dash = memrchr(text, '-', (size_t)(end - text));
	if (!dash || dash - text < TIME_LEN + 2 || end - dash < 7 || end - dash > 19)
		return false;
	for (const char *p = dash + 1; p < end; p++) {
		if (*p < '0' || *p > '9')
			return false;
		seq = seq * 10 + (uint64_t)(*p - '0');
	}
	time = dash - TIME_LEN;
	if (time[-1] != '.')
		return false;
	for (int i = 0; i < TIME_LEN; i++) {
		char wanted = i == 8 ? 'T' : i == TIME_LEN - 1 ? 'Z' : '0';

		if (wanted == '0' ? time[i] < '0' || time[i] > '9' : time[i] != wanted)
			return false;
	}
	sscanf(time, "%4d%2d%2dT%2d%2d%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
	       &tm.tm_min, &tm.tm_sec);
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	memcpy(current, text, (size_t)(time - 1 - text));
	current[time - 1 - text] = '\0';
	if (!logname_current(current, name))
		return false;
	name->time = (int64_t)timegm(&tm);
	name->seq = seq;
	name->packed = packed;
	return true;
}
