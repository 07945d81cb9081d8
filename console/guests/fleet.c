// SPDX-License-Identifier: GPL-2.0-only
#include "guests/fleet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/loop.h"
#include "source/port_name.h"
#include "source/ports.h"
#include "guests/guests.h"
#include "guests/turns.h"
#include "guests/vmfind.h"
#include "remote/hosts.h"

#define TICK_MS 1000

/* Ticks from one search of all processes to the next. */
#define FIND_TICKS 3

/* For this long after a key the guest that got it is read before all others. */
#define URGENT_NS 200000000

struct fleet {
	struct loop *loop;
	const struct fleet_ops *ops;
	void *arg;
	bool ports;
	uint64_t listed; /* how often the ports were listed */
	bool find_vmms;
	uint64_t searched; /* how often all processes were */
	unsigned int looks;
	int ports_error;
	size_t hidden;
	size_t denied;
	struct guest **all;
	size_t count;
	size_t room;
	uint32_t next_number;
	struct loop_event *tick;
	uint64_t ticked_ns;
	struct turns turns;
	struct loop_event *rest;
	bool resting;
};

static void changed(struct fleet *fleet, struct guest *guest)
{
	fleet->ops->changed(guest, fleet->arg);
}

static void guest_changed(struct guest *guest, bool itself, void *arg)
{
	changed(arg, itself ? guest : NULL);
}

static void scan(struct guest *guest, const unsigned char *bytes, size_t len, void *arg)
{
	struct fleet *fleet = arg;

	fleet->ops->scan(guest, bytes, len, fleet->arg);
}

static bool turn_begin(struct guest *guest, void *arg)
{
	struct fleet *fleet = arg;
	uint64_t now = clock_ns();

	if (now - guest->typed_ns >= URGENT_NS)
		guest_set_urgent(guest, false);
	if (turns_begin(&fleet->turns, now, guest->typed_ns, guest->bytes))
		return true;
	if (!fleet->resting) {
		fleet->resting = true;
		loop_timer_set(fleet->rest, turns_rest_ms(&fleet->turns, now));
	}
	return false;
}

static void turn_end(void *arg)
{
	struct fleet *fleet = arg;

	turns_end(&fleet->turns, clock_ns());
}

static void typed(struct guest *guest, void *arg)
{
	struct fleet *fleet = arg;

	turns_typed(&fleet->turns, guest->typed_ns);
}

static const struct guest_ops guest_ops = {
	.changed = guest_changed,
	.scan = scan,
	.turn_begin = turn_begin,
	.turn_end = turn_end,
	.typed = typed,
};

static void on_rest(void *arg)
{
	struct fleet *fleet = arg;

	fleet->resting = false;
	for (size_t i = 0; i < fleet->count; i++)
		guest_wake(fleet->all[i]);
}

/* Removes a guest from the list, and frees it. */
static void drop(struct fleet *fleet, struct guest *guest)
{
	size_t i = 0;

	fleet->ops->forgotten(guest, fleet->arg);
	while (fleet->all[i] != guest)
		i++;
	fleet->count--;
	memmove(fleet->all + i, fleet->all + i + 1, (fleet->count - i) * sizeof(fleet->all[0]));
	guest_free(guest);
}

static int add_port(uint32_t id, void *arg)
{
	struct origin origin = { .kind = ORIGIN_PORT, .port = id };
	struct fleet *fleet = arg;
	struct guest *guest = fleet_add(fleet, &origin);

	if (guest)
		guest->listed = fleet->listed;
	if (guest && !guest->src) {
		/* The port belongs to another user, or has just been reaped. */
		fleet->hidden += guest->err == -EACCES || guest->err == -EPERM;
		fleet->count--;
		guest_free(guest);
	}
	return 0;
}

/*
 * Forgets guests whose ports were reaped, unless a window shows them: as long as a port is open
 * it counts for its owner, who may have no more than so many.
 */
static void forget_reaped(struct fleet *fleet)
{
	for (size_t i = fleet->count; i-- > 0;) {
		struct guest *guest = fleet->all[i];

		if (guest->origin.kind == ORIGIN_PORT && guest->listed != fleet->listed &&
		    guest->state != GUEST_LIVE && !guest->view) {
			drop(fleet, guest);
			changed(fleet, NULL);
		}
	}
}

static void look_for_ports(struct fleet *fleet)
{
	fleet->hidden = 0;
	fleet->listed++;
	fleet->ports_error = -ports_each(add_port, fleet);
	if (!fleet->ports_error)
		forget_reaped(fleet);
}

static struct guest *add(struct fleet *fleet, const struct origin *origin);

static bool is_of(const struct guest *guest, const struct remote *remote)
{
	return guest->origin.kind == ORIGIN_REMOTE &&
	       !strcmp(guest->origin.path, remote_name(remote));
}

static bool is_known(const struct fleet *fleet, const struct remote *remote,
		     const struct source_facts *facts)
{
	for (size_t i = 0; i < fleet->count; i++) {
		const struct origin *origin = &fleet->all[i]->origin;

		if (origin->port == facts->id && origin->life == facts->life &&
		    is_of(fleet->all[i], remote))
			return true;
	}
	return false;
}

/*
 * Whether there is room for another guest of a host, which may have new ones without end. If need
 * be, forgets the one that was there first of those that the host has no more and no window shows.
 */
static bool make_room(struct fleet *fleet, const struct remote *remote)
{
	const struct roster *roster = remote_roster(remote);
	size_t count = 0;

	for (size_t i = 0; i < fleet->count; i++)
		count += is_of(fleet->all[i], remote);
	if (count < FLEET_HOST_MAX)
		return true;
	for (size_t i = 0; i < fleet->count; i++) {
		struct guest *guest = fleet->all[i];

		if (is_of(guest, remote) && !guest->view &&
		    !roster_find(roster, guest->origin.port, guest->origin.life)) {
			drop(fleet, guest);
			return true;
		}
	}
	return false;
}

void fleet_host_changed(struct fleet *fleet, const struct remote *remote)
{
	const struct roster *roster = remote_roster(remote);
	struct origin origin = { .kind = ORIGIN_REMOTE };

	for (size_t i = 0; i < fleet->count; i++)
		if (is_of(fleet->all[i], remote))
			guest_refresh(fleet->all[i]);
	snprintf(origin.path, sizeof(origin.path), "%s", remote_name(remote));
	for (size_t i = 0; i < roster->count; i++) {
		const struct source_facts *facts = &roster->all[i];

		if (is_known(fleet, remote, facts) || !make_room(fleet, remote))
			continue;
		origin.port = facts->id;
		origin.life = facts->life;
		guests_label(facts, origin.name);
		add(fleet, &origin);
	}
	changed(fleet, NULL);
}

/* Whether they have the same origin_key(). */
static bool is_same(const struct origin *a, const struct origin *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case ORIGIN_PORT:
		return a->port == b->port;
	case ORIGIN_REMOTE:
		return a->port == b->port && a->life == b->life && !strcmp(a->path, b->path);
	default:
		return !strcmp(a->path, b->path);
	}
}

/* Each second each port is looked for among all guests: nothing is formatted here. */
static struct guest *find(const struct fleet *fleet, const struct origin *origin)
{
	for (size_t i = 0; i < fleet->count; i++)
		if (is_same(&fleet->all[i]->origin, origin))
			return fleet->all[i];
	return NULL;
}

/* Finds the socket that is the process's serial port, and whose it is. 0 or a negative errno. */
static int find_socket(pid_t pid, struct origin *origin, struct vm_process *process)
{
	struct stat st;
	int err = vmfind_serial(pid, origin->path, sizeof(origin->path));

	if (!err && stat(origin->path, &st))
		err = -errno;
	if (!err && !S_ISSOCK(st.st_mode))
		err = -ENOTSOCK;
	if (err)
		return err;
	origin->life = (uint64_t)st.st_ctim.tv_sec * 1000000000 + (uint64_t)st.st_ctim.tv_nsec;
	return vmfind_process(pid, process);
}

/* Whether it was found as the socket of a process. */
static bool was_found(const struct guest *guest)
{
	return guest->origin.kind == ORIGIN_UNIX && guest->origin.pid;
}

/*
 * Whether there is room for another guest that is found of a user. If need be, forgets the one that
 * was there first of those that no process had in the last search and that no window shows.
 */
static bool make_room_for_user(struct fleet *fleet, uid_t uid)
{
	struct guest *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < fleet->count; i++) {
		struct guest *guest = fleet->all[i];

		if (!was_found(guest) || guest->origin.uid != uid)
			continue;
		count++;
		if (!first && !guest->view && guest->state != GUEST_LIVE &&
		    guest->listed + 1 < fleet->searched)
			first = guest;
	}
	if (count < FLEET_USER_MAX)
		return true;
	if (first)
		drop(fleet, first);
	return first;
}

/*
 * Any process can name a socket in its command line. Only the process itself may listen
 * there (origin.pid): otherwise keys would go to somebody for whom they were not meant.
 */
static int find_vmm(pid_t pid, void *arg)
{
	struct origin origin = { .kind = ORIGIN_UNIX, .pid = pid };
	struct vm_process process;
	struct fleet *fleet = arg;
	struct guest *guest;
	int err;

	err = find_socket(pid, &origin, &process);
	fleet->denied += err == -EACCES || err == -EPERM;
	if (err)
		return 0;
	port_name_make(origin.name, sizeof(origin.name), process.name);
	origin.uid = process.uid;
	guest = find(fleet, &origin);
	if (guest)
		guest_is_of(guest, &origin);
	else if (make_room_for_user(fleet, process.uid))
		guest = add(fleet, &origin);
	if (guest)
		guest->listed = fleet->searched;
	return 0;
}

/* Forgets what no process has any more and never was a guest, unless a window shows it. */
static void forget_not_found(struct fleet *fleet)
{
	for (size_t i = fleet->count; i-- > 0;) {
		struct guest *guest = fleet->all[i];

		if (was_found(guest) && guest->listed != fleet->searched &&
		    guest_never_came(guest) && !guest->view) {
			drop(fleet, guest);
			changed(fleet, NULL);
		}
	}
}

static void look_for_vmms(struct fleet *fleet)
{
	fleet->denied = 0;
	fleet->searched++;
	if (!vmfind_each(find_vmm, fleet))
		forget_not_found(fleet);
}

void fleet_find_vmms(struct fleet *fleet)
{
	fleet->find_vmms = true;
}

/* Of guests of other hosts that were looked at, keeps those that were looked at last. */
static void keep_some(struct fleet *fleet)
{
	struct guest *first;
	size_t count;

	do {
		first = NULL;
		count = 0;
		for (size_t i = 0; i < fleet->count; i++) {
			struct guest *guest = fleet->all[i];

			if (!guest->left_ns)
				continue;
			count++;
			if (!first || guest->left_ns < first->left_ns)
				first = guest;
		}
		if (count > FLEET_KEPT_MAX)
			guest_let_go(first);
	} while (count > FLEET_KEPT_MAX);
}

void fleet_look_around(struct fleet *fleet)
{
	uint64_t now = clock_ns();
	uint64_t elapsed_ms = fleet->ticked_ns ? (now - fleet->ticked_ns) / 1000000 : 0;

	if (fleet->ports)
		look_for_ports(fleet);
	if (fleet->find_vmms && fleet->looks++ % FIND_TICKS == 0)
		look_for_vmms(fleet);
	keep_some(fleet);
	for (size_t i = 0; i < fleet->count; i++)
		guest_tick(fleet->all[i], elapsed_ms);
	fleet->ticked_ns = now;
}

static void on_tick(void *arg)
{
	struct fleet *fleet = arg;

	fleet_look_around(fleet);
	fleet->ops->tick(fleet->arg);
	loop_timer_set(fleet->tick, TICK_MS);
}

/* Each guest takes one or two descriptors, hence loop_allow_many(). */
struct fleet *fleet_new(struct loop *loop, bool ports, const struct fleet_ops *ops, void *arg)
{
	struct fleet *fleet = calloc(1, sizeof(*fleet));

	if (!fleet)
		return NULL;
	loop_allow_many();
	fleet->loop = loop;
	fleet->ports = ports;
	fleet->ops = ops;
	fleet->arg = arg;
	fleet->tick = loop_timer(loop, on_tick, fleet);
	fleet->rest = loop_timer(loop, on_rest, fleet);
	if (!fleet->tick || !fleet->rest) {
		fleet_free(fleet);
		return NULL;
	}
	loop_timer_set(fleet->tick, TICK_MS);
	return fleet;
}

void fleet_free(struct fleet *fleet)
{
	if (!fleet)
		return;
	loop_event_free(fleet->tick);
	loop_event_free(fleet->rest);
	for (size_t i = 0; i < fleet->count; i++)
		guest_free(fleet->all[i]);
	free(fleet->all);
	free(fleet);
}

struct guest *fleet_add(struct fleet *fleet, const struct origin *origin)
{
	struct guest *guest = find(fleet, origin);

	return guest ? guest : add(fleet, origin);
}

/* Adds a guest that is not known yet. */
static struct guest *add(struct fleet *fleet, const struct origin *origin)
{
	struct guest *guest;

	if (fleet->count == fleet->room) {
		size_t room = fleet->room ? fleet->room * 2 : 32;
		struct guest **all = reallocarray(fleet->all, room, sizeof(*all));

		if (!all)
			return NULL;
		fleet->all = all;
		fleet->room = room;
	}
	guest = guest_new(fleet->loop, origin, fleet->next_number, &guest_ops, fleet);
	if (!guest)
		return NULL;
	fleet->next_number++;
	fleet->all[fleet->count++] = guest;
	guest_try(guest);
	changed(fleet, NULL);
	return guest;
}

size_t fleet_count(const struct fleet *fleet)
{
	return fleet->count;
}

struct guest *fleet_at(const struct fleet *fleet, size_t index)
{
	return fleet->all[index];
}

/* Whether fleet_find_again() prefers @guest to @best, which has the same name. */
static bool is_better(const struct guest *guest, const struct guest *best)
{
	if (!best)
		return true;
	if ((guest->state == GUEST_LIVE) != (best->state == GUEST_LIVE))
		return guest->state == GUEST_LIVE;
	return guest->origin.port > best->origin.port;
}

struct guest *fleet_find_again(const struct fleet *fleet, const char *key)
{
	struct guest *best = NULL;

	for (size_t i = 0; i < fleet->count; i++) {
		struct guest *guest = fleet->all[i];

		switch (guest_match(guest, key)) {
		case GUEST_SAME:
			return guest;
		case GUEST_SAME_NAME:
			if (is_better(guest, best))
				best = guest;
			break;
		case GUEST_NO_MATCH:
			break;
		}
	}
	return best;
}

int fleet_reap(struct fleet *fleet, struct guest *guest)
{
	int err = guest->src ? source_reap(guest->src) : 0;

	if (err && err != -ENODEV && err != -ENOENT)
		return err;
	drop(fleet, guest);
	changed(fleet, NULL);
	return 0;
}

size_t fleet_hidden(const struct fleet *fleet)
{
	return fleet->hidden;
}

size_t fleet_denied(const struct fleet *fleet)
{
	return fleet->denied;
}

int fleet_ports_error(const struct fleet *fleet)
{
	return fleet->ports ? fleet->ports_error : 0;
}
