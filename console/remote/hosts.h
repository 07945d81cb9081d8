/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hosts that the operator named: one list for the program, as it was called.
 */
#ifndef KPL011_HOSTS_H
#define KPL011_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "remote/remote.h"

/* More hosts than this are an error. */
#define HOSTS_MAX 64

/* In place of ssh, as for ssh_start(); stays the caller's. NULL: ssh itself. */
void hosts_set_ssh(const char *command);

/* Adds those of a list, "a,me@b:2222,local". Says why if it cannot be. */
enum status hosts_add(const char *list);

void hosts_free(void);

/* Whether any were named. Without, there is this machine alone. */
bool hosts_given(void);

/* Whether this machine is among them. */
bool hosts_local(void);

/* Whether there are several: a guest's name is not enough then. */
bool hosts_many(void);

/* Those that are not this machine. */
size_t hosts_count(void);
struct remote *hosts_at(size_t index);

/* remote_limit() of all of them. */
void hosts_limit(uint64_t ms);

/* Where what hosts have to say goes from now on; NULL: to standard error. */
void hosts_set_ops(const struct remote_ops *ops, void *arg);

/* All of them go on in a loop, as with remote_join(), until hosts_leave(). 0 or -ENOMEM. */
int hosts_join(struct loop *loop);
void hosts_leave(void);

/* From now on those that are away are tried again and again, also who never was there. */
void hosts_keep(void);

/* How many are not there now. */
size_t hosts_away(void);

/* By its name; NULL: there is none. */
struct remote *hosts_find(const char *name);

/*
 * Connects to all, at once, and waits; the first time it is called. Says which are not
 * reached, and STATUS_NO_HOST is returned then. Those that are come back when they are
 * lost.
 */
enum status hosts_connect(void);

/* The same, but it waits for so many milliseconds at most; who is still coming is not told. */
enum status hosts_connect_for(uint64_t ms);

#endif /* KPL011_HOSTS_H */
