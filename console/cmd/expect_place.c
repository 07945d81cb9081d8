// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/expect_place.h"

#include <inttypes.h>
#include <string.h>

#include "base/msg.h"
#include "base/status.h"
#include "guests/guests.h"
#include "guests/pick.h"
#include "source/catch_up.h"
#include "source/cursor.h"

/* How many bytes to read to know whether a line begins after them. */
#define BEHIND 4096

void expect_place_behind(struct seen *seen, struct source *src, uint64_t from, bool in_line)
{
	char before[BEHIND];
	uint64_t at = from > BEHIND ? from - BEHIND : 0;
	uint64_t skipped;
	size_t len = 0;
	ssize_t n = 0;

	if (!from)
		return;
	if (!source_seek(src, at))
		while (at < from) {
			n = source_read(src, before + len, (size_t)(from - at), &skipped);
			if (n <= 0 || skipped >= from - at)
				break;
			at += skipped + (uint64_t)n;
			len += (size_t)n;
		}
	if (at == from)
		seen_behind(seen, before, len);
	/* It may have to come from another host first, but that @from is in a line is known. */
	else if (in_line)
		seen_behind(seen, "x", 1);
	source_seek(src, from);
}

int expect_place_find(const struct expecting_options *opts, struct source *src,
		      struct source_facts *facts, bool came, uint64_t *from)
{
	char label[SOURCE_NAME_SIZE];
	int status;
	int err;

	guests_label(facts, label);
	*from = facts->tx_oldest;
	if (opts->cursor) {
		status = (int)pick_need_past(src, facts, "--cursor", "without it");
		if (status)
			return status;
		if (!cursor_load(opts->cursor, src, facts, from))
			return STATUS_FAILED;
		if (!*from)
			*from = facts->tx_oldest;
	} else if (opts->from == EXPECTING_FROM_NOW && !came) {
		err = catch_up_facts(src, facts, false);
		if (err) {
			msg_error("cannot read the output of %s: %s", label, strerror(-err));
			return STATUS_FAILED;
		}
		*from = facts->tx_newest;
	} else if (opts->from == EXPECTING_FROM_POSITION) {
		*from = opts->pos;
	}
	if (*from <= facts->tx_newest)
		return STATUS_OK;
	msg_error("position %" PRIu64 " of %s does not exist yet: there are %" PRIu64 " bytes",
		  *from, label, facts->tx_newest);
	return STATUS_FAILED;
}
