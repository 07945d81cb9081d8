// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/steady.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/regular.h"

/* Deviations that are normal: of a clock that runs well; and after a host was off. */
#define SLACK 60
#define SLACK_OVER_BOOT 3600

#define WAIT ((int64_t)24 * 3600)

/* Smaller values can be added and subtracted without an overflow. */
#define FARTHEST (INT64_MAX / 4)

void steady_begin(struct steady *steady, const char *boot, int64_t wall, int64_t since_boot)
{
	*steady = (struct steady){ .known = wall, .at = since_boot };
	snprintf(steady->boot, sizeof(steady->boot), "%s", boot);
}

static int64_t distance(int64_t a, int64_t b)
{
	return a < b ? b - a : a - b;
}

/* Nobody counted while the host was off; a wait starts again. */
static void over_boot(struct steady *steady, const char *boot, int64_t since_boot)
{
	snprintf(steady->boot, sizeof(steady->boot), "%s", boot);
	steady->at = since_boot;
	steady->since = since_boot;
	steady->was_off = !steady->ahead;
}

enum steady_verdict steady_look(struct steady *steady, const char *boot, int64_t wall,
				int64_t since_boot)
{
	int64_t was = steady->ahead;
	int64_t slack;

	if (strcmp(steady->boot, boot) || since_boot < steady->at)
		over_boot(steady, boot, since_boot);
	steady->known += since_boot - steady->at;
	steady->at = since_boot;
	steady->ahead = wall - steady->known;
	slack = steady->was_off && steady->ahead > 0 ? SLACK_OVER_BOOT : SLACK;
	if (distance(steady->ahead, 0) <= slack) {
		steady->known = wall;
		steady->ahead = 0;
		steady->was_off = false;
		return was ? STEADY_BACK : STEADY_AS_IT_WAS;
	}
	if (!was || distance(steady->ahead, was) > SLACK) {
		steady->since = since_boot;
		return STEADY_JUMPED;
	}
	if (since_boot - steady->since < WAIT)
		return STEADY_AS_IT_WAS;
	steady->known = wall;
	steady->ahead = 0;
	steady->was_off = false;
	return STEADY_BELIEVED;
}

int64_t steady_least(const struct steady *steady)
{
	return steady->known + (steady->ahead < 0 ? steady->ahead : 0);
}

int64_t steady_most(const struct steady *steady)
{
	return steady->known + (steady->ahead > 0 ? steady->ahead : 0);
}

static bool is_near(int64_t value)
{
	return value > -FARTHEST && value < FARTHEST;
}

#define FORMAT "kpl011-clock %39[0-9a-f-] %20" SCNd64 " %20" SCNd64 " %20" SCNd64 " %20" SCNd64

bool steady_load(int dir, const char *name, struct steady *steady)
{
	int fd = regular_open_at(dir, name, O_RDONLY | O_NOFOLLOW, 0);
	char text[256];
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	*steady = (struct steady){ 0 };
	return sscanf(text, FORMAT, steady->boot, &steady->known, &steady->at, &steady->ahead,
		      &steady->since) == 5 &&
	       is_near(steady->known) && is_near(steady->at) && is_near(steady->ahead) &&
	       is_near(steady->since) && steady->since <= steady->at;
}

/* Always the same length, since it is written in place. */
int steady_store(int dir, const char *name, const struct steady *steady)
{
	int fd = regular_open_at(dir, name, O_WRONLY | O_CREAT | O_NOFOLLOW, 0600);
	char text[160];
	ssize_t done;
	int err = 0;
	int n;

	if (fd < 0)
		return fd;
	n = snprintf(text, sizeof(text),
		     "kpl011-clock %s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64, steady->boot,
		     steady->known, steady->at, steady->ahead, steady->since);
	memset(text + n, ' ', sizeof(text) - 1 - (size_t)n);
	text[sizeof(text) - 1] = '\n';
	done = pwrite(fd, text, sizeof(text), 0);
	if (done != (ssize_t)sizeof(text)) {
		err = done < 0 ? -errno : -ENOSPC;
		/* Half of it is worse than nothing. */
		if (ftruncate(fd, 0))
			err = -errno;
	}
	close(fd);
	return err;
}
