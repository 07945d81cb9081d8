/* SPDX-License-Identifier: GPL-2.0-only */
/* Regular expressions over what a guest has printed, wherever they are looked for. */
#ifndef KPL011_PATTERN_H
#define KPL011_PATTERN_H

/*
 * Options of PCRE2 where that is text: characters of UTF-8 and not their bytes, of which \w, \d
 * and (?i) know all. What was no UTF-8 is U+FFFD in it already.
 */
#define PATTERN_OF_TEXT (PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C)

#endif /* KPL011_PATTERN_H */
