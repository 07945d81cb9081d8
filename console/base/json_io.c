// SPDX-License-Identifier: GPL-2.0-only
#include "base/json_io.h"

#include <errno.h>
#include <unistd.h>

struct input {
	FILE *file;
	size_t left; /* bytes that may still be read */
	int err;     /* an errno, or 0 */
};

static size_t read_some(void *buffer, size_t len, void *arg)
{
	struct input *input = arg;
	size_t n = fread(buffer, 1, len, input->file);

	if (ferror(input->file))
		input->err = errno;
	else if (n > input->left)
		input->err = EFBIG;
	if (input->err)
		return (size_t)-1;
	input->left -= n;
	return n;
}

json_t *json_read(FILE *file, size_t max)
{
	struct input input = { .file = file, .left = max };
	json_t *json = json_load_callback(read_some, &input, 0, NULL);

	/* All of the JSON may have come before. */
	if (json && !input.err)
		return json;
	json_decref(json);
	errno = input.err ? input.err : EBADMSG;
	return NULL;
}

size_t json_flags_for(int fd)
{
	/* A character that JSON leaves as it is may be a C1 control for a terminal. */
	return isatty(fd) ? JSON_ENSURE_ASCII : 0;
}
