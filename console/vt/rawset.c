// SPDX-License-Identifier: GPL-2.0-only
#include "vt/rawset.h"

#include <stdlib.h>
#include <string.h>

/* Of a stack that no terminal has deeper. */
#define TITLES_MAX 10

/* By the order in which they are taken back. */
enum kind {
	KIND_VT52,
	KIND_PRINTER,
	KIND_AUTO_PRINT,
	KIND_KEYBOARD,
	KIND_ORIGIN,
	KIND_BLINK,
	KIND_NO_REPEAT,
	KIND_COLUMNS,
	KIND_ECHO,
	KIND_CURSOR,
	KIND_PROTECTED,
	KIND_CHARSETS,
	KIND_NO_UTF8,
	KIND_8BIT,
	KIND_TABS,
	KIND_LINK,
	KIND_PALETTE,
	KIND_SPECIAL,
	KIND_LINUX_PALETTE,
	KINDS,
};

static const char *const undo[KINDS] = {
	[KIND_VT52] = "\033<",
	[KIND_PRINTER] = "\033[4i",
	[KIND_AUTO_PRINT] = "\033[?4i",
	/* All that is on the stack, and what is there without one. */
	[KIND_KEYBOARD] = "\033[<99u\033[=0u",
	/* From there on lines are those of the screen, and the cursor was in the first one. */
	[KIND_ORIGIN] = "\033[?69l\033[r\033[?6l\033[999;1H",
	[KIND_BLINK] = "\033[?12l",
	[KIND_NO_REPEAT] = "\033[?8h",
	[KIND_COLUMNS] = "\033[?3l",
	[KIND_ECHO] = "\033[12h",
	[KIND_CURSOR] = "\033[0 q",
	[KIND_PROTECTED] = "\033[0\"q",
	[KIND_CHARSETS] = "\033)B\033*B\033+B",
	[KIND_NO_UTF8] = "\033%G",
	[KIND_8BIT] = "\033 F",
	[KIND_TABS] = "\033[?5W",
	[KIND_LINK] = "\033]8;;\033\\",
	[KIND_PALETTE] = "\033]104\033\\",
	[KIND_SPECIAL] = "\033]105\033\\",
	[KIND_LINUX_PALETTE] = "\033]R\033\\",
};

/* The margins, and the cursor stays where it is. */
static const char margins[] = "\0337\033[?69l\033[r\0338";

/*
 * Colours, a hidden cursor, no wrapping, reverse video, application keys, reports of the mouse,
 * of the focus, of sizes and colours, bracketed paste, other keys, a locked keyboard,
 * inserting, line feeds that are returns, and shapes of lines.
 */
static const char modes[] = "\033[0m\033[?25h\033[?7h\033[?5l\033[?1l\033[?66l\033>"
			    "\033[?9l\033[?1000l\033[?1001l\033[?1002l\033[?1003l\033[?1005l"
			    "\033[?1006l\033[?1015l\033[?1016l\033[?1004l\033[?2031l\033[?2048l"
			    "\033[?2004l\033[?9001l\033[2l\033[4l\033[20l\033(B\017";

void rawset_init(struct rawset *set)
{
	*set = (struct rawset){ .seen = 0 };
	vtparse_init(&set->parse);
}

static void see(struct rawset *set, enum kind kind, bool on)
{
	set->seen = on ? set->seen | 1u << kind : set->seen & ~(1u << kind);
}

static void on_private_mode(struct rawset *set, unsigned int mode, bool on)
{
	switch (mode) {
	case 2:
		see(set, KIND_VT52, !on);
		break;
	case 3:
		see(set, KIND_COLUMNS, on);
		break;
	case 6:
		see(set, KIND_ORIGIN, on);
		break;
	case 8:
		see(set, KIND_NO_REPEAT, !on);
		break;
	case 12:
		see(set, KIND_BLINK, on);
		break;
	}
}

static void on_modes(struct rawset *set, const struct vtparse_csi *csi)
{
	bool on = csi->final == 'h';

	for (unsigned int i = 0; i < csi->count; i++) {
		if (csi->leader == '?')
			on_private_mode(set, csi->args[i], on);
		else if (!csi->leader && csi->args[i] == 12)
			see(set, KIND_ECHO, !on);
	}
}

static void on_title(struct rawset *set, unsigned int what)
{
	if (what == 22 && set->titles < TITLES_MAX)
		set->titles++;
	else if (what == 23 && set->titles)
		set->titles--;
}

static void on_csi(const struct vtparse_csi *csi, void *arg)
{
	struct rawset *set = arg;

	if (csi->intermediate == ' ' && csi->final == 'q')
		see(set, KIND_CURSOR, csi->args[0]);
	else if (csi->intermediate == '"' && csi->final == 'q')
		see(set, KIND_PROTECTED, csi->args[0]);
	else if (csi->intermediate)
		return;
	else if (csi->final == 'h' || csi->final == 'l')
		on_modes(set, csi);
	else if (csi->final == 'u' && (csi->leader == '>' || csi->leader == '='))
		see(set, KIND_KEYBOARD, true);
	else if (csi->final == 'm' && csi->leader == '>')
		set->modifiers |= csi->args[0] < 16 ? 1u << csi->args[0] : 0;
	else if (csi->final == 't' && !csi->leader)
		on_title(set, csi->args[0]);
	else if (csi->final == 'i' && (csi->args[0] == 4 || csi->args[0] == 5))
		see(set, csi->leader == '?' ? KIND_AUTO_PRINT : KIND_PRINTER, csi->args[0] == 5);
	else if (csi->final == 'g' || csi->final == 'W')
		see(set, KIND_TABS, true);
}

static void on_escape(char intermediate, char final, void *arg)
{
	struct rawset *set = arg;

	if (intermediate == ' ' && (final == 'F' || final == 'G'))
		see(set, KIND_8BIT, final == 'G');
	else if (intermediate == '%')
		see(set, KIND_NO_UTF8, final == '@');
	else if (intermediate && strchr(")*+-./", intermediate))
		see(set, KIND_CHARSETS, true);
	else if (!intermediate && final == 'H')
		see(set, KIND_TABS, true);
}

/* Behind the number are parameters and the address; the end of a link has none. */
static bool begins_link(const char *rest)
{
	const char *address = *rest ? strchr(rest + 1, ';') : NULL;

	return !address || address[1];
}

static void on_osc(struct rawset *set, const char *text, bool whole)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text == 'P')
		see(set, KIND_LINUX_PALETTE, true);
	else if (end == text)
		return;
	else if (number == 4)
		see(set, KIND_PALETTE, true);
	else if (number == 5)
		see(set, KIND_SPECIAL, true);
	else if (number == 8)
		see(set, KIND_LINK, !whole || begins_link(end));
	else if (number >= 10 && number <= 19)
		/* More colours in it are those of the numbers that follow. */
		set->colors |= !whole || (*end && strchr(end + 1, ';')) ? ~0u : 1u << (number - 10);
}

static void on_string(char kind, const char *text, size_t len, void *arg)
{
	(void)len;
	if (kind == ']')
		on_osc(arg, text, true);
}

/*
 * Terminals differ in how long a string may be, and in what ends it: it may be obeyed, and what
 * would take something back may not.
 */
static void on_cut(char kind, const char *text, size_t len, void *arg)
{
	(void)len;
	if (kind == ']')
		on_osc(arg, text, false);
}

static const struct vtparse_ops ops = {
	.escape = on_escape,
	.csi = on_csi,
	.string = on_string,
	.cut = on_cut,
};

void rawset_bytes(struct rawset *set, const void *bytes, size_t len)
{
	vtparse_bytes(&set->parse, bytes, len, &ops, set);
}

static void put(char **at, const char *text)
{
	strcpy(*at, text);
	*at += strlen(text);
}

static void put_digit(char **at, const char *front, unsigned int digit, const char *rest)
{
	put(at, front);
	*(*at)++ = (char)('0' + digit);
	put(at, rest);
}

static void put_kinds(const struct rawset *set, char **at, enum kind from, enum kind to)
{
	for (enum kind kind = from; kind < to; kind++)
		if (set->seen & 1u << kind)
			put(at, undo[kind]);
}

/* Each screen has a stack of its own for what keys are. */
const char *rawset_undo(struct rawset *set)
{
	char *at = set->text;

	put_kinds(set, &at, KIND_VT52, KIND_PRINTER);
	/* A string that was begun: some terminals take this for its end, and obey it. */
	vtparse_tell_begun(&set->parse, &ops, set);
	put(&at, "\033\\");
	put_kinds(set, &at, KIND_PRINTER, KIND_ORIGIN);
	put(&at, "\033[?2026l\033[?1047l");
	put_kinds(set, &at, KIND_KEYBOARD, KIND_ORIGIN + 1);
	if (!(set->seen & 1u << KIND_ORIGIN))
		put(&at, margins);
	put(&at, modes);
	put_kinds(set, &at, KIND_ORIGIN + 1, KINDS);
	for (unsigned int i = 0; i < 10; i++) {
		if (set->modifiers & 1u << i)
			put_digit(&at, "\033[>", i, ";m");
		if (set->colors & 1u << i)
			put_digit(&at, "\033]11", i, "\033\\");
	}
	for (unsigned int i = 0; i < set->titles; i++)
		put(&at, "\033[23;0t");
	put(&at, "\r\n");
	return set->text;
}
