/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands: one file each, with one entry, and what they share.
 */
#ifndef KPL011_CMD_H
#define KPL011_CMD_H

#include "base/status.h"

struct cmd {
	const char *name;
	const char *args;    /* what follows the name, for the usage line */
	const char *summary; /* one line for the list of commands */
	const char *help;    /* paragraphs for --help */
	/* @argv[0] is for getopt's messages. Returns a status. */
	int (*run)(int argc, char **argv);
};

extern const struct cmd cmd_attach;
extern const struct cmd cmd_console;
extern const struct cmd cmd_detach;
extern const struct cmd cmd_doctor;
extern const struct cmd cmd_expect;
extern const struct cmd cmd_info;
extern const struct cmd cmd_list;
extern const struct cmd cmd_log;
extern const struct cmd cmd_play;
extern const struct cmd cmd_pty;
extern const struct cmd cmd_reap;
extern const struct cmd cmd_record;
extern const struct cmd cmd_reset;
extern const struct cmd cmd_run;
extern const struct cmd cmd_screen;
extern const struct cmd cmd_send;
extern const struct cmd cmd_state;
extern const struct cmd cmd_top;
extern const struct cmd cmd_trace;
extern const struct cmd cmd_watch;

/* --help: prints the command's page to stdout. */
int cmd_help(const struct cmd *cmd);

/* Names the mistake, if it is not NULL, and where the help is. */
int cmd_usage(const struct cmd *cmd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The table of exit codes. */
void cmd_print_status(void);

/* What stdout holds is written; says so if it cannot be. */
int cmd_flush(int status);

#endif /* KPL011_CMD_H */
