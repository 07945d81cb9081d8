// SPDX-License-Identifier: GPL-2.0-only
#include "source/cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/newfile.h"

/* Bytes; a cursor is shorter. */
#define FILE_SIZE 1024

static bool parse(const char *text, struct source *src, const struct source_facts *facts,
		  uint64_t *pos)
{
	json_t *json = json_loads(text, 0, NULL);
	json_int_t size = 0;
	json_int_t changed_ns = 0;
	json_int_t sum = 0;
	struct source_place place;
	const char *format = "";
	json_int_t attach_ns = 0;
	json_int_t position = -1;
	json_int_t port = 0;
	bool good;

	good = !json_unpack(json, "{s:s, s:I, s:I, s:I, s?I, s?I, s?I}", "format", &format, "port",
			    &port, "attach_ns", &attach_ns, "position", &position, "size", &size,
			    "changed_ns", &changed_ns, "sum", &sum) &&
	       !strcmp(format, "kpl011-cursor") && position >= 0;
	json_decref(json);
	if (!good)
		return false;
	place = (struct source_place){
		.life = (uint64_t)attach_ns,
		.pos = (uint64_t)position,
		.size = (uint64_t)size,
		.changed_ns = changed_ns,
		.sum = (uint64_t)sum,
	};
	if ((uint64_t)port == facts->id && (uint64_t)attach_ns == facts->life &&
	    (uint64_t)position <= facts->tx_newest && source_has_place(src, &place))
		*pos = (uint64_t)position;
	return true;
}

bool cursor_load(const char *path, struct source *src, const struct source_facts *facts,
		 uint64_t *pos)
{
	char text[FILE_SIZE];
	struct stat st;
	ssize_t n;
	int fd;

	*pos = 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return true;
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	/* Writing to a pipe may block for ever. */
	if (fd >= 0 && !fstat(fd, &st) && S_ISFIFO(st.st_mode)) {
		msg_error("%s is a named pipe, and cannot keep a cursor: give another file", path);
	} else if (n < 0) {
		msg_error("cannot read the cursor %s: %s", path, newfile_reason(-errno));
	} else {
		text[n] = '\0';
		/* An empty file, as mktemp makes it, is a new cursor. */
		if (!n || parse(text, src, facts, pos)) {
			close(fd);
			return true;
		}
		msg_error("%s is not a cursor of kpl011: give another file, or remove it", path);
	}
	if (fd >= 0)
		close(fd);
	return false;
}

bool cursor_save(const char *path, struct source *src, const struct source_facts *facts,
		 uint64_t pos)
{
	struct source_place place = { .life = facts->life, .pos = pos };
	char text[FILE_SIZE];
	int len;
	int err;

	if (src->ops->place)
		src->ops->place(src, pos, &place);
	len = snprintf(text, sizeof(text),
		       "{\"format\": \"kpl011-cursor\", \"port\": %u, \"attach_ns\": %" PRIu64
		       ", \"position\": %" PRIu64,
		       facts->id, place.life, place.pos);
	if (place.size)
		len += snprintf(text + len, sizeof(text) - (size_t)len,
				", \"size\": %" PRIu64 ", \"changed_ns\": %" PRId64
				", \"sum\": %" PRIu64,
				place.size, place.changed_ns, place.sum);
	len += snprintf(text + len, sizeof(text) - (size_t)len, "}\n");
	err = newfile_put(path, 0666, NEWFILE_REPLACE, text, (size_t)len);
	if (!err)
		return true;
	msg_error("cannot write the cursor %s: %s", path, newfile_reason(err));
	return false;
}
