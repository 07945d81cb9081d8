// SPDX-License-Identifier: GPL-2.0-only
#include "text/expect_script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/human.h"
#include "base/regular.h"
#include "base/unescape.h"
#include "text/expect.h"

/* The most words of a line. */
#define WORDS 64

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct parse {
	struct expect_script *script;
	enum expect_of of;
	char *why;
	size_t size;
	char line[EXPECT_SCRIPT_SEND];
	/* They may contain any byte, as what is sent may. */
	char words[2 * EXPECT_SCRIPT_SEND];
	char *word[WORDS];
	size_t len[WORDS];
	bool quoted[WORDS];
	size_t count;
};

static bool wrong(struct parse *parse, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool wrong(struct parse *parse, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(parse->why, parse->size, fmt, ap);
	va_end(ap);
	return false;
}

struct expect_line *expect_script_add(struct expect_script *script, enum expect_act act,
				      const char *text, size_t len)
{
	struct expect_line *step;
	void *steps;

	if (script->count == EXPECT_SCRIPT_STEPS)
		return NULL;
	steps = reallocarray(script->steps, script->count + 1, sizeof(*script->steps));
	if (!steps)
		return NULL;
	script->steps = steps;
	step = &script->steps[script->count];
	*step = (struct expect_line){ .act = act, .text = malloc(len + 1), .len = len };
	if (!step->text)
		return NULL;
	memcpy(step->text, text, len);
	step->text[len] = '\0';
	script->count++;
	return step;
}

size_t expect_script_sends(const struct expect_script *script)
{
	size_t bytes = 0;

	for (size_t i = 0; i < script->count; i++)
		bytes += script->steps[i].act == EXPECT_ACT_SEND ? script->steps[i].len : 0;
	return bytes;
}

void expect_script_free(struct expect_script *script)
{
	for (size_t i = 0; i < script->count; i++) {
		struct expect_line *step = &script->steps[i];

		if (step->secret)
			explicit_bzero(step->text, step->len);
		free(step->text);
		free(step->label);
	}
	free(script->steps);
	script->steps = NULL;
	script->count = 0;
}

/* Whether the word that is being read is a pattern, judging by the word before it. */
static bool is_pattern(const struct parse *parse)
{
	static const char *const commands[] = { "expect", "or", "fail" };

	for (size_t i = 0; parse->count == 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(parse->word[0], commands[i]))
			return true;
	return false;
}

/* Copies the part between quotes at @from to *@to. Returns where it ends, or NULL. */
static const char *quoted(struct parse *parse, const char *from, char **to)
{
	const char *end = from + 1;
	bool asks = false;
	size_t len;

	while (*end && *end != *from) {
		bool escape = *end == '\\' && *from == '"' && end[1];

		asks |= escape && end[1] == '?';
		end += escape ? 2 : 1;
	}
	if (!*end) {
		wrong(parse, "a %c is not closed", *from);
		return NULL;
	}
	len = (size_t)(end - from - 1);
	memcpy(*to, from + 1, len);
	(*to)[len] = '\0';
	/* C turns \? into ?, which would be a quantifier in a pattern. */
	if (*from == '"' && (!unescape(*to, &len) || (asks && is_pattern(parse)))) {
		wrong(parse,
		      "only the escapes of C are allowed between \"; put a pattern between '");
		return NULL;
	}
	*to += len;
	return end + 1;
}

static bool split(struct parse *parse)
{
	const char *at = parse->line;
	char *to = parse->words;

	for (parse->count = 0;; parse->count++) {
		at += strspn(at, " \t");
		if (!*at || *at == '#')
			return true;
		if (parse->count == WORDS)
			return wrong(parse, "more than %d words", WORDS);
		parse->word[parse->count] = to;
		parse->quoted[parse->count] = *at == '\'' || *at == '"';
		while (*at && !strchr(" \t", *at)) {
			if (*at == '\'' || *at == '"') {
				at = quoted(parse, at, &to);
				if (!at)
					return false;
			} else {
				*to++ = *at++;
			}
		}
		parse->len[parse->count] = (size_t)(to - parse->word[parse->count]);
		*to++ = '\0';
	}
}

static struct expect_line *add(struct parse *parse, enum expect_act act, const char *text,
			       size_t len)
{
	struct expect_line *step = expect_script_add(parse->script, act, text, len);

	if (!step && parse->script->count == EXPECT_SCRIPT_STEPS)
		wrong(parse, "more than %d lines", EXPECT_SCRIPT_STEPS);
	else if (!step)
		wrong(parse, "out of memory");
	return step;
}

/* Whether PCRE2 accepts it: nothing is sent before all patterns are known to be right. */
static bool check_pattern(struct parse *parse, const char *pattern)
{
	struct expect *expect = expect_new(parse->of);
	char error[256];
	int err = -ENOMEM;

	if (expect)
		err = expect_pattern(expect, pattern, error, sizeof(error));
	else
		snprintf(error, sizeof(error), "out of memory");
	expect_free(expect);
	return !err || wrong(parse, "'%.100s': %s", pattern, error);
}

static bool pattern_line(struct parse *parse, enum expect_act act)
{
	const struct expect_script *script = parse->script;
	bool goes = act != EXPECT_ACT_FAIL && parse->count == 4 && !parse->quoted[2] &&
		    !strcmp(parse->word[2], "goto");
	struct expect_line *step;

	if (parse->count < 2)
		return wrong(parse, "%s needs a pattern", parse->word[0]);
	if (parse->count > 2 && !goes)
		return wrong(parse, "give one pattern%s; put one with blanks between '",
			     act == EXPECT_ACT_FAIL ? "" : ", and perhaps goto LABEL");
	if (strlen(parse->word[1]) != parse->len[1])
		return wrong(parse, "a pattern cannot contain a NUL: write \\x00 between '");
	if (act == EXPECT_ACT_OR &&
	    (!script->count || (script->steps[script->count - 1].act != EXPECT_ACT_LOOK &&
				script->steps[script->count - 1].act != EXPECT_ACT_OR)))
		return wrong(parse, "'or' must follow 'expect' or another 'or'");
	if (!check_pattern(parse, parse->word[1]))
		return false;
	step = add(parse, act, parse->word[1], parse->len[1]);
	if (!step)
		return false;
	if (goes)
		step->label = strdup(parse->word[3]);
	return !goes || step->label || wrong(parse, "out of memory");
}

static bool timeout_line(struct parse *parse)
{
	struct expect_line *step;
	uint64_t ms;

	if (parse->count != 2)
		return wrong(parse, "timeout needs a number of seconds");
	if (!human_parse_seconds(parse->word[1], &ms))
		return wrong(parse, "timeout %.50s: not a number of seconds above 0",
			     parse->word[1]);
	step = add(parse, EXPECT_ACT_TIMEOUT, "", 0);
	if (step)
		step->ms = ms;
	return step;
}

static bool label_line(struct parse *parse)
{
	if (parse->count != 2)
		return wrong(parse, "label needs one word");
	return add(parse, EXPECT_ACT_LABEL, parse->word[1], parse->len[1]);
}

static ssize_t read_all(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size && (n = read(fd, text + len, size - len)))
		if (n > 0)
			len += (size_t)n;
		else if (errno != EINTR)
			return -1;
	return (ssize_t)len;
}

/* Reads a file without the newline at its end, which an editor has put there. */
static bool read_secret(struct parse *parse, const char *path, char *text, size_t *len)
{
	int fd = regular_open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read_all(fd, text, EXPECT_SCRIPT_SEND);
	int err = fd < 0 ? fd : -errno;

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return wrong(parse, "cannot read %.500s: %s", path, regular_reason(err));
	if (n == EXPECT_SCRIPT_SEND)
		return wrong(parse, "%.500s is longer than %d bytes", path, EXPECT_SCRIPT_SEND - 1);
	if (n && text[n - 1] == '\n')
		n--;
	*len = (size_t)n;
	return true;
}

static bool read_variable(struct parse *parse, const char *name, char *text, size_t *len)
{
	const char *value = getenv(name);

	if (!value)
		return wrong(parse, "there is no %.100s in the environment", name);
	if (strlen(value) >= EXPECT_SCRIPT_SEND)
		return wrong(parse, "%.100s is longer than %d bytes", name, EXPECT_SCRIPT_SEND - 1);
	*len = strlen(value);
	memcpy(text, value, *len);
	return true;
}

/* Joins the words from @at on, with blanks between them. */
static void join(const struct parse *parse, size_t at, char *text, size_t *len)
{
	*len = 0;
	for (size_t i = at; i < parse->count; i++) {
		if (i > at)
			text[(*len)++] = ' ';
		memcpy(text + *len, parse->word[i], parse->len[i]);
		*len += parse->len[i];
	}
}

/* @text has room for EXPECT_SCRIPT_SEND + 1 bytes. */
static bool read_send(struct parse *parse, char *text)
{
	const char *from = NULL;
	struct expect_line *step;
	bool enter = false;
	size_t len = 0;
	size_t i = 1;
	bool good = true;

	for (; i < parse->count && !parse->quoted[i] && !strncmp(parse->word[i], "--", 2); i++) {
		if (!parse->word[i][2]) {
			i++;
			break;
		}
		if (!strcmp(parse->word[i], "--enter")) {
			enter = true;
		} else if (!strcmp(parse->word[i], "--env") || !strcmp(parse->word[i], "--file")) {
			if (from)
				return wrong(parse, "send takes one of --env and --file, and once");
			from = parse->word[i];
			if (++i == parse->count)
				return wrong(parse, "send %s needs a word", from);
			good = from[2] == 'e' ? read_variable(parse, parse->word[i], text, &len)
					      : read_secret(parse, parse->word[i], text, &len);
			if (!good)
				return false;
		} else {
			return wrong(
				parse,
				"send has no option %.50s; put a text that begins like that between '",
				parse->word[i]);
		}
	}
	if (from && i < parse->count)
		return wrong(parse, "send %s takes one word, and no text", from);
	if (!from && i == parse->count && !enter)
		return wrong(parse, "nothing to send");
	if (!from)
		join(parse, i, text, &len);
	if (enter)
		text[len++] = '\r';
	step = add(parse, EXPECT_ACT_SEND, text, len);
	if (step)
		step->secret = from;
	return step;
}

static bool send_line(struct parse *parse)
{
	char text[EXPECT_SCRIPT_SEND + 1];
	bool good = read_send(parse, text);

	/* It may have been a secret, also if the line is wrong. */
	explicit_bzero(text, sizeof(text));
	return good;
}

static bool parse_line(struct parse *parse)
{
	const char *name;

	if (!split(parse))
		return false;
	if (!parse->count)
		return true;
	name = parse->word[0];
	if (!strcmp(name, "expect"))
		return pattern_line(parse, EXPECT_ACT_LOOK);
	if (!strcmp(name, "or"))
		return pattern_line(parse, EXPECT_ACT_OR);
	if (!strcmp(name, "fail"))
		return pattern_line(parse, EXPECT_ACT_FAIL);
	if (!strcmp(name, "send"))
		return send_line(parse);
	if (!strcmp(name, "timeout"))
		return timeout_line(parse);
	if (!strcmp(name, "label"))
		return label_line(parse);
	return wrong(parse, "'%.50s' is not one of expect, or, send, fail, timeout and label",
		     name);
}

/* Finds where each goto goes, and checks that no wait has too many patterns. */
static bool connect_steps(struct parse *parse, size_t *line)
{
	const struct expect_script *script = parse->script;
	size_t fails = 0;
	size_t patterns = 0;

	for (size_t i = 0; i < script->count; i++) {
		struct expect_line *step = &script->steps[i];
		size_t to = i + 1;

		*line = step->line;
		fails += step->act == EXPECT_ACT_FAIL;
		patterns = step->act == EXPECT_ACT_LOOK ? fails + 1
							: patterns + (step->act == EXPECT_ACT_OR);
		if (patterns > EXPECT_PATTERNS || fails > EXPECT_PATTERNS)
			return wrong(parse, "more than %d patterns to wait for", EXPECT_PATTERNS);
		if (!step->label)
			continue;
		while (to < script->count && (script->steps[to].act != EXPECT_ACT_LABEL ||
					      strcmp(script->steps[to].text, step->label)))
			to++;
		if (to == script->count)
			return wrong(parse, "there is no label %.50s below", step->label);
		step->next = to;
	}
	return true;
}

static bool parse_lines(struct parse *parse, const char *text, size_t len, size_t *line)
{
	const char *end = text + len;

	/* Some editors begin a file with it. */
	if (len >= strlen(BYTE_ORDER_MARK) &&
	    !memcmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)))
		text += strlen(BYTE_ORDER_MARK);
	for (*line = 1; text < end; (*line)++) {
		const char *next = memchr(text, '\n', (size_t)(end - text));
		size_t count = (size_t)((next ? next : end) - text);
		size_t before = parse->script->count;

		if (count >= sizeof(parse->line))
			return wrong(parse, "longer than %zu bytes", sizeof(parse->line) - 1);
		memcpy(parse->line, text, count);
		parse->line[count] = '\0';
		if (count && parse->line[count - 1] == '\r')
			parse->line[--count] = '\0';
		if (strlen(parse->line) != count)
			return wrong(parse, "there is a NUL in it");
		if (!parse_line(parse))
			return false;
		if (parse->script->count > before)
			parse->script->steps[before].line = *line;
		text = next ? next + 1 : end;
	}
	if (!parse->script->count)
		return wrong(parse, "there is nothing to do");
	return connect_steps(parse, line);
}

bool expect_script_parse(struct expect_script *script, const char *text, size_t len, bool of_text,
			 size_t *line, char *why, size_t size)
{
	struct parse *parse = malloc(sizeof(*parse));
	bool good;

	*line = 0;
	if (!parse) {
		snprintf(why, size, "out of memory");
		return false;
	}
	parse->script = script;
	parse->of = of_text ? EXPECT_TEXT : EXPECT_BYTES;
	parse->why = why;
	parse->size = size;
	good = parse_lines(parse, text, len, line);
	free(parse);
	return good;
}
