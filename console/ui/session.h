/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the screen keeps from one run to the next: its windows, the guests in them, and
 * how the list is sorted and grouped. It is a JSON file of the user, which is always
 * replaced as a whole, so that it is never half written.
 */
#ifndef KPL011_SESSION_H
#define KPL011_SESSION_H

#include <limits.h>

#include "ui/layout.h"
#include "source/origin.h"

/* How many groups of the list may be folded. */
#define SESSION_FOLDED_MAX 32

struct session {
	char layout[LAYOUT_TEXT_SIZE];
	char guests[LAYOUT_WINDOWS_MAX][ORIGIN_KEY_SIZE]; /* keys, by window; empty: none */
	int sort;
	int group;
	char folded[SESSION_FOLDED_MAX][SOURCE_NAME_SIZE]; /* headings; an empty one ends them */
	bool list_hidden;
};

/* $XDG_STATE_HOME/kpl011/screen.json. False: neither that nor HOME is set. */
bool session_path(char path[PATH_MAX]);

/* 0, -ENOENT: there is no file, -EINVAL: it is malformed, or another negative errno. */
int session_load(const char *path, struct session *session);
int session_save(const char *path, const struct session *session);

#endif /* KPL011_SESSION_H */
