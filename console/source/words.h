/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lists and messages call the host and the state of a source, whose it is, and how it has
 * ended.
 */
#ifndef KPL011_WORDS_H
#define KPL011_WORDS_H

#include <stdbool.h>

#include "base/users.h"
#include "source/source.h"

#define FACTS_OWNED_SIZE (USER_NAME_SIZE + 24)
#define SOURCE_ENDED_SIZE (SOURCE_NAME_SIZE + 32)
#define SOURCE_BLOCKED_SIZE (SOURCE_NAME_SIZE + 256)

/* What this machine is called among hosts. */
#define HOST_LOCAL "local"

/* The host of a port, as the operator calls it. */
static inline const char *facts_host(const struct source_facts *facts)
{
	return facts->host ? facts->host : HOST_LOCAL;
}

/* "live", "dead" or "detached". */
const char *facts_state(const struct source_facts *facts);

/* The way back. False: no state is called @text, and @state is left as it is. */
bool facts_state_read(const char *text, enum source_state *state);

/* Where the guest is and whose: "port 3, user anna", or the source as an operator writes it. */
const char *facts_owned(const struct source_facts *facts, char out[FACTS_OWNED_SIZE]);

/* Whether a source that has ended was detached, so that its VM continues. */
bool source_detached(struct source *src);

/* How a source has ended, as a sentence: "the VM of web1 is gone". */
const char *source_ended(struct source *src, const char *label, char out[SOURCE_ENDED_SIZE]);

/* What source_blocked_news() returned, as a sentence. */
const char *source_blocked_text(const char *label, int err, char out[SOURCE_BLOCKED_SIZE]);

#endif /* KPL011_WORDS_H */
