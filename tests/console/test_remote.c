// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a host says of its guests, and answers if it was asked to reap some. The test is the
 * connection to it.
 */
#include "cmocka_all.h"

#include <errno.h>

#include "base/loop.h"
#include "fake_link.h"
#include "remote/remote.h"
#include "remote/wire.h"

/* As it is reported. */
#define GUEST(id) GUEST_JSON(id, "1", "dead", "2", "0")

#define GUESTS GUEST("1") "," GUEST("2") "," GUEST("3")

/* The connection is lost in place of an answer. */
#define LOST (-1)

/* In a turn of the loop in which the connection was made it gives this answer. */
static struct loop_event *answer;
static int answer_errno;

/* The last message for the operator. */
static char told[256];

/* A frame, of those that are read in one go. */
static void says_among_others(const char *text)
{
	const struct frame frame = {
		.type = FRAME_NOTE,
		.payload = (const unsigned char *)text,
		.len = strlen(text),
	};

	assert_null(near_end->frame(&frame, near_arg));
}

static void says(const char *text)
{
	says_among_others(text);
	near_end->through(near_arg);
}

static void answers(int err)
{
	char text[64];

	snprintf(text, sizeof(text), "{\"say\":\"reaped\",\"errno\":%d}", err);
	says(text);
}

static void on_answer(void *arg)
{
	(void)arg;
	if (answer_errno == LOST)
		near_end->lost("no route to host", near_arg);
	else
		answers(answer_errno);
}

void __wrap_wire_send(struct outbox *box, uint32_t channel, json_t *note);
void __wrap_wire_send(struct outbox *box, uint32_t channel, json_t *note)
{
	(void)box;
	(void)channel;
	if (!strcmp(json_string_value(json_object_get(note, "say")), "reap"))
		loop_timer_set(answer, 0);
	json_decref(note);
}

/* How often its state, or its guests, changed. */
static unsigned int changes;

static void on_changed(struct remote *remote, void *arg)
{
	(void)remote;
	(void)arg;
	changes++;
}

static void on_say(const char *text, void *arg)
{
	(void)arg;
	snprintf(told, sizeof(told), "%s", text);
}

static const struct remote_ops remote_ops = { .changed = on_changed, .say = on_say };

/* A host that is here, with three guests that are gone. */
static struct remote *begin(void)
{
	static const struct host host = { .name = "a", .destination = "a" };
	struct remote *remote = remote_new(&host, NULL);

	assert_non_null(remote);
	remote_set_ops(remote, &remote_ops, NULL);
	remote_try(remote, false);
	answer = loop_timer(near_loop, on_answer, NULL);
	assert_non_null(answer);
	says("{\"say\":\"hello\",\"version\":1,\"least\":1,\"boot_ns\":1,\"real_ns\":2}");
	says("{\"say\":\"guests\",\"all\":true,\"guests\":[" GUESTS "]}");
	assert_int_equal(remote_state(remote), REMOTE_HERE);
	told[0] = '\0';
	return remote;
}

static void end(struct remote *remote)
{
	loop_event_free(answer);
	remote_free(remote);
}

static int forget(struct remote *remote, uint32_t id)
{
	const struct source_facts *facts = roster_find(remote_roster(remote), id, 1);

	assert_non_null(facts);
	return remote_forget(remote, facts);
}

/* Its guests have these numbers, of one digit each, in order. */
static void has(const struct remote *remote, const char *numbers)
{
	const struct roster *roster = remote_roster(remote);

	assert_int_equal(roster->count, strlen(numbers));
	for (size_t i = 0; i < roster->count; i++)
		assert_int_equal(roster->all[i].id, numbers[i] - '0');
}

static void test_the_answer_is_waited_for_without_a_loop(void **state)
{
	static const struct {
		int answer;
		int err;
		const char *left;
	} rows[] = {
		{ 0, 0, "13" },
		{ EACCES, -EACCES, "123" },
		{ EBUSY, -EBUSY, "123" },
		/* Somebody else has reaped it. */
		{ ENOENT, 0, "13" },
		{ ENODEV, 0, "13" },
		{ ENXIO, 0, "13" },
		{ LOST, -EHOSTDOWN, "13" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct remote *remote = begin();

		answer_errno = rows[i].answer;
		assert_int_equal(forget(remote, 2), rows[i].err);
		has(remote, rows[i].left);
		/* Who has the answer tells of it. */
		if (rows[i].answer != LOST)
			assert_string_equal(told, "");
		end(remote);
	}
}

static void test_each_answer_in_a_loop_is_for_who_was_asked_first(void **state)
{
	struct remote *remote = begin();
	struct loop *loop = loop_new();

	(void)state;
	assert_non_null(loop);
	assert_int_equal(remote_join(remote, loop), 0);
	assert_int_equal(forget(remote, 3), 0);
	assert_int_equal(forget(remote, 2), 0);
	assert_int_equal(forget(remote, 1), 0);
	has(remote, "");
	answers(EACCES);
	has(remote, "3");
	assert_string_equal(told, "a: cannot forget web3 (port 3): Permission denied");
	told[0] = '\0';
	answers(0);
	has(remote, "3");
	assert_string_equal(told, "");
	answers(EBUSY);
	has(remote, "13");
	assert_string_equal(told, "a: cannot forget web1 (port 1): Device or resource busy");
	/* Nobody was asked for. */
	answers(EACCES);
	has(remote, "13");
	/* It was reported again meanwhile. */
	assert_int_equal(forget(remote, 1), 0);
	says("{\"say\":\"guests\",\"guests\":[" GUEST("1") "]}");
	answers(EACCES);
	has(remote, "13");
	remote_leave(remote);
	loop_free(loop);
	end(remote);
}

static void test_guests_are_by_number_whatever_comes_first(void **state)
{
	struct remote *remote = begin();

	(void)state;
	says("{\"say\":\"guests\",\"guests\":[" GUEST("9") "," GUEST("5") "," GUEST("7") "]}");
	has(remote, "123579");
	says("{\"say\":\"guests\",\"gone\":[7,1,8,7],\"guests\":[" GUEST("4") "," GUEST("5") "]}");
	has(remote, "23459");
	says("{\"say\":\"guests\",\"all\":true,\"guests\":[" GUEST("8") "," GUEST("2") "]}");
	has(remote, "28");
	assert_non_null(roster_find(remote_roster(remote), 8, 1));
	assert_null(roster_find(remote_roster(remote), 8, 2));
	assert_null(roster_find(remote_roster(remote), 9, 1));
	end(remote);
}

static void test_notes_that_are_read_together_are_one_change(void **state)
{
	struct remote *remote = begin();

	(void)state;
	changes = 0;
	for (int i = 0; i < 1000; i++)
		says_among_others("{\"say\":\"guests\",\"gone\":[1]}");
	assert_int_equal(changes, 0);
	has(remote, "23");
	says("{\"say\":\"guests\",\"gone\":[2]}");
	assert_int_equal(changes, 1);
	/* What says nothing of guests changes nothing. */
	says("{\"say\":\"tick\",\"boot_ns\":1,\"real_ns\":2}");
	assert_int_equal(changes, 1);
	end(remote);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_answer_is_waited_for_without_a_loop),
		cmocka_unit_test(test_each_answer_in_a_loop_is_for_who_was_asked_first),
		cmocka_unit_test(test_guests_are_by_number_whatever_comes_first),
		cmocka_unit_test(test_notes_that_are_read_together_are_one_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
