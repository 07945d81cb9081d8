/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of alerting.c share: its rules, and the journal and the commands it has. */
#ifndef ALERTING_FIXTURE_H
#define ALERTING_FIXTURE_H

#include "cmocka_all.h"

#include "daemon/alerting.h"
#include "daemon/alertrun.h"

#define ALERTING_RUNS 16

struct played_journal {
	int result;
	int tried;
	int sent;
	int priority;
	uint64_t count;
	uint64_t takes; /* milliseconds, for each */
	char text[256];
};

extern struct played_journal journal;

struct alertrun {
	uid_t owner;
	char guest[SOURCE_NAME_SIZE];
	char alert[ALERTRULES_NAME_SIZE];
	uint64_t count;
	alertrun_done_cb *done;
	void *arg;
};

extern struct alertrun runs[ALERTING_RUNS];
extern size_t run_count;
extern bool cannot_run;

/* How many were told when that was noted last. */
extern uint64_t noted;

/* The rules of a test, and what it has of them. */
extern struct alertrules *rules;
extern struct alerting *alerting;
extern struct logdir dir;

int setup(void **state);
int teardown(void **state);

void set(const char *alert, const char *name, const char *value);
void begin(void);

/* Where nothing can be noted for the next start. */
void end_daemon(void);

/* The timer rings when its time has come, so often that nothing is left for now. */
void pass(uint64_t ms);

size_t index_of(const char *alert);
struct alertnews *see(uid_t uid, const char *guest, const char *alert);
void end_run(size_t run, bool failed);
uint64_t count(const char *alert, bool seen);
int times_told(const char *text);

#endif /* ALERTING_FIXTURE_H */
