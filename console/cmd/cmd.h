/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands: one file each, with one entry, and what they share.
 */
#ifndef KPL011_CMD_H
#define KPL011_CMD_H

#include <jansson.h>
#include <stdbool.h>

#include "base/status.h"

/* What a command does with the guests of other hosts. */
enum cmd_hosts {
	CMD_LOCAL, /* it works on this machine alone */
	CMD_HERE,  /* works on theirs as on ours */
	CMD_THERE, /* is run by the kpl011 of the one host it is about */
};

struct option;

struct cmd {
	const char *name;
	const char *args;    /* what follows the name, for the usage line */
	const char *summary; /* one line for the list of commands */
	const char *help;    /* paragraphs for --help */
	/* @argv[0] is for getopt's messages. Returns a status. */
	int (*run)(int argc, char **argv);
	enum cmd_hosts hosts;
	/* For getopt_long(). Of CMD_THERE, unless none of them takes the word behind it. */
	const struct option *options;
};

extern const struct cmd cmd_attach;
extern const struct cmd cmd_console;
extern const struct cmd cmd_daemon;
extern const struct cmd cmd_detach;
extern const struct cmd cmd_doctor;
extern const struct cmd cmd_expect;
extern const struct cmd cmd_info;
extern const struct cmd cmd_list;
extern const struct cmd cmd_log;
extern const struct cmd cmd_metrics;
extern const struct cmd cmd_play;
extern const struct cmd cmd_pty;
extern const struct cmd cmd_reap;
extern const struct cmd cmd_record;
extern const struct cmd cmd_reset;
extern const struct cmd cmd_run;
extern const struct cmd cmd_screen;
extern const struct cmd cmd_send;
extern const struct cmd cmd_serve;
extern const struct cmd cmd_state;
extern const struct cmd cmd_top;
extern const struct cmd cmd_trace;
extern const struct cmd cmd_watch;

/*
 * Takes --host and --ssh, which stand before the command, out of @argv; @hosts is
 * what the former says, or NULL. A status, which it has told.
 */
int cmd_hosts_options(int *argc, char **argv, const char **hosts);

/*
 * Before a command runs: the hosts are those, or of the environment. Negative: it is to
 * run here now; else the status of what was done in its place.
 */
int cmd_hosts_begin(const struct cmd *cmd, int *argc, char **argv, const char *hosts);

/* Runs it on the host it is about: as cmd_hosts_begin(). */
int cmd_there(const struct cmd *cmd, int argc, char **argv);

/* --help: prints the command's page to stdout. */
int cmd_help(const struct cmd *cmd);

/* Names the mistake, if it is not NULL, and where the help is. */
int cmd_usage(const struct cmd *cmd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Whether an option that takes a file's name, or a directory's, has one; says so if not. */
bool cmd_has_name(const struct cmd *cmd, const char *option, const char *text);

/* Of an option that takes seconds, see human_parse_seconds(): what is wrong with these. */
int cmd_usage_seconds(const struct cmd *cmd, const char *option, const char *text);

/*
 * Whether the word behind @word, which stands where an option may, is the argument of that
 * and nothing by itself. Known of a command that tells its options.
 */
bool cmd_takes_word(const struct cmd *cmd, const char *word);

/*
 * The options of a command that has --@name, which sets @given, and --help. Negative: its
 * other words are behind optind; else the status of what was done in its place.
 */
int cmd_one_option(const struct cmd *cmd, int argc, char **argv, const char *name, bool *given);

/* The table of exit codes. */
void cmd_print_status(void);

/* What stdout holds is written; says so if it cannot be. */
int cmd_flush(int status);

/* How it ends when a guest takes no input: @err, a negative errno. */
enum status cmd_unsent(int err);

/* Appends to an array, which is NULL afterwards if memory ran out. Takes @json. */
void cmd_json_add(json_t **array, json_t *json);

/*
 * Prints @json with these flags of jansson, and takes it; NULL: memory ran out. Returns
 * @status, or that of what it has told: @what cannot be written.
 */
int cmd_print_json(json_t *json, size_t flags, const char *what, int status);

#endif /* KPL011_CMD_H */
