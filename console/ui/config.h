/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The settings of the screen: $XDG_CONFIG_HOME/kpl011/screen.conf, an INI file. A wrong
 * line is recorded with the reason and ignored; the others apply.
 */
#ifndef KPL011_CONFIG_H
#define KPL011_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "guests/terminal.h"
#include "text/alerts.h"
#include "ui/keymap.h"
#include "source/origin.h"

#define CONFIG_GUESTS_MAX 1024

/* A wrong line of the file, and why it is wrong. */
struct config_wrong {
	size_t line;
	char *why;
};

struct config {
	char *path; /* of the file that was read; NULL: no file */
	struct keymap keys;
	struct alerts *alerts;
	struct terminals *terminals; /* of guests */
	struct origin *origins;	     /* sources of [guests] */
	size_t origin_count;
	char *hosts;	   /* those of [hosts], separated by commas; NULL: none */
	size_t scrollback; /* lines */
	bool mouse;
	bool bell;
	uint64_t release_ms; /* release the input after this long without typing; 0: never */
	struct config_wrong *wrong;
	size_t wrong_count;
};

/* The defaults. NULL: no memory. */
struct config *config_new(void);
void config_free(struct config *config);

/* Where the file is by default. False: neither XDG_CONFIG_HOME nor HOME is set. */
bool config_path(char path[PATH_MAX]);

/* Reads a file. 0, or a negative errno; -ENOENT: there is no file. */
int config_read(struct config *config, const char *path);

#endif /* KPL011_CONFIG_H */
