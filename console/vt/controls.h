/* SPDX-License-Identifier: GPL-2.0-only */
/* Control characters by their names in ECMA-48. */
#ifndef KPL011_CONTROLS_H
#define KPL011_CONTROLS_H

enum {
	BEL = 0x07,
	BS = 0x08,
	HT = 0x09,
	LF = 0x0a,
	VT = 0x0b,
	FF = 0x0c,
	CR = 0x0d,
	CAN = 0x18,
	SUB = 0x1a,
	ESC = 0x1b,
	DEL = 0x7f,
};

#endif /* KPL011_CONTROLS_H */
