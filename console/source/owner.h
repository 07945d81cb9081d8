/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The owner of a guest. Owners choose the names of their guests, and several may choose
 * the same: an operator has to see whose guest it is.
 */
#ifndef KPL011_OWNER_H
#define KPL011_OWNER_H

#include "base/users.h"
#include "source/source.h"

/* The owner's name on the guest's host, or the uid. Returns @out. */
const char *facts_user(const struct source_facts *facts, char out[USER_NAME_SIZE]);

#endif /* KPL011_OWNER_H */
