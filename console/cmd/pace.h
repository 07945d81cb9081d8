/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pace at which `kpl011 send` types: with a pause after each character or line, or waiting for
 * a prompt after each line. A pause begins when the guest has read what was typed before it, if its
 * port can tell.
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
	/* More may be sent now. */
	void (*ready)(void *arg);
	/* The guest's output cannot be read: a negative errno, or 0 at its end. */
	void (*failed)(int err, void *arg);
	/* The pattern takes too many steps at a place, which is skipped; called once. */
	void (*too_hard)(void *arg);
};

struct pace;

/* False: everything is sent at once, and no struct pace is needed. */
static inline bool pace_wanted(const struct pace_request *request)
{
	return request->char_ms || request->line_ms || request->wait_for;
}

/* 0, -ENOMEM, or -EINVAL: @error says what is wrong with the pattern. */
int pace_check(const struct pace_request *request, char *error, size_t size);

/**
 * pace_new - begin to type
 * @loop: the loop
 * @src: the guest, joined to the loop; with a pattern, its output is read from its position on
 * @request: must outlive the pace; pace_check() has passed
 * @local: a port of this machine, whose facts say what the guest has not read
 * @ops: must outlive the pace
 * @arg: for @ops
 *
 * Return: NULL if there is no memory
 */
struct pace *pace_new(struct loop *loop, struct source *src, const struct pace_request *request,
		      bool local, const struct pace_ops *ops, void *arg);
void pace_free(struct pace *pace);

/*
 * How many of these bytes may be sent now; the caller has to send them. 0: ready() is called when
 * some may. NULL allows all.
 */
size_t pace_allow(struct pace *pace, const unsigned char *bytes, size_t len);

/* The port has taken everything that was allowed. NULL is fine. */
void pace_taken(struct pace *pace);

/*
 * There is nothing more to send, so a line without a line end ends here. True: its prompt has not
 * come yet, and ready() is called when it has.
 */
bool pace_end(struct pace *pace);

/* Whether there is nothing left to wait for: the prompt after the last line has come, too. */
bool pace_done(const struct pace *pace);

/* How many lines have ended, and whether it waits for the prompt after the last of them. */
uint64_t pace_lines(const struct pace *pace);
bool pace_waits(const struct pace *pace);

/* With a pattern: the last line that the guest printed after the last line sent, or "". */
const char *pace_last(const struct pace *pace);

#endif /* KPL011_PACE_H */
