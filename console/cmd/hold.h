/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The input of a guest, as a console on which --take or the take key was used holds it: keys keep
 * it, nothing typed for a while releases it, and the next key takes it again. Another process that
 * takes it is reported.
 */
#ifndef KPL011_HOLD_H
#define KPL011_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "base/note.h"
#include "source/source.h"

struct hold;

/**
 * hold_new - prepare to hold the input of a guest, which is not taken yet
 * @loop: the loop
 * @src: the guest
 * @label: its name for messages; must outlive the hold
 * @notes: where messages go; must outlive the hold
 * @how: the keys that take the input, as "^] t"; must outlive the hold. NULL: there are none
 * @release_ms: after this time without a key the input is released; 0: never
 *
 * Return: NULL if there is no memory
 */
struct hold *hold_new(struct loop *loop, struct source *src, const char *label,
		      const struct notes *notes, const char *how, uint64_t release_ms);
void hold_free(struct hold *hold);

/* Takes the input from its holder, and reports it. */
void hold_take(struct hold *hold);

/* Called before keys are sent. False: another process holds the input, which was reported. */
bool hold_may_type(struct hold *hold);

/* Called when the port refused keys because another process holds the input: reports that. */
void hold_refused(struct hold *hold);

#endif /* KPL011_HOLD_H */
