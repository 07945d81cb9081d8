// SPDX-License-Identifier: GPL-2.0-only
#include "base/users.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/msg.h"

/*
 * Where users come from a directory on the network each look takes a while, and a host has a
 * thousand guests of a few users: what was found holds for some seconds, also that there is none.
 */
#define HOLDS_MS 10000
#define KNOWN 4096

struct known {
	bool used;
	uid_t uid;
	uint64_t until_ms;
	char name[USER_NAME_SIZE];
};

static void look(uid_t uid, char out[USER_NAME_SIZE])
{
	const struct passwd *user = getpwuid(uid);

	if (user)
		msg_clean(out, USER_NAME_SIZE, user->pw_name);
	else
		snprintf(out, USER_NAME_SIZE, "%u", uid);
}

const char *user_name(uid_t uid, char out[USER_NAME_SIZE])
{
	static struct known all[KNOWN];
	struct known *known = &all[uid % KNOWN];
	uint64_t now = clock_ms();

	if (!known->used || known->uid != uid || now >= known->until_ms) {
		look(uid, known->name);
		known->used = true;
		known->uid = uid;
		known->until_ms = now + HOLDS_MS;
	}
	return memcpy(out, known->name, USER_NAME_SIZE);
}
