/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds messages that a system prints regardless of what is in the line. Such a message after a
 * prompt does not belong to the prompt. Some messages have a beginning of their own: the kernel's,
 * with a time, a level or a caller, and those of systemd about units, OP-TEE, Trusted Firmware, Xen
 * and Zephyr. Others look like what may be typed after a prompt. Pure.
 */
#ifndef KPL011_GLUED_H
#define KPL011_GLUED_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a message with a beginning of its own begins at @at. */
bool glued_begins(const char *text, size_t len, size_t at);

/*
 * Whether a message may begin at @at that only a word and a colon can tell, like the kernel's
 * without times: "usb 1-1: new device", "random: crng init done". Its line has to have ended. It is
 * a message if the guest paused before it: no typed command looks like that.
 */
bool glued_may_begin(const char *text, size_t len, size_t at);

/* Where the first message after @from begins, as in glued_begins(), if before @len; else @len. */
size_t glued_find(const char *text, size_t len, size_t from);

#endif /* KPL011_GLUED_H */
