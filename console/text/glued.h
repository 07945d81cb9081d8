/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages that a system prints whatever is in the line. One of these behind a prompt
 * is no more of the prompt. Some have a beginning of their own: the kernel's with a time, a
 * level or a caller, what systemd says of units, OP-TEE, Trusted Firmware, Xen, Zephyr.
 * Others look as anything may that is typed behind a prompt. Pure.
 */
#ifndef KPL011_GLUED_H
#define KPL011_GLUED_H

#include <stdbool.h>
#include <stddef.h>

/* Whether one begins at @at. */
bool glued_begins(const char *text, size_t len, size_t at);

/*
 * Whether one may begin at @at that has nothing to know it by but a word and a colon, as the
 * kernel's have without times: "usb 1-1: new device", "random: crng init done". Its line has
 * to have ended. It is one if the guest paused in front of it: no command that is typed is
 * like it.
 */
bool glued_may_begin(const char *text, size_t len, size_t at);

/* Where the first one behind @from begins, if it does before @len; else @len. */
size_t glued_find(const char *text, size_t len, size_t from);

#endif /* KPL011_GLUED_H */
