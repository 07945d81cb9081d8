/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the names of similar guests have in common, by which the list groups them. Pure.
 */
#ifndef KPL011_GROUPS_H
#define KPL011_GROUPS_H

#include <stddef.h>

/*
 * The part of a name before its last number, without the separators between them:
 * "web" of "web1", "db" of "db-12", "rack2-node" of "rack2-node7-a". The whole
 * name if there is no such part. Returns @stem.
 */
const char *group_stem(const char *name, char *stem, size_t size);

#endif /* KPL011_GROUPS_H */
