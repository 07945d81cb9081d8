// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/beside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "daemon/dirread.h"
#include "daemon/ondisk.h"

/* The space that a ledger takes on most file systems. */
#define LEDGER_BYTES 4096

#define TURN_NS ((uint64_t)5 * 1000000)

#define RETRY_MS ((uint64_t)60 * 1000)

/* Passes one after the other, while ledgers come and go. */
#define LOOKS_MAX 4

struct beside {
	const struct logdir *dir;
	struct archive *archive;
	const struct packer *packer;
	const struct beside_ops *ops;
	void *arg;
	struct dirread *entries; /* of the pass under way, or NULL */
	bool counting;		 /* it has read all entries */
	unsigned int looks;
	bool changed; /* ledgers have come or gone since it began */
	int unread;   /* it could not be read to its end, which was printed: an errno */
	struct loop_event *turn;
};

static void end(struct beside *beside)
{
	dirread_close(beside->entries);
	beside->entries = NULL;
}

/* What was counted is less than there is: the last full count stays. */
static void look_failed(struct beside *beside, int err)
{
	if (beside->unread != err)
		msg_error("cannot look through %s/" LOGDIR_STATE ": %s; it is tried again",
			  beside->dir->path, strerror(err));
	beside->unread = err;
	end(beside);
	loop_timer_set(beside->turn, RETRY_MS);
}

static void begin(struct beside *beside)
{
	end(beside);
	if (beside->dir->state < 0)
		return;
	beside->entries = dirread_open(beside->dir->state);
	if (!beside->entries) {
		look_failed(beside, errno);
		return;
	}
	beside->looks++;
	beside->changed = false;
	beside->counting = false;
	archive_small_begin(beside->archive);
	loop_timer_set(beside->turn, 0);
}

static void see(struct beside *beside, const char *name)
{
	int state = beside->dir->state;
	int64_t uid = ARCHIVE_NOBODY;
	struct stat st;

	if (!strncmp(name, PACKER_TMP, strlen(PACKER_TMP))) {
		/* Left by a compression that was killed, unless one is just making it. */
		if (!packer_makes(beside->packer, name))
			unlinkat(state, name, 0);
		return;
	}
	if (!beside->ops->owner_of(name, &uid, beside->arg) && !unlinkat(state, name, 0))
		return;
	if (!fstatat(state, name, &st, AT_SYMLINK_NOFOLLOW) && !S_ISDIR(st.st_mode))
		archive_small_saw(beside->archive, uid, ondisk_bytes(&st, time(NULL)));
}

/* If so, it continues in the next turn. */
static bool is_over(struct beside *beside, uint64_t begun)
{
	if (!clock_passed(begun, TURN_NS))
		return false;
	loop_timer_set(beside->turn, 0);
	return true;
}

/* True: the turn is over, and there is more to do; or the rest cannot be read. */
static bool look_at_entries(struct beside *beside, uint64_t begun)
{
	const char *name;
	int err;

	while ((name = dirread_next(beside->entries))) {
		see(beside, name);
		if (is_over(beside, begun))
			return true;
	}
	err = dirread_error(beside->entries);
	if (err) {
		look_failed(beside, err);
		return true;
	}
	if (beside->unread)
		msg_error("%s/" LOGDIR_STATE " can be looked through again", beside->dir->path);
	beside->unread = 0;
	beside->counting = true;
	return false;
}

static void on_turn(void *arg)
{
	struct beside *beside = arg;
	uint64_t begun = clock_ns();

	if (beside->dir->state < 0)
		return;
	if (!beside->entries) {
		beside_look(beside);
		return;
	}
	if (!beside->counting && look_at_entries(beside, begun))
		return;
	while (archive_small_end(beside->archive))
		if (is_over(beside, begun))
			return;
	beside->ops->counted(beside->arg);
	/* What came or went meanwhile may have been counted or not. */
	if (beside->changed && beside->looks < LOOKS_MAX)
		begin(beside);
	else
		end(beside);
}

void beside_look(struct beside *beside)
{
	beside->looks = 0;
	begin(beside);
}

int beside_fails(const struct beside *beside)
{
	return beside->unread;
}

void beside_ledgers(struct beside *beside, const char *base, int64_t count)
{
	beside->changed = true;
	archive_small(beside->archive, logname_uid(base), count * LEDGER_BYTES, count);
}

struct beside *beside_new(struct loop *loop, const struct logdir *dir, struct archive *archive,
			  const struct packer *packer, const struct beside_ops *ops, void *arg)
{
	struct beside *beside = calloc(1, sizeof(*beside));

	if (!beside)
		return NULL;
	*beside = (struct beside){
		.dir = dir,
		.archive = archive,
		.packer = packer,
		.ops = ops,
		.arg = arg,
		.turn = loop_timer(loop, on_turn, beside),
	};
	if (beside->turn)
		return beside;
	beside_free(beside);
	return NULL;
}

void beside_free(struct beside *beside)
{
	if (!beside)
		return;
	end(beside);
	loop_event_free(beside->turn);
	free(beside);
}
