/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a QEMU that is apart from the terminal prints there: told line by line.
 */
#ifndef KPL011_QEMU_OUTPUT_H
#define KPL011_QEMU_OUTPUT_H

#include <stdbool.h>

#include "base/loop.h"
#include "base/note.h"

struct qemu_output;

/**
 * qemu_output_new - begin to tell
 * @loop: the loop
 * @fd: what it prints, not blocking; stays the caller's
 * @notes: where it is told; must stay
 *
 * Return: NULL without memory
 */
struct qemu_output *qemu_output_new(struct loop *loop, int fd, const struct notes *notes);

/* Tells what has come and was not told yet. NULL is fine. */
void qemu_output_free(struct qemu_output *output);

/* Without a loop: tells what has come, on standard error. False: there is no more to come. */
bool qemu_output_tell(int fd);

#endif /* KPL011_QEMU_OUTPUT_H */
