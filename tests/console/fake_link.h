/* SPDX-License-Identifier: GPL-2.0-only */
/* A host that a test plays, at the other end of one connection: this is in the place of link.c. */
#ifndef FAKE_LINK_H
#define FAKE_LINK_H

#include "remote/link.h"

/* What the test calls, with the argument, when something comes from the host; and the loop. */
extern const struct link_ops *near_end;
extern void *near_arg;
extern struct loop *near_loop;

/* A guest as the host reports it: all of these are literals, which may be formats of printf(). */
#define GUEST_JSON(id, life, state, death_ns, newest)                                         \
	"{\"id\":" id ",\"name\":\"web" id "\",\"state\":\"" state "\",\"life\":" life        \
	",\"pid\":0,\"uid\":0,\"gpa\":1,\"intid\":33,\"ring_size\":65536,\"attach_ns\":1,"    \
	"\"death_ns\":" death_ns ",\"tx_newest\":" newest ",\"tx_oldest\":0,\"tx_breaks\":0," \
	"\"rx_bytes\":0,\"rx_queued\":0,\"rx_breaks\":0,\"reads\":0,\"writes\":0,"            \
	"\"interrupts\":0}"

#endif /* FAKE_LINK_H */
