// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guests/attach.h"
#include "cmd/attach_args.h"
#include "cmd/cmd.h"
#include "guests/guests.h"
#include "base/human.h"
#include "base/msg.h"
#include "qemu/qemu_uart.h"
#include "source/source_port.h"
#include "qemu/takeover.h"
#include "base/users.h"
#include "guests/vmfind.h"

/* How many processes are listed when a name stands for several. */
#define CANDIDATES 16

struct candidates {
	const char *name;
	size_t count; /* processes that have a VM, or may have one */
	struct vm_process first[CANDIDATES];
	size_t unreadable; /* of @count: those that may not be inspected */
	pid_t without_vm;
};

static int look(pid_t pid, void *arg)
{
	struct candidates *found = arg;
	struct vm_process process;
	int vm;

	if (vmfind_process(pid, &process) || !process.named || strcmp(process.name, found->name))
		return 0;
	vm = vmfind_has_vm(pid);
	if (!vm) {
		/* A shell, or sudo, whose command line contains QEMU's. */
		found->without_vm = pid;
		return 0;
	}
	if (vm != 1 && vm != -EACCES && vm != -EPERM)
		return 0;
	/* Processes that are known to have a VM replace those that only may have one. */
	if (vm == 1 && found->unreadable == found->count)
		found->unreadable = found->count = 0;
	if (vm != 1 && found->unreadable != found->count)
		return 0;
	if (vm != 1)
		found->unreadable++;
	if (found->count < CANDIDATES)
		found->first[found->count] = process;
	found->count++;
	return 0;
}

static int find_by_name(const char *name, pid_t *pid)
{
	struct candidates *found = calloc(1, sizeof(*found));
	int status = STATUS_OK;
	int err;

	if (!found) {
		msg_error("out of memory");
		return STATUS_FAILED;
	}
	found->name = name;
	err = vmfind_each(look, found);
	if (err) {
		msg_error("cannot read /proc: %s", strerror(-err));
		status = STATUS_FAILED;
	} else if (found->count > 1) {
		msg_error("%zu virtual machines are called '%s'; give the PID of one:",
			  found->count, name);
		for (size_t i = 0; i < found->count && i < CANDIDATES; i++) {
			char user[USER_NAME_SIZE];

			msg_more("%d  (user %s)", (int)found->first[i].pid,
				 user_name(found->first[i].uid, user));
		}
		status = STATUS_AMBIGUOUS;
	} else if (found->count) {
		*pid = found->first[0].pid;
	} else if (found->without_vm) {
		/* The user must mean this one; attaching it says why that fails. */
		*pid = found->without_vm;
	} else {
		msg_error("no process has a virtual machine called '%s'", name);
		msg_more("Give the name in QEMU's -name option, or a PID.");
		status = STATUS_NO_GUEST;
	}
	free(found);
	return status;
}

static int find_process(const char *spec, pid_t *pid)
{
	uint64_t number;

	if (!strncmp(spec, "name:", 5))
		return find_by_name(spec + 5, pid);
	if (spec[strspn(spec, "0123456789")])
		return find_by_name(spec, pid);
	if (!human_parse(spec, 1, INT_MAX, &number))
		return cmd_usage(&cmd_attach, "'%s' is not a PID", spec);
	*pid = (pid_t)number;
	return STATUS_OK;
}

static int say_refused(pid_t pid, const struct attach_result *result, int status)
{
	if (result->name[0])
		msg_error("cannot attach %s (process %d): %s", result->name, (int)pid,
			  result->reason);
	else
		msg_error("cannot attach: %s", result->reason);
	if (result->advice[0])
		msg_more("%s", result->advice);
	return status;
}

static void say_attached(const struct attach_result *result)
{
	char path[PORT_PATH_SIZE];

	printf("%s: attached, %s\n", result->name, port_path(result->id, path));
}

/* Takes over with the state of QEMU's own UART. The guest is stopped for that time. */
static int take_over_from(struct qemu *qemu, int control, pid_t pid, struct attach_options *opts,
			  struct attach_result *result)
{
	struct takeover uart = { .rx_count = 0 };
	struct kpl011_uart_state state;
	char path[QEMU_PATH_SIZE * 4];
	char name[SOURCE_NAME_SIZE];
	char reason[QMP_REASON_SIZE];
	bool goes_on;
	bool read;
	int status;

	strcpy(name, result->name);
	read = qemu_stop(qemu) && qemu_read_uart(qemu, opts->gpa, &uart);
	strcpy(reason, qemu->reason);
	status = STATUS_FAILED;
	if (read) {
		takeover_state(&uart, &state);
		opts->state = &state;
		status = attach_process(control, pid, opts, result);
	}
	goes_on = qemu_cont(qemu);

	if (status == STATUS_OK) {
		say_attached(result);
		msg_clean(path, sizeof(path), qemu->path);
		printf("%s: taken over with the state that QEMU reported at %s; %zu %s waiting\n",
		       name, path, uart.rx_count,
		       uart.rx_count == 1 ? "character is" : "characters are");
	} else {
		if (read)
			say_refused(pid, result, status);
		else
			msg_error("cannot take over %s (process %d): %s", name, (int)pid, reason);
		if (uart.rx_count)
			msg_more("Lost, because the guest had not read them: %zu characters.",
				 uart.rx_count);
	}
	if (!goes_on) {
		msg_error("%s may stand still: %s", name, qemu->reason);
		msg_more("The command 'cont' of QEMU's monitor continues it.");
		status = STATUS_FAILED;
	}
	return cmd_flush(status);
}

/* Takes over with the state that a Linux with an open console is known to set up. */
static int take_over_linux(const char *why, int control, pid_t pid, struct attach_options *opts,
			   struct attach_result *result)
{
	struct kpl011_uart_state state;
	char clean[QMP_REASON_SIZE * 2];
	int status;

	takeover_linux(&state);
	opts->state = &state;
	status = attach_process(control, pid, opts, result);
	if (status)
		return say_refused(pid, result, status);
	say_attached(result);
	msg_clean(clean, sizeof(clean), why);
	printf("%s: taken over with the state of a Linux guest: %s\n", result->name, clean);
	return cmd_flush(STATUS_OK);
}

static int take_over(const char *how, int control, pid_t pid, struct attach_options *opts)
{
	struct attach_result result;
	struct qemu qemu;
	int status;

	/* Reading QEMU's UART takes its characters: first make sure that attaching can succeed. */
	status = attach_probe(pid, opts, &result);
	if (status)
		return say_refused(pid, &result, status);
	if (!strcmp(how, "linux"))
		return take_over_linux("--take-over=linux was given", control, pid, opts, &result);
	if (qemu_open(&qemu, !strncmp(how, "qmp:", 4) ? how + 4 : NULL, pid, vmfind_qmp)) {
		status = take_over_from(&qemu, control, pid, opts, &result);
	} else if (!*how) {
		status = take_over_linux(qemu.reason, control, pid, opts, &result);
	} else {
		msg_error("cannot take over %s (process %d): %s", result.name, (int)pid,
			  qemu.reason);
		msg_more("If the guest is Linux, use --take-over=linux.");
		status = STATUS_FAILED;
	}
	qemu_close(&qemu);
	return status;
}

static int attach(pid_t pid, struct attach_options *opts, const char *how)
{
	struct attach_result result;
	int control;
	int status;

	control = port_control_open();
	if (control < 0)
		return guests_no_module(-control);
	if (how) {
		status = take_over(how, control, pid, opts);
		close(control);
		return status;
	}
	status = attach_process(control, pid, opts, &result);
	close(control);
	if (status)
		return say_refused(pid, &result, status);
	say_attached(&result);
	return cmd_flush(STATUS_OK);
}

static const struct option options[] = {
	ATTACH_ARGS_TABLE,
	{ "take-over", optional_argument, NULL, 't' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int run(int argc, char **argv)
{
	struct attach_options opts;
	const char *how = NULL; /* to take over; NULL: not; "": find out */
	int status;
	pid_t pid;
	int c;

	attach_defaults(&opts);
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (attach_arg(&cmd_attach, c, optarg, &opts, &status)) {
			if (status)
				return status;
			continue;
		}
		switch (c) {
		case 't':
			how = optarg ? optarg : "";
			if (optarg && strcmp(how, "linux") && strcmp(how, "qmp") &&
			    (strncmp(how, "qmp:", 4) || !how[4]))
				return cmd_usage(&cmd_attach,
						 "--take-over=%s: not qmp, qmp:SOCKET or linux",
						 how);
			break;
		case 'h':
			return cmd_help(&cmd_attach);
		default:
			return cmd_usage(&cmd_attach, NULL);
		}
	}
	if (argc - optind != 1)
		return cmd_usage(&cmd_attach, argc == optind ? "which VM? give a PID or a name"
							     : "one VM at a time");
	status = find_process(argv[optind], &pid);
	if (status)
		return status;
	return attach(pid, &opts, how);
}

const struct cmd cmd_attach = {
	.name = "attach",
	.args = ATTACH_ARGS_USAGE " [--take-over[=HOW]] PID|NAME",
	.summary = "give a running VM a port",
	.help = "\n"
		"The VM is that of process PID, or of the QEMU whose -name is NAME; write name:NAME\n"
		"for a NAME that is all digits. If the process has several VM descriptors, attach\n"
		"takes the lowest.\n"
		"\n" ATTACH_ARGS_HELP
		"  --take-over    take over a UART of QEMU's that the guest has set up already: the\n"
		"                 port's UART continues where QEMU's left off. HOW is one of\n"
		"     qmp:SOCKET  ask QEMU's monitor, a QMP socket, for the state of its UART; this\n"
		"                 stops the guest for a moment\n"
		"     qmp         the same, with the monitor that is on QEMU's command line\n"
		"     linux       ask nothing: the guest is a Linux that has its console open, so the\n"
		"                 state is known\n"
		"                 Without HOW, qmp if a monitor answers, else linux; attach says which\n",
	.run = run,
	.hosts = CMD_THERE,
	.options = options,
};
