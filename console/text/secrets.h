/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hides what a script sends and must not be shown, in text that a guest printed. The guest may have
 * echoed all of it, a line, or a part, and the text may begin or end inside the echo. Pure.
 */
#ifndef KPL011_SECRETS_H
#define KPL011_SECRETS_H

#include <stddef.h>

#include "text/expect_script.h"

/* Shown in place of a secret. */
#define SECRETS_HIDDEN "***"

enum secrets_in {
	SECRETS_IN_MATCH, /* of a pattern: its words are used, even short ones */
	SECRETS_IN_LINE,  /* printed for a person, and may be nothing but the echo */
};

/*
 * Returns a copy without them, terminated by a NUL, which the caller frees. @len becomes its
 * length. NULL: out of memory.
 */
char *secrets_hide(const struct expect_script *script, enum secrets_in in, const void *text,
		   size_t *len);

#endif /* KPL011_SECRETS_H */
