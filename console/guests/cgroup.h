/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control group of a process, and the systemd unit to which that group belongs.
 * Pure.
 */
#ifndef KPL011_CGROUP_H
#define KPL011_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

#define CGROUP_UNIT_SIZE 256

/**
 * cgroup_path - find the control group
 * @text: the contents of /proc/PID/cgroup; changed
 *
 * If the process is in both hierarchies, this is its group in that of systemd; see
 * cgroups(7).
 * Return: the path, a part of @text, or NULL
 */
const char *cgroup_path(char *text);

/**
 * cgroup_unit - find the unit
 * @path: what cgroup_path() returned
 * @unit: filled with the unit's name
 *
 * This is a unit of the system's manager. What users start in their own sessions is
 * in user@UID.service or in the session's scope, whatever they call it.
 * Return: whether there is such a unit
 */
bool cgroup_unit(const char *path, char unit[CGROUP_UNIT_SIZE]);

#endif /* KPL011_CGROUP_H */
