/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hosts that the operator named, by --host or in the environment: one list
 * for the whole program.
 */
#ifndef KPL011_HOSTS_H
#define KPL011_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "remote/remote.h"

/* More hosts than this are an error. */
#define HOSTS_MAX 64

/* The command in place of ssh, as for ssh_start(); not copied. NULL: ssh itself. */
void hosts_set_ssh(const char *command);

/* Adds the hosts of a list, "a,me@b:2222,local". Prints why if it fails. */
enum status hosts_add(const char *list);

void hosts_free(void);

/* Whether any were named. If not, there is only this machine. */
bool hosts_given(void);

/* Whether this machine is among them. */
bool hosts_local(void);

/* Whether there are several: a guest's name is not enough then. */
bool hosts_many(void);

/* The hosts other than this machine. */
size_t hosts_count(void);
struct remote *hosts_at(size_t index);

/* remote_limit() of all of them. */
void hosts_limit(uint64_t ms);

/* Messages about hosts go to @ops from now on; NULL: to standard error. */
void hosts_set_ops(const struct remote_ops *ops, void *arg);

/* All of them run in @loop, as with remote_join(), until hosts_leave(). 0 or -ENOMEM. */
int hosts_join(struct loop *loop);
void hosts_leave(void);

/* Connects again and again to hosts that are away, also those that were never reached. */
void hosts_keep(void);

/* How many are not connected now. */
size_t hosts_away(void);

/* By its name; NULL: there is none. */
struct remote *hosts_find(const char *name);

/*
 * Whether one is called @name, which has @len bytes: a host that was named, or this machine, if it
 * is among them. @remote: the host; NULL: this machine, or there is none.
 */
bool hosts_named(const char *name, size_t len, struct remote **remote);

/*
 * The first call connects to all hosts, in parallel, and waits. It prints which ones cannot
 * be reached, and returns STATUS_NO_HOST then. Those that were reached are connected to
 * again when they are lost. Later calls return the same status.
 */
enum status hosts_connect(void);

/*
 * The same, but waits for at most @ms, or longer only while ssh asks the operator. Hosts that are
 * still connecting are not reported.
 */
enum status hosts_connect_for(uint64_t ms);

#endif /* KPL011_HOSTS_H */
