/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Standard input on its way to a guest: keys, with an escape key among them, or a file.
 * A paste waits here for the guest, up to a limit; the rest stays where it comes from.
 */
#ifndef KPL011_TYPING_H
#define KPL011_TYPING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/loop.h"
#include "base/note.h"
#include "base/status.h"
#include "source/drain.h"
#include "source/source.h"

/* In place of a status: the operator left, by the escape key. */
#define TYPING_LEFT (-1)

/* The same: a guest that prints on takes nothing any more, and there is no operator. */
#define TYPING_UNSENT (-2)

/* It has ended: a status, or one of these. */
typedef void typing_left_cb(int status, void *arg);

struct typing;
struct hold;

/**
 * typing_new - begin to read standard input
 * @loop: the loop
 * @src: the guest, joined to the loop
 * @hold: its input: what is typed goes to it; NULL: only the escape key is listened to. Stays
 * @escape: a key of escape.h
 * @label: what the guest is called; stays
 * @notes: where to tell what happens; stays
 * @left: called when it has ended, and what came before was taken
 * @arg: for @left
 *
 * Return: NULL without memory
 */
struct typing *typing_new(struct loop *loop, struct source *src, struct hold *hold, int escape,
			  const char *label, const struct notes *notes, typing_left_cb *left,
			  void *arg);

/* What the guest prints: an end for which nothing can be sent any more waits for that. */
void typing_follow_output(struct typing *typing, const struct drain *drain);

/* Nothing can be sent. What comes all the same, and not from a terminal, is an error. */
void typing_takes_nothing(struct typing *typing);

/* While *@wanted the guest gets application cursor keys; it stays. */
void typing_follow_cursor_keys(struct typing *typing, const bool *wanted);

/* What is typed in the terminal's locale goes to the guest as UTF-8, as what it prints comes. */
void typing_translate(struct typing *typing);

/* Bytes that the guest did not take. */
size_t typing_unsent(const struct typing *typing);

void typing_free(struct typing *typing);

#endif /* KPL011_TYPING_H */
