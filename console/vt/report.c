// SPDX-License-Identifier: GPL-2.0-only
#include "vt/report.h"

#include <stdio.h>
#include <string.h>

/*
 * A VT220, which is the TERM of a getty on a serial line, with 132 columns, selective
 * erase and colours; without a printer, and without characters or keys that can be
 * defined.
 */
#define ATTRIBUTES "\033[?62;1;6;22c"

enum state {
	UNKNOWN = 0,
	SET = 1,
	RESET = 2,
};

static void report_place(struct vt *vt, const char *leader)
{
	struct vt_place pos = vt_place(vt);

	if (vt->in_margins) {
		pos.row -= vt->region.top;
		pos.col -= vt->region.left;
	}
	vt_answer(vt, "\033[%s%d;%dR", leader, pos.row + 1, pos.col + 1);
}

static void report_status(struct vt *vt, char leader, unsigned int what)
{
	if (what == 6)
		report_place(vt, leader ? "?" : "");
	else if (!leader && what == 5)
		vt_answer(vt, "\033[0n");
	else if (leader && what == 15)
		vt_answer(vt, "\033[?13n"); /* no printer */
	else if (leader && what == 25)
		vt_answer(vt, "\033[?21n"); /* keys cannot be defined */
	else if (leader && what == 26)
		vt_answer(vt, "\033[?27;1n"); /* a North American keyboard */
}

static enum state state_of(bool on)
{
	return on ? SET : RESET;
}

static void report_ansi_mode(struct vt *vt, unsigned int mode)
{
	enum state state = mode == 4	? state_of(vt->inserts)
			   : mode == 20 ? state_of(vt->newlines)
					: UNKNOWN;

	vt_answer(vt, "\033[%u;%d$y", mode, state);
}

/* False: libvterm has this mode, or nobody does. */
static bool report_private_mode(struct vt *vt, unsigned int mode)
{
	bool on;

	switch (mode) {
	case 3:
		on = vt->cols_before;
		break;
	case 40:
		on = vt->allows_columns;
		break;
	case 47:
	case 1049:
		on = !page_is_primary(&vt->page);
		break;
	case 67:
		on = vt->backspace == VT_BACKSPACE_BS;
		break;
	case 95:
		on = vt->keeps_screen;
		break;
	default:
		return false;
	}
	vt_answer(vt, "\033[?%u;%d$y", mode, state_of(on));
	return true;
}

bool report_csi(struct vt *vt, const struct vtparse_csi *csi)
{
	if (csi->final == 'c' && !csi->leader && !csi->intermediate) {
		if (!csi->args[0])
			vt_answer(vt, ATTRIBUTES);
		return true;
	}
	if (csi->final == 'n' && (!csi->leader || csi->leader == '?') && !csi->intermediate) {
		report_status(vt, csi->leader, csi->args[0]);
		return true;
	}
	if (csi->final != 'p' || csi->intermediate != '$')
		return false;
	if (!csi->leader) {
		report_ansi_mode(vt, csi->args[0]);
		return true;
	}
	return csi->leader == '?' && report_private_mode(vt, csi->args[0]);
}

static int put_color(char *text, size_t size, const struct vt_color *color, int base)
{
	if (color->kind == VT_COLOR_RGB)
		return snprintf(text, size, ";%d:2::%u:%u:%u", base + 8, color->red, color->green,
				color->blue);
	if (color->kind != VT_COLOR_INDEXED)
		return 0;
	if (color->index < 8)
		return snprintf(text, size, ";%d", base + color->index);
	if (color->index < 16)
		return snprintf(text, size, ";%d", base + 60 + color->index - 8);
	return snprintf(text, size, ";%d:5:%u", base + 8, color->index);
}

/* Answers with the SGR that would set the current attributes and colours. */
static void report_pen(struct vt *vt)
{
	char text[96] = "0";
	size_t len = (size_t)(pen_put_attrs(&vt->pen, text + 1) - text);

	len += (size_t)put_color(text + len, sizeof(text) - len, &vt->pen.fg, 30);
	len += (size_t)put_color(text + len, sizeof(text) - len, &vt->pen.bg, 40);
	text[len] = '\0';
	vt_answer(vt, "\033P1$r%sm\033\\", text);
}

void report_setting(struct vt *vt, const char *text)
{
	if (!strcmp(text, "m"))
		report_pen(vt);
	else if (!strcmp(text, "r"))
		vt_answer(vt, "\033P1$r%d;%dr\033\\", vt->region.top + 1, vt->region.bottom);
	else if (!strcmp(text, "s"))
		vt_answer(vt, "\033P1$r%d;%ds\033\\", vt->region.left + 1, vt->region.right);
	else if (!strcmp(text, "\"p"))
		vt_answer(vt, "\033P1$r62;1\"p\033\\");
	else if (!strcmp(text, "\"q"))
		vt_answer(vt, "\033P1$r%d\"q\033\\", vt->pen.is_protected);
	else if (!strcmp(text, " q"))
		vt_give(vt, "\033P$q q\033\\", 8);
	else
		vt_answer(vt, "\033P0$r\033\\");
}
