/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an operator finds again: windows, what they show, how the list is
 * sorted. A file of the user's, replaced as a whole: it is never half written.
 */
#ifndef KPL011_SESSION_H
#define KPL011_SESSION_H

#include <limits.h>

#include "ui/layout.h"
#include "source/origin.h"

/* Groups of the list that may be folded. */
#define SESSION_FOLDED_MAX 32

struct session {
	char layout[LAYOUT_TEXT_SIZE];
	char guests[LAYOUT_WINDOWS_MAX][ORIGIN_KEY_SIZE]; /* by window; empty: none */
	int sort;
	int group;
	char folded[SESSION_FOLDED_MAX][SOURCE_NAME_SIZE]; /* empty: none */
	bool list_hidden;
};

/* $XDG_STATE_HOME/kpl011/screen.json. False: nobody knows where. */
bool session_path(char path[PATH_MAX]);

/* 0, -ENOENT: there is none, -EINVAL: it is malformed, or another errno. */
int session_load(const char *path, struct session *session);
int session_save(const char *path, const struct session *session);

#endif /* KPL011_SESSION_H */
