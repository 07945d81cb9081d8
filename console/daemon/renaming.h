/* SPDX-License-Identifier: GPL-2.0-only */
/* Renames logs that were written before names had owners to what they would be called now. */
#ifndef KPL011_RENAMING_H
#define KPL011_RENAMING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/logdir.h"

/* The length of a turn of the loop. */
#define RENAMING_TURN_NS ((uint64_t)10 * 1000000)

struct renaming;

/**
 * renaming_begin - begin to rename logs with old names
 * @dir: the directory, open; must not change until renaming_free()
 * @boot: the id of this boot
 * @plain: uid whose guests' logs have no owner in their names
 *
 * To be done before the directory is looked through, and before a port is logged. Reports
 * what it renames, and continues where an earlier start was killed. It knows the owners of
 * logs from the ports that exist: logs of other guests keep their names.
 *
 * Return: NULL if there is nothing to do, or no memory to do it
 */
struct renaming *renaming_begin(const struct logdir *dir, const char *boot, uid_t plain);
void renaming_free(struct renaming *all);

/* Returns true if the turn is over, and there is more. */
bool renaming_go_on(struct renaming *all);

#endif /* KPL011_RENAMING_H */
