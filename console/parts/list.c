// SPDX-License-Identifier: GPL-2.0-only
#include "parts/list.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "remote/hosts.h"
#include "source/owner.h"
#include "ui/ui_ask.h"
#include "ui/ui_broadcast.h"
#include "ui/ui_input.h"
#include "ui/ui_order.h"
#include "ui/ui_paint.h"
#include "ui/ui_touch.h"
#include "ui/ui_windows.h"

static const char *const sort_names[] = {
	[UI_SORT_NUMBER] = "number", [UI_SORT_NAME] = "name", [UI_SORT_ACTIVITY] = "activity",
	[UI_SORT_STATE] = "state",   [UI_SORT_RATE] = "rate",
};

static const char *const group_names[] = {
	[UI_GROUP_NONE] = "",	  [UI_GROUP_STATE] = "state", [UI_GROUP_USER] = "user",
	[UI_GROUP_NAME] = "name", [UI_GROUP_HOST] = "host",
};

static enum ui_role role_of(const struct guest *guest)
{
	if (guest->alert[0])
		return UI_ALARM;
	if (guest->state != GUEST_LIVE)
		return UI_BAD;
	return guest_active(guest) || guest->bell ? UI_NEWS : UI_PLAIN;
}

/* '!' for an alert, '&' a bell, '*' activity. */
static char sign_of(const struct guest *guest)
{
	static const char signs[] = "!&* ";

	return signs[ui_urgency(guest)];
}

/* The rate of a guest's output, or its state if it prints nothing or is not live. */
static const char *news(const struct guest *guest, char text[HUMAN_SIZE])
{
	char bytes[HUMAN_SIZE];

	if (guest->state != GUEST_LIVE)
		return guest_state_name(guest);
	if (!guest->rate)
		return "live";
	snprintf(text, HUMAN_SIZE, "%.8s/s", human_bytes(guest->rate, bytes));
	return text;
}

static bool is_selected(const struct ui_list *list, const struct guest *guest)
{
	return guest == list->selected && !list->heading[0];
}

/* A folded group has the sign and the colour of its most urgent guest. */
static void draw_heading(struct ui *ui, int row, int width, size_t at)
{
	const struct ui_list *list = &ui->list;
	const struct ui_row *group = &list->rows[at];
	const struct guest *first = group->first;
	char heading[SOURCE_NAME_SIZE];
	char count[32];

	for (size_t i = 0; group->folded && i < list->count; i++)
		if (!ui_rows_compare(list->group, first, list->shown[i]) &&
		    ui_urgency(list->shown[i]) < ui_urgency(first))
			first = list->shown[i];
	ui_role(ui, at == ui_rows_at(list) ? UI_SELECTED : group->folded ? role_of(first) : UI_DIM);
	ui_text(ui, row, 0, width, true, "");
	ui_print(ui, row, 0, width, "%c%c %s", group->folded ? sign_of(first) : ' ',
		 group->folded ? '>' : 'v', ui_rows_heading(list, first, heading));
	snprintf(count, sizeof(count), " %zu ", group->count);
	ui_print(ui, row, width - (int)strlen(count), (int)strlen(count), "%s", count);
}

static void draw_guest(struct ui *ui, int row, int width, const struct guest *guest)
{
	char text[HUMAN_SIZE];
	const char *state = news(guest, text);
	int right = (int)strlen(state) + 1;

	ui_role(ui, is_selected(&ui->list, guest) ? UI_SELECTED : role_of(guest));
	ui_text(ui, row, 0, width, true, "");
	ui_print(ui, row, 0, width, "%c%c%s%s", sign_of(guest), guest->marked ? '+' : ' ',
		 ui->list.group == UI_GROUP_NONE ? "" : "  ", guest->origin.name);
	ui_print(ui, row, width - right - 1, right + 1, " %s ", state);
}

static void draw_details(struct ui *ui, int row, int width, const struct guest *guest)
{
	char uptime[HUMAN_SIZE] = "-";
	char sent[HUMAN_SIZE];
	char rate[HUMAN_SIZE];
	char pid[16] = "-";
	char user[USER_NAME_SIZE];
	int64_t until = guest->facts.death_ns ? guest->facts.death_ns : clock_boot_ns();

	if (guest->facts.attach_ns && until > guest->facts.attach_ns)
		human_duration((uint64_t)(until - guest->facts.attach_ns), uptime);
	if (guest->facts.pid)
		snprintf(pid, sizeof(pid), "%d", (int)guest->facts.pid);
	ui_role(ui, is_selected(&ui->list, guest) ? UI_SELECTED : role_of(guest));
	ui_text(ui, row, 0, width, true, "");
	ui_print(ui, row, 0, width, "%c%c%-24.24s %-9s %8s %-9.9s %8s %6s %6s/s  %s",
		 sign_of(guest), guest->marked ? '+' : ' ', guest->origin.name,
		 guest_state_name(guest), pid, guest->src ? facts_user(&guest->facts, user) : "-",
		 uptime, human_bytes(guest->newest, sent), human_bytes(guest->rate, rate),
		 guest->alert[0] ? guest->alert
		 : guest->err	 ? origin_strerror(guest->err)
		 : !guest->view	 ? ""
				 : "open");
}

static void draw_header(struct ui *ui, int width)
{
	const struct ui_list *list = &ui->list;

	ui_role(ui, list->focused ? UI_FOCUS : UI_TITLE);
	ui_text(ui, 0, 0, width, true, "");
	if (list->filter[0])
		ui_print(ui, 0, 0, width, " %zu of %zu: /%s", list->count, fleet_count(ui->fleet),
			 list->filter);
	else if (list->group != UI_GROUP_NONE && list->focused)
		ui_print(ui, 0, 0, width, " %zu by %s, per %s", list->count, sort_names[list->sort],
			 group_names[list->group]);
	else if (list->group != UI_GROUP_NONE)
		ui_print(ui, 0, 0, width, " %zu %s per %s", list->count,
			 list->count == 1 ? "guest" : "guests", group_names[list->group]);
	else if (list->focused)
		ui_print(ui, 0, 0, width, " %zu %s by %s", list->count,
			 list->count == 1 ? "guest" : "guests", sort_names[list->sort]);
	else
		ui_print(ui, 0, 0, width, " %zu %s", list->count,
			 list->count == 1 ? "guest" : "guests");
}

/* At the right of the header: "1 host away". */
static void draw_away_hosts(struct ui *ui, int width)
{
	char text[32];
	int len;

	if (!hosts_away())
		return;
	len = snprintf(text, sizeof(text), " %zu %s away ", hosts_away(),
		       hosts_away() == 1 ? "host" : "hosts");
	ui_role(ui, UI_ALARM);
	ui_print(ui, 0, width - len, len, "%s", text);
}

static void draw(struct ui *ui)
{
	int rows = ui->rows - 1;
	int cols = ui_list_width(ui);
	struct ui_list *list = &ui->list;
	bool details = list->details && list->focused;
	int width = cols == ui->cols ? cols : cols - 1;
	size_t lines = (size_t)(rows - 1 - details);
	size_t at = ui_rows_at(list);

	if (!cols || rows < 3)
		return;
	draw_header(ui, width);
	draw_away_hosts(ui, width);
	if (details) {
		ui_role(ui, UI_DIM);
		ui_print(ui, 1, 0, width, "  %-24s %-9s %8s %-9s %8s %6s %8s  %s", "NAME", "STATE",
			 "PID", "USER", "UPTIME", "SENT", "RATE", "NEWS");
	}
	if (at < list->top)
		list->top = at;
	if (at >= list->top + lines)
		list->top = at - lines + 1;
	for (size_t i = 0; i < lines && list->top + i < list->row_count; i++) {
		const struct guest *guest = list->rows[list->top + i].guest;

		if (!guest)
			draw_heading(ui, (int)i + 1 + details, width, list->top + i);
		else if (details)
			draw_details(ui, (int)i + 2, width, guest);
		else
			draw_guest(ui, (int)i + 1, width, guest);
	}
	if (width < cols) {
		ui_role(ui, UI_DIM);
		mvvline(0, width, ACS_VLINE, rows);
	}
}

/* A single window follows the selection; with several, the operator opens guests. */
static void select_guest(struct ui *ui, struct guest *guest)
{
	ui->list.selected = guest;
	ui->list.heading[0] = '\0';
	if (guest && layout_window_count(ui->layout) == 1)
		ui_show(ui, ui_focus(ui), guest);
	ui_touch(ui);
}

static void step(struct ui *ui, long by)
{
	struct ui_list *list = &ui->list;
	long at = (long)ui_rows_at(list) + by;
	const struct ui_row *row;

	if (!list->row_count)
		return;
	if (at < 0)
		at = 0;
	if (at >= (long)list->row_count)
		at = (long)list->row_count - 1;
	row = &list->rows[at];
	if (row->guest)
		select_guest(ui, row->guest);
	else
		ui_rows_heading(list, row->first, list->heading);
}

/* The row of the heading that is selected, or NULL. */
static const struct ui_row *on_heading(const struct ui_list *list)
{
	const struct ui_row *row = list->row_count ? &list->rows[ui_rows_at(list)] : NULL;

	return row && !row->guest ? row : NULL;
}

/* Folds or unfolds the group of what is selected. */
static void fold(struct ui_list *list, bool folded)
{
	const struct ui_row *row = on_heading(list);
	const struct guest *guest = row ? row->first : list->selected;

	if (list->group == UI_GROUP_NONE || !guest)
		return;
	ui_rows_heading(list, guest, list->heading);
	ui_rows_fold(list, list->heading, folded);
}

static void change_group(struct ui *ui)
{
	struct ui_list *list = &ui->list;

	list->group = (enum ui_group)((list->group + 1) % UI_GROUPS);
	if (list->group == UI_GROUP_HOST && !hosts_count())
		list->group = UI_GROUP_NONE;
	list->heading[0] = '\0';
	memset(list->folded, 0, sizeof(list->folded));
	list->folded_count = 0;
	if (list->group == UI_GROUP_NONE)
		ui_say(ui, "not grouped");
	else
		ui_say(ui, "grouped by %s", group_names[list->group]);
}

/* Marks or unmarks the selected guest, or a group: unmarks it only if all are marked. */
static void mark(struct ui_list *list)
{
	const struct ui_row *row = on_heading(list);
	bool all = true;

	if (!row) {
		if (list->selected)
			list->selected->marked = !list->selected->marked;
		return;
	}
	for (size_t i = 0; i < list->count; i++)
		if (!ui_rows_compare(list->group, row->first, list->shown[i]))
			all &= list->shown[i]->marked;
	for (size_t i = 0; i < list->count; i++)
		if (!ui_rows_compare(list->group, row->first, list->shown[i]))
			list->shown[i]->marked = !all;
}

static void open_guest(struct ui *ui)
{
	if (!ui->list.selected)
		return;
	ui_show(ui, ui_focus(ui), ui->list.selected);
	ui->list.focused = false;
}

static void filter_changed(struct ui *ui, const char *text)
{
	snprintf(ui->list.filter, sizeof(ui->list.filter), "%s", text);
	ui_list_rebuild(ui);
	select_guest(ui, ui->list.selected);
}

static void filter_left(struct ui *ui, const char *text)
{
	(void)text;
	filter_changed(ui, "");
}

static const struct ui_question which_names = {
	.label = "filter",
	.changed = filter_changed,
	.done = filter_changed,
	.left = filter_left,
};

static void reap(struct ui *ui, const char *text)
{
	struct guest *guest = ui->confirm_guest;
	char name[SOURCE_NAME_SIZE];
	int err;

	if (strcmp(text, "y") || !guest)
		return;
	snprintf(name, sizeof(name), "%s", guest->origin.name);
	err = fleet_reap(ui->fleet, guest);
	if (err == -EBUSY)
		ui_say(ui, "%s is not gone: it stays", name);
	else if (err)
		ui_say(ui, "cannot forget %s: %s", name, strerror(-err));
	else
		ui_say(ui, "%s is forgotten", name);
}

static const struct ui_question really = {
	.label = "forget it and its history? (y, Enter)",
	.done = reap,
};

static void ask_reap(struct ui *ui)
{
	struct guest *guest = ui->list.selected;

	if (!guest)
		return;
	if (guest->state == GUEST_LIVE) {
		ui_say(ui, "%s is live: only a guest that is gone can be forgotten",
		       guest->origin.name);
		return;
	}
	ui->confirm_guest = guest;
	ui_ask(ui, &really, NULL, "");
}

void ui_list_act(struct ui *ui, enum action action)
{
	struct ui_list *list = &ui->list;
	int page = ui->rows - 3;

	ui_list_rebuild(ui);
	switch (action) {
	case ACTION_LIST_UP:
		step(ui, -1);
		break;
	case ACTION_LIST_DOWN:
		step(ui, 1);
		break;
	case ACTION_LIST_PAGE_UP:
		step(ui, -page);
		break;
	case ACTION_LIST_PAGE_DOWN:
		step(ui, page);
		break;
	case ACTION_LIST_FIRST:
		step(ui, -(long)list->row_count);
		break;
	case ACTION_LIST_LAST:
		step(ui, (long)list->row_count);
		break;
	case ACTION_LIST_OPEN:
		if (on_heading(list))
			fold(list, !on_heading(list)->folded);
		else
			open_guest(ui);
		break;
	case ACTION_LIST_UNFOLD:
		if (on_heading(list))
			fold(list, false);
		else
			open_guest(ui);
		break;
	case ACTION_LIST_FOLD:
		fold(list, true);
		break;
	case ACTION_LIST_GROUP:
		change_group(ui);
		break;
	case ACTION_LIST_LEAVE:
		list->focused = false;
		break;
	case ACTION_LIST_FILTER:
		ui_ask(ui, &which_names, NULL, list->filter);
		break;
	case ACTION_LIST_CLEAR:
		filter_changed(ui, "");
		break;
	case ACTION_LIST_SORT:
		list->sort = (enum ui_sort)((list->sort + 1) % UI_SORTS);
		ui_say(ui, "sorted by %s", sort_names[list->sort]);
		break;
	case ACTION_LIST_MARK:
		mark(list);
		ui_broadcast_marked(ui);
		step(ui, 1);
		break;
	case ACTION_LIST_DETAILS:
		list->details = !list->details;
		break;
	case ACTION_LIST_GRID:
		list->focused = false;
		ui_do(ui, ACTION_GRID);
		break;
	case ACTION_LIST_REAP:
		ask_reap(ui);
		break;
	case ACTION_LIST_HELP:
		ui_do(ui, ACTION_HELP);
		break;
	case ACTION_LIST_QUIT:
		ui_do(ui, ACTION_QUIT);
		break;
	default:
		break;
	}
	list->stale = true;
	ui_touch(ui);
}

static void on_click(struct ui *ui, const struct ui_click *click)
{
	struct ui_list *list = &ui->list;
	int row = click->row;
	size_t at = list->top + (size_t)row - 1 - (list->details && list->focused);

	if (click->button == 4 || click->button == 5) {
		ui_list_act(ui, click->button == 4 ? ACTION_LIST_UP : ACTION_LIST_DOWN);
		return;
	}
	if (list->stale)
		ui_list_rebuild(ui);
	if (click->button != 1 || !click->pressed || row < 1 || at >= list->row_count)
		return;
	list->heading[0] = '\0';
	if (list->rows[at].guest)
		list->selected = list->rows[at].guest;
	else
		ui_rows_heading(list, list->rows[at].first, list->heading);
	ui_list_act(ui, ACTION_LIST_OPEN);
}

static void show_other(struct ui *ui, int step, bool active)
{
	struct view *view = ui_focus(ui)->view;
	struct guest *guest;

	guest = ui_list_next(ui, view ? view->guest : ui->list.selected, step, active);
	if (!guest) {
		ui_say(ui, active ? "no other guest did anything" : "there is no other guest");
		return;
	}
	ui->list.selected = guest;
	ui->list.heading[0] = '\0';
	ui_show(ui, ui_focus(ui), guest);
}

void ui_list_go(struct ui *ui, enum action action)
{
	struct view *view = ui_focus(ui)->view;

	switch (action) {
	case ACTION_LIST:
		ui->list.focused = !ui->list.focused;
		if (ui->list.focused) {
			ui->list.hidden = false;
			ui->list.heading[0] = '\0';
			if (view)
				ui->list.selected = view->guest;
		}
		break;
	case ACTION_LIST_HIDE:
		ui->list.hidden = !ui->list.hidden;
		ui->list.focused = false;
		break;
	case ACTION_NEXT_GUEST:
		show_other(ui, 1, false);
		break;
	case ACTION_PREVIOUS_GUEST:
		show_other(ui, -1, false);
		break;
	case ACTION_ACTIVE_GUEST:
		show_other(ui, 1, true);
		break;
	default:
		break;
	}
}

const struct ui_part ui_list_part = {
	.draw = draw,
	.mouse = on_click,
};
