// SPDX-License-Identifier: GPL-2.0-only
#include "vt/keyseq.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "base/msg.h"
#include "base/utf8.h"
#include "vt/controls.h"

/* The functions below return the length of a key, or -1: it may be incomplete. */

static int character(const struct keyseq *seq, const unsigned char *bytes, size_t len)
{
	mbstate_t state = { 0 };
	locale_t before;
	size_t n;
	int got;

	if (bytes[0] < 0x80)
		return 1;
	if (!seq->locale) {
		got = utf8_check(bytes, len);
		return got ? got : 1;
	}
	before = uselocale(seq->locale);
	n = mbrlen((const char *)bytes, len, &state);
	uselocale(before);
	if (n == (size_t)-2)
		return -1;
	return n == (size_t)-1 || !n ? 1 : (int)n;
}

/* @at: after ESC [ M. A control character is not one of the three bytes, and ends it. */
static int x10(const unsigned char *bytes, size_t len, size_t at)
{
	for (size_t i = at; i < at + 3; i++) {
		if (i == len)
			return -1;
		if (bytes[i] < ' ')
			return (int)i;
	}
	return (int)at + 3;
}

/* @at: after ESC [. A byte that cannot belong to the sequence ends it. */
static int csi(const struct keyseq *seq, const unsigned char *bytes, size_t len, size_t at)
{
	size_t i = at;

	if (seq->x10 && i < len && bytes[i] == 'M')
		return x10(bytes, len, i + 1);
	/* The function keys of the Linux console. */
	if (i < len && bytes[i] == '[')
		i++;
	while (i < len && i < KEYSEQ_MAX && bytes[i] >= 0x20 && bytes[i] < 0x40)
		i++;
	if (i == len && i < KEYSEQ_MAX)
		return -1;
	return bytes[i] >= 0x40 && bytes[i] < 0x7f && i < KEYSEQ_MAX ? (int)i + 1 : (int)i;
}

/* @at: after ESC O. Some terminals put modifiers in between. */
static int ss3(const unsigned char *bytes, size_t len, size_t at)
{
	size_t i = at;

	while (i < len && i < KEYSEQ_MAX &&
	       ((bytes[i] >= '0' && bytes[i] <= '9') || bytes[i] == ';'))
		i++;
	if (i == len && i < KEYSEQ_MAX)
		return -1;
	return bytes[i] > 0x20 && bytes[i] < 0x7f && i < KEYSEQ_MAX ? (int)i + 1 : (int)i;
}

/* Not a key: marks of a paste, mouse, focus, answers to queries. @csi: from '[' on. */
static bool is_report(const unsigned char *csi, size_t len)
{
	if (len < 2)
		return false;
	if ((csi[1] >= '<' && csi[1] <= '?') || memchr("IMO", csi[1], 3))
		return true;
	if (len == 5 && (!memcmp(csi, "[200~", 5) || !memcmp(csi, "[201~", 5)))
		return true;
	return csi[1] >= '0' && csi[1] <= '9' && memchr("MRnty", csi[len - 1], 5);
}

static int behind_two_esc(const struct keyseq *seq, const unsigned char *bytes, size_t len)
{
	int got;

	if (len == 2)
		return -1;
	if (bytes[2] == 'O')
		return ss3(bytes, len, 3);
	if (bytes[2] != '[')
		return 1;
	got = csi(seq, bytes, len, 3);
	/* No terminal sends Alt with a report: the first ESC is the key Esc. */
	return got > 0 && is_report(bytes + 2, (size_t)got - 2) ? 1 : got;
}

static int behind_esc(const struct keyseq *seq, const unsigned char *bytes, size_t len)
{
	int got;

	if (len == 1)
		return -1;
	if (bytes[1] == seq->apart)
		return 1;
	if (bytes[1] == '[')
		return csi(seq, bytes, len, 2);
	if (bytes[1] == 'O')
		return ss3(bytes, len, 2);
	/* Some terminals send Alt as an ESC before any key; otherwise this is Esc twice. */
	if (bytes[1] == ESC)
		return behind_two_esc(seq, bytes, len);
	got = character(seq, bytes + 1, len - 1);
	return got < 0 ? -1 : got + 1;
}

size_t keyseq_length(const struct keyseq *seq, const unsigned char *bytes, size_t len, bool ended)
{
	int got = 1;

	if (bytes[0] == ESC && seq->apart != ESC)
		got = behind_esc(seq, bytes, len);
	else if (bytes[0] != seq->apart)
		got = character(seq, bytes, len);
	if (got > 0)
		return (size_t)got;
	if (!ended)
		return 0;
	/* The first ESC is the key Esc, whatever the second begins. */
	if (len > 1 && bytes[0] == ESC && bytes[1] == ESC)
		return 1;
	/* The bytes of an incomplete character are keys of their own. */
	return bytes[0] >= 0x80 ? 1 : len;
}

unsigned int keyseq_wait_ms(const unsigned char *bytes, size_t len)
{
	return bytes[0] == ESC && (len < 3 || (len == 3 && bytes[1] == ESC)) ? 25 : 500;
}

const char *keyseq_text(const unsigned char *bytes, size_t len, char text[KEYSEQ_TEXT_SIZE])
{
	char raw[16];
	char clean[24];
	size_t from = bytes[0] == ESC;
	uint32_t ch;

	if (!from && len > 1 && utf8_check(bytes, len) == (int)len) {
		utf8_get((const char *)bytes, &ch);
		snprintf(text, KEYSEQ_TEXT_SIZE, "U+%04X", ch);
		return text;
	}
	snprintf(raw, sizeof(raw), "%.*s", (int)(len - from), (const char *)bytes + from);
	msg_clean(clean, sizeof(clean), raw);
	if (!from)
		snprintf(text, KEYSEQ_TEXT_SIZE, "%s", clean);
	else if (len == 1)
		snprintf(text, KEYSEQ_TEXT_SIZE, "Esc");
	else if (len == 2 && bytes[1] > ' ' && bytes[1] < 0x7f)
		snprintf(text, KEYSEQ_TEXT_SIZE, "Alt-%s", clean);
	else
		snprintf(text, KEYSEQ_TEXT_SIZE, "Esc %s", clean);
	return text;
}
