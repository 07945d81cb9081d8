/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How fast a text is typed: all at once, with a pause behind each character or line, or with
 * a prompt that is waited for behind each line. A pause begins when the guest has read what was
 * before it, where its port can tell.
 */
#ifndef KPL011_PACE_H
#define KPL011_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"
#include "source/source.h"

struct pace_request {
	uint64_t char_ms; /* 0: no pause */
	uint64_t line_ms;
	const char *wait_for; /* a regular expression, or NULL */
};

struct pace_ops {
	/* More may go now. */
	void (*ready)(void *arg);
	/* What the guest prints cannot be read: a negative errno, or 0: it has ended. */
	void (*failed)(int err, void *arg);
	/* The pattern takes too many steps in a place, which is passed over; told once. */
	void (*too_hard)(void *arg);
};

struct pace;

/* Otherwise all of it goes at once, and there is no need for one. */
static inline bool pace_wanted(const struct pace_request *request)
{
	return request->char_ms || request->line_ms || request->wait_for;
}

/* 0, -EINVAL: @error says what is wrong with the pattern, or -ENOMEM. */
int pace_check(const struct pace_request *request, char *error, size_t size);

/**
 * pace_new - begin to type
 * @loop: the loop
 * @src: the guest, joined to the loop; with a pattern its output is read
 * @request: stays
 * @local: its facts are at hand, and tell what the guest has not read
 * @ops: stays
 * @arg: for @ops
 *
 * Return: NULL without memory
 */
struct pace *pace_new(struct loop *loop, struct source *src, const struct pace_request *request,
		      bool local, const struct pace_ops *ops, void *arg);
void pace_free(struct pace *pace);

/*
 * How many of these bytes may go now; they go. 0: it calls back when some may. NULL is fine.
 */
size_t pace_allow(struct pace *pace, const unsigned char *bytes, size_t len);

/* All that was allowed was taken by the port. */
void pace_taken(struct pace *pace);

/*
 * There is no more: a line that has no end ends here. True: the prompt behind it has not come,
 * and it calls back when it has.
 */
bool pace_end(struct pace *pace);

/* Whether nothing is waited for: the prompt behind the last line has come, too. */
bool pace_done(const struct pace *pace);

/* Lines that have ended, and whether the prompt behind the last of them is waited for. */
uint64_t pace_lines(const struct pace *pace);
bool pace_waits(const struct pace *pace);

/* With a pattern: the last line that the guest has printed behind the last one sent, or "". */
const char *pace_last(const struct pace *pace);

#endif /* KPL011_PACE_H */
