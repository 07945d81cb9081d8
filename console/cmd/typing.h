/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Standard input on its way to a guest: keys, with an escape key among them, or a file. What the
 * guest does not take yet waits here up to a limit; the rest stays unread in standard input.
 */
#ifndef KPL011_TYPING_H
#define KPL011_TYPING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/loop.h"
#include "base/status.h"
#include "source/drain.h"
#include "source/note.h"
#include "source/source.h"

/* In place of a status: the operator left with the escape key. */
#define TYPING_LEFT (-1)

/* Likewise: nothing can be sent any more, the guest prints on, and input is not a terminal. */
#define TYPING_UNSENT (-2)

/* Called when it ends, with a status or one of these. */
typedef void typing_left_cb(int status, void *arg);

struct typing;
struct hold;

/**
 * typing_new - begin to read standard input
 * @loop: the loop
 * @src: the guest, joined to the loop
 * @hold: the guest's input; must outlive it. NULL: send nothing, act only on the escape key
 * @escape: a key of escape.h
 * @label: the guest's name for messages; must outlive it
 * @notes: where messages go; must outlive it
 * @left: called when it ends; at the end of input, not before the guest has taken everything
 * @arg: for @left
 *
 * Return: NULL if there is no memory
 */
struct typing *typing_new(struct loop *loop, struct source *src, struct hold *hold, int escape,
			  const char *label, const struct notes *notes, typing_left_cb *left,
			  void *arg);

/* The guest's output: when nothing can be sent any more, wait for its end before giving up. */
void typing_follow_output(struct typing *typing, const struct drain *drain);

/* The source takes no input: any that does not come from a terminal is an error. */
void typing_takes_nothing(struct typing *typing);

/* While *@wanted, the guest gets application cursor keys. @wanted must outlive it. */
void typing_follow_cursor_keys(struct typing *typing, const bool *wanted);

/* Translates what is typed from the terminal's locale to UTF-8, which guests print as well. */
void typing_translate(struct typing *typing);

/* Bytes that the guest has not taken. */
size_t typing_unsent(const struct typing *typing);

void typing_free(struct typing *typing);

#endif /* KPL011_TYPING_H */
