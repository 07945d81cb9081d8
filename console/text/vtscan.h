/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A look at what a guest sends to a terminal, for two reasons. Pure.
 *
 * A terminal answers questions ("where is the cursor?", ECMA-48 8.3.35) as if
 * they were typed. Questions in a replayed history have been answered long
 * ago: the answers would reach a shell as keys. They are taken out of a replay,
 * as are bells and writes to the clipboard.
 *
 * A guest changes modes of the terminal (another screen, no cursor, reports of
 * the mouse). What it left changed is undone when the operator leaves.
 */
#ifndef KPL011_VTSCAN_H
#define KPL011_VTSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A sequence that is longer asks nothing. */
#define VTSCAN_HELD 128

/* Bytes that vtscan_undo() may make, at most. */
#define VTSCAN_UNDO_SIZE 512

enum vtscan_state {
	VTSCAN_GROUND,
	VTSCAN_ESCAPE,
	VTSCAN_CHARSET, /* ESC ( and the like */
	VTSCAN_CSI,
	VTSCAN_STRING, /* OSC, DCS, APC, PM, SOS */
	VTSCAN_STRING_ESCAPE,
};

struct vtscan {
	enum vtscan_state state;
	bool withheld;	  /* the sequence under way is not shown yet */
	uint32_t changed; /* modes that are not as they should be */
	size_t len;
	unsigned char held[VTSCAN_HELD]; /* the sequence so far */
};

void vtscan_init(struct vtscan *scan);

/**
 * vtscan_bytes - look at some bytes
 * @scan: the state
 * @replay: these bytes are history
 * @in: the bytes
 * @len: how many
 * @out: what to show: room for @len + VTSCAN_HELD bytes
 *
 * Return: number of bytes at @out
 */
size_t vtscan_bytes(struct vtscan *scan, bool replay, const unsigned char *in, size_t len,
		    unsigned char *out);

/* What puts the terminal's modes right again; empty if they are. */
const char *vtscan_undo(const struct vtscan *scan, char out[VTSCAN_UNDO_SIZE]);

#endif /* KPL011_VTSCAN_H */
