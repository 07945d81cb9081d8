// SPDX-License-Identifier: GPL-2.0-only
#include "qemu/qemu_output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads of 4 KiB in one turn of the loop. */
#define CHUNKS 16

/* A longer line is passed on in pieces. */
#define LINE_BYTES 400

struct qemu_output {
	int fd;
	const struct notes *notes;
	struct loop_event *reader;
	size_t len;
	char line[LINE_BYTES + 1];
};

static void tell_line(struct qemu_output *output)
{
	output->line[output->len] = '\0';
	output->len = 0;
	if (output->line[0])
		note(output->notes, "QEMU says: %s", output->line);
}

static void take(struct qemu_output *output, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\r' || !bytes[i])
			continue;
		if (bytes[i] != '\n')
			output->line[output->len++] = bytes[i];
		if (bytes[i] == '\n' || output->len == LINE_BYTES)
			tell_line(output);
	}
}

/* False: that was the end. */
static bool read_some(struct qemu_output *output)
{
	char bytes[4096];
	ssize_t n = 1;

	for (int i = 0; i < CHUNKS && n > 0; i++) {
		n = read(output->fd, bytes, sizeof(bytes));
		if (n > 0)
			take(output, bytes, (size_t)n);
	}
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void on_bytes(void *arg)
{
	struct qemu_output *output = arg;

	if (!read_some(output))
		loop_off(output->reader);
}

struct qemu_output *qemu_output_new(struct loop *loop, int fd, const struct notes *notes)
{
	struct qemu_output *output = calloc(1, sizeof(*output));

	if (!output)
		return NULL;
	output->fd = fd;
	output->notes = notes;
	output->reader = loop_reader(loop, fd, LOOP_DATA, on_bytes, output);
	if (!output->reader) {
		free(output);
		return NULL;
	}
	loop_on(output->reader);
	return output;
}

void qemu_output_free(struct qemu_output *output)
{
	if (!output)
		return;
	tell_line(output);
	loop_event_free(output->reader);
	free(output);
}

bool qemu_output_tell(int fd)
{
	const struct notes notes = { .among = NULL };
	struct qemu_output output = { .fd = fd, .notes = &notes };
	bool more = read_some(&output);

	tell_line(&output);
	return more;
}
