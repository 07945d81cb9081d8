// SPDX-License-Identifier: GPL-2.0-only
#include "base/users.h"

#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/msg.h"

/*
 * If users come from a directory on the network, each look-up takes a while, and a host has a
 * thousand guests of a few users. So a result holds for some seconds, also that there is no name.
 */
#define HOLDS_MS 10000
#define KNOWN 4096

/* If a look-up fails, the last name stays, and the next look-up is soon. */
#define FAILED_HOLDS_MS 1000

struct known {
	bool used;
	uid_t uid;
	uint64_t until_ms;
	char name[USER_NAME_SIZE];
};

/* Whether the look-up worked; a missing user is not a failure, whatever errno says. */
static bool look(uid_t uid, char out[USER_NAME_SIZE])
{
	const struct passwd *user;

	errno = 0;
	user = getpwuid(uid);
	if (user)
		msg_clean(out, USER_NAME_SIZE, user->pw_name);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == EIO ||
		 errno == EINTR)
		return false;
	else
		snprintf(out, USER_NAME_SIZE, "%u", uid);
	return true;
}

const char *user_name(uid_t uid, char out[USER_NAME_SIZE])
{
	static struct known all[KNOWN];
	struct known *known = &all[uid % KNOWN];
	uint64_t now = clock_ms();
	bool same = known->used && known->uid == uid;

	if (!same || now >= known->until_ms) {
		known->until_ms = now + HOLDS_MS;
		if (!look(uid, known->name)) {
			known->until_ms = now + FAILED_HOLDS_MS;
			if (!same)
				snprintf(known->name, USER_NAME_SIZE, "%u", uid);
		}
		known->used = true;
		known->uid = uid;
	}
	return memcpy(out, known->name, USER_NAME_SIZE);
}
