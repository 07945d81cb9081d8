/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scripts of `kpl011 expect --script`: each line is a comment, or a command and its words. As in a
 * shell, blanks separate words; 'this is one word', taken as it is; "this is one, too", with the
 * escapes of C. Nothing that a guest prints becomes part of a word.
 *
 *	timeout SECONDS               for each wait from here on
 *	fail REGEX                    what must not come from here on
 *	expect REGEX [goto LABEL]     waits
 *	or REGEX [goto LABEL]         for this as well
 *	send [--enter] TEXT... | --env NAME | --file PATH
 *	label LABEL                   where a goto continues: never backwards
 */
#ifndef KPL011_EXPECT_SCRIPT_H
#define KPL011_EXPECT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most bytes of a script, bytes that a line sends, and steps. */
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
	size_t line; /* of the file, from 1; 0: it is not from a file */
	char *text;  /* the pattern, the label, or what is sent */
	size_t len;  /* of @text */
	bool secret; /* must not be shown */
	uint64_t ms; /* of EXPECT_ACT_TIMEOUT */
	char *label; /* where to go, or NULL */
	size_t next; /* the step to go to */
};

struct expect_script {
	const char *name; /* of the file; owned by the caller */
	struct expect_line *steps;
	size_t count;
};

/* Appends a step with a copy of @text. NULL: out of memory, or too many steps. */
struct expect_line *expect_script_add(struct expect_script *script, enum expect_act act,
				      const char *text, size_t len);

/**
 * expect_script_parse - read a script
 * @script: empty but for its name; to be freed with expect_script_free() in any case
 * @text: the script
 * @len: its length in bytes
 * @of_text: its patterns are for text, not bytes
 * @line: returned: where something is wrong
 * @why: returned: what is wrong, a sentence
 * @size: bytes at @why
 */
bool expect_script_parse(struct expect_script *script, const char *text, size_t len, bool of_text,
			 size_t *line, char *why, size_t size);

/* The most bytes that it can send; 0: it only waits. */
size_t expect_script_sends(const struct expect_script *script);

void expect_script_free(struct expect_script *script);

#endif /* KPL011_EXPECT_SCRIPT_H */
