/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who of the guests may be read now. While the operator types they have together half
 * of each slice of time, so that what is typed and its echo never wait for them, on a
 * busy machine either; but for the guest that was typed at, which always may. While
 * nobody types, those that are looked at have all there is; those that are not keep to
 * the half, since nobody waits for them. Pure.
 */
#ifndef KPL011_TURNS_H
#define KPL011_TURNS_H

#include <stdbool.h>
#include <stdint.h>

#define TURNS_SLICE_NS 16000000
#define TURNS_GUESTS_NS 8000000

/* Since the last key, of any guest or of this one. */
#define TURNS_TYPED_NS 1000000000

/* Zeroes are a good beginning. */
struct turns {
	uint64_t slice_ns; /* when it began */
	uint64_t turn_ns;  /* likewise */
	uint64_t spent_ns; /* of the slice */
	uint64_t typed_ns; /* when a guest was typed at last */
	bool counts;	   /* the turn that runs is part of the half */
};

/* False: not now. @typed_ns: when this guest was typed at last; @seen: it is looked at. */
bool turns_begin(struct turns *turns, uint64_t now_ns, uint64_t typed_ns, bool seen);
void turns_end(struct turns *turns, uint64_t now_ns);
void turns_typed(struct turns *turns, uint64_t now_ns);

/* Until the next slice begins. */
uint64_t turns_rest_ms(const struct turns *turns, uint64_t now_ns);

#endif /* KPL011_TURNS_H */
