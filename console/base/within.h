/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KPL011_WITHIN_H
#define KPL011_WITHIN_H

/* What is next to @value from @least to @most; @least if @most is below it. */
static inline int within(int value, int least, int most)
{
	value = value > most ? most : value;
	return value < least ? least : value;
}

#endif /* KPL011_WITHIN_H */
