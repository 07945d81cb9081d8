/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose a guest is. Names of guests are chosen by their owners, and several may choose
 * the same: an operator has to see who it was.
 */
#ifndef KPL011_OWNER_H
#define KPL011_OWNER_H

#include "base/users.h"
#include "source/source.h"

/* A user's name, or a number, of the guest's host. */
const char *guests_user(const struct source_facts *facts, char out[USER_NAME_SIZE]);

#endif /* KPL011_OWNER_H */
