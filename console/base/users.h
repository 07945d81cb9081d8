/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KPL011_USERS_H
#define KPL011_USERS_H

#include <sys/types.h>

#define USER_NAME_SIZE 64

/*
 * A user's name, or the number where there is no name; as it was up to ten seconds ago, or longer
 * while it cannot be looked for.
 */
const char *user_name(uid_t uid, char out[USER_NAME_SIZE]);

#endif /* KPL011_USERS_H */
