// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/logfile_resume.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/regular.h"
#include "daemon/usersums.h"

const char *logfile_ledger_name(const struct ledger_port *port, const char *kind,
				char name[LOGFILE_LEDGER_SIZE])
{
	snprintf(name, LOGFILE_LEDGER_SIZE, "%u-%" PRIu64 ".%s", port->id, port->attach_ns, kind);
	return name;
}

/* Whether this message is to be printed by itself, rather than be counted in a sum. */
static bool is_first(const struct logfile *file, const char *what)
{
	return usersums_add(file->dir->told, logname_uid(file->base), what, file->name, 0);
}

void logfile_say_verdict(const struct logfile *file, enum ledger_verdict verdict)
{
	switch (verdict) {
	case LEDGER_EXACT:
	case LEDGER_CUT_BACK:
		break;
	case LEDGER_GREW:
		if (is_first(file, "another program has written to it"))
			msg_error("%s/%s: another program has written to it", file->dir->path,
				  file->name);
		break;
	case LEDGER_TRUNCATED:
		if (is_first(file, "another program has truncated it: continuing there"))
			msg_error("%s/%s: another program has truncated it to %" PRIu64
				  " bytes: continuing there",
				  file->dir->path, file->name, file->at.size);
		break;
	case LEDGER_REPLACED:
		if (is_first(file, "it was moved or removed: continuing in a new one"))
			msg_error("%s/%s was moved or removed: continuing in a new one",
				  file->dir->path, file->name);
		break;
	}
}

static int cut_back(const struct logfile *file, uint64_t size)
{
	int fd = openat(file->dir->fd, file->name, LOGFILE_FLAGS);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)size))
		err = -errno;
	close(fd);
	return err;
}

void logfile_find(int dir, const char *name, struct ledger_found *found)
{
	struct stat st;

	found->exists = !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW);
	if (!found->exists)
		return;
	found->dev = st.st_dev;
	found->ino = st.st_ino;
	found->size = (uint64_t)st.st_size;
}

static int resume(struct logfile *file, uint64_t oldest)
{
	/*
	 * A raw log's inexact writes have none of the guest's bytes: they can always be repeated.
	 */
	struct ledger_found found = { .oldest = file->text ? oldest : 0 };
	enum ledger_verdict verdict;

	if (!file->name[0]) {
		file->at = file->ledger.to;
		return 0;
	}
	logfile_find(file->dir->fd, file->name, &found);
	verdict = ledger_resume(&file->ledger, &found, &file->at);
	logfile_say_verdict(file, verdict);
	return verdict == LEDGER_CUT_BACK ? cut_back(file, file->at.size) : 0;
}

static bool same_port(const struct ledger_port *a, const struct ledger_port *b)
{
	return a->id == b->id && a->attach_ns == b->attach_ns && a->uid == b->uid &&
	       !strcmp(a->boot, b->boot);
}

static void say_wrong(const struct logfile *file, const char *wrong)
{
	char cause[160];

	snprintf(cause, sizeof(cause), "a ledger is wrong: %s; it is put aside", wrong);
	if (!usersums_add(file->dir->told, logname_uid(file->base), cause, file->ledger_name, 0))
		return;
	msg_error("the ledger %s/.kpl011/%s is wrong: %s; it is put aside as %s" LEDGER_BAD,
		  file->dir->path, file->ledger_name, wrong, file->ledger_name);
	msg_more("The guest's output that the kernel still keeps is logged again.");
}

int logfile_open(struct logfile *file, struct logdir *dir, struct keeper *keeper,
		 const struct ledger_port *port, const char *base, const char *kind,
		 const struct ledger_truth *truth)
{
	const char *wrong = NULL;
	bool clean = !strcmp(kind, "clean");
	bool json = !strcmp(kind, "json");
	struct stat st;
	int err;

	*file = (struct logfile){
		.dir = dir,
		.keeper = keeper,
		.clean = clean,
		.text = clean || json,
		.fd = -1,
		.ledger_fd = -1,
		.generation = dir->generation,
	};
	if (json)
		logname_json(base, file->base);
	else
		snprintf(file->base, sizeof(file->base), "%s", base);
	if (clean || json || !strcmp(kind, "raw"))
		snprintf(file->name, sizeof(file->name), "%.240s%s", file->base,
			 clean ? LOGNAME_CLEAN : LOGNAME_RAW);
	logfile_ledger_name(port, kind, file->ledger_name);
	err = ledger_load(dir->state, file->ledger_name, &file->ledger);
	dir->unread[0] = '\0';
	if (err == REGULAR_NOT || err == -ELOOP) {
		wrong = "it is not a regular file";
	} else if (err && err != -EBADMSG && err != -ENOENT) {
		snprintf(dir->unread, sizeof(dir->unread), "%s", file->ledger_name);
		return err;
	}
	if (wrong)
		err = 0;
	else if (err == -EBADMSG)
		wrong = "it is not a ledger of kpl011";
	else if (!err && same_port(&file->ledger.port, port))
		wrong = ledger_wrong(&file->ledger, truth);
	else if (!err && file->ledger.port.uid != LEDGER_NO_UID &&
		 !strcmp(file->ledger.port.boot, port->boot))
		wrong = "it is of another port";
	else
		err = -ENOENT;
	if (!err && !wrong)
		return file->ledger.done ? 0 : resume(file, truth->oldest);
	if (wrong) {
		say_wrong(file, wrong);
		ledger_put_aside(dir->state, file->ledger_name);
	}
	file->ledger = (struct ledger){ .port = *port };
	snprintf(file->ledger.base, sizeof(file->ledger.base), "%s", base);
	if (file->name[0] && !fstatat(dir->fd, file->name, &st, AT_SYMLINK_NOFOLLOW))
		file->at.size = (uint64_t)st.st_size;
	return 0;
}
