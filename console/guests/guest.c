// SPDX-License-Identifier: GPL-2.0-only
#include "guests/guest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/loop.h"
#include "source/origin_open.h"
#include "source/source_port.h"
#include "remote/hosts.h"
#include "remote/source_remote.h"

/* Bytes that are read of one guest in a turn. */
#define CHUNK 65536

/* The same if a terminal emulator takes them, which needs some milliseconds. */
#define CHUNK_SEEN 16384

/* Bytes of a second's output that are searched for alerts if the guest is in no window. */
#define SCAN_MAX 65536

/* The same of a guest of another host, which has its turn every other second at most. */
#define FETCH_MAX (2 * SCAN_MAX)

static void changed(struct guest *guest, bool itself)
{
	guest->ops->changed(guest, itself, guest->arg);
}

static void update(struct guest *guest)
{
	struct source_facts facts;
	int err = source_facts(guest->src, &facts);

	if (err == -ENODEV || err == -ENOENT || err == -ENXIO) {
		guest->facts.live = false;
		guest->state = GUEST_GONE;
	}
	if (err == -EHOSTDOWN)
		guest->state = GUEST_AWAY;
	guest->err = err;
	if (err)
		return;
	guest->facts = facts;
	guest->newest = facts.tx_newest;
	if (facts.live)
		guest->state = GUEST_LIVE;
	else
		guest->state = facts.state == SOURCE_DETACHED ? GUEST_DETACHED : GUEST_GONE;
}

static void stop_reading(struct guest *guest)
{
	guest->connecting = false;
	loop_event_free(guest->reader);
	guest->reader = NULL;
	guest->reading = false;
}

static void scan(struct guest *guest, uint64_t pos, const unsigned char *bytes, size_t len)
{
	if (pos + len <= guest->scanned)
		return;
	if (guest->scanned > pos) {
		size_t known = (size_t)(guest->scanned - pos);

		bytes += known;
		len -= known;
	}
	if (source_begins(guest->src, pos))
		guest->line = (struct alerts_line){ 0 };
	guest->scanned = pos + len;
	guest->scanned = guest->scanned < pos ? pos : guest->scanned;
	guest->ops->scan(guest, bytes, len, guest->arg);
}

/* Reads one chunk. 1: got some bytes, 0: there are none now, -1: end or error. */
static int take(struct guest *guest)
{
	unsigned char buf[CHUNK];
	uint64_t skipped;
	uint64_t pos;
	bool held;
	ssize_t n;
	int err;

	held = guest->src->blocked.holds;
	n = source_read(guest->src, buf, guest->bytes ? CHUNK_SEEN : CHUNK, &skipped);
	if (source_blocked_news(guest->src, &err) || held != guest->src->blocked.holds)
		changed(guest, false);
	if (n == -EAGAIN)
		return 0;
	if (n < 0) {
		guest->err = (int)n;
		return -1;
	}
	pos = guest->pos + skipped;
	guest->pos = pos + (uint64_t)n;
	if (guest->newest < guest->pos)
		guest->newest = guest->pos;
	if (guest->bytes && (n || skipped))
		guest->bytes(pos, buf, (size_t)n, skipped, guest->bytes_arg);
	if (n)
		scan(guest, pos, buf, (size_t)n);
	return n ? 1 : -1;
}

static void on_readable(void *arg)
{
	struct guest *guest = arg;

	if (!guest->ops->turn_begin(guest, guest->arg)) {
		guest->paused = true;
		loop_off(guest->reader);
		return;
	}
	if (take(guest) < 0) {
		stop_reading(guest);
		update(guest);
		if (guest->state == GUEST_LIVE)
			guest->state = GUEST_GONE;
		changed(guest, true);
	} else if (!guest->bytes) {
		changed(guest, false);
	}
	guest->ops->turn_end(guest->arg);
}

static void start_reading(struct guest *guest)
{
	if (guest->reading || !guest->src || guest->src->fd < 0 || guest->src->connecting)
		return;
	guest->reader = loop_reader(guest->loop, guest->src->fd, LOOP_DATA, on_readable, guest);
	if (!guest->reader)
		return;
	guest->reading = true;
	guest->urgent = false;
	guest->paused = false;
	loop_on(guest->reader);
}

/* Whether the guest has a port, whose history the kernel keeps, here or on another host. */
static bool is_port(const struct guest *guest)
{
	return guest->origin.kind == ORIGIN_PORT || guest->origin.kind == ORIGIN_REMOTE;
}

/* Whether it has to be read even if it is in no window, since only we keep its history. */
static bool reads_unseen(const struct guest *guest)
{
	return guest->src && guest->src->no_past;
}

struct guest *guest_new(struct loop *loop, const struct origin *origin, uint32_t number,
			const struct guest_ops *ops, void *arg)
{
	struct guest *guest = calloc(1, sizeof(*guest));

	if (!guest)
		return NULL;
	guest->loop = loop;
	guest->ops = ops;
	guest->arg = arg;
	guest->origin = *origin;
	guest->number = number;
	guest->state = GUEST_AWAY;
	guest->err = -ENOENT;
	return guest;
}

void guest_free(struct guest *guest)
{
	stop_reading(guest);
	source_close(guest->src);
	free(guest);
}

static int open_remote(struct guest *guest)
{
	struct remote *remote = hosts_find(guest->origin.path);
	int err;

	if (!remote)
		return -EHOSTDOWN;
	err = remote_source(remote, guest->origin.port, guest->origin.life, true, &guest->src);
	if (!err)
		err = source_join(guest->src, guest->loop);
	if (err && guest->src)
		source_close(guest->src);
	else if (!err && !guest->bytes)
		source_show(guest->src, false);
	return err;
}

static int open_other(struct guest *guest)
{
	int err = origin_open(&guest->origin, &guest->src);

	if (err)
		return err;
	err = source_join(guest->src, guest->loop);
	if (err)
		source_close(guest->src);
	return err;
}

static int open_source(struct guest *guest)
{
	switch (guest->origin.kind) {
	case ORIGIN_REMOTE:
		return open_remote(guest);
	case ORIGIN_PORT: {
		int err = port_open(guest->origin.port, true, &guest->src);

		if (err == -EACCES || err == -EPERM || err == -EROFS)
			err = port_open(guest->origin.port, false, &guest->src);
		return err;
	}
	default:
		return open_other(guest);
	}
}

static void on_connecting(void *arg)
{
	guest_try(arg);
}

static void await_connection(struct guest *guest)
{
	guest->reader = loop_reader(guest->loop, guest->src->fd, LOOP_DATA, on_connecting, guest);
	guest->connecting = guest->reader;
	if (guest->reader)
		loop_on(guest->reader);
}

void guest_try(struct guest *guest)
{
	bool first = !guest->src;
	int before = guest->err;
	int err;

	if (guest->state == GUEST_LIVE || guest->state == GUEST_DETACHED)
		return;
	/* Another process listens at its socket: do not connect to that one again and again. */
	if (guest->err == ORIGIN_NOT_ITS)
		return;
	if (!first && is_port(guest)) {
		if (guest->origin.kind == ORIGIN_REMOTE)
			guest_refresh(guest);
		return;
	}
	/* source_again() may change the descriptor. */
	if (guest->connecting)
		stop_reading(guest);
	err = first ? open_source(guest) : source_again(guest->src);
	if (!err && guest->src->connecting)
		err = -EINPROGRESS;
	if (err) {
		if (first && err != -EINPROGRESS)
			guest->src = NULL;
		if (err != -EINPROGRESS || guest->err == -ENOENT)
			guest->err = err;
		if (err == -EINPROGRESS)
			await_connection(guest);
		if (guest->err != before)
			changed(guest, false);
		return;
	}
	guest->err = 0;
	update(guest);
	if (first) {
		guest->before = guest->newest;
		guest->seen = guest->newest;
		guest->scanned = guest->newest;
		guest->pos = guest->newest;
	}
	if (guest->origin.kind == ORIGIN_PORT)
		memcpy(guest->origin.name, guest->facts.name, sizeof(guest->origin.name));
	if (reads_unseen(guest) || guest->bytes)
		start_reading(guest);
	changed(guest, true);
	/* Bytes that were received during the connect do not wake up the reader. */
	while (!first && guest->reading && guest->pos < guest->newest && take(guest) > 0)
		;
}

void guest_is_of(struct guest *guest, const struct origin *found)
{
	bool is_other = found->life != guest->origin.life;

	if (!guest->origin.pid || guest->origin.pid == found->pid || guest->state == GUEST_LIVE)
		return;
	if (guest->err == ORIGIN_NOT_ITS && !is_other && found->pid <= guest->tried)
		return;
	guest->origin.pid = found->pid;
	guest->origin.uid = found->uid;
	guest->origin.life = found->life;
	if (guest->err == ORIGIN_NOT_ITS)
		guest->err = -ENOENT;
	if (guest->src)
		source_close(guest->src);
	guest->src = NULL;
	guest_try(guest);
	/* If the socket is another one, those before this process are to be tried as well. */
	guest->tried = guest->err == ORIGIN_NOT_ITS && !is_other ? found->pid : 0;
}

void guest_refresh(struct guest *guest)
{
	enum guest_state state = guest->state;

	if (!guest->src)
		return;
	update(guest);
	if (guest->state != state)
		changed(guest, true);
}

uint64_t guest_history(struct guest *guest, uint64_t max)
{
	if (!guest->src)
		return guest->newest;
	update(guest);
	return guest->newest - guest->facts.tx_oldest > max ? guest->newest - max
							    : guest->facts.tx_oldest;
}

uint64_t guest_look(struct guest *guest, uint64_t from, guest_bytes_cb *cb, void *arg)
{
	uint64_t until;

	guest->bytes = cb;
	guest->bytes_arg = arg;
	if (!guest->src)
		return 0;
	guest->fetched = 0;
	guest->left_ns = 0;
	source_show(guest->src, true);
	if (!source_seek(guest->src, from))
		guest->pos = from;
	start_reading(guest);
	/* A port's descriptor is readable for its history, too; others only for new bytes. */
	until = guest->newest;
	if (!guest->reading || !is_port(guest))
		while (guest->pos < until && take(guest) > 0)
			;
	return until;
}

void guest_unlook(struct guest *guest)
{
	guest->bytes = NULL;
	if (guest->src && reads_unseen(guest)) {
		if (!source_seek(guest->src, guest->newest))
			guest->pos = guest->newest;
	} else {
		stop_reading(guest);
	}
	if (guest->src && guest->src->ops->show)
		guest->left_ns = clock_ns();
	guest_seen(guest);
}

void guest_let_go(struct guest *guest)
{
	guest->left_ns = 0;
}

/*
 * What can be read out of turn. What is not here would have to be asked for in place of what is
 * read next, and what was not read yet makes room for more when it is.
 */
static void readable(const struct guest *guest, uint64_t *oldest, uint64_t *newest)
{
	source_here(guest->src, oldest, newest);
	if (guest->src->ops->here && *newest > guest->pos)
		*newest = guest->pos;
}

void guest_at_hand(const struct guest *guest, uint64_t *oldest, uint64_t *newest)
{
	*oldest = 0;
	*newest = guest->newest;
	if (guest->src)
		readable(guest, oldest, newest);
	if (*newest > guest->newest)
		*newest = guest->newest;
}

size_t guest_peek(struct guest *guest, uint64_t *pos, unsigned char *buf, size_t len)
{
	uint64_t end = *pos + len;
	uint64_t oldest;
	uint64_t newest;
	uint64_t skipped;
	size_t got = 0;
	ssize_t n;

	if (!guest->src)
		return 0;
	readable(guest, &oldest, &newest);
	if (*pos < oldest)
		*pos = oldest;
	if (end > newest)
		end = newest;
	if (end <= *pos || source_seek(guest->src, *pos))
		return 0;
	len = (size_t)(end - *pos);
	while (got < len) {
		n = source_read(guest->src, buf + got, len - got, &skipped);
		if (n <= 0 || (got && skipped))
			break;
		if (skipped) {
			*pos += skipped;
			/* The wanted range ends @skipped bytes sooner, seen from the new *@pos. */
			len = skipped < len ? len - (size_t)skipped : 0;
		}
		got += (size_t)n;
	}
	source_seek(guest->src, guest->pos);
	return got < len ? got : len;
}

void guest_seen(struct guest *guest)
{
	guest->seen = guest->newest;
	guest->bell = false;
	guest->alert[0] = '\0';
}

bool guest_active(const struct guest *guest)
{
	return guest->newest > guest->seen;
}

/* Of what was not searched, gives up all but the newest @max bytes. */
static void skip_unscanned(struct guest *guest, uint64_t max)
{
	if (guest->newest - guest->scanned > max)
		guest->scanned = guest->newest - max;
}

/* Asks for what was not searched, which has come by the next tick if the host is quick. */
static void fetch_unseen(struct guest *guest)
{
	skip_unscanned(guest, FETCH_MAX);
	if (guest->src->ops->fetch(guest->src, guest->scanned,
				   (size_t)(guest->newest - guest->scanned)))
		return;
	guest->pos = guest->scanned;
	guest->fetched = guest->newest;
}

/* Searches what was asked for. When all of it has come, others ask first, as room is limited. */
static void scan_fetched(struct guest *guest)
{
	int got = 1;

	while (guest->pos < guest->fetched && got > 0)
		got = take(guest);
	if (guest->pos >= guest->fetched || got < 0)
		guest->fetched = 0;
}

/* Searches the bytes that nobody has read for alerts. */
static void scan_unseen(struct guest *guest)
{
	if (guest->fetched) {
		scan_fetched(guest);
		return;
	}
	if (guest->scanned >= guest->newest || guest->bytes)
		return;
	if (guest->src->ops->fetch && !guest->left_ns) {
		fetch_unseen(guest);
		return;
	}
	skip_unscanned(guest, SCAN_MAX);
	if (source_seek(guest->src, guest->scanned))
		return;
	guest->pos = guest->scanned;
	while (guest->pos < guest->newest && take(guest) > 0)
		;
}

void guest_tick(struct guest *guest, uint64_t elapsed_ms)
{
	enum guest_state state = guest->state;
	uint64_t rate = guest->rate;

	if (state == GUEST_AWAY || state == GUEST_GONE)
		guest_try(guest);
	if (guest->src && state == GUEST_LIVE && guest->origin.kind == ORIGIN_REMOTE)
		guest_refresh(guest);
	if (guest->src && !guest->reading && (guest->state == GUEST_LIVE || guest->fetched)) {
		update(guest);
		scan_unseen(guest);
	}
	if (guest->src && !guest->bytes && !guest->fetched && !guest->left_ns)
		source_show(guest->src, false);
	guest->rate = elapsed_ms ? (guest->newest - guest->before) * 1000 / elapsed_ms : 0;
	if (guest->newest != guest->before || guest->rate != rate || guest->state != state)
		changed(guest, guest->state != state);
	guest->before = guest->newest;
}

void guest_typed(struct guest *guest)
{
	guest->typed_ns = clock_ns();
	guest->ops->typed(guest, guest->arg);
	guest_set_urgent(guest, true);
	guest_wake(guest);
}

void guest_set_urgent(struct guest *guest, bool urgent)
{
	if (!guest->reading || guest->urgent == urgent)
		return;
	guest->urgent = urgent;
	loop_off(guest->reader);
	loop_set_priority(guest->reader, urgent ? LOOP_KEYS : LOOP_DATA);
	if (!guest->paused)
		loop_on(guest->reader);
}

void guest_wake(struct guest *guest)
{
	if (!guest->paused || !guest->reading)
		return;
	guest->paused = false;
	loop_on(guest->reader);
}

bool guest_never_came(const struct guest *guest)
{
	return guest->state == GUEST_AWAY && !(guest->src && guest->facts.life);
}

bool guest_takes_input(const struct guest *guest)
{
	return guest->state == GUEST_LIVE && !guest->src->no_input;
}

const char *guest_key(const struct guest *guest, char key[ORIGIN_KEY_SIZE])
{
	if (guest->origin.kind == ORIGIN_PORT)
		snprintf(key, ORIGIN_KEY_SIZE, "port:%" PRIu32 ":%" PRIu64 ":%s@%u",
			 guest->origin.port, guest->facts.life, guest->origin.name,
			 guest->facts.uid);
	else if (guest->origin.kind == ORIGIN_REMOTE)
		snprintf(key, ORIGIN_KEY_SIZE, "remote:%" PRIu32 ":%" PRIu64 ":%.30s/%.50s@%u",
			 guest->origin.port, guest->origin.life, guest->origin.path,
			 guest->facts.name, guest->facts.uid);
	else
		origin_key(&guest->origin, key);
	return key;
}

const char *guest_key_name(const char *key)
{
	const char *name = key;

	if (strncmp(key, "port:", 5) && strncmp(key, "remote:", 7))
		return key;
	for (int colons = 0; colons < 3 && name; colons++) {
		name = strchr(name, ':');
		name = name ? name + 1 : NULL;
	}
	return name ? name : "";
}

enum guest_match guest_match(const struct guest *guest, const char *key)
{
	char own[ORIGIN_KEY_SIZE];

	if (!strcmp(guest_key(guest, own), key))
		return GUEST_SAME;
	if (!is_port(guest) || strcspn(key, ":") != strcspn(own, ":") || key[0] != own[0] ||
	    strcmp(guest_key_name(own), guest_key_name(key)))
		return GUEST_NO_MATCH;
	return GUEST_SAME_NAME;
}

const char *guest_state_name(const struct guest *guest)
{
	static const char *const names[] = {
		[GUEST_AWAY] = "away",
		[GUEST_LIVE] = "live",
		[GUEST_GONE] = "gone",
		[GUEST_DETACHED] = "detached",
	};

	return names[guest->state];
}
