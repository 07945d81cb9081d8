// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/regular.h"

#define FORMAT "kpl011-ledger"

static size_t put_point(const struct ledger_point *point, const char *key, char *out, size_t size)
{
	return (size_t)snprintf(out, size, ", \"%s\": [%" PRIu64 ", %" PRIu64 ", %d]", key,
				point->size, point->pos, point->in_line);
}

void ledger_put(const struct ledger *ledger, char text[LEDGER_SIZE])
{
	size_t n;

	n = (size_t)snprintf(text, LEDGER_SIZE,
			     "{\"format\": \"" FORMAT "\", \"boot\": \"%s\", \"port\": %u, "
			     "\"attach_ns\": %" PRIu64 ", \"uid\": %" PRId64
			     ", \"base\": \"%s\", \"exact\": %d, "
			     "\"done\": %d, \"dev\": %" PRId64 ", \"ino\": %" PRId64,
			     ledger->port.boot, ledger->port.id, ledger->port.attach_ns,
			     ledger->port.uid, ledger->base, ledger->exact, ledger->done,
			     (int64_t)ledger->dev, (int64_t)ledger->ino);
	n += put_point(&ledger->from, "from", text + n, LEDGER_SIZE - n);
	n += put_point(&ledger->to, "to", text + n, LEDGER_SIZE - n);
	n += (size_t)snprintf(text + n, LEDGER_SIZE - n, "}");
	memset(text + n, ' ', LEDGER_SIZE - 1 - n);
	text[LEDGER_SIZE - 1] = '\n';
}

/* Ignores further items, which older versions wrote. */
static bool get_point(json_t *array, struct ledger_point *point)
{
	uint64_t value[3];

	for (size_t i = 0; i < 3; i++) {
		json_t *item = json_array_get(array, i);

		if (!json_is_integer(item) || json_integer_value(item) < 0)
			return false;
		value[i] = (uint64_t)json_integer_value(item);
	}
	*point = (struct ledger_point){ .size = value[0], .pos = value[1], .in_line = value[2] };
	return value[2] <= 1;
}

static bool get(json_t *json, struct ledger *ledger)
{
	const char *format, *boot, *base;
	json_int_t port, attach_ns, dev, ino, uid = LEDGER_NO_UID;
	json_t *from, *to;
	int exact, done;
	char again[LOGNAME_SIZE + 8];
	struct logname name;

	if (json_unpack(json, "{s:s, s:s, s:I, s:I, s?I, s:s, s:i, s:i, s:I, s:I, s:o, s:o}",
			"format", &format, "boot", &boot, "port", &port, "attach_ns", &attach_ns,
			"uid", &uid, "base", &base, "exact", &exact, "done", &done, "dev", &dev,
			"ino", &ino, "from", &from, "to", &to))
		return false;
	if (strcmp(format, FORMAT) || strlen(boot) >= LEDGER_BOOT_SIZE || port < 0 ||
	    port > UINT32_MAX || attach_ns < 0 || uid < LEDGER_NO_UID || uid > UINT32_MAX)
		return false;
	*ledger = (struct ledger){
		.port = { .id = (uint32_t)port, .attach_ns = (uint64_t)attach_ns, .uid = uid },
		.exact = exact,
		.done = done,
		.dev = (uint64_t)dev,
		.ino = (uint64_t)ino,
	};
	strcpy(ledger->port.boot, boot);
	/* The base becomes part of a file name. */
	if (strlen(base) >= LOGNAME_SIZE || strpbrk(base, "/\"\\"))
		return false;
	snprintf(again, sizeof(again), "%s" LOGNAME_RAW, base);
	if (!logname_current(again, &name))
		return false;
	strcpy(ledger->base, base);
	return get_point(from, &ledger->from) && get_point(to, &ledger->to) &&
	       ledger->from.pos <= ledger->to.pos && ledger->from.size <= ledger->to.size &&
	       (!ledger->exact ||
		ledger->to.size - ledger->from.size == ledger->to.pos - ledger->from.pos);
}

bool ledger_get(const char *text, size_t len, struct ledger *ledger)
{
	json_t *json = json_loadb(text, len, 0, NULL);
	bool good = json && get(json, ledger);

	json_decref(json);
	return good;
}

enum ledger_verdict ledger_resume(const struct ledger *ledger, const struct ledger_found *found,
				  struct ledger_point *at)
{
	const struct ledger_point *from = &ledger->from;
	const struct ledger_point *to = &ledger->to;
	uint64_t size = found->exists ? found->size : 0;

	if (!ledger->ino) {
		*at = *from;
		at->size = size;
		return LEDGER_EXACT;
	}
	if (!found->exists || found->dev != ledger->dev || found->ino != ledger->ino) {
		*at = *from;
		at->size = size;
		at->in_line = false;
		return LEDGER_REPLACED;
	}
	if (size >= to->size) {
		*at = *to;
		at->size = size;
		return size == to->size ? LEDGER_EXACT : LEDGER_GREW;
	}
	*at = *from;
	if (size < from->size) {
		at->size = size;
		at->in_line = false;
		return LEDGER_TRUNCATED;
	}
	if (size == from->size)
		return LEDGER_EXACT;
	if (ledger->exact) {
		at->pos += size - from->size;
		at->size = size;
		return LEDGER_EXACT;
	}
	if (found->oldest <= from->pos)
		return LEDGER_CUT_BACK;
	/* The history no longer holds these bytes: half of them in the log is better than none. */
	at->size = size;
	at->in_line = true;
	return LEDGER_EXACT;
}

const char *ledger_wrong(const struct ledger *ledger, const struct ledger_truth *truth)
{
	if (logname_uid(ledger->base) != logname_uid(truth->base))
		return "its log belongs to a guest of another owner";
	if (strcmp(ledger->base, truth->base))
		return "its log has another name";
	if (ledger->to.pos > truth->newest)
		return "its position is beyond the newest byte of its port";
	if (ledger->done && truth->live)
		return "it says that the guest is gone";
	return NULL;
}

bool ledger_put_aside(int dir, const char *name)
{
	char bad[LOGNAME_SIZE];

	snprintf(bad, sizeof(bad), "%.200s" LEDGER_BAD, name);
	return !renameat(dir, name, dir, bad);
}

bool ledger_read_boot(char boot[LEDGER_BOOT_SIZE])
{
	FILE *file = fopen(LEDGER_BOOT_ID, "re");
	bool read = file && fscanf(file, "%36[0-9a-f-]", boot) == 1;

	if (file)
		fclose(file);
	return read;
}

int ledger_load(int dir, const char *name, struct ledger *ledger)
{
	char text[LEDGER_SIZE];
	ssize_t n;
	int err;
	int fd;

	fd = regular_open_at(dir, name, O_RDONLY | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd;
	n = pread(fd, text, sizeof(text), 0);
	err = n < 0 ? -errno : 0;
	close(fd);
	if (err)
		return err;
	if (!n)
		return -ENOENT;
	return ledger_get(text, (size_t)n, ledger) ? 0 : -EBADMSG;
}

int ledger_store(int fd, const struct ledger *ledger)
{
	char text[LEDGER_SIZE];
	ssize_t n;

	ledger_put(ledger, text);
	n = pwrite(fd, text, sizeof(text), 0);
	if (n == (ssize_t)sizeof(text))
		return 0;
	return n < 0 ? -errno : -ENOSPC;
}
