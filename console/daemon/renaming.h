/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Logs that were written before a guest's owner was part of their names are given the
 * names that they would have now.
 */
#ifndef KPL011_RENAMING_H
#define KPL011_RENAMING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/logdir.h"

/* In one turn of the loop. */
#define RENAMING_TURN_NS ((uint64_t)10 * 1000000)

struct renaming;

/**
 * renaming_begin - rename what is called otherwise now
 * @dir: the directory, open; it stays the same until renaming_free()
 * @boot: this boot
 * @plain: whose guests' logs have no owner in their names
 *
 * Before the directory is looked through, and before a port is logged. Says what it renames,
 * and goes on where it was when it was killed. Whose the logs are it knows from the ports
 * that there are: those of others stay as they are called.
 *
 * Return: NULL, there is nothing to do, or no memory to do it
 */
struct renaming *renaming_begin(const struct logdir *dir, const char *boot, uid_t plain);
void renaming_free(struct renaming *all);

/* True: the turn is over, and there is more. */
bool renaming_go_on(struct renaming *all);

#endif /* KPL011_RENAMING_H */
