// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "guests/guests.h"
#include "guests/pick.h"
#include "base/msg.h"
#include "base/newfile.h"
#include "source/source_port.h"
#include "qemu/uart_state.h"

/* Bytes of a file, at most; ours have less than 2 KiB. */
#define FILE_MAX 65536

static bool is_dash(const char *path)
{
	return !strcmp(path, "-");
}

static int say_file_failed(const char *what, const char *path, int err)
{
	msg_error("cannot %s %s: %s", what, path, newfile_reason(-err));
	return err == EACCES || err == EPERM ? STATUS_PERMISSION : STATUS_FAILED;
}

static const char *printable(const char *path, char clean[4 * PATH_MAX])
{
	msg_clean(clean, 4 * PATH_MAX, path);
	return clean;
}

static int write_file(const json_t *json, const char *path)
{
	char *text = json_dumps(json, JSON_INDENT(2));
	struct newfile file;
	int err = text ? newfile_begin(&file, path, 0666, NEWFILE_REPLACE) : -ENOMEM;

	if (err) {
		free(text);
		return say_file_failed("open", path, -err);
	}
	err = newfile_write(&file, text, strlen(text));
	if (!err)
		err = newfile_write(&file, "\n", 1);
	err = newfile_end(&file, err);
	free(text);
	return err ? say_file_failed("write", path, -err) : STATUS_OK;
}

static int save(const char *spec, const char *path)
{
	char label[SOURCE_NAME_SIZE];
	struct kpl011_uart_state state;
	struct source_facts facts;
	char clean[4 * PATH_MAX];
	json_t *json;
	int status;
	int err;

	status = pick_one(spec, true, &facts);
	if (status)
		return status;
	err = port_state_get(facts.id, &state);
	if (err)
		return guests_say_failed("save the state of", &facts, err);
	json = uart_state_to_json(&state);
	if (!json) {
		msg_error("out of memory");
		return STATUS_FAILED;
	}
	if (is_dash(path)) {
		/* cmd_flush() reports errors. */
		json_dumpf(json, stdout, JSON_INDENT(2));
		printf("\n");
	} else {
		status = write_file(json, path);
		if (!status)
			printf("%s: the state of its UART is in %s\n", guests_label(&facts, label),
			       printable(path, clean));
	}
	json_decref(json);
	return cmd_flush(status);
}

/* Returns the number of bytes, or a negative errno. */
static ssize_t read_file(const char *path, char *text)
{
	int fd = is_dash(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, text + len, FILE_MAX - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		n = -errno;
	else if (len == FILE_MAX)
		n = -EFBIG;
	if (fd != STDIN_FILENO)
		close(fd);
	return n ? n : (ssize_t)len;
}

static int restore(const char *spec, const char *path)
{
	const char *name = is_dash(path) ? "standard input" : path;
	char reason[UART_STATE_REASON];
	char label[SOURCE_NAME_SIZE];
	struct kpl011_uart_state state;
	struct source_facts facts;
	char clean[4 * PATH_MAX];
	char text[FILE_MAX];
	ssize_t len;
	int status;
	int err;

	status = pick_one(spec, true, &facts);
	if (status)
		return status;
	len = read_file(path, text);
	if (len < 0)
		return say_file_failed("read", name, (int)-len);
	guests_label(&facts, label);
	if (!uart_state_from_text(text, (size_t)len, &state, reason)) {
		msg_error("cannot restore the state of %s: %s is not the state of a UART: %s",
			  label, name, reason);
		msg_more("Nothing was changed.");
		return STATUS_FAILED;
	}
	err = facts.live ? port_state_set(facts.id, &state) : -ENODEV;
	if (err)
		return guests_say_failed("restore the state of", &facts, err);
	printf("%s: its UART has the state in %s\n", label, printable(name, clean));
	return cmd_flush(STATUS_OK);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *path;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h')
			return cmd_help(&cmd_state);
		return cmd_usage(&cmd_state, NULL);
	}
	if (argc - optind < 2 || argc - optind > 3)
		return cmd_usage(&cmd_state, "give 'save' or 'restore', a guest, and maybe a file");
	path = argc - optind == 3 ? argv[optind + 2] : "-";
	if (!strcmp(argv[optind], "save"))
		return save(argv[optind + 1], path);
	if (!strcmp(argv[optind], "restore"))
		return restore(argv[optind + 1], path);
	return cmd_usage(&cmd_state, "'%s' is neither save nor restore", argv[optind]);
}

const struct cmd cmd_state = {
	.name = "state",
	.args = "save|restore GUEST [FILE]",
	.summary = "save or restore the state of a guest's UART",
	.help = "\n"
		"Use it when a VM is saved or migrated: QEMU takes the state of its own UART along,\n"
		"but not that of the port. While the VM stands still, save it here, and restore it to\n"
		"the port of the VM that continues. FILE is JSON; the default is standard output or\n"
		"input. A state that no UART can have is refused, and nothing is changed. The state\n"
		"does not include what waits to be sent to the guest.\n",
	.run = run,
};
