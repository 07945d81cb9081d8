/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets that are in order, made of libc's tsearch(3): what that has no call for, the least
 * one and the next one, in as many steps as a search. What an item is compared by must not
 * change while it is in a set.
 */
#ifndef KPL011_ORDERED_H
#define KPL011_ORDERED_H

#include <stdbool.h>

typedef int ordered_cmp(const void *a, const void *b);

/* False: no memory, or one that is alike is in it. */
bool ordered_put(void **set, void *item, ordered_cmp *cmp);

/* It need not be in it. */
void ordered_take(void **set, const void *item, ordered_cmp *cmp);

/* NULL: there is none. */
void *ordered_find(void *set, const void *like, ordered_cmp *cmp);
void *ordered_first(void *set, ordered_cmp *cmp);

/* The least that is greater than @like, which need not be in it. */
void *ordered_after(void *set, const void *like, ordered_cmp *cmp);

/* Leaves the items as they are. */
void ordered_free(void **set);

#endif /* KPL011_ORDERED_H */
