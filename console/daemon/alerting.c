// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/alerting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/msg.h"
#include "daemon/alertkeep.h"
#include "daemon/alertrun.h"
#include "daemon/journal.h"
#include "daemon/usersums.h"

#define RETRY_FIRST_MS 10
#define RETRY_MAX_MS 30000
/* A journal that is slow is there: others fill its queue, and it soon has room again. */
#define SLOW_RETRY_MAX_MS 200

/* Messages for each owner and alert while the journal is away; the others are summed up. */
#define SAID_ALONE 8

/*
 * Generations of rules whose bits can be translated: a guest may miss some between two decisions.
 */
#define PAST 32

/* Work in one turn of the loop; starting a command takes some of it. */
#define TURN_NS ((uint64_t)10 * 1000000)

struct alerting {
	struct loop *loop;
	int journal;
	struct usersums *told;
	const char *journal_path;
	struct alertrules *rules;
	struct alertbook book;
	struct loop_event *timer;
	struct alertrun *running[ALERTING_RUNS_MAX];
	uid_t owners[ALERTING_RUNS_MAX]; /* the owner of each command */
	struct alertcounts counts;
	size_t count_of[ALERTS_MAX]; /* the index in @counts of each rule */
	size_t rule_count;
	/*
	 * For each generation, modulo PAST: the bit that each of its rules has now; 0: it is gone
	 */
	uint64_t now_is[PAST][ALERTS_MAX];
	uint32_t generation; /* of @rules */
	uint64_t delay_ms;   /* 0: the journal takes entries */
	uint64_t retry_at;
	bool unsent;		  /* the journal does not take alerts, which was printed */
	const struct logdir *dir; /* NULL: alerting_restore() has not seen it open */
	json_t *before;		  /* what the last run has noted of guests' ports */
	json_t *kept;		  /* the same, noted at the end of this run */
};

static void pump(struct alerting *alerting);

static void on_timer(void *arg)
{
	pump(arg);
}

struct alerting *alerting_new(struct loop *loop, int journal, struct usersums *told)
{
	struct alerting *alerting = calloc(1, sizeof(*alerting));

	if (!alerting)
		return NULL;
	alerting->loop = loop;
	alerting->journal = journal;
	alerting->told = told;
	alertbook_begin(&alerting->book);
	alerting->timer = loop_timer(loop, on_timer, alerting);
	if (!alerting->timer) {
		free(alerting);
		return NULL;
	}
	return alerting;
}

static uint64_t translate(const uint64_t now_is[ALERTS_MAX], uint64_t bits)
{
	uint64_t now = 0;

	for (size_t i = 0; i < ALERTS_MAX; i++)
		if (bits >> i & 1)
			now |= now_is[i];
	return now;
}

/* The earlier rules may be freed by now: their counts still have their names. */
static void renumber(struct alerting *alerting, const struct alertrules *rules)
{
	uint64_t now_is[ALERTS_MAX] = { 0 };

	for (size_t i = 0; i < alerting->rule_count; i++)
		for (size_t j = 0; rules && j < rules->count; j++)
			if (!strcmp(alerting->counts.all[alerting->count_of[i]].alert,
				    rules->all[j].name))
				now_is[i] = UINT64_C(1) << j;
	for (size_t past = 0; past < PAST; past++)
		for (size_t i = 0; i < ALERTS_MAX; i++)
			alerting->now_is[past][i] = translate(now_is, alerting->now_is[past][i]);
	memcpy(alerting->now_is[alerting->generation % PAST], now_is, sizeof(now_is));
	alerting->rule_count = rules ? rules->count : 0;
}

uint64_t alerting_renumber(const struct alerting *alerting, uint32_t generation, uint64_t bits)
{
	if (generation == alerting->generation)
		return bits;
	if (alerting->generation - generation > PAST)
		return 0;
	return translate(alerting->now_is[generation % PAST], bits);
}

void alerting_rules(struct alerting *alerting, struct alertrules *rules, const char *journal_path)
{
	renumber(alerting, rules);
	alerting->rules = rules;
	alerting->generation++;
	alerting->journal_path = journal_path;
	for (size_t i = 0; rules && i < rules->count; i++)
		alerting->count_of[i] = alertcounts_find(&alerting->counts, rules->all[i].name);
	pump(alerting);
}

const struct alertrules *alerting_has(const struct alerting *alerting)
{
	return alerting->rules;
}

uint32_t alerting_generation(const struct alerting *alerting)
{
	return alerting->generation;
}

static const struct alertrule *find_rule(const struct alerting *alerting, const char *name)
{
	const struct alertrules *rules = alerting->rules;

	for (size_t i = 0; rules && i < rules->count; i++)
		if (!strcmp(rules->all[i].name, name))
			return &rules->all[i];
	return NULL;
}

static int rank(const char *alert, void *arg)
{
	const struct alertrule *rule = find_rule(arg, alert);

	return rule && rule->command ? rule->priority : -1;
}

static int send_entry(const struct alerting *alerting, const struct alertbook_entry *entry)
{
	const struct alertrule *rule = find_rule(alerting, entry->alert);
	const struct alertnews *news = entry->news;
	char text[SOURCE_NAME_SIZE + ALERTRULES_NAME_SIZE + ALERTNEWS_LINE_SIZE + 64];
	char times[48] = "";
	struct journal_alert alert = {
		.name = entry->alert,
		.priority = rule ? rule->priority : 4,
		.count = entry->count,
		.lines = news->lines,
		.after = news->after ? news->after : "",
	};
	struct journal_line line = {
		.guest = news->guest,
		.uid = news->uid,
		.user = news->user,
		.boot = news->boot,
		.port = news->port,
		.pid = news->pid,
		.pos = news->pos,
		.time = news->real_ns,
		.text = text,
		.alert = &alert,
	};

	if (entry->count > 1)
		snprintf(times, sizeof(times), " (%llu times)", (unsigned long long)entry->count);
	line.len = (size_t)snprintf(text, sizeof(text), "%s: %s%s: %s", news->guest, entry->alert,
				    times, news->match);
	return journal_send(alerting->journal, alerting->journal_path, &line);
}

/* Prints an alert that the journal does not take: nobody would hear of it otherwise. */
static void say(const struct alerting *alerting, const struct alertbook_entry *entry)
{
	const struct alertnews *news = entry->news;
	const struct alertrule *rule = find_rule(alerting, entry->alert);
	char cause[ALERTRULES_NAME_SIZE + 64];

	snprintf(cause, sizeof(cause), "alert %s while the journal is away", entry->alert);
	if (!usersums_add_some(alerting->told, news->uid, cause, news->guest, 0, SAID_ALONE))
		return;
	msg_error("%s (user %s): %s (%s): %s", news->guest, news->user, entry->alert,
		  rule ? alertrules_priority(rule->priority) : "warning", news->match);
}

static void not_sent(struct alerting *alerting, int err, uint64_t now)
{
	uint64_t max = err == -EAGAIN ? SLOW_RETRY_MAX_MS : RETRY_MAX_MS;

	if (err != -EAGAIN && !alerting->unsent) {
		msg_error(
			"cannot send alerts to the journal at %s: %s; it is tried again, and alerts are printed here",
			alerting->journal_path, journal_error(err));
		alerting->unsent = true;
	}
	alerting->delay_ms = alerting->delay_ms ? 2 * alerting->delay_ms : RETRY_FIRST_MS;
	if (alerting->delay_ms > max)
		alerting->delay_ms = max;
	alerting->retry_at = now + alerting->delay_ms;
}

static void sent(struct alerting *alerting)
{
	alerting->delay_ms = 0;
	if (alerting->unsent)
		msg_error("the journal takes alerts again");
	alerting->unsent = false;
}

static void count(struct alerting *alerting, struct alertbook_entry *entry)
{
	alerting->counts.all[alertcounts_find(&alerting->counts, entry->alert)].told++;
	alertbook_counted(&alerting->book, entry);
}

/* Sends an alert that waits for nothing. On a negative errno it is tried again later. */
static int send_one(struct alerting *alerting, struct alertbook_entry *entry, uint64_t now)
{
	int err = send_entry(alerting, entry);

	if (err) {
		not_sent(alerting, err, now);
		return err;
	}
	sent(alerting);
	alertbook_sent(&alerting->book, entry);
	return 0;
}

static int may_send(const struct alerting *alerting, uint64_t now)
{
	return alerting->delay_ms && alerting->retry_at > now ? -EAGAIN : 0;
}

static bool is_over(void *begun)
{
	return clock_passed(*(uint64_t *)begun, TURN_NS);
}

/* Those that were printed instead have waited longest. */
static struct alertbook_entry *next_to_send(struct alerting *alerting)
{
	struct alertbook_entry *entry = TAILQ_FIRST(&alerting->book.said);

	return entry ? entry : TAILQ_FIRST(&alerting->book.to_send);
}

/* Lowers @next to when sending is tried again. True: the turn is over, and there may be more. */
static bool send_some(struct alerting *alerting, uint64_t now, uint64_t *begun, uint64_t *next)
{
	struct alertbook *book = &alerting->book;
	struct alertbook_entry *entry;
	int err = may_send(alerting, now);

	while ((entry = TAILQ_FIRST(&book->fresh))) {
		count(alerting, entry);
		if (is_over(begun))
			return true;
	}
	/*
	 * Counts are noted first: for an alert that is sent again the guest's position was noted
	 * long ago.
	 */
	if (next_to_send(alerting))
		alerting_note_new(alerting);
	while (!err && (entry = next_to_send(alerting))) {
		err = send_one(alerting, entry, now);
		if (is_over(begun))
			return true;
	}
	while (err && alerting->unsent && (entry = TAILQ_FIRST(&book->to_send))) {
		say(alerting, entry);
		alertbook_said(book, entry);
		if (is_over(begun))
			return true;
	}
	if (err && next_to_send(alerting) && alerting->retry_at < *next)
		*next = alerting->retry_at;
	return false;
}

static void ended(struct alertrun *run, bool failed, void *arg)
{
	struct alerting *alerting = arg;

	alerting->counts.runs.failed += failed;
	for (size_t i = 0; i < ALERTING_RUNS_MAX; i++) {
		if (alerting->running[i] != run)
			continue;
		alerting->running[i] = NULL;
		alertbook_ended(&alerting->book, alerting->owners[i], clock_ms());
	}
	alertrun_free(run);
	pump(alerting);
}

static void start(struct alerting *alerting, struct alertbook_entry *entry, size_t i, uint64_t now)
{
	const struct alertrule *rule = find_rule(alerting, entry->alert);
	struct alertrun **run = &alerting->running[i];

	alerting->owners[i] = entry->owner->uid;
	*run = alertrun_start(alerting->loop, rule, entry->news, entry->run_count, ended, alerting);
	alerting->counts.runs.started++;
	alertbook_ran(&alerting->book, entry, now, rule->every * 1000);
	if (*run)
		return;
	alerting->counts.runs.failed++;
	alertbook_ended(&alerting->book, alerting->owners[i], now);
}

/* Starts the commands whose turn it is. True: the turn is over, and there may be more. */
static bool run_some(struct alerting *alerting, uint64_t now, uint64_t *begun, uint64_t *next)
{
	for (size_t i = 0; i < ALERTING_RUNS_MAX; i++) {
		struct alertbook_entry *entry;

		if (alerting->running[i])
			continue;
		entry = alertbook_turn(&alerting->book, now, rank, alerting, next);
		if (!entry)
			return false;
		start(alerting, entry, i, now);
		if (is_over(begun))
			return true;
	}
	return false;
}

/* Does what is due, a part of each kind in one turn, and sets the timer for the rest. */
static void pump(struct alerting *alerting)
{
	uint64_t begun = clock_ns();
	uint64_t now = clock_ms();
	uint64_t next = alertbook_pass(&alerting->book, now, is_over, &begun);
	bool more;

	more = send_some(alerting, now, &begun, &next);
	more |= run_some(alerting, now, &begun, &next);
	/* What was just sent may have been seen again already. */
	if (more || alertbook_due(&alerting->book) <= now)
		next = now;
	if (next != UINT64_MAX)
		loop_timer_set(alerting->timer, next > now ? next - now : 0);
}

struct alertnews *alerting_seen(struct alerting *alerting, uid_t uid, const char *guest,
				size_t rule)
{
	struct alertcounts_of *count = &alerting->counts.all[alerting->count_of[rule]];
	const struct alertrule *it = &alerting->rules->all[rule];
	struct alertnews *news = NULL;

	count->seen++;
	alertbook_seen(&alerting->book, uid, guest, it->name, it->quiet * 1000, it->command,
		       clock_ms(), &news);
	return news;
}

void alerting_seen_again(struct alerting *alerting, size_t rule)
{
	alerting->counts.all[alerting->count_of[rule]].seen++;
}

void alerting_tell(struct alerting *alerting)
{
	loop_timer_set(alerting->timer, 0);
}

static void send_ready(struct alertbook_entry *entry, void *arg)
{
	struct alerting *alerting = arg;
	uint64_t now = clock_ms();

	if (entry->list == &alerting->book.fresh)
		count(alerting, entry);
	if (!may_send(alerting, now))
		send_one(alerting, entry, now);
}

void alerting_send(struct alerting *alerting, const struct alertnews *news)
{
	alertbook_ready(&alerting->book, news, clock_ms(), send_ready, alerting);
	/* For commands, and for what could not be sent. */
	alerting_tell(alerting);
}

const struct alertcounts *alerting_counts(const struct alerting *alerting)
{
	return alerting->dir ? &alerting->counts : NULL;
}

bool alerting_unsent(const struct alerting *alerting)
{
	return alerting->unsent;
}

int alerting_unnoted(const struct alerting *alerting)
{
	return alerting->counts.err;
}

static void say_what_is_left(const struct alerting *alerting)
{
	const struct alertbook_entry *entry = NULL;

	while ((entry = alertbook_next(&alerting->book, entry))) {
		if (entry->send && !entry->said)
			say(alerting, entry);
		if (entry->run)
			msg_error("%s: %s: its command was not run before the daemon stopped",
				  entry->news->guest, entry->alert);
	}
}

void alerting_restore(struct alerting *alerting, const struct logdir *dir, const char *boot)
{
	if (alerting->dir || dir->state < 0)
		return;
	alerting->dir = dir;
	alertcounts_load(&alerting->counts, dir);
	alerting->before = alertkeep_load(dir, boot, &alerting->book, clock_ms());
	alerting_tell(alerting);
}

/* The file is not overwritten before it was read. */
void alerting_note(struct alerting *alerting)
{
	if (alerting->dir)
		alertcounts_note(&alerting->counts, alerting->dir, true);
}

void alerting_note_new(struct alerting *alerting)
{
	if (alerting->dir)
		alertcounts_note(&alerting->counts, alerting->dir, false);
}

static uint64_t bits_of(const struct alerting *alerting, const json_t *names)
{
	const struct alertrules *rules = alerting->rules;
	const json_t *name;
	uint64_t bits = 0;
	size_t i;

	json_array_foreach(names, i, name)
	{
		const char *text = json_string_value(name);
		const struct alertrule *rule = text ? find_rule(alerting, text) : NULL;

		if (rule)
			bits |= UINT64_C(1) << (rule - rules->all);
	}
	return bits;
}

static json_t *names_of(const struct alerting *alerting, uint64_t bits)
{
	json_t *names = json_array();

	for (size_t i = 0; alerting->rules && i < alerting->rules->count; i++)
		if (bits >> i & 1)
			json_array_append_new(names, json_string(alerting->rules->all[i].name));
	return names;
}

bool alerting_resume(struct alerting *alerting, const struct ledger_port *port, uint64_t pos,
		     struct alertafter *after, uint64_t *told)
{
	const json_t *names;
	char key[ALERTKEEP_KEY_SIZE];
	const json_t *json = json_object_get(alerting->before, alertkeep_key(port, key));

	if (!json || !alertkeep_get_after(json, pos, after, &names))
		return false;
	*told = bits_of(alerting, names);
	json_object_del(alerting->before, key);
	return true;
}

void alerting_keep(struct alerting *alerting, const struct ledger_port *port, uint64_t pos,
		   const struct alertafter *after, uint64_t told)
{
	char key[ALERTKEEP_KEY_SIZE];

	if (!after->first && !told)
		return;
	if (!alerting->kept)
		alerting->kept = json_object();
	json_object_set_new(alerting->kept, alertkeep_key(port, key),
			    alertkeep_put_after(pos, after, names_of(alerting, told)));
}

static void drop_those_without_command(struct alerting *alerting)
{
	struct alertbook_entry *entry = NULL;

	while ((entry = alertbook_next(&alerting->book, entry)))
		if (entry->run && rank(entry->alert, alerting) < 0)
			alertbook_not_run(&alerting->book, entry);
}

/*
 * Keeps the notes of guests that were not opened in this run; they are valid until the next boot.
 */
static void keep_what_was_kept(struct alerting *alerting)
{
	if (!json_object_size(alerting->before))
		return;
	if (!alerting->kept)
		alerting->kept = json_object();
	json_object_update_missing(alerting->kept, alerting->before);
}

bool alerting_end(struct alerting *alerting, const struct logdir *dir, const char *boot)
{
	uint64_t next = UINT64_MAX;
	uint64_t begun;
	bool more = alerting->journal_path;
	int err;

	while (more) {
		begun = clock_ns();
		more = send_some(alerting, clock_ms(), &begun, &next);
	}
	drop_those_without_command(alerting);
	alerting_note(alerting);
	keep_what_was_kept(alerting);
	err = alertkeep_store(dir, boot, &alerting->book, alerting->kept, clock_ms());
	if (err)
		say_what_is_left(alerting);
	return !err;
}

void alerting_free(struct alerting *alerting)
{
	if (!alerting)
		return;
	alertrun_end(alerting->running, ALERTING_RUNS_MAX);
	loop_event_free(alerting->timer);
	alertbook_free(&alerting->book);
	json_decref(alerting->before);
	json_decref(alerting->kept);
	alertcounts_free(&alerting->counts);
	free(alerting);
}
