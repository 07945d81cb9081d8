/* SPDX-License-Identifier: GPL-2.0-only */
/* The screen, with all guests: from the command line to the exit status. */
#ifndef KPL011_SCREEN_H
#define KPL011_SCREEN_H

#include "source/origin.h"

struct config;

struct ui_options {
	const struct origin *origins;
	size_t count;
	bool ports;
	bool attach;  /* give ports to new VMs */
	bool find;    /* add the guests of running VMMs by their sockets */
	bool session; /* restore the windows, and keep them */
	struct config *config;
	bool config_named; /* with --config, not found at the default place */
};

/* Runs the screen until the operator leaves. Returns an exit status. */
int ui_run(const struct ui_options *options);

#endif /* KPL011_SCREEN_H */
