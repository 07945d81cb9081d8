/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decides which guests may be read now. While the operator types, all guests together
 * get half of each slice of time, so that keys and their echo never wait for them, even
 * on a busy machine; the guest that was typed at may always be read. While nobody types,
 * guests in windows may be read without a limit. The others keep to the half, since
 * nobody waits for them. Pure.
 */
#ifndef KPL011_TURNS_H
#define KPL011_TURNS_H

#include <stdbool.h>
#include <stdint.h>

#define TURNS_SLICE_NS 16000000
#define TURNS_GUESTS_NS 8000000

/* For this long after a key, to any guest or to this one, the operator counts as typing. */
#define TURNS_TYPED_NS 1000000000

/* All zeroes at first. */
struct turns {
	uint64_t slice_ns; /* when the slice began */
	uint64_t turn_ns;  /* when the current turn began */
	uint64_t spent_ns; /* of the slice's half */
	uint64_t typed_ns; /* when the operator last typed at any guest */
	bool counts;	   /* the current turn is taken from the half */
};

/* False: not now. @typed_ns: when this guest was last typed at; @seen: it is in a window. */
bool turns_begin(struct turns *turns, uint64_t now_ns, uint64_t typed_ns, bool seen);
void turns_end(struct turns *turns, uint64_t now_ns);
void turns_typed(struct turns *turns, uint64_t now_ns);

/* Milliseconds until the next slice begins. */
uint64_t turns_rest_ms(const struct turns *turns, uint64_t now_ns);

#endif /* KPL011_TURNS_H */
