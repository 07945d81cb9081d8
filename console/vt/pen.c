// SPDX-License-Identifier: GPL-2.0-only
#include "vt/pen.h"

static struct vt_color indexed(unsigned int index)
{
	return (struct vt_color){ .kind = VT_COLOR_INDEXED, .index = (uint8_t)index };
}

static bool is_sub(const struct vtparse_csi *csi, unsigned int at)
{
	return at < csi->count && csi->sub & 1u << at;
}

/*
 * Reads the colour after 38 or 48, which is at @at: 5 and an index, or 2 and red,
 * green, blue, separated by semicolons or colons. With colons the number of a colour
 * space may come before red. Returns the last argument that belongs to the colour.
 */
static unsigned int extended(const struct vtparse_csi *csi, unsigned int at, struct vt_color *color)
{
	unsigned int last = at;
	unsigned int rgb = at + 2;
	unsigned int kind = at + 1 < csi->count ? csi->args[at + 1] : 0;

	if (is_sub(csi, at + 1)) {
		while (is_sub(csi, last + 1))
			last++;
		if (last >= at + 5)
			rgb = at + 3;
	} else if (kind == 5) {
		last = at + 2;
	} else if (kind == 2) {
		last = at + 4;
	}
	if (last >= csi->count)
		return csi->count;
	if (kind == 5 && last >= at + 2 && csi->args[at + 2] < 256)
		*color = indexed(csi->args[at + 2]);
	if (kind == 2 && last >= rgb + 2 && csi->args[rgb] < 256 && csi->args[rgb + 1] < 256 &&
	    csi->args[rgb + 2] < 256)
		*color = (struct vt_color){ .kind = VT_COLOR_RGB,
					    .red = (uint8_t)csi->args[rgb],
					    .green = (uint8_t)csi->args[rgb + 1],
					    .blue = (uint8_t)csi->args[rgb + 2] };
	return last;
}

/* The attributes that each number sets and clears. */
static const struct {
	uint8_t set;
	uint8_t clear;
} attrs[] = {
	[0] = { 0, 0xff },
	[1] = { VT_BOLD, 0 },
	[2] = { VT_DIM, 0 },
	[3] = { VT_ITALIC, 0 },
	[4] = { VT_UNDERLINE, 0 },
	[5] = { VT_BLINK, 0 },
	[6] = { VT_BLINK, 0 },
	[7] = { VT_REVERSE, 0 },
	[8] = { VT_CONCEAL, 0 },
	[9] = { VT_STRIKE, 0 },
	[21] = { VT_UNDERLINE, 0 }, /* double */
	[22] = { 0, VT_BOLD | VT_DIM },
	[23] = { 0, VT_ITALIC },
	[24] = { 0, VT_UNDERLINE },
	[25] = { 0, VT_BLINK },
	[27] = { 0, VT_REVERSE },
	[28] = { 0, VT_CONCEAL },
	[29] = { 0, VT_STRIKE },
};

static void plain(struct pen *pen, unsigned int number)
{
	if (number < sizeof(attrs) / sizeof(attrs[0])) {
		pen->attrs = (uint8_t)((pen->attrs & ~attrs[number].clear) | attrs[number].set);
		if (!number)
			pen->fg = pen->bg = (struct vt_color){ .kind = VT_COLOR_DEFAULT };
	} else if (number >= 30 && number <= 37) {
		pen->fg = indexed(number - 30);
	} else if (number == 39) {
		pen->fg = (struct vt_color){ .kind = VT_COLOR_DEFAULT };
	} else if (number >= 40 && number <= 47) {
		pen->bg = indexed(number - 40);
	} else if (number == 49) {
		pen->bg = (struct vt_color){ .kind = VT_COLOR_DEFAULT };
	} else if (number >= 90 && number <= 97) {
		pen->fg = indexed(number - 90 + 8);
	} else if (number >= 100 && number <= 107) {
		pen->bg = indexed(number - 100 + 8);
	}
}

void pen_sgr(struct pen *pen, const struct vtparse_csi *csi)
{
	struct vt_color underline;

	for (unsigned int i = 0; i < csi->count; i++) {
		if (csi->args[i] == 38) {
			i = extended(csi, i, &pen->fg);
		} else if (csi->args[i] == 48) {
			i = extended(csi, i, &pen->bg);
		} else if (csi->args[i] == 58) {
			i = extended(csi, i, &underline);
		} else if (csi->args[i] == 4 && is_sub(csi, i + 1)) {
			/* 4:0 is no underline; other numbers are kinds of underline. */
			plain(pen, csi->args[i + 1] ? 4 : 24);
			while (is_sub(csi, i + 1))
				i++;
		} else {
			plain(pen, csi->args[i]);
			while (is_sub(csi, i + 1))
				i++;
		}
	}
}

char *pen_put_attrs(const struct pen *pen, char *at)
{
	for (unsigned int number = 1; number <= 9; number++) {
		/* 6 blinks as well. */
		if (number == 6 || !(pen->attrs & attrs[number].set))
			continue;
		*at++ = ';';
		*at++ = (char)('0' + number);
	}
	return at;
}

/* Swaps black and white, both the normal and the bright ones. */
static struct vt_color other(struct vt_color color)
{
	if (color.kind == VT_COLOR_INDEXED && (color.index & ~8) == 0)
		color.index |= 7;
	else if (color.kind == VT_COLOR_INDEXED && color.index < 16 && (color.index & 7) == 7)
		color.index &= 8;
	return color;
}

void pen_reverse_screen(struct vt_cell *cell)
{
	struct vt_color fg = other(cell->fg);
	struct vt_color bg = other(cell->bg);

	/* Neither is a default colour. */
	if (fg.kind != VT_COLOR_DEFAULT && bg.kind != VT_COLOR_DEFAULT) {
		cell->fg = fg;
		cell->bg = bg;
		return;
	}
	/* The other default colour is needed: VT_REVERSE gives that. */
	cell->fg = bg;
	cell->bg = fg;
	cell->attrs ^= VT_REVERSE;
}
