// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whatever a guest prints, the operator's terminal is asked nothing, nothing is set but
 * attributes, margins and the cursor that is saved, and at the end nothing of it stays,
 * wherever its way ended. It is the same however the bytes come.
 */
#include <locale.h>
#include <stdint.h>
#include <string.h>

#include "must.h"
#include "vt/pen.h"
#include "vt/vtfilter.h"

#define INPUT 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A terminal that has no screen. */
struct judge {
	struct vtparse parse;
	struct pen pen;
	struct pen saved;
	bool margins;
};

static void on_ascii(const char *text, size_t len, void *arg)
{
	(void)text;
	(void)arg;
	MUST(len);
}

static void on_glyph(uint32_t ch, void *arg)
{
	(void)arg;
	MUST(ch >= 0xa0 && !utf8_turns(ch));
}

static void on_control(unsigned char c, void *arg)
{
	(void)arg;
	MUST(strchr("\a\b\t\n\v\r", c));
}

static void on_escape(char intermediate, char final, void *arg)
{
	struct judge *judge = arg;

	MUST(!intermediate && strchr("DEM78", final));
	if (final == '7')
		judge->saved = judge->pen;
	else if (final == '8')
		judge->pen = judge->saved;
}

static bool is_plain(const struct pen *pen)
{
	return !pen->attrs && pen->fg.kind == VT_COLOR_DEFAULT && pen->bg.kind == VT_COLOR_DEFAULT;
}

static void on_csi(const struct vtparse_csi *csi, void *arg)
{
	struct judge *judge = arg;

	MUST(!csi->leader && !csi->intermediate && !csi->sub);
	MUST(strchr("@ABCDEFGHIJKLMPSTXZ`abdefmr", csi->final));
	if (csi->final == 'm') {
		for (int i = 0; i < csi->count; i++) {
			if (csi->args[i] == 38 || csi->args[i] == 48)
				i += csi->args[i + 1] == 5 ? 2 : 4;
			else
				MUST(csi->args[i] < 10 || csi->args[i] >= 30);
			MUST(i < csi->count);
		}
		pen_sgr(&judge->pen, csi);
	}
	if (csi->final == 'r')
		judge->margins = csi->given;
	MUST((csi->final != 'J' && csi->final != 'K') || csi->args[0] <= 2);
	MUST((csi->final != 'S' && csi->final != 'T') || csi->count == 1);
}

static void on_string(char kind, const char *text, size_t len, void *arg)
{
	(void)kind;
	(void)text;
	(void)len;
	(void)arg;
	MUST(!"a string");
}

static const struct vtparse_ops ops = { on_ascii, on_glyph,  on_control, on_escape,
					on_csi,	  on_string, on_string };

static size_t in_pieces(struct vtfilter *filter, const uint8_t *bytes, size_t len, size_t piece,
			uint8_t *out, locale_t locale)
{
	size_t n = 0;

	vtfilter_init(filter, locale);
	for (size_t at = 0; at < len; at += piece) {
		size_t now = len - at < piece ? len - at : piece;
		size_t got = vtfilter_bytes(filter, bytes + at, now, out + n);

		MUST(got <= VTFILTER_ROOM(now));
		n += got;
	}
	return n;
}

/* What it was told, cut off at @len, and what is undone. */
static void judge(struct vtfilter *filter, const uint8_t *out, size_t len, bool whole)
{
	struct judge judge = { .margins = false };
	const char *undo;

	vtparse_init(&judge.parse);
	vtparse_bytes(&judge.parse, out, len, &ops, &judge);
	if (whole)
		MUST(judge.parse.state == VTPARSE_GROUND && !judge.parse.utf8.need);
	undo = vtfilter_undo(filter);
	vtparse_bytes(&judge.parse, undo, strlen(undo), &ops, &judge);
	MUST(is_plain(&judge.pen) && is_plain(&judge.saved) && !judge.margins);
	MUST(judge.parse.state == VTPARSE_GROUND);
}

/* The first two bytes are the size of pieces, and where it is cut off. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t whole[VTFILTER_ROOM(INPUT)];
	static uint8_t pieces[VTFILTER_ROOM(INPUT) + 256 * INPUT];
	static locale_t ascii;
	struct vtfilter filter;
	size_t n;

	if (!ascii) {
		setlocale(LC_CTYPE, "C.UTF-8");
		ascii = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
	}
	if (size < 2 || size > INPUT)
		return 0;
	n = in_pieces(&filter, data + 2, size - 2, data[0] % 32 + 1, pieces, (locale_t)0);
	MUST(in_pieces(&filter, data + 2, size - 2, size, whole, (locale_t)0) == n);
	MUST(!memcmp(whole, pieces, n));
	judge(&filter, whole, n, true);
	judge(&filter, whole, n * data[1] / 256, false);
	n = in_pieces(&filter, data + 2, size - 2, size, whole, ascii);
	for (size_t i = 0; i < n; i++)
		MUST(whole[i] < 0x80);
	judge(&filter, whole, n, true);
	return 0;
}
