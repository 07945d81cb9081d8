/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a guest's bytes are parted between two files of its log. Pure. */
#ifndef KPL011_CUTPOINT_H
#define KPL011_CUTPOINT_H

#include <stdbool.h>
#include <stddef.h>

/* Behind the first line end, if that is among the first @near bytes; 0: there is none. */
size_t cutpoint_line_end(const unsigned char *bytes, size_t len, size_t near);

/**
 * cutpoint - how many bytes go to the file that is full
 * @bytes: what the guest has sent
 * @len: how many
 * @room: so many fit
 * @in_line: what is in the file does not end with a line
 *
 * Behind the last line end that fits; if there is none in front of all of it where the file
 * ends with a line, and else where neither a character of UTF-8 nor an escape sequence is
 * parted, if that can be told.
 */
size_t cutpoint(const unsigned char *bytes, size_t len, size_t room, bool in_line);

/*
 * The same for a file that should have been cut off before, in the middle of a line or of a
 * character: behind cutpoint_line_end(), if there is one.
 */
size_t cutpoint_overdue(const unsigned char *bytes, size_t len, size_t near);

#endif /* KPL011_CUTPOINT_H */
