// SPDX-License-Identifier: GPL-2.0-only
#include "text/vtscan.h"

#include <stdio.h>
#include <string.h>

enum {
	ENQ = 0x05,
	BEL = 0x07,
	SO = 0x0e,
	SI = 0x0f,
	CAN = 0x18,
	SUB = 0x1a,
	ESC = 0x1b,
};

/* Of struct vtscan's @changed, besides the rows of the table. */
#define CHANGED_SGR (1u << 31)
#define CHANGED_MARGINS (1u << 30)
#define CHANGED_KEYPAD (1u << 29)
#define CHANGED_CHARSET (1u << 28)
#define CHANGED_INSERT (1u << 27)
#define CHANGED_CURSOR (1u << 26)
#define CHANGED_KEYS (1u << 25)

/* Private modes (DECSET, DECRST) and what they should be. */
static const struct {
	unsigned int number;
	bool normal;
} modes[] = {
	{ 1, false },	 /* application cursor keys */
	{ 5, false },	 /* reverse video */
	{ 6, false },	 /* origin */
	{ 7, true },	 /* wrap */
	{ 9, false },	 /* mouse */
	{ 25, true },	 /* cursor */
	{ 47, false },	 /* the other screen */
	{ 66, false },	 /* application keypad */
	{ 1000, false }, /* mouse */
	{ 1001, false }, { 1002, false }, { 1003, false }, { 1004, false }, /* focus */
	{ 1005, false }, { 1006, false }, { 1015, false }, { 1016, false },
	{ 1047, false },		  /* the other screen */
	{ 1049, false }, { 2004, false }, /* bracketed paste */
};

#define MODES (sizeof(modes) / sizeof(modes[0]))

void vtscan_init(struct vtscan *scan)
{
	*scan = (struct vtscan){ .state = VTSCAN_GROUND };
}

static void set(struct vtscan *scan, uint32_t bit, bool changed)
{
	if (changed)
		scan->changed |= bit;
	else
		scan->changed &= ~bit;
}

static void private_mode(struct vtscan *scan, unsigned int number, bool on)
{
	for (size_t i = 0; i < MODES; i++)
		if (modes[i].number == number)
			set(scan, 1u << i, on != modes[i].normal);
}

/* A sequence that began with ESC [ and is complete, taken apart. */
struct csi {
	unsigned char prefix;	    /* one of <=>? or 0 */
	unsigned char intermediate; /* the last, or 0 */
	unsigned char final;
	const unsigned char *params;
	size_t len; /* of the parameters */
};

static struct csi take_apart(const struct vtscan *scan)
{
	struct csi csi = { .final = scan->held[scan->len - 1] };
	size_t at = 2;
	size_t end;

	if (scan->held[at] >= '<' && scan->held[at] <= '?')
		csi.prefix = scan->held[at++];
	for (end = at; scan->held[end] >= '0' && scan->held[end] <= '?'; end++)
		;
	csi.params = scan->held + at;
	csi.len = end - at;
	if (scan->len - 1 > end)
		csi.intermediate = scan->held[scan->len - 2];
	return csi;
}

static void each_mode(struct vtscan *scan, const struct csi *csi, bool on)
{
	unsigned int number = 0;

	for (size_t i = 0; i <= csi->len; i++) {
		unsigned char c = i < csi->len ? csi->params[i] : ';';

		if (c >= '0' && c <= '9') {
			if (number < 100000)
				number = number * 10 + (c - '0');
			continue;
		}
		if (csi->prefix == '?')
			private_mode(scan, number, on);
		else if (!csi->prefix && number == 4)
			set(scan, CHANGED_INSERT, on);
		number = 0;
	}
}

/* Whether the parameters are nothing but zeros: the default. */
static bool is_default(const struct csi *csi)
{
	for (size_t i = 0; i < csi->len; i++)
		if (csi->params[i] != '0' && csi->params[i] != ';')
			return false;
	return true;
}

static void csi_mode(struct vtscan *scan, const struct csi *csi)
{
	switch (csi->final) {
	case 'h':
	case 'l':
		if (!csi->intermediate)
			each_mode(scan, csi, csi->final == 'h');
		break;
	case 'm':
		if (csi->prefix == '>')
			set(scan, CHANGED_KEYS, csi->len != 0);
		else if (!csi->prefix && !csi->intermediate)
			set(scan, CHANGED_SGR, !is_default(csi));
		break;
	case 'r':
		if (!csi->prefix && !csi->intermediate)
			set(scan, CHANGED_MARGINS, !is_default(csi));
		break;
	case 'q':
		if (csi->intermediate == ' ')
			set(scan, CHANGED_CURSOR, !is_default(csi));
		break;
	case 'p':
		if (csi->intermediate == '!')
			scan->changed = 0;
		break;
	default:
		break;
	}
}

static bool csi_asks(const struct csi *csi)
{
	switch (csi->final) {
	case 'c': /* DA1 to DA3: who are you? */
	case 't': /* the window's size and title */
		return !csi->intermediate;
	case 'n': /* DSR: where is the cursor? */
		return !csi->prefix || csi->prefix == '?';
	case 'x': /* DECREQTPARM */
		return !csi->prefix && !csi->intermediate;
	case 'p': /* DECRQM: is this mode on? */
	case 'w': /* DECRQPSR, DECRQDE */
		return csi->intermediate == '$' || csi->intermediate == '\'';
	case 'q': /* XTVERSION */
		return csi->prefix == '>';
	case 'u': /* which keys do you report? */
	case 'm':
	case 'S': /* graphics */
		return csi->prefix == '?';
	case 'y': /* checksums */
		return csi->intermediate == '*';
	case '|': /* DECRQLP */
		return csi->intermediate == '\'';
	default:
		return false;
	}
}

static bool contains(const struct vtscan *scan, const char *text)
{
	return memmem(scan->held, scan->len, text, strlen(text));
}

/* Whether what is held of a string asks for something, or sets the clipboard. */
static bool string_asks(const struct vtscan *scan)
{
	if (scan->held[1] == ']')
		return contains(scan, ";?") ||
		       (scan->len >= 5 && !memcmp(scan->held + 2, "52;", 3));
	if (scan->held[1] == 'P')
		return scan->len >= 4 && scan->held[3] == 'q' &&
		       (scan->held[2] == '$' || scan->held[2] == '+');
	/* Graphics that are asked about. */
	return scan->held[1] == '_' && scan->len >= 3 && scan->held[2] == 'G';
}

/* What a complete sequence means for the modes; whether it asks something. */
static bool understand(struct vtscan *scan)
{
	struct csi csi;
	unsigned char c = scan->held[1];

	if (scan->state == VTSCAN_STRING || scan->state == VTSCAN_STRING_ESCAPE)
		return string_asks(scan);
	/* Cut off, and no string: nobody knows. */
	if (scan->len == sizeof(scan->held))
		return false;
	if (c == '[') {
		csi = take_apart(scan);
		csi_mode(scan, &csi);
		return csi_asks(&csi);
	}
	if (c == '=' || c == '>')
		set(scan, CHANGED_KEYPAD, c == '=');
	else if (c == 'c')
		scan->changed = 0;
	else if (c == '(')
		set(scan, CHANGED_CHARSET, scan->held[2] != 'B');
	return c == 'Z'; /* DECID */
}

static void put(unsigned char **out, const unsigned char *bytes, size_t len)
{
	memcpy(*out, bytes, len);
	*out += len;
}

static void put_held(struct vtscan *scan, unsigned char **out)
{
	if (scan->withheld)
		put(out, scan->held, scan->len);
	scan->withheld = false;
}

/* One more byte of the sequence under way. */
static void keep(struct vtscan *scan, unsigned char c, unsigned char **out)
{
	if (scan->len < sizeof(scan->held))
		scan->held[scan->len++] = c;
	else if (!string_asks(scan))
		put_held(scan, out);
	if (!scan->withheld)
		put(out, &c, 1);
}

/* The last byte of it. */
static void finish(struct vtscan *scan, unsigned char c, unsigned char **out)
{
	keep(scan, c, out);
	if (!understand(scan))
		put_held(scan, out);
	scan->state = VTSCAN_GROUND;
}

static void ground(struct vtscan *scan, bool replay, unsigned char c, unsigned char **out)
{
	scan->state = VTSCAN_GROUND;
	if (c == ESC) {
		scan->state = VTSCAN_ESCAPE;
		scan->withheld = replay;
		scan->len = 0;
		keep(scan, c, out);
		return;
	}
	if (c == SO || c == SI)
		set(scan, CHANGED_CHARSET, c == SO);
	if (!replay || (c != ENQ && c != BEL))
		put(out, &c, 1);
}

/* It does not go on like this: what there is of it shows as it came. */
static void broken(struct vtscan *scan, bool replay, unsigned char c, unsigned char **out)
{
	if (scan->len < sizeof(scan->held))
		put_held(scan, out);
	ground(scan, replay, c, out);
}

static bool ends_string(const struct vtscan *scan, unsigned char c)
{
	if (scan->state == VTSCAN_STRING_ESCAPE)
		return c == '\\';
	return c == BEL && scan->held[1] == ']';
}

static void string(struct vtscan *scan, bool replay, unsigned char c, unsigned char **out)
{
	if (ends_string(scan, c)) {
		finish(scan, c, out);
	} else if (scan->state == VTSCAN_STRING_ESCAPE || c == CAN || c == SUB) {
		broken(scan, replay, c, out);
	} else {
		if (c == ESC)
			scan->state = VTSCAN_STRING_ESCAPE;
		keep(scan, c, out);
	}
}

static void sequence(struct vtscan *scan, bool replay, unsigned char c, unsigned char **out)
{
	/* Terminals obey controls inside of a sequence, and go on with it. */
	if (c < 0x20 && c != ESC && c != CAN && c != SUB) {
		if (!replay || (c != ENQ && c != BEL))
			put(out, &c, 1);
	} else if (c < 0x20 || c >= 0x7f) {
		broken(scan, replay, c, out);
	} else if (scan->state == VTSCAN_ESCAPE && strchr("[]P_^X", c)) {
		scan->state = c == '[' ? VTSCAN_CSI : VTSCAN_STRING;
		keep(scan, c, out);
	} else if (c < 0x30) {
		if (scan->state == VTSCAN_ESCAPE)
			scan->state = VTSCAN_CHARSET;
		keep(scan, c, out);
	} else if (c < 0x40 && scan->state == VTSCAN_CSI) {
		keep(scan, c, out);
	} else {
		finish(scan, c, out);
	}
}

size_t vtscan_bytes(struct vtscan *scan, bool replay, const unsigned char *in, size_t len,
		    unsigned char *out)
{
	unsigned char *at = out;

	for (size_t i = 0; i < len; i++) {
		switch (scan->state) {
		case VTSCAN_GROUND:
			ground(scan, replay, in[i], &at);
			break;
		case VTSCAN_ESCAPE:
		case VTSCAN_CHARSET:
		case VTSCAN_CSI:
			sequence(scan, replay, in[i], &at);
			break;
		case VTSCAN_STRING:
		case VTSCAN_STRING_ESCAPE:
			string(scan, replay, in[i], &at);
			break;
		}
	}
	return (size_t)(at - out);
}

static void add(char *out, const char *text)
{
	size_t len = strlen(out);

	snprintf(out + len, VTSCAN_UNDO_SIZE - len, "%s", text);
}

const char *vtscan_undo(const struct vtscan *scan, char out[VTSCAN_UNDO_SIZE])
{
	uint32_t changed = scan->changed;
	char text[32];

	out[0] = '\0';
	/* A sequence that was cut off swallows what follows, unless cancelled. */
	if (scan->state != VTSCAN_GROUND)
		add(out, "\030");
	if (changed & CHANGED_MARGINS)
		add(out, "\0337\033[r\0338");
	for (size_t i = 0; i < MODES; i++) {
		if (!(changed & (1u << i)))
			continue;
		snprintf(text, sizeof(text), "\033[?%u%c", modes[i].number,
			 modes[i].normal ? 'h' : 'l');
		add(out, text);
	}
	if (changed & CHANGED_INSERT)
		add(out, "\033[4l");
	if (changed & CHANGED_KEYPAD)
		add(out, "\033>");
	if (changed & CHANGED_CHARSET)
		add(out, "\033(B\017");
	if (changed & CHANGED_CURSOR)
		add(out, "\033[0 q");
	if (changed & CHANGED_KEYS)
		add(out, "\033[>4m");
	if (changed & CHANGED_SGR)
		add(out, "\033[0m");
	return out;
}
