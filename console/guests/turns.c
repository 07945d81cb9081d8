// SPDX-License-Identifier: GPL-2.0-only
#include "guests/turns.h"

bool turns_begin(struct turns *turns, uint64_t now_ns, uint64_t typed_ns, bool seen)
{
	if (now_ns - turns->slice_ns >= TURNS_SLICE_NS) {
		turns->slice_ns = now_ns;
		turns->spent_ns = 0;
	}
	turns->turn_ns = now_ns;
	turns->counts = !seen || now_ns - turns->typed_ns < TURNS_TYPED_NS;
	return !turns->counts || turns->spent_ns < TURNS_GUESTS_NS ||
	       now_ns - typed_ns < TURNS_TYPED_NS;
}

void turns_end(struct turns *turns, uint64_t now_ns)
{
	if (turns->counts)
		turns->spent_ns += now_ns - turns->turn_ns;
}

void turns_typed(struct turns *turns, uint64_t now_ns)
{
	turns->typed_ns = now_ns;
}

uint64_t turns_rest_ms(const struct turns *turns, uint64_t now_ns)
{
	uint64_t since = now_ns - turns->slice_ns;

	return 1 + (since < TURNS_SLICE_NS ? TURNS_SLICE_NS - since : 0) / 1000000;
}
