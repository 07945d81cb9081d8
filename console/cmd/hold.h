/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The input of a guest that an operator's console took: it is kept while keys come, told when
 * another takes it, let go of when nobody types, and had again when somebody does.
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
 * hold_new - the input of a guest, which is not taken yet
 * @loop: the loop
 * @src: the guest
 * @label: what it is called; stays
 * @notes: where to tell what happens; stays
 * @how: how the operator takes the input: "^] t"; stays. NULL: there is no key
 * @release_ms: without a key for so long it is let go of; 0: it is kept
 *
 * Return: NULL without memory
 */
struct hold *hold_new(struct loop *loop, struct source *src, const char *label,
		      const struct notes *notes, const char *how, uint64_t release_ms);
void hold_free(struct hold *hold);

/* Takes the input from whoever has it, and says so. */
void hold_take(struct hold *hold);

/* Before keys go to the guest. False: another has the input, which was told. */
bool hold_may_type(struct hold *hold);

/* The guest's port took no keys, for another has the input. */
void hold_refused(struct hold *hold);

#endif /* KPL011_HOLD_H */
