/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Passes on, line by line, what a QEMU that is kept away from the terminal prints.
 */
#ifndef KPL011_QEMU_OUTPUT_H
#define KPL011_QEMU_OUTPUT_H

#include <stdbool.h>

#include "base/loop.h"
#include "source/note.h"

struct qemu_output;

/**
 * qemu_output_new - start to pass on QEMU's output
 * @loop: the loop
 * @fd: a descriptor with QEMU's output, which must not block; stays the caller's
 * @notes: where the lines go; must outlive this
 *
 * Return: NULL if out of memory
 */
struct qemu_output *qemu_output_new(struct loop *loop, int fd, const struct notes *notes);

/* Passes on the line that has no end yet, and frees @output. NULL is allowed. */
void qemu_output_free(struct qemu_output *output);

/* Without a loop: prints the output so far on standard error. False: that was the end. */
bool qemu_output_tell(int fd);

#endif /* KPL011_QEMU_OUTPUT_H */
