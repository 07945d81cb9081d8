/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's colours on a terminal that has fewer. Pure. */
#ifndef KPL011_QUANTIZE_H
#define KPL011_QUANTIZE_H

#include "vt/vt.h"

#define QUANTIZE_CACHE 64

/* How near two colours look is their distance in Oklab. */
struct quantize_lab {
	float l, a, b;
};

struct quantizer {
	int colors;
	struct quantize_lab lab[256]; /* of the terminal's colours */
	float linear[256];	      /* light of a level of red, green or blue */
	struct {
		uint32_t rgb; /* UINT32_MAX: none */
		uint8_t index;
	} cache[QUANTIZE_CACHE];
};

struct quantized {
	int16_t fg, bg; /* -1: the terminal's default */
	uint8_t attrs;	/* enum vt_attr */
};

/* @colors: of the terminal; taken as the next lower of 256, 88, 16, 8 and 0. */
void quantize_init(struct quantizer *q, int colors);

/* The nearest index; -1 for the default, and all where there are no colours. */
int quantize_color(struct quantizer *q, const struct vt_color *color);

/*
 * Colours and attributes of a cell. Where bright colours are missing, bold takes
 * their place; without any, a background is shown by reverse. Text that can be
 * told from its background can still be.
 */
struct quantized quantize(struct quantizer *q, const struct vt_cell *cell);

#endif /* KPL011_QUANTIZE_H */
