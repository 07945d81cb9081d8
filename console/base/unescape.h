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
 * \a \b \e \f \n \r \t \v \\ \" \' \?, \x and one or two hexadecimal digits, \ and
 * one to three octal ones up to 377, \u and four hexadecimal digits or \U and eight: a
 * character, in UTF-8.
 *
 * Return: whether there was nothing else behind a backslash
 */
bool unescape(char *text, size_t *len);

#endif /* KPL011_UNESCAPE_H */
