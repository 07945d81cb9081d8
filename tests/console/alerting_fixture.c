// SPDX-License-Identifier: GPL-2.0-only
#include "alerting_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/journal.h"
#include "fake_clock.h"
#include "fake_loop.h"
#include "told_all.h"

struct played_journal journal;

struct alertrun runs[ALERTING_RUNS];
size_t run_count;
bool cannot_run;

int journal_send(int fd, const char *path, const struct journal_line *line)
{
	assert_int_equal(fd, 7);
	assert_string_equal(path, "/journal");
	journal.tried++;
	fake_now_ms += journal.takes;
	if (journal.result)
		return journal.result;
	journal.sent++;
	journal.priority = line->alert->priority;
	journal.count = line->alert->count;
	assert_int_equal(line->len, strlen(line->text));
	snprintf(journal.text, sizeof(journal.text), "%s", line->text);
	return 0;
}

uint64_t noted;

void __wrap_alertcounts_note(struct alertcounts *counts, const struct logdir *in, bool again);
void __wrap_alertcounts_note(struct alertcounts *counts, const struct logdir *in, bool again)
{
	(void)in;
	(void)again;
	noted = 0;
	for (size_t i = 0; i < counts->count; i++)
		noted += counts->all[i].told;
}

struct alertrun *alertrun_start(struct loop *loop, const struct alertrule *rule,
				const struct alertnews *news, uint64_t count,
				alertrun_done_cb *done, void *arg)
{
	struct alertrun *run = &runs[run_count];

	(void)loop;
	assert_in_range(run_count, 0, ROWS(runs) - 1);
	if (cannot_run)
		return NULL;
	run_count++;
	*run = (struct alertrun){ .owner = news->uid, .count = count, .done = done, .arg = arg };
	strcpy(run->guest, news->guest);
	strcpy(run->alert, rule->name);
	return run;
}

void alertrun_end(struct alertrun *const *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		alertrun_free(all[i]);
}

void alertrun_free(struct alertrun *run)
{
	(void)run;
}

struct alertrules *rules;
struct alerting *alerting;
struct logdir dir;

void set(const char *alert, const char *name, const char *value)
{
	char why[256];
	struct alertrule *rule = alertrules_section(rules, alert, 1, why, sizeof(why));

	assert_non_null(rule);
	assert_true(alertrules_set(rule, name, value, why, sizeof(why)));
}

void begin(void)
{
	char why[256];
	size_t line;

	if (!alertrules_end(rules, &line, why, sizeof(why)))
		fail_msg("%s", why);
	alerting = alerting_new(NULL, 7, NULL);
	/* There was no daemon before. */
	dir.state = open("/proc", O_PATH | O_DIRECTORY);
	alerting_restore(alerting, &dir, "boot");
	alerting_rules(alerting, rules, "/journal");
}

void end_daemon(void)
{
	const struct logdir nowhere = { .state = -1 };

	assert_false(alerting_end(alerting, &nowhere, "boot"));
	alerting_free(alerting);
	alerting = NULL;
}

int setup(void **state)
{
	(void)state;
	fake_now_ms = 1000000;
	fake_event_count = 0;
	memset(&journal, 0, sizeof(journal));
	told_all[0] = '\0';
	run_count = 0;
	cannot_run = false;
	rules = alertrules_new();
	alerting = NULL;
	set(NULL, "quiet", "60s");
	return 0;
}

int teardown(void **state)
{
	(void)state;
	alerting_free(alerting);
	alertrules_free(rules);
	close(dir.state);
	return 0;
}

void pass(uint64_t ms)
{
	uint64_t until = fake_now_ms + ms;
	struct loop_event *timer = fake_events[0];

	while (timer->on && fake_now_ms + timer->ms <= until) {
		fake_now_ms += timer->ms;
		fake_happens(0);
	}
	if (timer->on)
		timer->ms -= until - fake_now_ms;
	fake_now_ms = until;
}

size_t index_of(const char *alert)
{
	for (size_t i = 0; i < rules->count; i++)
		if (!strcmp(rules->all[i].name, alert))
			return i;
	fail_msg("no alert %s", alert);
	return 0;
}

struct alertnews *see(uid_t uid, const char *guest, const char *alert)
{
	struct alertnews *news = alerting_seen(alerting, uid, guest, index_of(alert));

	if (!news)
		return NULL;
	news->uid = uid;
	strcpy(news->guest, guest);
	strcpy(news->user, "somebody");
	snprintf(news->match, sizeof(news->match), "a %s", alert);
	alerting_tell(alerting);
	return news;
}

void end_run(size_t run, bool failed)
{
	runs[run].done(&runs[run], failed, runs[run].arg);
}

uint64_t count(const char *alert, bool seen)
{
	const struct alertcounts *counts = alerting_counts(alerting);

	for (size_t i = 0; i < counts->count; i++)
		if (!strcmp(counts->all[i].alert, alert))
			return seen ? counts->all[i].seen : counts->all[i].told;
	return 0;
}

int times_told(const char *text)
{
	int found = 0;

	for (const char *at = told_all; (at = strstr(at, text)); at++)
		found++;
	return found;
}
