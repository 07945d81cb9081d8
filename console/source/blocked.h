/* SPDX-License-Identifier: GPL-2.0-only */
/* For sources: that what has the name of what is read cannot be read. Pure. */
#ifndef KPL011_BLOCKED_H
#define KPL011_BLOCKED_H

#include <sys/stat.h>

#include "source/source.h"

/*
 * @err: why it cannot be, 0: it can, or it is what is read. @st: of it; zeroes where nothing is
 * known. It is told again when that is another one, or another reason. Returns @err.
 */
static inline int blocked_by(struct source *src, int err, const struct stat *st)
{
	struct source_blocked *was = &src->blocked;

	was->holds = err;
	if (err == was->err && (!err || (was->dev == st->st_dev && was->ino == st->st_ino)))
		return err;
	/* What was never told is not told to be over. */
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
