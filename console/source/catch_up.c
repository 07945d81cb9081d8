// SPDX-License-Identifier: GPL-2.0-only
#include "source/catch_up.h"

/* Together these read more than a pipe or a socket holds. */
#define READS (CATCH_UP_MAX / CATCH_UP_CHUNK)

int catch_up(struct source *src, catch_up_cb *got, void *arg)
{
	unsigned char bytes[CATCH_UP_CHUNK];
	uint64_t skipped;

	for (int i = 0; i < READS; i++) {
		ssize_t n = source_read(src, bytes, sizeof(bytes), &skipped);

		if (n <= 0)
			return (int)n;
		if (got)
			got(bytes, (size_t)n, arg);
	}
	return 1;
}

int catch_up_facts(struct source *src, struct source_facts *facts, bool keeps)
{
	int err = source_facts(src, facts);

	if (err || !src->no_past)
		return err;
	keeps &= src->ops->keep != NULL;
	err = source_seek(src, facts->tx_newest);
	if (!err && keeps)
		src->ops->keep(src, CATCH_UP_MAX);
	if (!err)
		err = catch_up(src, NULL, NULL);
	if (keeps)
		src->ops->keep(src, 0);
	if (err < 0 && err != -EAGAIN)
		return err;
	return source_facts(src, facts);
}
