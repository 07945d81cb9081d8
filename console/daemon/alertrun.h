/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command of an alert: a program of its own, with nothing of the daemon's but what it
 * is told in its environment, for so long and no longer.
 */
#ifndef KPL011_ALERTRUN_H
#define KPL011_ALERTRUN_H

#include "base/loop.h"
#include "daemon/alertbook.h"
#include "daemon/alertrules.h"

struct alertrun;

/* It has ended. @failed: and that was told. It may be freed. */
typedef void alertrun_done_cb(struct alertrun *run, bool failed, void *arg);

/**
 * alertrun_start - run it
 * @loop: the loop
 * @rule: whose command
 * @news: what for
 * @count: how often that was seen
 * @done: is called when it has ended
 * @arg: for @done
 *
 * Return: NULL if it cannot be, and that was told
 */
struct alertrun *alertrun_start(struct loop *loop, const struct alertrule *rule,
				const struct alertnews *news, uint64_t count,
				alertrun_done_cb *done, void *arg);

void alertrun_free(struct alertrun *run);

/*
 * At the daemon's end: those that are under way, or NULL, are ended with all that they have
 * started, and freed. Waits for them, for some seconds at most.
 */
void alertrun_end(struct alertrun *const *runs, size_t count);

#endif /* KPL011_ALERTRUN_H */
