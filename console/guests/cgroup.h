/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the system has put a process: its control group, and the unit of systemd's that
 * this is of. Pure.
 */
#ifndef KPL011_CGROUP_H
#define KPL011_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

#define CGROUP_UNIT_SIZE 256

/**
 * cgroup_path - find the control group
 * @text: what /proc/PID/cgroup has
 *
 * With both hierarchies the one that systemd has; see cgroups(7). The text is changed.
 * Return: the path, in @text, or NULL
 */
const char *cgroup_path(char *text);

/**
 * cgroup_unit - find the unit
 * @path: what cgroup_path() returned
 * @unit: where its name goes
 *
 * The unit of the system's manager: what users start in sessions of their own is in
 * user@UID.service or a session's scope, whatever they call it.
 * Return: whether there is one
 */
bool cgroup_unit(const char *path, char unit[CGROUP_UNIT_SIZE]);

#endif /* KPL011_CGROUP_H */
