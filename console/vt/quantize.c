// SPDX-License-Identifier: GPL-2.0-only
#include "vt/quantize.h"

#include <math.h>

/* The first colours: xterm's defaults. Operators change these. */
static const uint8_t base[16][3] = {
	{ 0, 0, 0 },	   { 205, 0, 0 },   { 0, 205, 0 },   { 205, 205, 0 },
	{ 0, 0, 238 },	   { 205, 0, 205 }, { 0, 205, 205 }, { 229, 229, 229 },
	{ 127, 127, 127 }, { 255, 0, 0 },   { 0, 255, 0 },   { 255, 255, 0 },
	{ 92, 92, 255 },   { 255, 0, 255 }, { 0, 255, 255 }, { 255, 255, 255 },
};

static uint32_t pack(unsigned int red, unsigned int green, unsigned int blue)
{
	return red << 16 | green << 8 | blue;
}

/* A colour of a cube with @side levels on each side. */
static uint32_t cube(unsigned int at, unsigned int side, const uint8_t *levels)
{
	return pack(levels[at / side / side], levels[at / side % side], levels[at % side]);
}

/* 16 to 231 are a cube of 6, then 24 greys. */
static uint32_t palette_256(unsigned int index)
{
	static const uint8_t levels[] = { 0, 95, 135, 175, 215, 255 };
	unsigned int grey = 8 + 10 * (index - 232);

	if (index < 16)
		return pack(base[index][0], base[index][1], base[index][2]);
	return index < 232 ? cube(index - 16, 6, levels) : pack(grey, grey, grey);
}

/* 16 to 79 are a cube of 4, then 8 greys. */
static uint32_t palette_88(unsigned int index)
{
	static const uint8_t levels[] = { 0, 139, 205, 255 };
	static const uint8_t greys[] = { 46, 92, 115, 139, 162, 185, 208, 231 };

	if (index < 16)
		return palette_256(index);
	if (index < 80)
		return cube(index - 16, 4, levels);
	return pack(greys[index - 80], greys[index - 80], greys[index - 80]);
}

/* https://bottosson.github.io/posts/oklab/ */
static struct quantize_lab lab(const struct quantizer *q, uint32_t rgb)
{
	float red = q->linear[rgb >> 16 & 255];
	float green = q->linear[rgb >> 8 & 255];
	float blue = q->linear[rgb & 255];
	float l = cbrtf(0.4122214708f * red + 0.5363325363f * green + 0.0514459929f * blue);
	float m = cbrtf(0.2119034982f * red + 0.6806995451f * green + 0.1073969566f * blue);
	float s = cbrtf(0.0883024619f * red + 0.2817188376f * green + 0.6299787005f * blue);

	return (struct quantize_lab){
		0.2104542553f * l + 0.7936177850f * m - 0.0040720468f * s,
		1.9779984951f * l - 2.4285922050f * m + 0.4505937099f * s,
		0.0259040371f * l + 0.7827717662f * m - 0.8086757660f * s,
	};
}

/* If there are few colours, a wrong hue is more visible than a wrong lightness. */
#define HUE_WEIGHT 6.0f

static float distance(const struct quantize_lab *x, const struct quantize_lab *y)
{
	float l = x->l - y->l;
	float a = x->a - y->a;
	float b = x->b - y->b;

	return l * l + HUE_WEIGHT * (a * a + b * b);
}

void quantize_init(struct quantizer *q, int colors)
{
	q->colors = colors >= 256  ? 256
		    : colors >= 88 ? 88
		    : colors >= 16 ? 16
		    : colors >= 8  ? 8
				   : 0;
	for (unsigned int i = 0; i < 256; i++) {
		float level = (float)i / 255;

		q->linear[i] =
			level <= 0.04045f ? level / 12.92f : powf((level + 0.055f) / 1.055f, 2.4f);
	}
	for (unsigned int i = 0; i < 256; i++)
		q->lab[i] = lab(q, q->colors == 88 && i < 88 ? palette_88(i) : palette_256(i));
	for (int i = 0; i < QUANTIZE_CACHE; i++)
		q->cache[i].rgb = UINT32_MAX;
}

/* Uses 0 to 15, which operators change, only if there are no others. */
static uint8_t nearest(const struct quantizer *q, uint32_t rgb)
{
	struct quantize_lab wanted = lab(q, rgb);
	int from = q->colors > 16 ? 16 : 0;
	float least = INFINITY;
	int best = from;

	for (int i = from; i < q->colors; i++) {
		float now = distance(&wanted, &q->lab[i]);

		if (now < least) {
			least = now;
			best = i;
		}
	}
	return (uint8_t)best;
}

static uint32_t rgb_of(const struct vt_color *color)
{
	return color->kind == VT_COLOR_RGB ? pack(color->red, color->green, color->blue)
					   : palette_256(color->index);
}

int quantize_color(struct quantizer *q, const struct vt_color *color)
{
	uint32_t rgb;
	unsigned int at;

	if (color->kind == VT_COLOR_DEFAULT || !q->colors)
		return -1;
	if (color->kind == VT_COLOR_INDEXED && (color->index < 16 || q->colors == 256)) {
		if (color->index < q->colors)
			return color->index;
		return color->index - 8;
	}
	rgb = rgb_of(color);
	at = (rgb * 2654435761u >> 16) % QUANTIZE_CACHE;
	if (q->cache[at].rgb != rgb) {
		q->cache[at].index = nearest(q, rgb);
		q->cache[at].rgb = rgb;
	}
	return q->cache[at].index;
}

/* Black or white, whichever can be read on the colour @bg. */
static int16_t readable(const struct quantizer *q, const struct vt_color *fg, int bg)
{
	struct quantize_lab wanted = lab(q, rgb_of(fg));

	if (wanted.l == q->lab[bg].l)
		return q->lab[bg].l < 0.6f ? 7 : 0;
	return wanted.l > q->lab[bg].l && bg != 7 ? 7 : bg != 0 ? 0 : 7;
}

static bool is_bright(const struct vt_color *color)
{
	return color->kind == VT_COLOR_INDEXED && color->index >= 8 && color->index < 16;
}

struct quantized quantize(struct quantizer *q, const struct vt_cell *cell)
{
	struct quantized out = {
		.fg = (int16_t)quantize_color(q, &cell->fg),
		.bg = (int16_t)quantize_color(q, &cell->bg),
		.attrs = cell->attrs,
	};

	if (!q->colors) {
		if (cell->bg.kind != VT_COLOR_DEFAULT)
			out.attrs ^= VT_REVERSE;
		return out;
	}
	if (q->colors == 8 && is_bright(&cell->fg))
		out.attrs |= VT_BOLD;
	if (out.fg >= 0 && out.fg == out.bg && rgb_of(&cell->fg) != rgb_of(&cell->bg) &&
	    !(out.attrs & VT_BOLD && q->colors == 8))
		out.fg = readable(q, &cell->fg, out.bg);
	return out;
}
