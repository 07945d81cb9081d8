// SPDX-License-Identifier: GPL-2.0-only
#include "base/users.h"

#include <pwd.h>
#include <stdio.h>

#include "base/msg.h"

const char *user_name(uid_t uid, char out[USER_NAME_SIZE])
{
	const struct passwd *user = getpwuid(uid);

	if (user)
		msg_clean(out, USER_NAME_SIZE, user->pw_name);
	else
		snprintf(out, USER_NAME_SIZE, "%u", uid);
	return out;
}
