/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options that say how a VM is attached, for all commands that attach one: rows of their
 * tables, usage, help, and the parser.
 */
#ifndef KPL011_ATTACH_ARGS_H
#define KPL011_ATTACH_ARGS_H

#include <getopt.h>

#include "cmd/cmd.h"
#include "guests/attach.h"

enum {
	ATTACH_ARG_GPA = 0x1000,
	ATTACH_ARG_INTID,
	ATTACH_ARG_RING,
	ATTACH_ARG_NAME,
	ATTACH_ARG_STRICT,
	ATTACH_ARG_PAGE,
};

/* Rows of a command's table for getopt_long(). */
#define ATTACH_ARGS_TABLE                                               \
	{ "gpa", required_argument, NULL, ATTACH_ARG_GPA },             \
		{ "intid", required_argument, NULL, ATTACH_ARG_INTID }, \
		{ "ring", required_argument, NULL, ATTACH_ARG_RING },   \
		{ "name", required_argument, NULL, ATTACH_ARG_NAME },   \
		{ "strict", no_argument, NULL, ATTACH_ARG_STRICT },     \
	{                                                               \
		"page", no_argument, NULL, ATTACH_ARG_PAGE              \
	}

/* For the usage line, and for --help. */
#define ATTACH_ARGS_USAGE "[--gpa A] [--intid N] [--ring BYTES] [--name NAME] [--strict] [--page]"
#define ATTACH_ARGS_HELP                                                                 \
	"  --gpa A        guest-physical address of the UART (0x9000000, where QEMU's\n" \
	"                 virt machine has its first one)\n"                             \
	"  --intid N      its interrupt, a GIC INTID from 32 to 1019 (33)\n"             \
	"  --ring BYTES   size of the history: a power of two, 4k to 16M (64k)\n"        \
	"  --name NAME    name of the guest (QEMU's -name, else the program and PID)\n"  \
	"  --strict       make the UART follow its manual: it transmits and receives\n"  \
	"                 nothing before the guest enables it\n"                         \
	"  --page         let the guest read registers without a trap while there is\n"  \
	"                 nothing for it to receive\n"

/**
 * attach_arg - parse one of these options
 * @cmd: the command, for messages
 * @c: what getopt_long() returned
 * @arg: the option's argument; @opts may keep a pointer to it
 * @opts: where it goes, after attach_defaults()
 * @status: STATUS_OK, or the status for a wrong argument, which was reported
 *
 * Return: whether @c is one of these options
 */
bool attach_arg(const struct cmd *cmd, int c, const char *arg, struct attach_options *opts,
		int *status);

#endif /* KPL011_ATTACH_ARGS_H */
