// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/where.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_io.h"
#include "base/msg.h"
#include "base/regular.h"
#include "base/xdg.h"
#include "daemon/decide.h"
#include "daemon/selfreport.h"

#define LOGS "/var/log/kpl011"

/* Fits a report on some 100,000 guests. */
#define REPORT_MAX ((size_t)256 << 20)

/* systemd sets $LOGS_DIRECTORY. */
bool where_logs_are(const struct daemon_options *options, const struct policy *policy,
		    char path[PATH_MAX])
{
	const char *given = options->directory;
	const char *logs = getenv("LOGS_DIRECTORY");

	if (!given && policy->directory[0])
		given = policy->directory;
	if (!given && logs && *logs)
		given = logs;
	if (!given && !geteuid())
		given = LOGS;
	if (given)
		return snprintf(path, PATH_MAX, "%s", given) < PATH_MAX;
	return xdg_path("XDG_STATE_HOME", ".local/state", "kpl011", path) && xdg_make_dirs(path);
}

/* A daemon that runs holds the lock of the directory. */
static bool runs(int dir)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = regular_open_at(dir, ".kpl011/lock", O_RDONLY | O_NOFOLLOW, 0);
	bool held;

	if (fd < 0)
		return fd == -EACCES;
	held = !fcntl(fd, F_GETLK, &lock) && lock.l_type != F_UNLCK;
	close(fd);
	return held;
}

static json_t *load(int dir, const char *path)
{
	int fd = regular_open_at(dir, REPORT_PATH, O_RDONLY | O_NOFOLLOW, 0);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "re");
	const char *format;
	struct stat st;
	json_t *json;
	int err;

	if (!file) {
		errno = fd < 0 ? -fd : errno;
		return NULL;
	}
	/* All of it is in memory; and whoever owns it may append to it while it is read. */
	if (!fstat(fd, &st) && (size_t)st.st_size > REPORT_MAX) {
		fclose(file);
		errno = EFBIG;
		return NULL;
	}
	json = json_read(file, REPORT_MAX);
	err = errno;
	fclose(file);
	if (!json && err != EBADMSG) {
		errno = err;
		return NULL;
	}
	format = json_string_value(json_object_get(json, "format"));
	if (format && !strcmp(format, "kpl011-status"))
		return json;
	msg_error("%s/" REPORT_PATH " is not a report of kpl011 daemon", path);
	json_decref(json);
	errno = EBADMSG;
	return NULL;
}

static json_t *read_report(const char *path, enum status *status)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	json_t *json = dir < 0 ? NULL : load(dir, path);
	int err = errno;

	if (json) {
		json_object_set_new(json, "running", json_boolean(runs(dir)));
		*status = STATUS_OK;
	} else if (err == ENOENT) {
		*status = STATUS_NO_GUEST;
	} else {
		*status = err == EACCES ? STATUS_PERMISSION : STATUS_FAILED;
		if (err != EBADMSG)
			msg_error("cannot read %s/" REPORT_PATH ": %s", path, regular_reason(-err));
	}
	if (dir >= 0)
		close(dir);
	return json;
}

json_t *where_report(const struct daemon_options *options, enum status *status)
{
	struct policy policy;
	char path[PATH_MAX];
	json_t *json = NULL;

	*status = decide_load(options->config, &policy);
	if (*status)
		return NULL;
	if (where_logs_are(options, &policy, path)) {
		json = read_report(path, status);
	} else {
		msg_error("cannot tell where the logs are: give --directory");
		*status = STATUS_FAILED;
	}
	policy_free(&policy);
	return json;
}
