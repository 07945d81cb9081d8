// SPDX-License-Identifier: GPL-2.0-only
#include "base/inifile.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/regular.h"

#define FILE_MAX ((size_t)1024 * 1024)

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

_Static_assert(INIFILE_LINE_MAX + 2 <= INI_MAX_LINE, "a line of the library's");

struct parser {
	const char *at;
	const char *end;
	size_t line;
	bool expected;	  /* the library has a line, and has not yet found a setting in it */
	bool has_comment; /* after the value: a blank and a semicolon */
	bool is_clear;	  /* another blank follows it, so it is meant as a comment */
	const struct inifile_ops *ops;
	void *arg;
};

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool inifile_is_empty(const char *at, const char *end)
{
	const char *first = at;

	while (at < end && is_blank(*at))
		at++;
	return at == end || *at == '#' || (*at == ';' && at > first);
}

static void find_comment(struct parser *parser, const char *line)
{
	parser->has_comment = false;
	for (const char *at = line + 1; *at && !parser->has_comment; at++) {
		parser->has_comment = *at == ';' && is_blank(at[-1]);
		parser->is_clear = parser->has_comment && at[1] != '\n' && is_blank(at[1]);
	}
}

/* Whether the library can take the line; if not, reports it. */
static bool is_whole(struct parser *parser, const char *line, size_t len)
{
	char why[64];

	if (!memchr(line, '\0', len) && len <= INIFILE_LINE_MAX)
		return true;
	snprintf(why, sizeof(why), "it is longer than %d characters", INIFILE_LINE_MAX);
	parser->ops->wrong(parser->line, memchr(line, '\0', len) ? "it contains a NUL byte" : why,
			   parser->arg);
	if (*line == '[')
		parser->ops->section(parser->line, NULL, 0, parser->arg);
	return false;
}

/* The library reports only the first of these lines, and only at the end. */
static void end_line(struct parser *parser)
{
	if (parser->expected)
		parser->ops->wrong(parser->line, "it is neither a [section] nor NAME = VALUE",
				   parser->arg);
	parser->expected = false;
}

/*
 * Gives the library the next line: never one that it would cut, without the blanks that would make
 * it a continuation of the line before, and never a section, whose end the library takes to be the
 * first ']'.
 */
static char *next_line(char *out, int size, void *arg)
{
	struct parser *parser = arg;
	const char *line = parser->at;
	const char *newline;
	size_t len;

	end_line(parser);
	if (line == parser->end)
		return NULL;
	parser->line++;
	newline = memchr(line, '\n', (size_t)(parser->end - line));
	len = (size_t)((newline ? newline : parser->end) - line);
	parser->at = newline ? newline + 1 : parser->end;
	while (len && is_blank(*line)) {
		line++;
		len--;
	}
	while (len && is_blank(line[len - 1]))
		len--;
	snprintf(out, (size_t)size, "\n");
	if (!len || *line == '#' || *line == ';' || !is_whole(parser, line, len))
		return out;
	if (*line == '[') {
		parser->ops->section(parser->line, line, len, parser->arg);
		return out;
	}
	snprintf(out, (size_t)size, "%.*s\n", (int)len, line);
	find_comment(parser, out);
	parser->expected = true;
	return out;
}

static int on_line(void *arg, const char *section, const char *name, const char *value)
{
	struct parser *parser = arg;
	char why[2 * INIFILE_LINE_MAX + 256];

	(void)section;
	if (!*name)
		return 1;
	parser->expected = false;
	if (parser->has_comment && !parser->is_clear)
		snprintf(
			why, sizeof(why),
			"%s would be cut to '%s', because ';' after a blank begins a comment: if it is a comment, put a blank and text after the ';', otherwise remove the blank before it",
			name, value);
	else if (parser->has_comment && !*value)
		snprintf(
			why, sizeof(why),
			"%s has nothing but a comment, because ';' after a blank begins one: put the comment on a line of its own, or remove the blank before the ';' if it is the value",
			name);
	else {
		parser->ops->setting(parser->line, name, value, parser->arg);
		return 1;
	}
	parser->ops->wrong(parser->line, why, parser->arg);
	return 1;
}

int inifile_parse(const char *text, size_t len, const struct inifile_ops *ops, void *arg)
{
	struct parser parser = { .at = text, .end = text + len, .ops = ops, .arg = arg };
	size_t mark = strlen(BYTE_ORDER_MARK);

	if (len >= mark && !memcmp(text, BYTE_ORDER_MARK, mark))
		parser.at += mark;
	return ini_parse_stream(next_line, &parser, on_line, &parser) == -2 ? -ENOMEM : 0;
}

int inifile_read(const char *path, char **text, size_t *len)
{
	ssize_t n = 0;
	int err;
	int fd;

	fd = regular_open(path, 0);
	if (fd < 0)
		return fd;
	*len = 0;
	*text = malloc(FILE_MAX + 1);
	while (*text && *len <= FILE_MAX && (n = read(fd, *text + *len, FILE_MAX + 1 - *len)) > 0)
		*len += (size_t)n;
	err = !*text ? -ENOMEM : n < 0 ? -errno : *len > FILE_MAX ? -EFBIG : 0;
	close(fd);
	if (!err)
		return 0;
	free(*text);
	return err;
}
