/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * At the far end: runs a short command of kpl011 for the near end, to which its
 * output and exit status are sent.
 */
#ifndef KPL011_ERRAND_H
#define KPL011_ERRAND_H

#include <jansson.h>

#include "base/loop.h"
#include "remote/outbox.h"

/* Words of a command, at most. */
#define ERRAND_WORDS 64

struct errand;

/* The command has ended with this exit status, and all of its output was sent. */
typedef void errand_cb(int status, void *arg);

/**
 * errand_new - start a command
 * @loop: the loop
 * @words: an array of strings: a command that errand_allowed() allows, and its arguments
 * @box: for frames with its output
 * @number: the channel of these frames
 * @done: called at its end
 * @arg: for @done
 *
 * Return: NULL if it cannot be started
 */
struct errand *errand_new(struct loop *loop, json_t *words, struct outbox *box, uint32_t number,
			  errand_cb *done, void *arg);

/* Ends it if it still runs. A command that has stopped a guest lets it continue before it ends. */
void errand_free(struct errand *errand);

/* Whether the first of @words is a command that may be run as an errand. */
bool errand_allowed(json_t *words, bool read_only);

/* The outbox has room again. */
void errand_resume(struct errand *errand);

#endif /* KPL011_ERRAND_H */
