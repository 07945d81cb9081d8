/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LINUX_UIDGID_H
#define UNIT_LINUX_UIDGID_H

typedef struct { unsigned int val; } kuid_t;

#endif
