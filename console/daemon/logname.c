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

/* A name with every character escaped; and with an owner, a number and .json. */
#define NAME_MAX_LEN 189
#define BASE_MAX_LEN (NAME_MAX_LEN + 22 + 5)
#define SEQ_DIGITS_MAX 12
#define SEQ_END UINT64_C(1000000000000)

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text);

	return len >= strlen(end) && !strcmp(text + len - strlen(end), end);
}

const char *logname_base(const char *guest, int64_t uid, int64_t nth, char base[LOGNAME_SIZE])
{
	/* Otherwise its raw log would have the name of another guest's clean or JSON log. */
	const char *end = ends_with(guest, ".clean")	   ? guest + strlen(guest) - 6
			  : ends_with(guest, LOGNAME_JSON) ? guest + strlen(guest) - 5
							   : NULL;
	size_t n = 0;

	for (const char *p = guest; *p && n + 3 <= NAME_MAX_LEN; p++) {
		if (strchr(SAFE, *p) && !(p == guest && *p == '.') && p != end)
			base[n++] = *p;
		else
			n += (size_t)sprintf(base + n, "%%%02X", (unsigned char)*p);
	}
	base[n] = '\0';
	if (uid >= 0)
		n += (size_t)sprintf(base + n, "@%" PRId64, uid);
	if (nth > 1 || !*guest)
		sprintf(base + n, "~%" PRId64, nth);
	return base;
}

const char *logname_guest(const char *base, char guest[LOGNAME_SIZE])
{
	char plain[LOGNAME_SIZE];
	unsigned int byte;
	size_t n = 0;

	for (const char *p = logname_plain(base, plain);
	     *p && *p != '@' && *p != '~' && n + 1 < LOGNAME_SIZE; p++) {
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

const char *logname_json(const char *base, char json[LOGNAME_SIZE])
{
	snprintf(json, LOGNAME_SIZE, "%.211s" LOGNAME_JSON, base);
	return json;
}

const char *logname_plain(const char *base, char plain[LOGNAME_SIZE])
{
	size_t len = strlen(base) - (ends_with(base, LOGNAME_JSON) ? strlen(LOGNAME_JSON) : 0);

	snprintf(plain, LOGNAME_SIZE, "%.*s", (int)len, base);
	return plain;
}

/* The number after @mark; negative if there is none. */
static int64_t number_behind(const char *base, char mark)
{
	const char *p = strchr(base, mark);
	int64_t number = 0;

	if (!p || p[1] < '0' || p[1] > '9')
		return -1;
	for (p++; *p >= '0' && *p <= '9' && number <= UINT32_MAX; p++)
		number = number * 10 + *p - '0';
	return number <= UINT32_MAX ? number : -1;
}

int64_t logname_uid(const char *base)
{
	return number_behind(base, '@');
}

int64_t logname_nth(const char *base)
{
	int64_t nth = number_behind(base, '~');

	return nth < 1 ? 1 : nth;
}

const char *logname_give(const char *base, int64_t uid, char given[LOGNAME_SIZE])
{
	char guest[LOGNAME_SIZE];

	return logname_base(logname_guest(base, guest), uid, number_behind(base, '~'), given);
}

bool logname_of_old(const char *old, char base[LOGNAME_SIZE])
{
	int64_t nth = number_behind(old, '@');
	char guest[LOGNAME_SIZE];
	char again[32];

	snprintf(again, sizeof(again), "@%" PRId64, nth);
	if (nth < 0 || strcmp(strchr(old, '@'), again))
		return false;
	logname_base(logname_guest(old, guest), LOGNAME_OWN, nth, base);
	return true;
}

const char *logname_put(const struct logname *name, char text[LOGNAME_SIZE])
{
	const char *packed = name->packed ? LOGNAME_PACKED : "";
	time_t seconds = (time_t)name->time;
	char when[TIME_LEN + 8];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	if (!strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm))
		strcpy(when, "19700101T000000Z");
	/* A JSON log's base is the longest, and has no clean log. */
	if (name->clean)
		snprintf(text, LOGNAME_SIZE, "%.211s" LOGNAME_CLEAN ".%.16s-%06" PRIu64 "%s",
			 name->base, when, name->seq % SEQ_END, packed);
	else
		snprintf(text, LOGNAME_SIZE, "%.216s" LOGNAME_RAW ".%.16s-%06" PRIu64 "%s",
			 name->base, when, name->seq % SEQ_END, packed);
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
	if (!dash || dash - text < TIME_LEN + 2 || end - dash < 7 ||
	    end - dash > SEQ_DIGITS_MAX + 1)
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
	/* Written in another way, as of the 31st of February, it is no name that was made here. */
	return !strcmp(logname_put(name, current), text);
}
