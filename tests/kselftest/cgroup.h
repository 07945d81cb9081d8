/* SPDX-License-Identifier: GPL-2.0-only */
/* A memory cgroup of version 2 for a test that is root, and what it is charged. */
#ifndef KPL011_TEST_CGROUP_H
#define KPL011_TEST_CGROUP_H

/**
 * struct cgroup - a cgroup below a mount of the hierarchy that is the test's own
 * @top: where the hierarchy is mounted
 * @path: the cgroup's directory, or "" if there is none
 */
struct cgroup {
	char top[32];
	char path[64];
};

/*
 * Mount the hierarchy and make a cgroup with the memory controller in it.
 * Returns NULL, or why this host cannot have one; cgroup_destroy() is due in
 * either case.
 */
const char *cgroup_create(struct cgroup *cgroup);
/* The cgroup has to be without processes. */
void cgroup_destroy(struct cgroup *cgroup);

/*
 * The bytes that are charged to it, without those that the CPUs hold in store for
 * it, which go back first. -1 if that cannot be said.
 */
long cgroup_charged(const struct cgroup *cgroup);

/* Write a file of the directory @dir. 0 or -errno. */
int file_put(const char *dir, const char *name, const char *text);
/* The number that a file of @dir begins with, or -1. */
long file_get(const char *dir, const char *name);

#endif
