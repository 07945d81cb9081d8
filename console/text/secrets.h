/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a script sends and is not to be shown, in text that a guest printed: it may have echoed
 * all of it, a line, or a part, and what is printed of that may begin or end in it. Pure.
 */
#ifndef KPL011_SECRETS_H
#define KPL011_SECRETS_H

#include <stddef.h>

#include "text/expect_script.h"

/* In place of what is not to be shown. */
#define SECRETS_HIDDEN "***"

enum secrets_in {
	SECRETS_IN_MATCH, /* of a pattern: it has words that are used, also short ones */
	SECRETS_IN_LINE,  /* that is printed for a person, and may be all of the echo */
};

/* A copy without them, terminated; @len becomes its bytes. To be freed; NULL: no memory. */
char *secrets_hide(const struct expect_script *script, enum secrets_in in, const void *text,
		   size_t *len);

#endif /* KPL011_SECRETS_H */
