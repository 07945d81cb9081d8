/* SPDX-License-Identifier: GPL-2.0-only */
/* What comes by itself: news of guests, of other hosts, and of VMs that start. */
#ifndef KPL011_NEWS_H
#define KPL011_NEWS_H

#include "ui/ui.h"

/* What the fleet tells the screen. */
extern const struct fleet_ops ui_fleet_ops;

/* Has the hosts that are connected tell the screen. False: no memory. */
bool ui_join_hosts(struct ui *ui);

/* New VMs get a port if the operator has the permission to attach one. */
void ui_watch_vms(struct ui *ui);

#endif /* KPL011_NEWS_H */
