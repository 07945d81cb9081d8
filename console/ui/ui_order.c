// SPDX-License-Identifier: GPL-2.0-only
#include "ui/ui_order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "guests/groups.h"
#include "remote/hosts.h"
#include "source/owner.h"
#include "source/words.h"

int ui_urgency(const struct guest *guest)
{
	if (guest->alert[0])
		return 0;
	if (guest->bell)
		return 1;
	return guest_active(guest) ? 2 : 3;
}

/* The order of states; live is the lowest. */
static int state_rank(const struct guest *guest)
{
	static const int ranks[] = {
		[GUEST_LIVE] = 0,
		[GUEST_DETACHED] = 1,
		[GUEST_GONE] = 2,
		[GUEST_AWAY] = 3,
	};

	return ranks[guest->state];
}

static int by_user(const struct guest *a, const struct guest *b)
{
	char x[USER_NAME_SIZE];
	char y[USER_NAME_SIZE];

	if (!a->src || !b->src)
		return !a->src - !b->src;
	/* With other hosts, a user is known by name: uids may differ. */
	if (hosts_count())
		return strcmp(facts_user(&a->facts, x), facts_user(&b->facts, y));
	return a->facts.uid < b->facts.uid ? -1 : a->facts.uid > b->facts.uid;
}

static int by_stem(const struct guest *a, const struct guest *b)
{
	char x[SOURCE_NAME_SIZE];
	char y[SOURCE_NAME_SIZE];

	return strcmp(group_stem(a->origin.name, x, sizeof(x)),
		      group_stem(b->origin.name, y, sizeof(y)));
}

static const char *host_of(const struct guest *guest)
{
	return guest->origin.kind == ORIGIN_REMOTE ? guest->origin.path : HOST_LOCAL;
}

static int by_host(const struct guest *a, const struct guest *b)
{
	bool local = a->origin.kind != ORIGIN_REMOTE;

	if (local != (b->origin.kind != ORIGIN_REMOTE))
		return local ? -1 : 1;
	return strcmp(host_of(a), host_of(b));
}

int ui_rows_compare(enum ui_group group, const struct guest *a, const struct guest *b)
{
	switch (group) {
	case UI_GROUP_STATE:
		return state_rank(a) - state_rank(b);
	case UI_GROUP_USER:
		return by_user(a, b);
	case UI_GROUP_NAME:
		return by_stem(a, b);
	case UI_GROUP_HOST:
		return by_host(a, b);
	case UI_GROUP_NONE:
	case UI_GROUPS:
		break;
	}
	return 0;
}

const char *ui_rows_heading(const struct ui_list *list, const struct guest *guest,
			    char text[SOURCE_NAME_SIZE])
{
	char user[USER_NAME_SIZE];

	text[0] = '\0';
	switch (list->group) {
	case UI_GROUP_STATE:
		snprintf(text, SOURCE_NAME_SIZE, "%s", guest_state_name(guest));
		break;
	case UI_GROUP_USER:
		snprintf(text, SOURCE_NAME_SIZE, "%s",
			 guest->src ? facts_user(&guest->facts, user) : "-");
		break;
	case UI_GROUP_NAME:
		group_stem(guest->origin.name, text, SOURCE_NAME_SIZE);
		break;
	case UI_GROUP_HOST:
		snprintf(text, SOURCE_NAME_SIZE, "%.63s", host_of(guest));
		break;
	case UI_GROUP_NONE:
	case UI_GROUPS:
		break;
	}
	return text;
}

static size_t folded_at(const struct ui_list *list, const char *heading)
{
	size_t i = 0;

	while (i < list->folded_count && strcmp(list->folded[i], heading))
		i++;
	return i;
}

void ui_rows_fold(struct ui_list *list, const char *heading, bool fold)
{
	size_t at = folded_at(list, heading);

	if (fold == (at < list->folded_count))
		return;
	if (fold && list->folded_count < SESSION_FOLDED_MAX)
		snprintf(list->folded[list->folded_count++], SOURCE_NAME_SIZE, "%s", heading);
	if (!fold) {
		list->folded_count--;
		if (at < list->folded_count)
			memcpy(list->folded[at], list->folded[list->folded_count],
			       SOURCE_NAME_SIZE);
		/* The session is compared as a whole: leave no old text in it. */
		memset(list->folded[list->folded_count], 0, SOURCE_NAME_SIZE);
	}
}

/* Makes the rows for @list->shown; there is room for two rows per guest. */
static void build_rows(struct ui_list *list)
{
	char heading[SOURCE_NAME_SIZE];
	struct ui_row *group = NULL;

	list->row_count = 0;
	for (size_t i = 0; i < list->count; i++) {
		struct guest *guest = list->shown[i];

		if (list->group != UI_GROUP_NONE &&
		    (!group || ui_rows_compare(list->group, group->first, guest))) {
			group = &list->rows[list->row_count++];
			*group = (struct ui_row){ .first = guest };
			ui_rows_heading(list, guest, heading);
			group->folded = folded_at(list, heading) < list->folded_count;
		}
		if (group)
			group->count++;
		if (!group || !group->folded)
			list->rows[list->row_count++] = (struct ui_row){ .guest = guest };
	}
}

size_t ui_rows_at(const struct ui_list *list)
{
	char heading[SOURCE_NAME_SIZE];
	char selected[SOURCE_NAME_SIZE] = "";

	if (!list->heading[0])
		for (size_t i = 0; i < list->row_count; i++)
			if (list->rows[i].guest && list->rows[i].guest == list->selected)
				return i;
	if (list->selected)
		ui_rows_heading(list, list->selected, selected);
	for (size_t i = 0; i < list->row_count; i++) {
		if (list->rows[i].guest)
			continue;
		ui_rows_heading(list, list->rows[i].first, heading);
		if (!strcmp(heading, list->heading[0] ? list->heading : selected))
			return i;
	}
	return 0;
}

static int by_number(const struct guest *a, const struct guest *b)
{
	return a->number < b->number ? -1 : a->number > b->number;
}

static int compare(const void *x, const void *y, void *arg)
{
	const struct guest *a = *(struct guest *const *)x;
	const struct guest *b = *(struct guest *const *)y;
	const struct ui_list *list = arg;
	int order = ui_rows_compare(list->group, a, b);

	if (order)
		return order;
	switch (list->sort) {
	case UI_SORT_NAME:
		order = strcasecmp(a->origin.name, b->origin.name);
		break;
	case UI_SORT_ACTIVITY:
		order = ui_urgency(a) - ui_urgency(b);
		break;
	case UI_SORT_STATE:
		order = state_rank(a) - state_rank(b);
		break;
	case UI_SORT_RATE:
		order = a->rate > b->rate ? -1 : a->rate < b->rate;
		break;
	case UI_SORT_NUMBER:
	case UI_SORTS:
		break;
	}
	return order ? order : by_number(a, b);
}

/* False: there is no memory for so many guests. */
static bool make_room(struct ui_list *list, size_t count)
{
	size_t room = count + 32;
	struct guest **shown;
	struct ui_row *rows;

	if (count <= list->room)
		return true;
	shown = reallocarray(list->shown, room, sizeof(*shown));
	if (!shown)
		return false;
	list->shown = shown;
	rows = reallocarray(list->rows, room, 2 * sizeof(*rows));
	if (!rows)
		return false;
	list->rows = rows;
	list->room = room;
	return true;
}

void ui_list_rebuild(struct ui *ui)
{
	struct ui_list *list = &ui->list;
	size_t count = fleet_count(ui->fleet);
	bool all = make_room(list, count);
	bool there = false;

	list->count = 0;
	/* Those there is no room for are left out: what was shown before may have been freed. */
	for (size_t i = 0; i < count && list->count < list->room; i++) {
		struct guest *guest = fleet_at(ui->fleet, i);

		if (list->filter[0] && !strcasestr(guest->origin.name, list->filter))
			continue;
		there |= guest == list->selected;
		list->shown[list->count++] = guest;
	}
	if (list->count)
		qsort_r(list->shown, list->count, sizeof(*list->shown), compare, list);
	if (!there && list->count)
		list->selected = list->shown[0];
	build_rows(list);
	list->stale = !all;
}

void ui_list_forget(struct ui *ui, const struct guest *guest)
{
	struct ui_list *list = &ui->list;
	struct guest *instead = NULL;
	size_t at = 0;

	/* Many may be forgotten before the list is rebuilt: none of them is among those shown. */
	while (at < list->count && list->shown[at] != guest)
		at++;
	if (at < list->count) {
		list->count--;
		memmove(list->shown + at, list->shown + at + 1,
			(list->count - at) * sizeof(*list->shown));
		if (list->count)
			instead = list->shown[at < list->count ? at : at - 1];
	}
	if (list->selected == guest)
		list->selected = instead;
	list->stale = true;
}

static size_t index_of(const struct ui_list *list, const struct guest *guest)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->shown[i] == guest)
			return i;
	return 0;
}

struct guest *ui_list_next(struct ui *ui, const struct guest *guest, int step, bool active)
{
	struct ui_list *list = &ui->list;
	size_t at;

	ui_list_rebuild(ui);
	if (!list->count)
		return NULL;
	at = index_of(list, guest);
	for (size_t i = 0; i < list->count; i++) {
		at = (at + list->count + (size_t)(step + (int)list->count)) % list->count;
		if (!active || (ui_urgency(list->shown[at]) < 3 && list->shown[at] != guest))
			return list->shown[at];
	}
	return NULL;
}
