// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/busy.h"

#include <errno.h>
#include <string.h>

#include "base/msg.h"
#include "source/holder.h"

void busy_say(struct source *src, const char *label, const char *what, bool take)
{
	char about[SOURCE_ABOUT_SIZE];
	char name[HOLDER_NAME_SIZE];
	struct source_input input;

	source_input(src, SOURCE_ASK, &input);
	if (!input.other) {
		msg_error("cannot %s %s: another process held its input, but has released it", what,
			  label);
		msg_more("Try again.");
		return;
	}
	msg_error("cannot %s %s: %s holds its input", what, label, holder_name(&input, name));
	if (*holder_about(&input, about))
		msg_more("It is %s.", about);
	msg_more(take ? "Try again when the input is released, or take it with --take."
		      : "Try again when the input is released.");
}

bool busy_take(struct source *src, const char *label)
{
	struct source_input input;
	int err = source_input(src, SOURCE_SEIZE, &input);

	/* A source without holders lets anyone type. */
	if (!err || err == -EOPNOTSUPP)
		return true;
	msg_error("cannot take the input of %s: %s", label, strerror(-err));
	return false;
}
