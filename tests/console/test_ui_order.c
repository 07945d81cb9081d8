// SPDX-License-Identifier: GPL-2.0-only
/* The list of the full screen, as guests go. The test is the fleet. */
#include "cmocka_all.h"

#include "ui/ui_order.h"

#define GUESTS 200

static struct guest *all[GUESTS];
static size_t count;
static bool no_memory;

size_t __wrap_fleet_count(const struct fleet *fleet);
size_t __wrap_fleet_count(const struct fleet *fleet)
{
	(void)fleet;
	return count;
}

struct guest *__wrap_fleet_at(const struct fleet *fleet, size_t index);
struct guest *__wrap_fleet_at(const struct fleet *fleet, size_t index)
{
	(void)fleet;
	assert_in_range(index, 0, count - 1);
	return all[index];
}

void *__real_reallocarray(void *old, size_t members, size_t size);
void *__wrap_reallocarray(void *old, size_t members, size_t size);
void *__wrap_reallocarray(void *old, size_t members, size_t size)
{
	return no_memory ? NULL : __real_reallocarray(old, members, size);
}

static void comes(struct ui *ui, char name)
{
	struct guest *guest = calloc(1, sizeof(*guest));

	assert_non_null(guest);
	assert_in_range(count, 0, GUESTS - 1);
	guest->number = (uint32_t)count;
	guest->origin.name[0] = name;
	all[count++] = guest;
	ui->list.stale = true;
}

/* A list of guests that have these letters as their names, with the first one selected. */
static struct ui *begin(const char *names)
{
	struct ui *ui = calloc(1, sizeof(*ui));

	assert_non_null(ui);
	while (*names)
		comes(ui, *names++);
	ui_list_rebuild(ui);
	return ui;
}

/* It is forgotten, and freed. */
static void leaves(struct ui *ui, char name)
{
	size_t i = 0;

	while (all[i]->origin.name[0] != name)
		assert_in_range(++i, 1, count - 1);
	ui_list_forget(ui, all[i]);
	free(all[i]);
	count--;
	memmove(all + i, all + i + 1, (count - i) * sizeof(all[0]));
}

static void end(struct ui *ui)
{
	for (size_t i = 0; i < count; i++)
		free(all[i]);
	count = 0;
	free(ui->list.shown);
	free(ui->list.rows);
	free(ui);
}

static void selects(struct ui *ui, char name)
{
	for (size_t i = 0; i < count; i++)
		if (all[i]->origin.name[0] == name)
			ui->list.selected = all[i];
}

/* What is shown, in order, and which of them is selected. */
static void shows(struct ui *ui, const char *names, char selected)
{
	const struct ui_list *list = &ui->list;

	ui_list_rebuild(ui);
	assert_int_equal(list->count, strlen(names));
	for (size_t i = 0; i < list->count; i++)
		assert_int_equal(list->shown[i]->origin.name[0], names[i]);
	assert_non_null(list->selected);
	assert_int_equal(list->selected->origin.name[0], selected);
}

static void test_the_next_is_selected_in_place_of_one_that_goes(void **state)
{
	struct ui *ui = begin("abcdef");

	(void)state;
	shows(ui, "abcdef", 'a');
	selects(ui, 'c');
	leaves(ui, 'b');
	shows(ui, "acdef", 'c');
	leaves(ui, 'c');
	shows(ui, "adef", 'd');
	/* Those next to it go as well, before the list is built again. */
	leaves(ui, 'e');
	leaves(ui, 'd');
	shows(ui, "af", 'f');
	leaves(ui, 'f');
	shows(ui, "a", 'a');
	leaves(ui, 'a');
	assert_null(ui->list.selected);
	ui_list_rebuild(ui);
	assert_int_equal(ui->list.row_count, 0);
	end(ui);
}

static void test_the_next_is_the_one_that_the_list_shows_next(void **state)
{
	struct ui *ui = begin("cab");

	(void)state;
	ui->list.sort = UI_SORT_NAME;
	selects(ui, 'a');
	shows(ui, "abc", 'a');
	leaves(ui, 'a');
	shows(ui, "bc", 'b');
	end(ui);
}

static bool is_there(const struct guest *guest)
{
	for (size_t i = 0; i < count; i++)
		if (all[i] == guest)
			return true;
	return false;
}

static void test_nobody_who_was_freed_is_shown_without_memory(void **state)
{
	struct ui *ui = begin("abc");
	struct ui_list *list = &ui->list;

	(void)state;
	list->group = UI_GROUP_NAME;
	ui_list_rebuild(ui);
	while (count < GUESTS)
		comes(ui, (char)('d' + count % 20));
	leaves(ui, 'a');
	no_memory = true;
	ui_list_rebuild(ui);
	assert_true(list->stale);
	assert_in_range(list->count, 3, count - 1);
	for (size_t i = 0; i < list->count; i++)
		assert_true(is_there(list->shown[i]));
	assert_in_range(list->row_count, list->count, 2 * list->count);
	for (size_t i = 0; i < list->row_count; i++)
		assert_true(
			is_there(list->rows[i].guest ? list->rows[i].guest : list->rows[i].first));
	no_memory = false;
	ui_list_rebuild(ui);
	assert_false(list->stale);
	assert_int_equal(list->count, GUESTS - 1);
	end(ui);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_next_is_selected_in_place_of_one_that_goes),
		cmocka_unit_test(test_the_next_is_the_one_that_the_list_shows_next),
		cmocka_unit_test(test_nobody_who_was_freed_is_shown_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
