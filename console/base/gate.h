/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A descriptor for others to wait for, which becomes readable and writable when its owner says so.
 */
#ifndef KPL011_GATE_H
#define KPL011_GATE_H

#include <stdbool.h>

struct gate {
	int fd; /* only to wait for */
	int other;
	bool readable;
	bool writable;
};

/* Begins neither readable nor writable. Returns 0 or a negative errno. */
int gate_open(struct gate *gate);
void gate_close(struct gate *gate);

void gate_set_readable(struct gate *gate, bool on);
void gate_set_writable(struct gate *gate, bool on);

#endif /* KPL011_GATE_H */
