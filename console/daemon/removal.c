// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/removal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/msg.h"
#include "daemon/ordered.h"

/* A file that could not be removed, by its name: by now anybody may have removed it. */
struct staying {
	struct logname name;
	int err;
};

static int by_name(const void *a, const void *b)
{
	const struct logname *x = &((const struct staying *)a)->name;
	const struct logname *y = &((const struct staying *)b)->name;

	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	/* Ignores @packed: it may have been compressed meanwhile. */
	if (x->clean != y->clean)
		return x->clean - y->clean;
	return strcmp(x->base, y->base);
}

static void tell_sums(struct removal *removal, uint64_t now_ms)
{
	struct sums_one sum;
	char size[HUMAN_SIZE];

	while (sums_take(&removal->sums, now_ms, &sum)) {
		human_bytes(sum.bytes, size);
		if (sum.files == 1)
			msg_error("removed %s (%s), %s", sum.last, size, sum.cause);
		else
			msg_error("removed %" PRIu64 " more logs (%s), %s; the last was %s",
				  sum.files, size, sum.cause, sum.last);
	}
}

static void tell_later(struct removal *removal)
{
	uint64_t due = sums_due(&removal->sums);
	uint64_t now = clock_ms();

	if (due)
		loop_timer_set(removal->telling, due > now ? due - now : 0);
}

static void on_telling(void *arg)
{
	struct removal *removal = arg;

	tell_sums(removal, clock_ms());
	tell_later(removal);
}

bool removal_begin(struct removal *removal, struct loop *loop)
{
	removal->telling = loop_timer(loop, on_telling, removal);
	return removal->telling;
}

void removal_end(struct removal *removal)
{
	struct staying *it;

	tell_sums(removal, UINT64_MAX);
	loop_event_free(removal->telling);
	while ((it = ordered_first(removal->staying, by_name))) {
		ordered_take(&removal->staying, it, by_name);
		free(it);
	}
}

static struct staying *find(const struct removal *removal, const struct archive_file *file)
{
	struct staying like;

	archive_name(file, &like.name);
	return ordered_find(removal->staying, &like, by_name);
}

static void leave(struct removal *removal, struct staying *it, const char *what)
{
	if (troubles_end(&removal->troubles, it->err))
		msg_error("logs %s: %s", what, strerror(it->err));
	ordered_take(&removal->staying, it, by_name);
	free(it);
}

void removal_through(struct removal *removal)
{
	struct staying *it = ordered_first(removal->staying, by_name);
	const struct archive_file *file;
	struct staying like;

	for (; it; it = ordered_after(removal->staying, &like, by_name)) {
		like = *it;
		file = archive_find(removal->archive, &it->name);
		if (!file || !file->stuck)
			leave(removal, it, "that could not be removed may stay now, or are gone");
	}
}

void removal_forget(struct removal *removal, struct archive_file *file)
{
	struct staying *it = find(removal, file);

	if (it)
		leave(removal, it, "that could not be removed can be removed again");
	packer_forget(removal->packer, file);
	archive_remove(removal->archive, file);
}

static void stays(struct removal *removal, struct archive_file *file, const char *name,
		  const char *why, int err)
{
	struct staying *it = find(removal, file);

	if (it && it->err == err)
		return;
	if (it) {
		troubles_end(&removal->troubles, it->err);
	} else {
		it = malloc(sizeof(*it));
		if (!it)
			return;
		archive_name(file, &it->name);
		if (!ordered_put(&removal->staying, it, by_name)) {
			free(it);
			return;
		}
	}
	it->err = err;
	if (troubles_begin(&removal->troubles, err))
		msg_error("cannot remove %s/%s, %s: %s; it is tried again", removal->dir->path,
			  name, why, strerror(err));
}

bool removal_do(struct removal *removal, struct archive_file *file, const char *why)
{
	struct logname name;
	char size[HUMAN_SIZE];
	char text[LOGNAME_SIZE];

	archive_name(file, &name);
	logname_put(&name, text);
	if (unlinkat(removal->dir->fd, text, 0) && errno != ENOENT) {
		stays(removal, file, text, why, errno);
		return false;
	}
	if (sums_add(&removal->sums, why, text, file->bytes, clock_ms())) {
		msg_error("removed %s (%s), %s", text, human_bytes(file->bytes, size), why);
		tell_later(removal);
	}
	removal_forget(removal, file);
	return true;
}

bool removal_twins(struct removal *removal, struct archive_guest *guest, uint64_t begun,
		   uint64_t turn_ns)
{
	struct archive_file *file;
	char text[LOGNAME_SIZE];
	struct logname name;

	/*
	 * A daemon that was killed at the end of a compression leaves both files. But another
	 * program may have made the compressed one: compress it again.
	 */
	while ((file = archive_twin(guest))) {
		archive_name(file, &name);
		if (unlinkat(removal->dir->fd, logname_put(&name, text), 0) && errno != ENOENT)
			return false;
		archive_remove(removal->archive, file);
		if (clock_passed(begun, turn_ns))
			return archive_twin(guest);
	}
	return false;
}
