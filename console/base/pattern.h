/* SPDX-License-Identifier: GPL-2.0-only */
/* Regular expressions that search what a guest has printed: what their users share. */
#ifndef KPL011_PATTERN_H
#define KPL011_PATTERN_H

#include <stddef.h>

/*
 * Options of PCRE2 for text: a pattern matches characters of UTF-8, not bytes, and \w, \d and (?i)
 * know all of Unicode. What was not UTF-8 is U+FFFD in the text already.
 */
#define PATTERN_OF_TEXT (PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C)

/*
 * Writes into @error what is wrong with a pattern that pcre2_compile() refused, and at which
 * character, counted from 1. @number and @at are what it returned.
 */
void pattern_reason(char *error, size_t size, const char *pattern, int number, size_t at);

#endif /* KPL011_PATTERN_H */
