/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs the command of an alert: a separate program that may run for a limited time. It inherits
 * nothing of the daemon's, and gets an environment that describes the alert.
 */
#ifndef KPL011_ALERTRUN_H
#define KPL011_ALERTRUN_H

#include "base/loop.h"
#include "daemon/alertbook.h"
#include "daemon/alertrules.h"

struct alertrun;

/* It has ended, and may be freed. @failed: it was not successful, which was printed. */
typedef void alertrun_done_cb(struct alertrun *run, bool failed, void *arg);

/**
 * alertrun_start - run the command of an alert
 * @loop: must outlive it
 * @rule: whose command
 * @news: what the alert reports
 * @count: how often it was seen
 * @done: is called when it has ended
 * @arg: for @done
 *
 * Return: NULL if it cannot be run, which was printed
 */
struct alertrun *alertrun_start(struct loop *loop, const struct alertrule *rule,
				const struct alertnews *news, uint64_t count,
				alertrun_done_cb *done, void *arg);

void alertrun_free(struct alertrun *run);

/*
 * At the daemon's end: ends those that are running, with all that they have started, and frees
 * them. Entries may be NULL. Waits for them for a few seconds at most.
 */
void alertrun_end(struct alertrun *const *runs, size_t count);

#endif /* KPL011_ALERTRUN_H */
