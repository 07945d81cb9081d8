/* SPDX-License-Identifier: GPL-2.0-only */
/* Shows a guest's colours on a terminal that has fewer. Pure. */
#ifndef KPL011_QUANTIZE_H
#define KPL011_QUANTIZE_H

#include "vt/vt.h"

#define QUANTIZE_CACHE 64

/* A colour in Oklab, in which the distance of two colours is how different they look. */
struct quantize_lab {
	float l, a, b;
};

struct quantizer {
	int colors;
	struct quantize_lab lab[256]; /* of the terminal's colours */
	float linear[256];	      /* linear light of each level of red, green or blue */
	struct {
		uint32_t rgb; /* UINT32_MAX: the entry is empty */
		uint8_t index;
	} cache[QUANTIZE_CACHE];
};

struct quantized {
	int16_t fg, bg; /* -1: the terminal's default */
	uint8_t attrs;	/* enum vt_attr */
};

/* @colors: how many the terminal has; rounded down to 256, 88, 16, 8 or 0. */
void quantize_init(struct quantizer *q, int colors);

/* The terminal's colour that looks nearest; -1: its default, always if it has no colours. */
int quantize_color(struct quantizer *q, const struct vt_color *color);

/*
 * The colours and attributes with which to show a cell. With 8 colours, bold replaces
 * bright foregrounds; with none, reverse video shows a background. Text that differs
 * from its background stays readable.
 */
struct quantized quantize(struct quantizer *q, const struct vt_cell *cell);

#endif /* KPL011_QUANTIZE_H */
