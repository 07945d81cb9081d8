/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whom to charge for what a uid uses, where users share something. A user with subordinate uids can
 * appear as any of 65,536 uids, and is still one user. This says neither who somebody is nor what
 * they may do.
 */
#ifndef KPL011_PAYERS_H
#define KPL011_PAYERS_H

#include <sys/types.h>

/*
 * The user to whom /etc/subuid gives @uid as a subordinate uid, or else @uid itself. For root's
 * subordinate uids it is the first of each 65,536, which a container manager gives to one
 * container. A change of that file takes effect after some seconds, so a caller that charges
 * somebody has to remember whom. While the file cannot be read, for example without free
 * descriptors, the version that was read last stays in effect.
 */
uid_t payer_of(uid_t uid);

/* The path of that file. */
const char *payers_path(void);

#endif /* KPL011_PAYERS_H */
