/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KPL011_UNESCAPE_H
#define KPL011_UNESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * unescape - replace the escapes of C in a text, in place
 * @text: the text; afterwards bytes that may contain NUL
 * @len: returned: how many
 *
 * \a \b \e \f \n \r \t \v \\ \" \' \?, \x with one or two hexadecimal digits, \ with one to
 * three octal digits up to 377, \u with four or \U with eight hexadecimal digits: a character,
 * in UTF-8.
 *
 * Return: whether each backslash began one of these
 */
bool unescape(char *text, size_t *len);

#endif /* KPL011_UNESCAPE_H */
