/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ordered sets, made of libc's tsearch(3). These functions add what that lacks:
 * the least item, and the next one, in as many steps as a search. Whatever the
 * comparison uses must not change while an item is in a set.
 */
#ifndef KPL011_ORDERED_H
#define KPL011_ORDERED_H

#include <stdbool.h>

typedef int ordered_cmp(const void *a, const void *b);

/* Returns false if there is no memory, or if an equal item is in the set. */
bool ordered_put(void **set, void *item, ordered_cmp *cmp);

/*
 * Puts an item in the place of an equal one, for which no memory is needed. Returns the item that
 * was replaced, or NULL if there is none: then the set does not change.
 */
void *ordered_replace(void *set, void *item, ordered_cmp *cmp);

/* Removes an item; does nothing if it is not in the set. */
void ordered_take(void **set, const void *item, ordered_cmp *cmp);

/* Returns NULL if there is none. */
void *ordered_find(void *set, const void *like, ordered_cmp *cmp);
void *ordered_first(void *set, ordered_cmp *cmp);

/* Returns the least item greater than @like, which need not be in the set. */
void *ordered_after(void *set, const void *like, ordered_cmp *cmp);

/* Frees the set, but not its items. */
void ordered_free(void **set);

#endif /* KPL011_ORDERED_H */
