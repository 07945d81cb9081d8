/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Notes that the name of a source now belongs to something that cannot be read, such as a
 * directory in the place of a file, and whether that is news to the reader. Pure.
 */
#ifndef KPL011_BLOCKED_H
#define KPL011_BLOCKED_H

#include <sys/stat.h>

#include "source/source.h"

/*
 * @err: why what has the name cannot be read; 0: it can, or it is what is read already. @st: its
 * status; zeroes if nothing is known of it. Another file or another reason is news again.
 * Returns @err.
 */
static inline int blocked_by(struct source *src, int err, const struct stat *st)
{
	struct source_blocked *was = &src->blocked;

	was->holds = err;
	if (err == was->err && (!err || (was->dev == st->st_dev && was->ino == st->st_ino)))
		return err;
	/* The end of a trouble is news only if the trouble was reported. */
	*was = (struct source_blocked){
		.err = err,
		.holds = err,
		.told = was->told,
		.news = err || was->told,
	};
	if (err) {
		was->dev = st->st_dev;
		was->ino = st->st_ino;
	}
	return err;
}

#endif /* KPL011_BLOCKED_H */
