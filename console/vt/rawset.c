// SPDX-License-Identifier: GPL-2.0-only
#include "vt/rawset.h"

#include <stdlib.h>
#include <string.h>

#include "vt/controls.h"

/* The first byte of C1 controls in UTF-8. */
#define C1_LEAD 0xc2
#define C1_ST 0x9c

/* No terminal has a deeper stack of titles. */
#define TITLES_MAX 10

/* In the order in which they are undone. */
enum kind {
	KIND_TEK,
	KIND_VT52,
	KIND_PRINTER,
	KIND_AUTO_PRINT,
	KIND_STATUS_LINE,
	KIND_NO_ALTERNATE,
	KIND_KEYBOARD,
	KIND_ALTERNATE,
	KIND_ALTERNATE_LEFT,
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
	KIND_USER_KEYS,
	KIND_KEY_FORMATS,
	KIND_LOCATOR,
	KIND_POINTER,
	KIND_TITLE_MODES,
	KIND_PROGRESS,
	KIND_LINK,
	KIND_PALETTE,
	KIND_SPECIAL,
	KIND_LINUX_PALETTE,
	KINDS,
};

_Static_assert(KINDS <= 32, "rawset.seen has a bit for each");

static const char *const undo[KINDS] = {
	/* Back from the window of the emulated Tektronix. */
	[KIND_TEK] = "\033\003",
	[KIND_VT52] = "\033<",
	[KIND_PRINTER] = "\033[4i",
	[KIND_AUTO_PRINT] = "\033[?4i",
	/* The guest may have sent all output to the status line. */
	[KIND_STATUS_LINE] = "\033[0$}\033[0$~",
	[KIND_NO_ALTERNATE] = "\033[?1046h",
	/* Pops all of the stack, and resets the flags that are in force without one. */
	[KIND_KEYBOARD] = "\033[<99u\033[=0u",
	/* For terminals that do not know ?1047; restores the cursor, too. */
	[KIND_ALTERNATE] = "\033[?1049l",
	/* The guest left it another way, which those may not know. In others the cursor stays. */
	[KIND_ALTERNATE_LEFT] = "\0337\033[?1049l",
	/* Leaving origin mode moves the cursor to the first row: go to the last. */
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
	[KIND_USER_KEYS] = "\033P0;1|\033\\",
	[KIND_KEY_FORMATS] = "\033[>f",
	[KIND_LOCATOR] = "\033[0'z",
	/* Whether the mouse pointer is hidden, and its shape. */
	[KIND_POINTER] = "\033[>1p\033]22;\033\\",
	[KIND_TITLE_MODES] = "\033[>0;1;2;3T",
	[KIND_PROGRESS] = "\033]9;4;0\033\\",
	[KIND_LINK] = "\033]8;;\033\\",
	[KIND_PALETTE] = "\033]104\033\\",
	[KIND_SPECIAL] = "\033]105\033\\",
	[KIND_LINUX_PALETTE] = "\033]R\033\\",
};

/* Removes the margins; the cursor stays where it is. */
static const char margins[] = "\0337\033[?69l\033[r\0338";

/*
 * Undoes colours, a hidden cursor, no wrapping, reverse video, application keys, reports of the
 * mouse, the focus, colours and sizes, bracketed paste, win32 input, a locked keyboard, insert
 * mode, line feeds that are returns, and line drawing characters.
 */
static const char modes[] = "\033[0m\033[?25h\033[?7h\033[?5l\033[?1l\033[?66l\033>"
			    "\033[?9l\033[?1000l\033[?1001l\033[?1002l\033[?1003l\033[?1005l"
			    "\033[?1006l\033[?1015l\033[?1016l\033[?1004l\033[?2031l\033[?2048l"
			    "\033[?2004l\033[?9001l\033[2l\033[4l\033[20l\033(B\017";

/*
 * Modes that only some terminals know, and their initial values. Modes whose initial value is the
 * user's choice are left alone: with ?1007, for example, the wheel sends cursor keys to a pager.
 */
static const struct {
	uint16_t number;
	char usual; /* the initial value: h is on, l is off */
} others[] = {
	/* Columns that may change, bugs of old programs, national characters. */
	{ 40, 'l' },
	{ 41, 'l' },
	{ 42, 'l' },
	/* The margin's bell, wrapping backwards, logging. */
	{ 44, 'l' },
	{ 45, 'l' },
	{ 1045, 'l' },
	{ 46, 'l' },
	/* What Backspace and Delete send, and keys with Meta, Alt and NumLock. */
	{ 67, 'l' },
	{ 1037, 'l' },
	{ 1034, 'h' },
	{ 1035, 'h' },
	{ 1036, 'h' },
	{ 1039, 'l' },
	/* Pictures, and 132 columns that clear nothing. */
	{ 80, 'l' },
	{ 1070, 'h' },
	{ 8452, 'l' },
	{ 95, 'l' },
	/* The selection, and where it goes; what a bell does to the window. */
	{ 1040, 'h' },
	{ 1041, 'l' },
	{ 1044, 'l' },
	{ 1042, 'l' },
	{ 1043, 'l' },
	/* Function keys of terminfo, Sun, HP, SCO, X11R6 and VT220; keys of mintty. */
	{ 1050, 'l' },
	{ 1051, 'l' },
	{ 1052, 'l' },
	{ 1053, 'l' },
	{ 1060, 'l' },
	{ 1061, 'l' },
	{ 7727, 'l' },
	{ 7728, 'l' },
	/* Pastes are announced instead of sent. */
	{ 5522, 'l' },
};

#define OTHERS (sizeof(others) / sizeof(others[0]))

_Static_assert(OTHERS <= 32, "rawset.modes has a bit for each");

void rawset_init(struct rawset *set)
{
	*set = (struct rawset){ .seen = 0 };
	vtparse_init(&set->parse);
}

/*
 * Notes that the guest has set something. Never cleared if the guest switches that off again: the
 * terminal may not have obeyed, and a restored cursor or mode brings things back.
 */
static void see(struct rawset *set, enum kind kind, bool on)
{
	set->seen |= on ? 1u << kind : 0;
}

static void on_other_mode(struct rawset *set, unsigned int mode, char how)
{
	for (unsigned int i = 0; i < OTHERS; i++)
		if (others[i].number == mode && others[i].usual != how)
			set->modes |= 1u << i;
}

/*
 * 132 columns. Some terminals obey, either way, only while ?40 allows it. The undo clears the
 * screen of some terminals, so it is left out if the guest has surely switched back itself.
 */
static void on_columns(struct rawset *set, char how)
{
	see(set, KIND_COLUMNS, how != 'l');
	if (how != 'l') {
		set->wide |= set->allows_wide;
	} else if (set->allows_wide || !set->wide) {
		set->wide = false;
		set->seen &= ~(1u << KIND_COLUMNS);
	}
}

static void leave_alternate(struct rawset *set)
{
	see(set, KIND_ALTERNATE_LEFT, set->seen & 1u << KIND_ALTERNATE);
	set->seen &= ~(1u << KIND_ALTERNATE);
}

/* @how: h is on, l is off, r is the saved value, which may be either. */
static void on_private_mode(struct rawset *set, unsigned int mode, char how)
{
	switch (mode) {
	case 2:
		see(set, KIND_VT52, how != 'h');
		break;
	case 3:
		on_columns(set, how);
		break;
	case 6:
		see(set, KIND_ORIGIN, how != 'l');
		break;
	case 8:
		see(set, KIND_NO_REPEAT, how != 'h');
		break;
	case 12:
		see(set, KIND_BLINK, how != 'l');
		break;
	case 38:
		see(set, KIND_TEK, how != 'l');
		break;
	case 40:
		set->allows_wide = how == 'h';
		on_other_mode(set, mode, how);
		break;
	case 47:
	case 1047:
		if (how == 'l')
			leave_alternate(set);
		break;
	case 1049:
		/* Leaving the alternate screen restores the cursor, which then is to stay. */
		set->seen &= ~(1u << KIND_ALTERNATE | 1u << KIND_ALTERNATE_LEFT);
		see(set, KIND_ALTERNATE, how != 'l');
		break;
	case 1046:
		see(set, KIND_NO_ALTERNATE, how != 'h');
		break;
	default:
		on_other_mode(set, mode, how);
		break;
	}
}

static void on_modes(struct rawset *set, const struct vtparse_csi *csi)
{
	for (unsigned int i = 0; i < csi->count; i++) {
		if (csi->leader == '?')
			on_private_mode(set, csi->args[i], csi->final);
		else if (!csi->leader && csi->args[i] == 12)
			see(set, KIND_ECHO, csi->final != 'h');
	}
}

static void on_title(struct rawset *set, unsigned int what)
{
	if (what == 22 && set->titles < TITLES_MAX)
		set->titles++;
	else if (what == 23 && set->titles)
		set->titles--;
}

static void on_intermediate(struct rawset *set, const struct vtparse_csi *csi)
{
	if (csi->intermediate == ' ' && csi->final == 'q')
		see(set, KIND_CURSOR, csi->args[0]);
	else if (csi->intermediate == '"' && csi->final == 'q')
		see(set, KIND_PROTECTED, csi->args[0]);
	else if (csi->intermediate == '$' && (csi->final == '}' || csi->final == '~'))
		see(set, KIND_STATUS_LINE, csi->args[0]);
	else if (csi->intermediate == '\'' && csi->final == 'z')
		see(set, KIND_LOCATOR, csi->args[0]);
}

/* Sequences of xterm. */
static void on_greater(struct rawset *set, const struct vtparse_csi *csi)
{
	unsigned int option = csi->args[0];

	/* Without an argument CSI > n disables the option for function keys. */
	if (csi->final == 'n' && !csi->given)
		option = 2;
	if (csi->final == 'm' || csi->final == 'n')
		set->modifiers |= option < 16 ? 1u << option : 0;
	see(set, KIND_KEYBOARD, csi->final == 'u');
	see(set, KIND_KEY_FORMATS, csi->final == 'f');
	see(set, KIND_POINTER, csi->final == 'p');
	see(set, KIND_TITLE_MODES, csi->final == 't');
}

static void on_csi(const struct vtparse_csi *csi, void *arg)
{
	struct rawset *set = arg;

	if (csi->intermediate)
		on_intermediate(set, csi);
	else if (csi->final == 'h' || csi->final == 'l' ||
		 (csi->final == 'r' && csi->leader == '?'))
		on_modes(set, csi);
	else if (csi->final == 'u' && csi->leader == '=')
		see(set, KIND_KEYBOARD, true);
	else if (csi->final == 't' && !csi->leader)
		on_title(set, csi->args[0]);
	else if (csi->final == 'i' && (csi->args[0] == 4 || csi->args[0] == 5))
		see(set, csi->leader == '?' ? KIND_AUTO_PRINT : KIND_PRINTER, csi->args[0] == 5);
	else if (csi->final == 'g' || csi->final == 'W')
		see(set, KIND_TABS, true);
	else if (csi->leader == '>')
		on_greater(set, csi);
}

/* After RIS: forgets those whose undo would now move the cursor or clear the screen. */
static void on_reset(struct rawset *set)
{
	on_columns(set, 'l');
	leave_alternate(set);
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
	else if (!intermediate && final == 'c')
		on_reset(set);
}

/* @rest: ";PARAMETERS;ADDRESS". A link ends with an empty address. */
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
	else if (number == 9)
		see(set, KIND_PROGRESS, !strncmp(end, ";4", 2));
	else if (number == 22)
		see(set, KIND_POINTER, true);
	else if (number >= 10 && number <= 19)
		/* Further colours in the string belong to the following numbers. */
		set->colors |= !whole || (*end && strchr(end + 1, ';')) ? ~0u : 1u << (number - 10);
}

/* Keys that the guest defines (DECUDK), and state restored from a report (DECRSPS). */
static void on_dcs(struct rawset *set, const char *text)
{
	const char *final = text + strspn(text, "0123456789;");

	see(set, KIND_USER_KEYS, *final == '|');
	if (!strncmp(final, "$t", 2)) {
		see(set, KIND_ORIGIN, true);
		see(set, KIND_PROTECTED, true);
		see(set, KIND_CHARSETS, true);
		see(set, KIND_TABS, true);
	}
}

static void told(struct rawset *set, char kind, const char *text, bool whole)
{
	if (kind == ']')
		on_osc(set, text, whole);
	else
		on_dcs(set, text);
}

static void on_string(char kind, const char *text, size_t len, void *arg)
{
	(void)len;
	told(arg, kind, text, true);
}

/* A terminal may obey it: they differ in how long a string may be, and in what ends it. */
static void on_cut(char kind, const char *text, size_t len, void *arg)
{
	(void)len;
	told(arg, kind, text, false);
}

static const struct vtparse_ops ops = {
	.escape = on_escape,
	.csi = on_csi,
	.string = on_string,
	.cut = on_cut,
};

/* Whether this ends an 8-bit control, which is this byte alone if the guest has left UTF-8. */
static bool is_c1(const struct rawset *set, unsigned char c)
{
	return c < 0xa0 && (set->lead || set->seen & 1u << KIND_NO_UTF8);
}

/*
 * vtparse does not know 8-bit controls, but the terminal may: so each is parsed as ESC and another
 * character. Only ST is parsed as CAN, after which a string counts as cut off: in a terminal that
 * does not know ST, the string continues.
 */
void rawset_bytes(struct rawset *set, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	const unsigned char *end = at + len;

	while (at < end) {
		size_t n = 0;

		while (at + n < end && at[n] < 0x80)
			n++;
		if (!n && is_c1(set, *at)) {
			const char pair[] = { *at == C1_ST ? CAN : ESC, (char)(*at - 0x40) };

			vtparse_bytes(&set->parse, pair, *at == C1_ST ? 1 : 2, &ops, set);
			n = 1;
		} else {
			n += !n;
			vtparse_bytes(&set->parse, at, n, &ops, set);
		}
		at += n;
		set->lead = at[-1] == C1_LEAD;
	}
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

static void put_number(char **at, unsigned int number)
{
	if (number >= 10)
		put_number(at, number / 10);
	put_digit(at, "", number % 10, "");
}

static void put_modes(const struct rawset *set, char **at)
{
	for (unsigned int i = 0; i < OTHERS; i++) {
		if (set->modes & 1u << i) {
			put(at, "\033[?");
			put_number(at, others[i].number);
			put(at, others[i].usual == 'h' ? "h" : "l");
		}
	}
}

static void put_kinds(const struct rawset *set, char **at, enum kind from, enum kind to)
{
	for (enum kind kind = from; kind < to; kind++)
		if (set->seen & 1u << kind)
			put(at, undo[kind]);
}

/* KIND_KEYBOARD is undone twice, since each screen has its own stack of keyboard flags. */
const char *rawset_undo(struct rawset *set)
{
	char *at = set->text;

	put_kinds(set, &at, KIND_TEK, KIND_PRINTER);
	/* Ends a string that the guest has begun. Some terminals obey it: notes what it sets. */
	vtparse_tell_begun(&set->parse, &ops, set);
	put(&at, "\033\\");
	put_kinds(set, &at, KIND_PRINTER, KIND_ALTERNATE);
	put(&at, "\033[?2026l\033[?1047l");
	put_kinds(set, &at, KIND_ALTERNATE, KIND_ORIGIN);
	put_kinds(set, &at, KIND_KEYBOARD, KIND_KEYBOARD + 1);
	put_kinds(set, &at, KIND_ORIGIN, KIND_ORIGIN + 1);
	if (!(set->seen & 1u << KIND_ORIGIN))
		put(&at, margins);
	put(&at, modes);
	put_kinds(set, &at, KIND_ORIGIN + 1, KIND_COLUMNS);
	if (set->wide)
		put(&at, "\033[?40h");
	put_kinds(set, &at, KIND_COLUMNS, KINDS);
	put_modes(set, &at);
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
