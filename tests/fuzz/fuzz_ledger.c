// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whatever is in a ledger: what is taken for one names no file elsewhere, reads
 * the same when it is written again, and leads to a place that can be.
 */
#include <stdint.h>
#include <string.h>

#include "daemon/ledger.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void resume(const struct ledger *ledger, uint64_t size, bool exists)
{
	struct ledger_found found = {
		.exists = exists,
		.dev = ledger->dev,
		.ino = ledger->ino,
		.size = size,
	};
	struct ledger_point at;
	enum ledger_verdict verdict = ledger_resume(ledger, &found, &at);

	MUST(at.pos >= ledger->from.pos && at.pos <= ledger->to.pos);
	MUST(verdict == LEDGER_CUT_BACK ? at.size <= size : at.size == (exists ? size : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ledger ledger;
	struct ledger again;
	char text[LEDGER_SIZE];

	if (!ledger_get((const char *)data, size, &ledger))
		return 0;
	MUST(*ledger.base && *ledger.base != '.' && !strchr(ledger.base, '/'));
	resume(&ledger, 0, false);
	resume(&ledger, 0, true);
	resume(&ledger, ledger.from.size, true);
	resume(&ledger, (ledger.from.size + ledger.to.size) / 2, true);
	resume(&ledger, ledger.to.size, true);
	resume(&ledger, UINT64_MAX, true);
	ledger_put(&ledger, text);
	MUST(ledger_get(text, sizeof(text), &again));
	MUST(!strcmp(ledger.base, again.base) && again.to.pos == ledger.to.pos &&
	     again.from.in_line == ledger.from.in_line);
	return 0;
}
