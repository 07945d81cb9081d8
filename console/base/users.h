/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KPL011_USERS_H
#define KPL011_USERS_H

#include <sys/types.h>

#define USER_NAME_SIZE 64

/*
 * A user's name, or the uid in digits if it has none. The answer may be ten seconds old, or older
 * while the user cannot be looked up.
 */
const char *user_name(uid_t uid, char out[USER_NAME_SIZE]);

#endif /* KPL011_USERS_H */
