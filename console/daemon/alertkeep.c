// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/alertkeep.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/msg.h"
#include "base/newfile.h"
#include "base/regular.h"

/* Below .kpl011/ */
#define KEPT "alerts"
#define KEPT_MODE 0600
#define FORMAT "kpl011-alerts"
#define COUNTS "counts"

static json_t *text(const char *string)
{
	return json_text(string, strlen(string));
}

static json_t *put_news(const struct alertnews *news)
{
	if (!news)
		return json_null();
	return json_pack("{s:o, s:I, s:o, s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "guest",
			 text(news->guest), "uid", (json_int_t)news->uid, "user", text(news->user),
			 "boot", news->boot, "port", (json_int_t)news->port, "pid",
			 (json_int_t)news->pid, "pos", (json_int_t)news->pos, "time",
			 (json_int_t)news->real_ns, "match", text(news->match), "lines",
			 text(news->lines), "after", text(news->after ? news->after : ""));
}

static json_int_t left_of(uint64_t until, uint64_t now)
{
	return until > now ? (json_int_t)(until - now) : 0;
}

static json_t *put_entry(const struct alertbook *book, const struct alertbook_entry *entry,
			 uint64_t now)
{
	return json_pack("{s:I, s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:b, s:b, s:o, s:o}",
			 "uid", (json_int_t)entry->uid, "guest", text(entry->guest), "alert",
			 entry->alert, "quiet", (json_int_t)entry->quiet, "until",
			 left_of(entry->until, now), "count", (json_int_t)entry->count, "run_count",
			 (json_int_t)entry->run_count, "again", (json_int_t)entry->again, "send",
			 entry->send, "counted", entry->list != &book->fresh, "said", entry->said,
			 "run", entry->run, "news", put_news(entry->news), "later",
			 put_news(entry->later));
}

json_t *alertkeep_put(const struct alertbook *book, uint64_t now)
{
	const struct alertbook_entry *entry = NULL;
	const struct alertbook_owner *o = NULL;
	json_t *owners = json_array();
	json_t *alerts = json_array();

	while ((o = alertbook_next_owner(book, o))) {
		json_array_append_new(owners, json_pack("{s:I, s:I}", "uid", (json_int_t)o->uid,
							"run", left_of(o->run_at, now)));
		/* In the order in which they are to be queued again. */
		entry = TAILQ_FIRST(&o->to_run);
		for (; entry; entry = TAILQ_NEXT(entry, in_owner))
			json_array_append_new(alerts, put_entry(book, entry, now));
	}
	while ((entry = alertbook_next(book, entry)))
		if (!entry->run)
			json_array_append_new(alerts, put_entry(book, entry, now));
	return json_pack("{s:o, s:o}", "owners", owners, "alerts", alerts);
}

static uint64_t number(const json_t *object, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(object, key));

	return value > 0 ? (uint64_t)value : 0;
}

static void word(const json_t *object, const char *key, char *to, size_t size)
{
	const char *string = json_string_value(json_object_get(object, key));

	snprintf(to, size, "%s", string ? string : "");
}

static void get_after_text(struct alertnews *news, const char *string)
{
	while (string && *string == '\n') {
		size_t len = strcspn(++string, "\n");

		if (!alertnews_add(news, string, len))
			return;
		string += len;
	}
}

static struct alertnews *get_news(const json_t *json, struct alertbook_owner *owner)
{
	struct alertnews *news = json_is_object(json) ? alertnews_new(&owner->after) : NULL;

	if (!news)
		return NULL;
	word(json, "guest", news->guest, sizeof(news->guest));
	news->uid = (uid_t)number(json, "uid");
	word(json, "user", news->user, sizeof(news->user));
	word(json, "boot", news->boot, sizeof(news->boot));
	news->port = (uint32_t)number(json, "port");
	news->pid = (pid_t)number(json, "pid");
	news->pos = number(json, "pos");
	news->real_ns = (int64_t)number(json, "time");
	word(json, "match", news->match, sizeof(news->match));
	word(json, "lines", news->lines, sizeof(news->lines));
	get_after_text(news, json_string_value(json_object_get(json, "after")));
	return news;
}

/* The time that is @left milliseconds after the one at which it was written. */
static uint64_t when(uint64_t left, uint64_t now, uint64_t passed)
{
	return now + (left > passed ? left - passed : 0);
}

static void get_entry(struct alertbook *book, const json_t *json, uint64_t now, uint64_t passed)
{
	struct alertbook_entry *entry;
	char guest[SOURCE_NAME_SIZE];
	char alert[ALERTRULES_NAME_SIZE];

	word(json, "guest", guest, sizeof(guest));
	word(json, "alert", alert, sizeof(alert));
	entry = alertrules_is_name(alert)
			? alertbook_add(book, (uid_t)number(json, "uid"), guest, alert)
			: NULL;
	if (!entry || entry->news || entry->later)
		return;
	entry->quiet = number(json, "quiet");
	entry->until = when(number(json, "until"), now, passed);
	entry->count = number(json, "count");
	entry->run_count = number(json, "run_count");
	entry->again = number(json, "again");
	entry->news = get_news(json_object_get(json, "news"), entry->owner);
	entry->later = get_news(json_object_get(json, "later"), entry->owner);
	entry->send = json_is_true(json_object_get(json, "send"));
	entry->said = json_is_true(json_object_get(json, "said"));
	entry->run = json_is_true(json_object_get(json, "run"));
	alertbook_resume(book, entry, json_is_true(json_object_get(json, "counted")), now);
}

void alertkeep_get(struct alertbook *book, const json_t *json, uint64_t now, uint64_t passed)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(json, "owners"), i, item) alertbook_limit(
		book, (uid_t)number(item, "uid"), when(number(item, "run"), now, passed));
	json_array_foreach(json_object_get(json, "alerts"), i, item)
		get_entry(book, item, now, passed);
}

const char *alertkeep_key(const struct ledger_port *port, char key[ALERTKEEP_KEY_SIZE])
{
	snprintf(key, ALERTKEEP_KEY_SIZE, "%u-%" PRIu64, port->id, port->attach_ns);
	return key;
}

json_t *alertkeep_put_after(uint64_t pos, const struct alertafter *after, json_t *told)
{
	struct alertafter_left left;
	json_t *waiting = json_array();

	for (size_t i = 0; alertafter_left(after, i, &left); i++)
		json_array_append_new(waiting,
				      json_pack("{s:s, s:I, s:I, s:b}", "alert", left.alert,
						"lines", (json_int_t)left.lines, "ms",
						(json_int_t)left.ms, "in_line", left.in_line));
	return json_pack("{s:I, s:o, s:o}", "pos", (json_int_t)pos, "after", waiting, "told", told);
}

bool alertkeep_get_after(const json_t *json, uint64_t pos, struct alertafter *after,
			 const json_t **told)
{
	const json_t *item;
	size_t i;

	if (number(json, "pos") != pos)
		return false;
	json_array_foreach(json_object_get(json, "after"), i, item)
	{
		struct alertafter_left left = {
			.lines = number(item, "lines"),
			.ms = number(item, "ms"),
			.in_line = json_is_true(json_object_get(item, "in_line")),
		};

		word(item, "alert", left.alert, sizeof(left.alert));
		alertafter_resume(after, &left, pos);
	}
	*told = json_object_get(json, "told");
	return true;
}

static int put_file(const struct logdir *dir, const char *name, const char *bytes, size_t len)
{
	char path[PATH_MAX + sizeof(LOGDIR_STATE) + NAME_MAX + 2];

	snprintf(path, sizeof(path), "%s/" LOGDIR_STATE "/%s", dir->path, name);
	return newfile_put(path, KEPT_MODE, NEWFILE_QUICK, bytes, len);
}

/*
 * NULL: the file does not exist or cannot be used, as an empty one after a power failure. In the
 * latter case a message says so, and what it means: @then. The file is put aside; the next one
 * written takes its place.
 */
static json_t *get_file(const struct logdir *dir, const char *name, const char *format,
			const char *then)
{
	int fd = regular_open_at(dir->state, name, O_RDONLY | O_NOFOLLOW, 0);
	char is[32];
	json_t *json;

	if (fd == -ENOENT)
		return NULL;
	json = fd < 0 ? NULL : json_loadfd(fd, 0, NULL);
	if (fd >= 0)
		close(fd);
	word(json, "format", is, sizeof(is));
	if (!strcmp(is, format))
		return json;
	json_decref(json);
	msg_error("cannot read %s/" LOGDIR_STATE "/%s: %s; %s", dir->path, name,
		  fd < 0 ? regular_reason(fd) : "it is damaged, or of another version", then);
	if (ledger_put_aside(dir->state, name))
		msg_more("It is kept there as %s" LEDGER_BAD ".", name);
	return NULL;
}

int alertkeep_store(const struct logdir *dir, const char *boot, const struct alertbook *book,
		    json_t *ports, uint64_t now)
{
	json_t *json;
	char *bytes;
	int err;

	if (!alertbook_next_owner(book, NULL) && !ports)
		return 0;
	if (dir->state < 0)
		return -ENOENT;
	json = alertkeep_put(book, now);
	json_object_set_new(json, "format", json_string(FORMAT));
	json_object_set_new(json, "boot", json_string(boot));
	json_object_set_new(json, "at", json_integer((json_int_t)now));
	if (ports)
		json_object_set(json, "ports", ports);
	bytes = json_dumps(json, JSON_COMPACT);
	err = bytes ? put_file(dir, KEPT, bytes, strlen(bytes)) : -ENOMEM;
	free(bytes);
	json_decref(json);
	return err;
}

json_t *alertkeep_load(const struct logdir *dir, const char *boot, struct alertbook *book,
		       uint64_t now)
{
	uint64_t passed = UINT64_MAX;
	json_t *ports = NULL;
	json_t *json = get_file(dir, KEPT, FORMAT,
				"alerts that were waiting when the daemon stopped are lost");
	char was[LEDGER_BOOT_SIZE];

	unlinkat(dir->state, KEPT, 0);
	if (json) {
		word(json, "boot", was, sizeof(was));
		if (!strcmp(was, boot) && number(json, "at") <= now) {
			passed = now - number(json, "at");
			ports = json_incref(json_object_get(json, "ports"));
		}
		alertkeep_get(book, json, now, passed);
	}
	json_decref(json);
	return ports;
}

static int put_over(const struct logdir *dir, const char *bytes, size_t len)
{
	int fd = regular_open_at(dir->state, COUNTS, O_WRONLY | O_NOFOLLOW, 0);
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return fd;
	if (!fstat(fd, &st) && (size_t)st.st_size == len)
		n = pwrite(fd, bytes, len, 0);
	close(fd);
	return n == (ssize_t)len ? 0 : -EIO;
}

int alertkeep_store_counts(const struct logdir *dir, const char *bytes, size_t len, bool over)
{
	if (over && !put_over(dir, bytes, len))
		return 0;
	return put_file(dir, COUNTS, bytes, len);
}

json_t *alertkeep_load_counts(const struct logdir *dir)
{
	return get_file(dir, COUNTS, ALERTKEEP_COUNTS_FORMAT, "alerts are counted from 0 again");
}

uint64_t alertkeep_count(const json_t *object, const char *key)
{
	return number(object, key);
}
