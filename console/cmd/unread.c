// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/unread.h"

#include "source/source_port.h"

/* How many times UNREAD_ASK_MS to wait without --timeout: half a second. */
#define ASKED_MAX 25

/* The index of DR, the first register, in reads_of[]. */
#define DR 0

struct count {
	uint64_t sent;
	uint64_t queued;
	uint64_t reads;
	bool by_register; /* the module counts reads by register; an old one does not */
};

static bool count(uint32_t id, struct count *count)
{
	struct port_info info;
	uint64_t reads = 0;

	if (port_info(id, &info) || !info.facts.live)
		return false;
	for (size_t i = 0; i < PORT_REGS; i++)
		reads += info.reads_of[i];
	*count = (struct count){
		.sent = info.facts.rx_bytes + info.facts.rx_breaks,
		.queued = info.facts.rx_queued,
		.reads = info.reads_of[DR],
		.by_register = reads == info.facts.reads,
	};
	return true;
}

void unread_begin(struct unread *unread, struct source *src, const struct source_facts *facts)
{
	struct count now;

	*unread = (struct unread){ .src = src, .kept = true };
	if (!facts)
		return;
	unread->id = facts->id;
	if (facts->host || facts->where || !count(facts->id, &now))
		return;
	unread->known = true;
	unread->sent = now.sent;
	unread->queued = now.queued;
	unread->reads = now.reads;
}

/* How many of the bytes sent since then wait: the guest reads first what waited before. */
static uint64_t waiting(const struct unread *unread, const struct count *now)
{
	uint64_t sent = now->sent - unread->sent;

	return now->queued < sent ? now->queued : sent;
}

static uint64_t lost(const struct unread *unread, const struct count *now)
{
	uint64_t sent = now->sent - unread->sent;
	uint64_t left = unread->queued + sent - now->queued;
	uint64_t read = now->reads - unread->reads;
	uint64_t gone = left > read ? left - read : 0;

	if (!now->by_register)
		return 0;
	return gone < sent ? gone : sent;
}

static enum unread_what look_at_source(struct unread *unread, bool wait)
{
	int left = source_unread(unread->src, &unread->kept);

	if (left <= 0)
		return left ? UNREAD_GONE : UNREAD_NONE;
	unread->bytes = (uint64_t)left;
	unread->asked++;
	if (wait || unread->asked < ASKED_MAX)
		return UNREAD_WAIT;
	if (unread->kept)
		return UNREAD_SOME;
	return unread->asked == ASKED_MAX ? UNREAD_LATE : UNREAD_WAIT;
}

enum unread_what unread_look(struct unread *unread, bool wait)
{
	struct count now;

	if (!unread->known)
		return look_at_source(unread, wait);
	if (!count(unread->id, &now))
		return UNREAD_NONE;
	unread->bytes = waiting(unread, &now);
	if (unread->bytes)
		return wait || unread->asked++ < ASKED_MAX ? UNREAD_WAIT : UNREAD_SOME;
	unread->bytes = lost(unread, &now);
	return unread->bytes ? UNREAD_LOST : UNREAD_NONE;
}

uint64_t unread_bytes(const struct unread *unread)
{
	struct count now;

	return unread->known && count(unread->id, &now) ? waiting(unread, &now) : 0;
}
