/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operator's settings: $XDG_CONFIG_HOME/kpl011/screen.conf, an INI file. A
 * line that is wrong is told and left out; the others hold.
 */
#ifndef KPL011_CONFIG_H
#define KPL011_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "text/alerts.h"
#include "ui/keymap.h"
#include "ui/terminal.h"
#include "source/origin.h"

#define CONFIG_GUESTS_MAX 1024

/* What is wrong with a line of the file. */
struct config_wrong {
	size_t line;
	char *why;
};

struct config {
	char *path; /* of the file that was read; NULL: none */
	struct keymap keys;
	struct alerts *alerts;
	struct terminals *terminals; /* of guests */
	struct origin *origins;	     /* guests that it names */
	size_t origin_count;
	char *hosts;	   /* that it names, with commas between them; NULL: none */
	size_t scrollback; /* lines */
	bool mouse;
	bool bell;
	uint64_t release_ms; /* the input is let go of when nothing is typed; 0: it is not */
	struct config_wrong *wrong;
	size_t wrong_count;
};

/* Without a file. NULL: no memory. */
struct config *config_new(void);
void config_free(struct config *config);

/* Where the file is, unless another is given; false: nobody knows. */
bool config_path(char path[PATH_MAX]);

/* Reads a file. 0, or a negative errno; -ENOENT: there is none. */
int config_read(struct config *config, const char *path);

#endif /* KPL011_CONFIG_H */
