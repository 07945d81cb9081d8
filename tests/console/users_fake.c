// SPDX-License-Identifier: GPL-2.0-only
/* In place of users.c and payers.c: users are called u1000, and u1 has subordinate uids. */
#include <stdio.h>

#include "base/payers.h"
#include "base/users.h"

const char *user_name(uid_t uid, char name[USER_NAME_SIZE])
{
	snprintf(name, USER_NAME_SIZE, "u%u", uid);
	return name;
}

uid_t payer_of(uid_t uid)
{
	return uid >= 100000 && uid < 165536 ? 1 : uid;
}
