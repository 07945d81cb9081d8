// SPDX-License-Identifier: GPL-2.0-only
#include "alertbook_fixture.h"

#include <stdio.h>

#include "base/payers.h"

bool unknown;

/* In place of the subordinate uids of the system. */
uid_t payer_of(uid_t uid)
{
	if (unknown)
		return uid >= 100000 && uid < 165536 ? 100000 : uid;
	return uid >= 100000 && uid < 165536 ? 1 : uid;
}

bool see(struct alertbook *book, uid_t uid, const char *guest, const char *alert, uint64_t now)
{
	struct alertnews *news;
	int result = alertbook_seen(book, uid, guest, alert, QUIET, true, now, &news);

	assert_in_range(result, 0, 1);
	if (result)
		assert_non_null(news);
	if (news)
		snprintf(news->match, sizeof(news->match), "%s at %d", guest, (int)now);
	return result;
}

/* There are no commands. */
static int none(const char *alert, void *arg)
{
	(void)alert;
	(void)arg;
	return -1;
}

uint64_t pass(struct alertbook *book, uint64_t now)
{
	return alertbook_pass(book, now, NULL, NULL);
}

struct alertbook_owner *first_owner(const struct alertbook *book)
{
	return alertbook_next_owner(book, NULL);
}

size_t send_all(struct alertbook *book)
{
	struct alertbook_entry *entry;
	size_t sent = 0;
	uint64_t next;

	while ((entry = TAILQ_FIRST(&book->fresh)))
		alertbook_counted(book, entry);
	while ((entry = TAILQ_FIRST(&book->to_send))) {
		sent++;
		alertbook_sent(book, entry);
	}
	assert_null(alertbook_turn(book, UINT64_MAX, none, NULL, &next));
	return sent;
}

size_t count(const struct alertbook *book)
{
	struct alertbook_entry *entry = NULL;
	size_t entries = 0;

	while ((entry = alertbook_next(book, entry)))
		entries++;
	return entries;
}

struct alertbook_entry *only(const struct alertbook *book)
{
	struct alertbook_entry *entry = alertbook_next(book, NULL);

	assert_non_null(entry);
	assert_null(alertbook_next(book, entry));
	return entry;
}
