/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A host as an operator writes it. Pure.
 *
 *   local                 this machine
 *   a, me@a, me@a:2222    as for ssh, or with a port after it; called "a"
 *   me@[2001:db8::1]:22   an address of IPv6
 *   rack7=me@a            the same with a name
 */
#ifndef KPL011_HOSTSPEC_H
#define KPL011_HOSTSPEC_H

#include <stdbool.h>
#include <stddef.h>

#include "source/source.h"

#define HOST_DESTINATION_SIZE 256
#define HOST_PORT_SIZE 6

struct host {
	bool local;
	char name[SOURCE_NAME_SIZE];		 /* stands before its guests: "a/web1" */
	char destination[HOST_DESTINATION_SIZE]; /* for ssh; begins with no dash */
	char port[HOST_PORT_SIZE];		 /* empty: ssh's own */
};

/**
 * host_parse - read what an operator wrote
 * @text: the text
 * @len: bytes of it
 * @host: what it says
 * @why: if it is wrong, a sentence
 *
 * Return: false if it is wrong
 */
bool host_parse(const char *text, size_t len, struct host *host, const char **why);

#endif /* KPL011_HOSTSPEC_H */
