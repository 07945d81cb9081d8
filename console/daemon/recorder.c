// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/recorder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/payers.h"
#include "daemon/logfile.h"
#include "daemon/usersums.h"
#include "guests/guests.h"
#include "source/source_port.h"

static int look(struct recorder *recorder, uint32_t id)
{
	struct source *src;
	int err;

	err = port_open(id, false, &src);
	if (err)
		return err;
	err = source_facts(src, &recorder->facts);
	source_close(src);
	if (err)
		return err;
	guests_label(&recorder->facts, recorder->label);
	recorder->port.id = id;
	recorder->port.attach_ns = (uint64_t)recorder->facts.attach_ns;
	recorder->port.uid = recorder->facts.uid;
	recorder->payer = payer_of(recorder->facts.uid);
	return 0;
}

int recorder_new(struct logstream_shared *shared, uint32_t id, const char *boot,
		 const struct recorder_ops *ops, void *arg, struct recorder **recorder)
{
	struct recorder *new = calloc(1, sizeof(*new));
	int err;

	if (!new)
		return -ENOMEM;
	new->shared = shared;
	new->ops = ops;
	new->arg = arg;
	snprintf(new->port.boot, sizeof(new->port.boot), "%s", boot);
	err = look(new, id);
	if (err) {
		free(new);
		return err;
	}
	*recorder = new;
	return 0;
}

bool recorder_wanted(const struct recorder *recorder)
{
	return recorder->decision.value[POLICY_LOG] || recorder->decision.alerts;
}

bool recorder_open(const struct recorder *recorder)
{
	for (int kind = 0; kind < LOGSTREAM_KINDS; kind++)
		if (recorder->streams[kind])
			return true;
	return recorder->alerts;
}

void recorder_rest(struct recorder *recorder)
{
	alertstream_free(recorder->alerts);
	recorder->alerts = NULL;
	for (int kind = 0; kind < LOGSTREAM_KINDS; kind++) {
		logstream_free(recorder->streams[kind]);
		recorder->streams[kind] = NULL;
	}
}

void recorder_free(struct recorder *recorder)
{
	if (!recorder)
		return;
	recorder_rest(recorder);
	decide_forget(&recorder->seen);
	free(recorder);
}

/* The kind in the name of a ledger; the one after the kinds of logs is that of alerts. */
static const char *kind_name(int kind)
{
	return kind < LOGSTREAM_KINDS ? logstream_kind_name((enum logstream_kind)kind)
				      : ALERTSTREAM_KIND;
}

/*
 * Whether a ledger's log is this guest's. If not, this reports it and puts the ledger aside: the
 * guest must not write to another guest's log.
 */
static bool is_own(const struct recorder *recorder, int64_t owner, const char *name,
		   const struct ledger *ledger)
{
	const struct logdir *dir = &recorder->shared->dir;
	char guest[LOGNAME_SIZE];

	if (logname_uid(ledger->base) == owner &&
	    !strcmp(logname_guest(ledger->base, guest), recorder->facts.name))
		return true;
	if (usersums_add(dir->told, recorder->facts.uid,
			 "a ledger is wrong: its log is another guest's; it is put aside", name, 0))
		msg_error(
			"the ledger %s/.kpl011/%s is wrong: its log %s is another guest's; it is put aside as %s" LEDGER_BAD,
			dir->path, name, ledger->base, name);
	ledger_put_aside(dir->state, name);
	return false;
}

bool recorder_remembers(const struct recorder *recorder, int64_t owner, char base[LOGNAME_SIZE])
{
	char name[LOGFILE_LEDGER_SIZE];
	struct ledger ledger;

	for (int kind = 0; kind <= LOGSTREAM_KINDS; kind++) {
		logfile_ledger_name(&recorder->port, kind_name(kind), name);
		if (!ledger_load(recorder->shared->dir.state, name, &ledger) &&
		    !strcmp(ledger.port.boot, recorder->port.boot) &&
		    ledger.port.uid == recorder->port.uid &&
		    is_own(recorder, owner, name, &ledger)) {
			strcpy(base, ledger.base);
			return true;
		}
	}
	return false;
}

/* Alerts are handled as one more kind, after those of logs. */
#define ALERTS LOGSTREAM_KINDS

/* Whether this kind has something left to do, now or later. */
static bool needs(const struct recorder *recorder, int kind)
{
	if (recorder->done)
		return false;
	if (kind == ALERTS)
		return recorder->decision.alerts && !recorder->looked;
	return recorder->decision.value[POLICY_LOG] & 1u << kind && !recorder->finished[kind];
}

static bool has_begun(const struct recorder *recorder, int kind)
{
	if (kind == ALERTS)
		return recorder->alerts;
	return recorder->streams[kind] && logstream_has_begun(recorder->streams[kind]);
}

/* The output of earlier lives comes first. */
static bool has_to_wait(const struct recorder *recorder, int kind)
{
	for (const struct recorder *r = recorder->before; r; r = r->before)
		if (needs(r, kind))
			return true;
	return false;
}

/* Whether a later life has begun to write to the log. */
static bool is_too_late(const struct recorder *recorder, enum logstream_kind kind)
{
	for (const struct recorder *r = recorder->after; r; r = r->after)
		if (r->begun[kind])
			return true;
	return false;
}

/* Lets one of the later lives continue with this kind. */
static void let_follow(const struct recorder *recorder, int kind)
{
	struct recorder *r = recorder->after;

	while (r && (!needs(r, kind) || has_begun(r, kind)))
		r = r->after;
	if (!r || r->follows)
		return;
	r->follows = true;
	r->ops->follows(r, r->arg);
}

static void look_whether_done(struct recorder *recorder)
{
	for (int kind = 0; kind <= ALERTS; kind++)
		if (needs(recorder, kind))
			return;
	/* Otherwise a restart would search output again for alerts that were reported. */
	if (recorder->alerts && !alertstream_is_noted(recorder->alerts))
		return;
	/* Even without any log it is not done before its guest is gone. */
	if (recorder->done || recorder_lives(recorder))
		return;
	recorder->done = true;
	recorder->ops->done(recorder, recorder->arg);
}

static void finished(struct recorder *recorder, enum logstream_kind kind)
{
	char base[LOGNAME_SIZE];

	recorder->finished[kind] = true;
	/* Its files may be removed, whatever the other logs still do. */
	keeper_unused(recorder->shared->keeper,
		      kind == LOGSTREAM_JSON ? logname_json(recorder->base, base) : recorder->base);
	let_follow(recorder, (int)kind);
	look_whether_done(recorder);
}

static void raw_done(void *arg)
{
	finished(arg, LOGSTREAM_RAW);
}

static void clean_done(void *arg)
{
	finished(arg, LOGSTREAM_CLEAN);
}

static void journal_done(void *arg)
{
	finished(arg, LOGSTREAM_JOURNAL);
}

static void json_done(void *arg)
{
	finished(arg, LOGSTREAM_JSON);
}

static void alerts_done(void *arg)
{
	struct recorder *recorder = arg;

	recorder->looked = true;
	let_follow(recorder, ALERTS);
	look_whether_done(recorder);
}

/* Whether this message is to be printed by itself, rather than be counted in a sum. */
static bool is_first(const struct recorder *recorder, const char *what, const char *kind, int err)
{
	char cause[160];

	snprintf(cause, sizeof(cause), "%s%s%s%s", what, kind, err ? ": " : "",
		 err ? strerror(-err) : "");
	return usersums_add(recorder->shared->dir.told, recorder->facts.uid, cause, recorder->label,
			    0);
}

static bool is_gone(int err)
{
	return err == -ENOENT || err == -ENODEV || err == -ENXIO;
}

/*
 * Handles the result of beginning one kind. Returns 0, also if the port was reaped; other errors
 * are reported and returned.
 */
static int began(struct recorder *recorder, const char *kind, int err)
{
	const struct logdir *dir = &recorder->shared->dir;

	recorder->forgotten |= is_gone(err);
	if (!err || recorder->forgotten)
		return 0;
	if (recorder->broken || !is_first(recorder, "cannot be logged, ", kind, err))
		return err;
	if (dir->unread[0])
		msg_error(
			"%s (port %u) cannot be logged (%s): cannot read %s/.kpl011/%s: %s; it is tried again",
			recorder->label, recorder->port.id, kind, dir->path, dir->unread,
			strerror(-err));
	else
		msg_error("%s (port %u) cannot be logged (%s): %s; it is tried again",
			  recorder->label, recorder->port.id, kind, strerror(-err));
	return err;
}

/* Opens the port even if the log has to wait, so that the kernel keeps the history. */
static int begin(struct recorder *recorder, enum logstream_kind kind)
{
	static logstream_done_cb *const done[] = { raw_done, clean_done, journal_done, json_done };
	struct logstream **stream = &recorder->streams[kind];
	int err = 0;

	if (!*stream && is_too_late(recorder, kind)) {
		if (is_first(recorder,
			     "is not logged any more, since its next life is logged already, ",
			     kind_name(kind), 0))
			msg_error(
				"%s (port %u) is not logged any more (%s): its next life is logged already",
				recorder->label, recorder->port.id, kind_name(kind));
		recorder->finished[kind] = true;
		return 0;
	}
	if (!*stream) {
		recorder->finished[kind] = false;
		err = logstream_new(recorder->shared, kind, &recorder->port, recorder->base,
				    &recorder->decision, done[kind], recorder, stream);
	}
	if (!err && !logstream_has_begun(*stream) && !has_to_wait(recorder, (int)kind)) {
		err = logstream_begin(*stream);
		recorder->begun[kind] |= !err;
	}
	if (is_gone(err)) {
		/* The port is gone: there is nothing to log any more. */
		logstream_free(*stream);
		*stream = NULL;
		recorder->finished[kind] = true;
		let_follow(recorder, (int)kind);
	}
	return began(recorder, kind_name(kind), err);
}

/* Returns 0 or a negative errno. */
static int decide_alerts(struct recorder *recorder, uint64_t alerts)
{
	int err;

	if (!alerts) {
		alertstream_free(recorder->alerts);
		recorder->alerts = NULL;
		recorder->looked = false;
		let_follow(recorder, ALERTS);
		return 0;
	}
	if (recorder->alerts) {
		alertstream_decide(recorder->alerts, alerts);
		return 0;
	}
	recorder->looked = false;
	if (has_to_wait(recorder, ALERTS))
		return 0;
	err = alertstream_new(recorder->shared, &recorder->port, recorder->base, alerts,
			      alerts_done, recorder, &recorder->alerts);
	return began(recorder, ALERTSTREAM_KIND, err);
}

static void leave(struct recorder *recorder, enum logstream_kind kind)
{
	logstream_free(recorder->streams[kind]);
	recorder->streams[kind] = NULL;
	recorder->finished[kind] = false;
	let_follow(recorder, (int)kind);
}

void recorder_go_on(struct recorder *recorder)
{
	recorder->follows = false;
	for (int kind = 0; kind < LOGSTREAM_KINDS && !recorder->done; kind++)
		if (needs(recorder, kind) && begin(recorder, (enum logstream_kind)kind))
			recorder->broken = true;
	if (!recorder->done && needs(recorder, ALERTS) && !recorder->alerts &&
	    decide_alerts(recorder, recorder->decision.alerts))
		recorder->broken = true;
	look_whether_done(recorder);
}

void recorder_decide(struct recorder *recorder, const struct policy_decision *decision)
{
	bool broken = false;

	recorder->decision = *decision;
	for (int kind = 0; kind < LOGSTREAM_KINDS && !recorder->done; kind++) {
		if (!(decision->value[POLICY_LOG] & 1u << kind)) {
			leave(recorder, (enum logstream_kind)kind);
			continue;
		}
		if (recorder->streams[kind])
			logstream_decide(recorder->streams[kind], decision);
		if (needs(recorder, kind) && begin(recorder, (enum logstream_kind)kind))
			broken = true;
	}
	if (!recorder->done && decide_alerts(recorder, decision->alerts))
		broken = true;
	recorder->broken = broken;
	look_whether_done(recorder);
}

void recorder_leaves(struct recorder *recorder)
{
	recorder->done = true;
	for (int kind = 0; kind <= ALERTS; kind++)
		let_follow(recorder, kind);
}

/* The kind of log with that base. */
static enum logstream_kind kind_of(const struct recorder *recorder, const char *base, bool clean)
{
	if (strcmp(base, recorder->base))
		return LOGSTREAM_JSON;
	return clean ? LOGSTREAM_CLEAN : LOGSTREAM_RAW;
}

bool recorder_writes(const struct recorder *recorder, const char *base, bool clean)
{
	for (; recorder; recorder = recorder->before)
		if (needs(recorder, (int)kind_of(recorder, base, clean)))
			return true;
	return false;
}

void recorder_rotate_log(struct recorder *recorder, const char *base, bool clean)
{
	for (; recorder; recorder = recorder->before) {
		enum logstream_kind kind = kind_of(recorder, base, clean);

		if (needs(recorder, (int)kind) && has_begun(recorder, (int)kind))
			logstream_rotate(recorder->streams[kind]);
	}
}

void recorder_rotate(struct recorder *recorder)
{
	for (int kind = 0; kind < LOGSTREAM_KINDS; kind++)
		if (needs(recorder, kind) && has_begun(recorder, kind))
			logstream_rotate(recorder->streams[kind]);
}

/* A port with this id but another attach belongs to a later load of the module. */
static bool ask(const struct recorder *recorder, struct port_info *info)
{
	return !port_info(recorder->port.id, info) &&
	       (uint64_t)info->facts.attach_ns == recorder->port.attach_ns;
}

bool recorder_lives(const struct recorder *recorder)
{
	struct port_info info;

	return ask(recorder, &info) && info.facts.live;
}

int recorder_is_there(const struct recorder *recorder)
{
	struct port_info info;
	int err = port_info(recorder->port.id, &info);

	if (is_gone(err))
		return 0;
	return err ? err : (uint64_t)info.facts.attach_ns == recorder->port.attach_ns;
}

pid_t recorder_process(const struct recorder *recorder)
{
	struct port_info info;

	return ask(recorder, &info) && info.facts.live ? info.facts.pid : 0;
}

void recorder_forget(const struct recorder *recorder)
{
	char name[LOGFILE_LEDGER_SIZE];
	int64_t gone = 0;

	for (int kind = 0; kind <= LOGSTREAM_KINDS; kind++) {
		logfile_ledger_name(&recorder->port, kind_name(kind), name);
		if (recorder->shared->dir.state >= 0)
			gone += !unlinkat(recorder->shared->dir.state, name, 0);
	}
	if (gone)
		keeper_ledgers(recorder->shared->keeper, recorder->base, -gone);
}

void recorder_reap(const struct recorder *recorder)
{
	struct source *src;
	int err;

	err = port_open(recorder->port.id, true, &src);
	if (!err) {
		err = source_reap(src);
		source_close(src);
	}
	if (err && err != -ENODEV && err != -ENOENT && err != -EBUSY &&
	    is_first(recorder, "cannot be reaped", "", err))
		msg_error("cannot reap %s (port %u): %s", recorder->label, recorder->port.id,
			  strerror(-err));
}

bool recorder_sample_of(uint32_t id, uint64_t attach_ns, struct recorder_sample *sample)
{
	struct port_info info;

	if (port_info(id, &info) || (uint64_t)info.facts.attach_ns != attach_ns)
		return false;
	*sample = (struct recorder_sample){
		.live = info.facts.live,
		.tx_newest = info.facts.tx_newest,
		.rx_bytes = info.facts.rx_bytes,
		.lost = info.tx_lost,
		.interrupts = info.facts.interrupts,
		.stalls = info.flow_stalls,
		.stall_ns = info.flow_stall_ns,
		.drops = info.flow_drops,
	};
	return true;
}

void recorder_look(struct recorder *recorder)
{
	struct recorder_sample sample;

	if (recorder_sample_of(recorder->port.id, recorder->port.attach_ns, &sample))
		recorder->sample = sample;
	else
		recorder->sample.live = false;
}

void recorder_add(struct recorder_sample *sum, const struct recorder_sample *sample)
{
	sum->tx_newest += sample->tx_newest;
	sum->rx_bytes += sample->rx_bytes;
	sum->lost += sample->lost;
	sum->interrupts += sample->interrupts;
	sum->stalls += sample->stalls;
	sum->stall_ns += sample->stall_ns;
	sum->drops += sample->drops;
}
