/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands of kpl011, and what they share. Each is in a file of its own, cmd_NAME.c, which
 * defines one struct cmd; main.c lists and runs them.
 */
#ifndef KPL011_CMD_H
#define KPL011_CMD_H

#include <jansson.h>
#include <stdbool.h>

#include "base/status.h"

/* How a command works with the guests of other hosts. */
enum cmd_hosts {
	CMD_LOCAL, /* it works with guests of this machine alone */
	CMD_HERE,  /* it runs on this machine, and works with them as with this machine's */
	CMD_THERE, /* it runs on the host of each guest, as an errand */
};

struct option;

struct cmd {
	const char *name;
	const char *args;    /* what follows the name, for the usage line */
	const char *summary; /* one line for the list of commands */
	const char *help;    /* paragraphs for --help */
	/* @argv[0] is for getopt's messages only. Returns a status. */
	int (*run)(int argc, char **argv);
	enum cmd_hosts hosts;
	/*
	 * The table for getopt_long(). Set for a CMD_THERE command if one of its options has the
	 * next word as its argument; see cmd_takes_word().
	 */
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
 * Removes --host and --ssh, which precede the command, from @argv, and sets @hosts to the value
 * of --host if it is given. Returns a status; it has printed why that is not STATUS_OK.
 */
int cmd_hosts_options(int *argc, char **argv, const char **hosts);

/*
 * Called before a command runs: adds @hosts, or those of KPL011_HOSTS if @hosts is NULL, and runs
 * a CMD_THERE command on them. Returns a negative number if the caller has to run the command on
 * this machine, else the command's status.
 */
int cmd_hosts_begin(const struct cmd *cmd, int *argc, char **argv, const char *hosts);

/* Runs a CMD_THERE command on the hosts of its guests. Returns as cmd_hosts_begin() does. */
int cmd_there(const struct cmd *cmd, int argc, char **argv);

/* --help: prints the command's usage, help and exit statuses to stdout. Returns a status. */
int cmd_help(const struct cmd *cmd);

/*
 * Prints the mistake and the usage. @fmt: NULL: getopt_long() has refused a word, and has printed
 * that. Returns STATUS_USAGE.
 */
int cmd_usage(const struct cmd *cmd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Whether the last cmd_usage() was for a word that getopt_long() has refused. */
bool cmd_option_refused(void);

/* Whether @text, the file or directory name of @option, is not empty; prints an error if it is. */
bool cmd_has_name(const struct cmd *cmd, const char *option, const char *text);

/*
 * Prints what is wrong with @text, the argument of @option that human_parse_seconds() has refused,
 * and the usage. Returns STATUS_USAGE.
 */
int cmd_usage_seconds(const struct cmd *cmd, const char *option, const char *text);

/*
 * Whether the word after @word is the argument of @word, which is at a place where an option may
 * be. Always false if the command has no table of options.
 */
bool cmd_takes_word(const struct cmd *cmd, const char *word);

/*
 * Parses the options of a command that has only --@name, which sets @given, and --help. Returns a
 * negative number if the command has to run, with its other words from optind on, else its status.
 */
int cmd_one_option(const struct cmd *cmd, int argc, char **argv, const char *name, bool *given);

/* Prints the table of exit statuses. */
void cmd_print_status(void);

/*
 * Flushes stdout. Returns @status; if stdout cannot be written, prints an error and returns
 * STATUS_FAILED in place of STATUS_OK.
 */
int cmd_flush(int status);

/* The status for @err, a negative errno with which a guest took no input. */
enum status cmd_unsent(int err);

/* Appends @json, which it takes, to *@array; without memory frees the array and sets it to NULL. */
void cmd_json_add(json_t **array, json_t *json);

/*
 * Prints @json, which it takes, with these flags of jansson; NULL means that memory ran out.
 * Returns @status, or prints that @what cannot be written and returns STATUS_FAILED.
 */
int cmd_print_json(json_t *json, size_t flags, const char *what, int status);

#endif /* KPL011_CMD_H */
