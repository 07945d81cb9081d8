// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/calendar.h"

#include "base/human.h"
#include "base/msg.h"
#include "base/regular.h"
#include "daemon/clocks.h"

/* In .kpl011/ */
#define FILE_NAME "clock"

void calendar_begin(struct calendar *calendar, const struct logdir *dir, const char *boot)
{
	*calendar = (struct calendar){ .dir = dir, .boot = boot };
}

static void tell(const struct calendar *calendar, enum steady_verdict verdict)
{
	int64_t ahead = calendar->steady.ahead;
	char text[HUMAN_SIZE];

	switch (verdict) {
	case STEADY_AS_IT_WAS:
		break;
	case STEADY_JUMPED:
		human_duration((uint64_t)(ahead < 0 ? -ahead : ahead) * 1000000000, text);
		msg_error("the clock is %s %s of the time that has passed since it was last read",
			  text, ahead < 0 ? "short" : "ahead");
		msg_more(
			"No log is removed or rotated by its age until the clock has run steadily for a day.");
		break;
	case STEADY_BACK:
		msg_error("the clock is right again: logs are removed and rotated by their age");
		break;
	case STEADY_BELIEVED:
		msg_error(
			"the clock has run steadily for a day since it jumped: logs are removed and rotated by their age again");
		break;
	}
}

static const struct steady *look(struct calendar *calendar)
{
	struct steady *steady = &calendar->steady;
	enum steady_verdict verdict;
	int64_t since_boot;
	int64_t wall;

	clocks_read(&wall, &since_boot);
	if (!calendar->begun && calendar->dir->state >= 0) {
		calendar->begun = true;
		if (!steady_load(calendar->dir->state, FILE_NAME, steady))
			steady_begin(steady, calendar->boot, wall, since_boot);
	} else if (!calendar->begun) {
		steady_begin(steady, calendar->boot, wall, since_boot);
	}
	verdict = steady_look(steady, calendar->boot, wall, since_boot);
	tell(calendar, verdict);
	if (verdict != STEADY_AS_IT_WAS)
		calendar_store(calendar);
	return steady;
}

int64_t calendar_least(struct calendar *calendar)
{
	return steady_least(look(calendar));
}

int64_t calendar_most(struct calendar *calendar)
{
	return steady_most(look(calendar));
}

bool calendar_is_sure(struct calendar *calendar)
{
	return steady_is_sure(look(calendar));
}

void calendar_store(struct calendar *calendar)
{
	const char *dir = calendar->dir->path;
	int err;

	if (!calendar->begun || calendar->dir->state < 0)
		return;
	err = steady_store(calendar->dir->state, FILE_NAME, &calendar->steady);
	if (err && !calendar->err)
		msg_error("cannot write %s/" LOGDIR_STATE "/" FILE_NAME ": %s; it is tried again",
			  dir, regular_reason(err));
	else if (!err && calendar->err)
		msg_error("%s/" LOGDIR_STATE "/" FILE_NAME " is written again", dir);
	calendar->err = err;
}
