/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who answers for what a user has, where users share something: who has subordinate uids can be
 * any of 65,536 of them, and is one user all the same. It says nothing of who somebody is, nor
 * of what they may do.
 */
#ifndef KPL011_PAYERS_H
#define KPL011_PAYERS_H

#include <sys/types.h>

/*
 * Whose subordinate uid that is, by /etc/subuid; or else the user itself. Of those of root it is
 * the first of 65,536, as a container manager gives them to one container. Another version of
 * that file holds after some seconds, so whoever counts for somebody keeps who that was. While it
 * cannot be read, as without descriptors, what was read last holds.
 */
uid_t payer_of(uid_t uid);

/* Where they are. */
const char *payers_path(void);

#endif /* KPL011_PAYERS_H */
