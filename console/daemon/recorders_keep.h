/* SPDX-License-Identifier: GPL-2.0-only */
/* What the keeper asks the recorders; see keeper.h. @arg is struct recorders. */
#ifndef KPL011_RECORDERS_KEEP_H
#define KPL011_RECORDERS_KEEP_H

#include "daemon/recorders.h"

/* The owner as in logname.h. */
int64_t recorders_owner_of(const struct recorders *all, const struct recorder *recorder);

void recorders_limits(const char *base, struct keeper_limits *limits, void *arg);
void recorders_owner_limits(int64_t uid, uint64_t limits[ARCHIVE_MEASURES], void *arg);
int64_t recorders_payer(int64_t uid, void *arg);
bool recorders_in_use(const char *base, bool clean, void *arg);
void recorders_rotate_log(const char *base, bool clean, void *arg);
bool recorders_owner_of_ledger(const char *name, int64_t *uid, void *arg);

#endif /* KPL011_RECORDERS_KEEP_H */
