/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The input of a guest that the operator of a console has taken, with --take or a key. The console
 * holds it while keys come, releases it when none has come for a while, and takes it again at the
 * next key. If another process takes it, the operator is told.
 */
#ifndef KPL011_HOLD_H
#define KPL011_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "source/note.h"
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
