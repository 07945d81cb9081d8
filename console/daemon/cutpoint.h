/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a guest's bytes are divided between two files of its log. Pure. */
#ifndef KPL011_CUTPOINT_H
#define KPL011_CUTPOINT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The offset after the first line end, if that is among the first @near bytes; 0: there is none.
 */
size_t cutpoint_line_end(const unsigned char *bytes, size_t len, size_t near);

/**
 * cutpoint - how many bytes go to the file that is full
 * @bytes: what the guest has sent
 * @len: how many
 * @room: how many fit
 * @in_line: the file ends in the middle of a line
 *
 * After the last line end that fits. Without one: 0 if the file ends with a line, and else a
 * place where neither a character of UTF-8 nor an escape sequence is divided, as far as that
 * can be known.
 */
size_t cutpoint(const unsigned char *bytes, size_t len, size_t room, bool in_line);

/*
 * The same for a file that should have been rotated before, but was in the middle of a line or of
 * a character: after cutpoint_line_end(), if there is one.
 */
size_t cutpoint_overdue(const unsigned char *bytes, size_t len, size_t near);

#endif /* KPL011_CUTPOINT_H */
