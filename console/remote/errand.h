/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A command of kpl011 that ends at once, run at the far end: what it prints goes
 * back, and how it ended.
 */
#ifndef KPL011_ERRAND_H
#define KPL011_ERRAND_H

#include <jansson.h>

#include "base/loop.h"
#include "remote/outbox.h"

/* Words of one, at most. */
#define ERRAND_WORDS 64

struct errand;

/* It has ended with this exit code, and everything was sent. */
typedef void errand_cb(int status, void *arg);

/**
 * errand_new - begin
 * @words: an array of strings: the command, which errand_allowed() allows, and more
 * @box: where to what it prints goes
 * @number: as this channel
 *
 * Return: NULL: it cannot be
 */
struct errand *errand_new(struct loop *loop, json_t *words, struct outbox *box, uint32_t number,
			  errand_cb *done, void *arg);

/* Ends it, if it has not. One that has stopped a guest has that go on first, in its own time. */
void errand_free(struct errand *errand);

/* Whether the first of @words is a command that may be run so. */
bool errand_allowed(json_t *words, bool read_only);

/* The outbox has room again. */
void errand_resume(struct errand *errand);

#endif /* KPL011_ERRAND_H */
