/* SPDX-License-Identifier: GPL-2.0-only */
/* VMs of other users, and the module's parameters, for tests that are root. */
#ifndef KPL011_TEST_USERS_H
#define KPL011_TEST_USERS_H

#include <stddef.h>
#include <sys/types.h>

/**
 * struct maker - who makes a VM
 * @uid: the user it is in the end, in the namespace if there is one
 * @ns_uid: the user who makes a user namespace for it
 * @ns_map: what is written into its uid_map and gid_map, or NULL for no
 *	    namespace
 * @nested: it makes one more, of its own, in that
 */
struct maker {
	uid_t uid;
	uid_t ns_uid;
	const char *ns_map;
	int nested;
};

/*
 * A VM that another process makes, whose pid is returned in @pid; it lives until
 * it is killed and waited for. With NULL it has ended when this returns.
 * Returns the descriptor, or -errno.
 */
int users_vm(const struct maker *maker, pid_t *pid);
/* The same of a user of the initial user namespace. */
int users_vm_of(uid_t uid);

/* What @fn returns in a process of that user, 0 to 127; or -1. */
int users_run_as(uid_t uid, int (*fn)(void *arg), void *arg);

/* Forget all dead ports. */
void users_reap(void);

/* A parameter of the module: -1 if there is none. */
long users_parameter(const char *name);
/* 0 or -errno. */
int users_set_parameter(const char *name, long value);

#endif
