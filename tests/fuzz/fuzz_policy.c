// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whatever is in a policy, it is used as a whole or something is told of a line
 * that it has, and each setting stays within what it may be.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "daemon/policy.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
	size_t count;
	size_t lines;
};

static void tell(size_t line, const char *why, void *arg)
{
	struct told *told = arg;

	MUST(line >= 1 && line <= told->lines);
	MUST(*why);
	told->count++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy_guest guest = { .name = "web1", .user = "alice", .uid = 1000,
				      .command = "qemu -m 4G" };
	struct policy_decision decision;
	struct told told = { .lines = 1 };
	struct policy policy;
	int err;

	for (size_t i = 0; i < size; i++)
		told.lines += data[i] == '\n';
	policy_init(&policy);
	err = policy_parse(&policy, (const char *)data, size, tell, &told);
	MUST(err == 0 || err == -EINVAL);
	MUST(!err == !told.count);
	policy_decide(&policy, &guest, &decision);
	MUST(decision.value[POLICY_ATTACH] <= 1);
	MUST(decision.value[POLICY_GPA] % 4096 == 0);
	MUST(decision.value[POLICY_INTID] >= 32 && decision.value[POLICY_INTID] <= 1019);
	MUST(decision.value[POLICY_HISTORY] >= 4096 && decision.value[POLICY_HISTORY] <= 16 << 20);
	MUST(decision.value[POLICY_LOG] <= 15);
	MUST(err || !decision.alerts || policy.alerts);
	for (int i = 0; i < POLICY_SETTINGS; i++) {
		char text[POLICY_TEXT_SIZE];

		MUST(*policy_text((enum policy_setting)i, decision.value[i], text));
	}
	policy_free(&policy);
	return 0;
}
