/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages that a system prints whatever is in the line: the kernel's with their
 * times, and what systemd says of units. One of these behind a prompt is no more of
 * the prompt. Pure.
 */
#ifndef KPL011_GLUED_H
#define KPL011_GLUED_H

#include <stdbool.h>
#include <stddef.h>

/* Whether one begins at @at. */
bool glued_begins(const char *text, size_t len, size_t at);

/* Where the first one behind @from begins, if it does before @len; else @len. */
size_t glued_find(const char *text, size_t len, size_t from);

#endif /* KPL011_GLUED_H */
