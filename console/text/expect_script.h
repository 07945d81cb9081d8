/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scripts of `kpl011 expect --script`: a line is a comment, or a command and its
 * words. Words are as in a shell: blanks are between them, 'this is one' as it is, "so
 * is this" with the escapes of C. Nothing that a guest prints becomes a part of one.
 *
 *	timeout SECONDS               for each wait from here on
 *	fail REGEX                    from here on what is not to come
 *	expect REGEX [goto LABEL]     waits
 *	or REGEX [goto LABEL]         for this as well
 *	send [--enter] TEXT... | --env NAME | --file PATH
 *	label LABEL                   where to go on: never back
 */
#ifndef KPL011_EXPECT_SCRIPT_H
#define KPL011_EXPECT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a file, of what a line sends, and steps. */
#define EXPECT_SCRIPT_MAX 65536
#define EXPECT_SCRIPT_SEND 4096
#define EXPECT_SCRIPT_STEPS 1000

enum expect_act {
	EXPECT_ACT_TIMEOUT,
	EXPECT_ACT_FAIL,
	EXPECT_ACT_LOOK,
	EXPECT_ACT_OR,
	EXPECT_ACT_SEND,
	EXPECT_ACT_LABEL,
};

struct expect_line {
	enum expect_act act;
	size_t line; /* of the file, from 1; 0: of no file */
	char *text;  /* pattern, label, or what is sent */
	size_t len;  /* of what is sent */
	bool secret; /* it is not to be shown */
	uint64_t ms; /* of a timeout */
	char *label; /* to go to, or NULL */
	size_t next; /* the step to go to */
};

struct expect_script {
	const char *name; /* of the file; stays the caller's */
	struct expect_line *steps;
	size_t count;
};

/* Of @script->count lines one more, with a copy of @text. NULL: no memory, or too many. */
struct expect_line *expect_script_add(struct expect_script *script, enum expect_act act,
				      const char *text, size_t len);

/**
 * expect_script_parse - read a script
 * @script: empty but for its name; to be given to expect_script_free() in any case
 * @text: the script
 * @len: its bytes
 * @of_text: its patterns are for text, not bytes
 * @line: returned: where something is wrong
 * @why: returned: what, a sentence
 * @size: bytes at @why
 */
bool expect_script_parse(struct expect_script *script, const char *text, size_t len, bool of_text,
			 size_t *line, char *why, size_t size);

/* Bytes that it sends, at most; 0: it only waits. */
size_t expect_script_sends(const struct expect_script *script);

void expect_script_free(struct expect_script *script);

#endif /* KPL011_EXPECT_SCRIPT_H */
