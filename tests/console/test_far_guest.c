// SPDX-License-Identifier: GPL-2.0-only
/* Guests of another host, as the full screen has them. The test is the host. */
#include "cmocka_all.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/loop.h"
#include "fake_link.h"
#include "guests/fleet.h"
#include "remote/hosts.h"
#include "remote/mirror.h"
#include "remote/wire.h"

#define KIB 1024
#define MIB (1024 * KIB)

/* What is kept here of a guest that a window shows. */
#define KEPT (256 * KIB)

/* Bytes of one frame. */
#define CHUNK 16384

#define GUESTS 512

/* Guests that all print at once: more than can be searched at a time. */
#define MANY 200

/* Bytes of each that are searched at most, and of all that are here for that at a time. */
#define SEARCHED (128 * KIB)
#define ROOM (16 * MIB)

static struct loop *loop;
static struct fleet *fleet;

/* A guest of the host, of which output was asked for: no other channel has its output. */
static struct {
	uint32_t channel;
	uint64_t pos;	     /* of what is sent next */
	uint64_t credit;     /* bytes that may be sent */
	const char *answers; /* the note that is due; NULL: none */
} far[GUESTS + 1];

/* What each of them has printed: so many bytes. */
static uint64_t printed;

/* How often output was asked for. */
static unsigned int asked;

/* Mirrors, and for how many bytes all of them have room. */
static struct {
	struct mirror *mirror;
	size_t size;
} mirrors[2 * GUESTS];
static size_t kept;

struct mirror *__real_mirror_new(size_t size);
struct mirror *__wrap_mirror_new(size_t size);
struct mirror *__wrap_mirror_new(size_t size)
{
	struct mirror *mirror = __real_mirror_new(size);
	size_t i = 0;

	assert_non_null(mirror);
	while (mirrors[i].mirror)
		assert_in_range(++i, 1, ROWS(mirrors) - 1);
	mirrors[i].mirror = mirror;
	mirrors[i].size = size;
	kept += size;
	return mirror;
}

void __real_mirror_free(struct mirror *mirror);
void __wrap_mirror_free(struct mirror *mirror);
void __wrap_mirror_free(struct mirror *mirror)
{
	size_t i = 0;

	while (mirrors[i].mirror != mirror)
		assert_in_range(++i, 1, ROWS(mirrors) - 1);
	mirrors[i].mirror = NULL;
	kept -= mirrors[i].size;
	__real_mirror_free(mirror);
}

static unsigned char byte_at(uint64_t pos)
{
	return (unsigned char)((pos * 0x9e3779b97f4a7c15u) >> 56);
}

static void gives(uint8_t type, uint32_t channel, const void *payload, size_t len)
{
	const struct frame frame = {
		.type = type,
		.channel = channel,
		.payload = payload,
		.len = len,
	};

	near_end->heard(near_arg);
	assert_null(near_end->frame(&frame, near_arg));
}

static void says(uint32_t channel, const char *text)
{
	gives(FRAME_NOTE, channel, text, strlen(text));
	near_end->through(near_arg);
}

/* All output that may be sent. */
static void serve(void)
{
	unsigned char payload[8 + CHUNK];

	for (size_t id = 1; id <= GUESTS; id++) {
		if (far[id].answers)
			says(far[id].channel, far[id].answers);
		far[id].answers = NULL;
		while (far[id].credit && far[id].pos < printed) {
			uint64_t len = printed - far[id].pos;

			len = len < far[id].credit ? len : far[id].credit;
			len = len < CHUNK ? len : CHUNK;
			frame_put(payload, far[id].pos);
			for (uint64_t i = 0; i < len; i++)
				payload[8 + i] = byte_at(far[id].pos + i);
			far[id].pos += len;
			far[id].credit -= len;
			gives(FRAME_BYTES, far[id].channel, payload, 8 + (size_t)len);
		}
	}
}

/* The number of the guest whose output a channel has. */
static size_t of(uint32_t channel)
{
	for (size_t id = 1; id <= GUESTS; id++)
		if (far[id].channel == channel)
			return id;
	fail_msg("nobody has opened channel %u", channel);
	return 0;
}

static uint64_t number(json_t *note, const char *name)
{
	json_t *value = json_object_get(note, name);

	assert_true(json_is_integer(value));
	return (uint64_t)json_integer_value(value);
}

static void is_asked(size_t id, json_t *note, const char *answer)
{
	far[id].pos = number(note, "pos");
	far[id].credit = number(note, "credit");
	far[id].answers = answer;
	asked++;
}

void __wrap_wire_send(struct outbox *box, uint32_t channel, json_t *note);
void __wrap_wire_send(struct outbox *box, uint32_t channel, json_t *note)
{
	const char *say = json_string_value(json_object_get(note, "say"));

	(void)box;
	if (!strcmp(say, "open")) {
		size_t id = (size_t)number(note, "port");

		assert_in_range(id, 1, GUESTS);
		far[id].channel = channel;
		is_asked(id, note, "{\"say\":\"opened\",\"write\":true}");
	} else if (!strcmp(say, "seek")) {
		is_asked(of(channel), note, "{\"say\":\"sought\"}");
	} else if (!strcmp(say, "close")) {
		far[of(channel)].credit = 0;
		far[of(channel)].answers = NULL;
		far[of(channel)].channel = 0;
	}
	json_decref(note);
}

void __wrap_outbox_frame(struct outbox *box, enum frame_type type, uint32_t channel,
			 const void *first, size_t first_len, const void *second,
			 size_t second_len);
void __wrap_outbox_frame(struct outbox *box, enum frame_type type, uint32_t channel,
			 const void *first, size_t first_len, const void *second, size_t second_len)
{
	(void)box;
	(void)second;
	assert_int_equal(second_len, 0);
	if (type != FRAME_CREDIT)
		return;
	assert_int_equal(first_len, 8);
	far[of(channel)].credit += frame_get(first);
}

static void on_changed(struct guest *guest, void *arg)
{
	(void)guest;
	(void)arg;
}

static void on_scan(struct guest *guest, const unsigned char *bytes, size_t len, void *arg)
{
	(void)arg;
	/* The guest knows already how far it is then. */
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != byte_at(guest->scanned - len + i))
			fail_msg("byte %zu of %zu is another one", i, len);
}

static void on_tick(void *arg)
{
	(void)arg;
}

static const struct fleet_ops ops = {
	.changed = on_changed,
	.scan = on_scan,
	.tick = on_tick,
	.forgotten = on_changed,
};

/* The host reports that it has so many guests, each of which has printed so much. */
static void report(size_t guests, uint64_t bytes)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	fprintf(out, "{\"say\":\"guests\",\"all\":true,\"guests\":[");
	for (size_t id = 1; id <= guests; id++)
		fprintf(out, "%s" GUEST_JSON("%zu", "1", "live", "0", "%" PRIu64),
			id > 1 ? "," : "", id, id, bytes);
	fprintf(out, "]}");
	assert_int_equal(fclose(out), 0);
	printed = bytes;
	says(0, text);
	free(text);
	fleet_host_changed(fleet, hosts_at(0));
	assert_int_equal(fleet_count(fleet), guests);
}

static void connect_host(void)
{
	remote_try(hosts_at(0), false);
	says(0, "{\"say\":\"hello\",\"version\":1,\"least\":1,\"boot_ns\":1,\"real_ns\":2}");
	memset(far, 0, sizeof(far));
}

static int begin(void **state)
{
	(void)state;
	/* What never comes is waited for for ever. */
	alarm(60);
	loop = loop_new();
	fleet = fleet_new(loop, false, &ops, NULL);
	assert_non_null(fleet);
	assert_int_equal(hosts_add("a"), STATUS_OK);
	connect_host();
	return 0;
}

static int end(void **state)
{
	(void)state;
	fleet_free(fleet);
	hosts_free();
	loop_free(loop);
	assert_int_equal(kept, 0);
	alarm(0);
	return 0;
}

static void on_bytes(uint64_t pos, const unsigned char *bytes, size_t len, uint64_t skipped,
		     void *arg)
{
	(void)arg;
	assert_int_equal(skipped, 0);
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != byte_at(pos + i))
			fail_msg("byte %" PRIu64 " is another one", pos + i);
}

/* A window that is open shows all that was printed. */
static void is_shown(struct guest *guest)
{
	while (guest->pos < printed) {
		serve();
		assert_int_equal(loop_turn(loop), 0);
	}
}

static struct guest *show(struct guest *guest)
{
	guest_look(guest, guest_history(guest, KEPT), on_bytes, NULL);
	is_shown(guest);
	return guest;
}

/* That so much of what is asked for is at hand, from there on. */
static void has(struct guest *guest, uint64_t pos, size_t len, uint64_t first, size_t got)
{
	unsigned char bytes[4096];

	assert_in_range(len, 1, sizeof(bytes));
	assert_int_equal(guest_peek(guest, &pos, bytes, len), got);
	assert_int_equal(pos, first);
	for (size_t i = 0; i < got; i++)
		assert_int_equal(bytes[i], byte_at(pos + i));
}

static void test_to_look_at_old_bytes_leaves_what_comes_as_it_is(void **state)
{
	struct guest *guest;
	uint64_t oldest;
	uint64_t newest;
	unsigned int before;

	(void)state;
	report(1, 1000 * KIB);
	guest = show(fleet_at(fleet, 0));
	before = asked;
	guest_at_hand(guest, &oldest, &newest);
	assert_int_equal(oldest, 1000 * KIB - KEPT);
	assert_int_equal(newest, 1000 * KIB);
	has(guest, newest - 4096, 4096, newest - 4096, 4096);
	has(guest, oldest, 4096, oldest, 4096);
	has(guest, oldest - 100, 4096, oldest, 3996);
	has(guest, oldest - 4096, 4096, oldest, 0);
	has(guest, 0, 4096, oldest, 0);
	/* The window shows what comes next, and the host was not asked for anything again. */
	report(1, 1300 * KIB);
	is_shown(guest);
	has(guest, 0, 4096, 1300 * KIB - KEPT, 0);
	report(1, 1301 * KIB);
	is_shown(guest);
	assert_int_equal(asked, before);
	guest_unlook(guest);
}

static void test_what_has_not_come_yet_is_not_at_hand(void **state)
{
	struct guest *guest;
	uint64_t oldest;
	uint64_t newest;
	unsigned int before;

	(void)state;
	report(1, 1000 * KIB);
	guest = show(fleet_at(fleet, 0));
	before = asked;
	report(1, 3000 * KIB);
	guest_at_hand(guest, &oldest, &newest);
	assert_int_equal(newest, 1000 * KIB);
	has(guest, 3000 * KIB - 4096, 4096, 3000 * KIB - 4096, 0);
	has(guest, newest - 100, 4096, newest - 100, 100);
	/* It has come, but the window has not shown it. */
	serve();
	guest_at_hand(guest, &oldest, &newest);
	assert_int_equal(newest, 1000 * KIB);
	has(guest, newest, 4096, newest, 0);
	is_shown(guest);
	assert_int_equal(asked, before);
	guest_unlook(guest);
}

/* Bytes that the host may send now. */
static size_t on_their_way(void)
{
	uint64_t sum = 0;

	for (size_t id = 1; id <= GUESTS; id++)
		sum += far[id].credit;
	return (size_t)sum;
}

/* A second goes by. What is asked for then, and what is here of guests, keeps to its limit. */
static void tick(size_t shown)
{
	fleet_look_around(fleet);
	assert_in_range(on_their_way(), 0, ROOM + shown);
	assert_in_range(kept, 0, ROOM + MIB + shown);
}

static size_t count_searched(void)
{
	size_t count = 0;

	for (size_t i = 0; i < fleet_count(fleet); i++)
		count += fleet_at(fleet, i)->scanned == printed;
	return count;
}

/* After so many seconds, no fewer and no more. Nothing is here any more, but of what was shown. */
static void all_are_searched(unsigned int least, unsigned int most, size_t shown)
{
	unsigned int seconds = 0;

	while (count_searched() < fleet_count(fleet)) {
		tick(shown);
		serve();
		assert_in_range(++seconds, 1, most);
	}
	assert_in_range(seconds, least, most);
	tick(shown);
	assert_in_range(kept, 0, shown + fleet_count(fleet) * KIB);
}

static void test_guests_that_no_window_shows_are_searched_in_turns(void **state)
{
	(void)state;
	report(MANY, 0);
	report(MANY, SEARCHED);
	all_are_searched(3, 8, 0);
	/* A line of each goes at once. */
	report(MANY, SEARCHED + 80);
	all_are_searched(2, 2, 0);
	/* Of a flood the last is searched. */
	report(MANY, SEARCHED + 80 + 10 * MIB);
	all_are_searched(3, 8, 0);
	/* A host that was away meanwhile is asked again. */
	report(MANY, SEARCHED + 80 + 11 * MIB);
	tick(0);
	assert_in_range(on_their_way(), ROOM / 2, ROOM);
	near_end->lost("gone", near_arg);
	fleet_host_changed(fleet, hosts_at(0));
	fleet_look_around(fleet);
	assert_int_equal(fleet_at(fleet, 0)->state, GUEST_AWAY);
	connect_host();
	report(MANY, SEARCHED + 80 + 11 * MIB);
	assert_int_equal(fleet_at(fleet, 0)->state, GUEST_LIVE);
	serve();
	all_are_searched(2, 8, 0);
}

static void test_a_window_waits_for_no_turn(void **state)
{
	/* One that was asked for, and one that was not. */
	static const size_t shown[] = { 0, MANY - 1 };

	(void)state;
	report(MANY, 0);
	report(MANY, MIB);
	tick(0);
	for (size_t i = 0; i < ROWS(shown); i++) {
		struct guest *guest = show(fleet_at(fleet, shown[i]));
		uint64_t oldest;
		uint64_t newest;

		guest_at_hand(guest, &oldest, &newest);
		assert_int_equal(oldest, MIB - KEPT);
		assert_int_equal(newest, MIB);
	}
	tick(2 * KEPT);
	for (size_t i = 0; i < ROWS(shown); i++)
		guest_unlook(fleet_at(fleet, shown[i]));
	all_are_searched(0, 8, 2 * KEPT);
	report(MANY, MIB + KIB);
	all_are_searched(2, 2, 2 * KEPT);
}

static void test_those_that_were_shown_last_are_kept(void **state)
{
	unsigned int before;

	(void)state;
	report(MANY, MIB);
	for (size_t i = 0; i < FLEET_KEPT_MAX + 6; i++)
		guest_unlook(show(fleet_at(fleet, i)));
	tick(FLEET_KEPT_MAX * KEPT);
	assert_in_range(kept, FLEET_KEPT_MAX * KEPT, FLEET_KEPT_MAX * KEPT + MANY * KIB);
	before = asked;
	guest_unlook(show(fleet_at(fleet, FLEET_KEPT_MAX + 5)));
	guest_unlook(show(fleet_at(fleet, 6)));
	assert_int_equal(asked, before);
	guest_unlook(show(fleet_at(fleet, 5)));
	assert_int_equal(asked, before + 1);
	/* Also those are searched. */
	report(MANY, MIB + KIB);
	all_are_searched(1, 2, FLEET_KEPT_MAX * KEPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_to_look_at_old_bytes_leaves_what_comes_as_it_is, begin, end),
		cmocka_unit_test_setup_teardown(test_what_has_not_come_yet_is_not_at_hand, begin,
						end),
		cmocka_unit_test_setup_teardown(
			test_guests_that_no_window_shows_are_searched_in_turns, begin, end),
		cmocka_unit_test_setup_teardown(test_a_window_waits_for_no_turn, begin, end),
		cmocka_unit_test_setup_teardown(test_those_that_were_shown_last_are_kept, begin,
						end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
