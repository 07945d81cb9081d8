// SPDX-License-Identifier: GPL-2.0-only
#include "remote/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "remote/outbox.h"
#include "source/facts.h"
#include "source/port_name.h"
#include "source/words.h"

/* No port has a larger ring. */
#define RING_MAX (16 * 1024 * 1024)

void wire_send(struct outbox *box, uint32_t channel, json_t *note)
{
	char text[FRAME_MAX];
	size_t len;

	if (!note)
		return;
	len = json_dumpb(note, text, sizeof(text), JSON_COMPACT);
	json_decref(note);
	if (len && len <= sizeof(text))
		outbox_frame(box, FRAME_NOTE, channel, text, len, NULL, 0);
}

json_t *wire_read(const struct frame *frame, const char **say)
{
	json_t *note = json_loadb((const char *)frame->payload, frame->len, 0, NULL);

	*say = json_string_value(json_object_get(note, "say"));
	if (*say)
		return note;
	json_decref(note);
	return NULL;
}

bool wire_number(json_t *note, const char *name, uint64_t max, uint64_t *value)
{
	json_t *member = json_object_get(note, name);
	json_int_t number = json_integer_value(member);

	if (!json_is_integer(member) || number < 0 || (uint64_t)number > max)
		return false;
	*value = (uint64_t)number;
	return true;
}

/* A string as printable ASCII, cut to @size; empty if it is not a string. */
static void text(json_t *note, const char *name, char *out, size_t size)
{
	const char *value = json_string_value(json_object_get(note, name));
	size_t n = 0;

	for (; value && *value && n < size - 1; value++)
		out[n++] = *value >= ' ' && *value <= '~' ? *value : '?';
	out[n] = '\0';
}

void wire_clocks(json_t *note)
{
	json_object_set_new(note, "boot_ns", json_integer(clock_boot_ns()));
	json_object_set_new(note, "real_ns", json_integer(clock_real_ns()));
}

bool wire_clocks_read(json_t *note, int64_t *boot_ns, int64_t *real_ns)
{
	uint64_t boot;
	uint64_t real;

	if (!wire_number(note, "boot_ns", INT64_MAX / 4, &boot) ||
	    !wire_number(note, "real_ns", INT64_MAX / 4, &real))
		return false;
	*boot_ns = (int64_t)boot;
	*real_ns = (int64_t)real;
	return true;
}

/* The kernel's name for this boot; empty: it has none. */
static void boot_id(char out[WIRE_BOOT_SIZE])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, WIRE_BOOT_SIZE - 1);

	if (fd >= 0)
		close(fd);
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
}

json_t *wire_hello(void)
{
	char boot[WIRE_BOOT_SIZE];
	json_t *note;

	boot_id(boot);
	note = json_pack("{s:s, s:i, s:i, s:s, s:s}", "say", "hello", "version", WIRE_VERSION,
			 "least", WIRE_VERSION_LEAST, "program", KPL011_VERSION, "boot", boot);
	wire_clocks(note);
	return note;
}

bool wire_hello_read(json_t *note, struct wire_hello *hello, const char **why)
{
	uint64_t version;
	uint64_t least;

	text(note, "program", hello->program, sizeof(hello->program));
	text(note, "boot", hello->boot, sizeof(hello->boot));
	*why = "its hello is incomplete";
	if (!wire_number(note, "version", INT32_MAX, &version) ||
	    !wire_number(note, "least", INT32_MAX, &least) ||
	    !wire_clocks_read(note, &hello->boot_ns, &hello->real_ns))
		return false;
	*why = "its kpl011 is too old: upgrade it";
	if (version < WIRE_VERSION_LEAST)
		return false;
	*why = "its kpl011 is newer, and cannot talk to this one: upgrade this one";
	return least <= WIRE_VERSION;
}

json_t *wire_facts(const struct source_facts *facts)
{
	json_t *json = facts_to_json(facts);

	/* Nanoseconds since the host's boot: they fit for 292 years. */
	if (json)
		json_object_set_new(json, "life", json_integer((json_int_t)facts->life));
	if (json)
		json_object_set_new(json, "resets", json_integer((json_int_t)facts->resets));
	return json;
}

static bool read_state(json_t *json, struct source_facts *facts)
{
	const char *state = json_string_value(json_object_get(json, "state"));

	if (!state)
		return false;
	if (!facts_state_read(state, &facts->state))
		facts->state = SOURCE_DEAD;
	facts->live = facts->state == SOURCE_LIVE;
	return true;
}

bool wire_facts_read(json_t *json, struct source_facts *facts)
{
	char name[SOURCE_NAME_SIZE];
	uint64_t number;

	*facts = (struct source_facts){ 0 };
	if (!read_state(json, facts))
		return false;
#define NUMBER(member, max)                              \
	if (!wire_number(json, #member, (max), &number)) \
		return false;                            \
	facts->member = (__typeof__(facts->member))number
	NUMBER(id, UINT32_MAX);
	NUMBER(pid, INT32_MAX);
	NUMBER(uid, UINT32_MAX);
	NUMBER(gpa, INT64_MAX);
	NUMBER(intid, UINT32_MAX);
	NUMBER(ring_size, RING_MAX);
	NUMBER(attach_ns, INT64_MAX / 4);
	NUMBER(death_ns, INT64_MAX / 4);
	NUMBER(life, INT64_MAX);
	NUMBER(tx_newest, INT64_MAX);
	NUMBER(tx_oldest, INT64_MAX);
	NUMBER(tx_breaks, INT64_MAX);
	NUMBER(rx_bytes, INT64_MAX);
	NUMBER(rx_queued, INT64_MAX);
	NUMBER(rx_breaks, INT64_MAX);
	NUMBER(reads, INT64_MAX);
	NUMBER(writes, INT64_MAX);
	NUMBER(interrupts, INT64_MAX);
#undef NUMBER
	/* An older program over there does not send it. */
	if (wire_number(json, "resets", INT64_MAX, &number))
		facts->resets = number;
	text(json, "user", facts->user, sizeof(facts->user));
	text(json, "name", name, sizeof(name));
	if (name[0])
		port_name_make(facts->name, sizeof(facts->name), name);
	return facts->tx_oldest <= facts->tx_newest;
}

json_t *wire_input(const struct source_input *input, bool answer, int err)
{
	return json_pack("{s:s, s:b, s:b, s:b, s:b, s:i, s:s, s:s, s:i}", "say", "input", "answer",
			 answer, "mine", input->mine, "other", input->other, "lost", input->lost,
			 "pid", (int)input->pid, "who", input->who, "about", input->about, "errno",
			 -err);
}

bool wire_input_read(json_t *note, struct source_input *input, bool *answer, int *err)
{
	uint64_t pid = 0;
	uint64_t number = 0;

	*input = (struct source_input){
		.mine = json_is_true(json_object_get(note, "mine")),
		.other = json_is_true(json_object_get(note, "other")),
		.lost = json_is_true(json_object_get(note, "lost")),
		.far = true,
	};
	text(note, "who", input->who, sizeof(input->who));
	text(note, "about", input->about, sizeof(input->about));
	if (!wire_number(note, "pid", INT32_MAX, &pid) ||
	    !wire_number(note, "errno", 4095, &number))
		return false;
	input->pid = (pid_t)pid;
	*answer = json_is_true(json_object_get(note, "answer"));
	*err = -(int)number;
	return true;
}

static const char *const acts[] = {
	[SOURCE_ASK] = "ask",
	[SOURCE_TAKE] = "take",
	[SOURCE_SEIZE] = "seize",
	[SOURCE_GIVE] = "give",
};

const char *wire_act(enum source_act act)
{
	return acts[act];
}

bool wire_act_read(json_t *note, enum source_act *act)
{
	const char *name = json_string_value(json_object_get(note, "act"));

	for (int i = SOURCE_ASK; name && i <= SOURCE_GIVE; i++) {
		if (strcmp(name, acts[i]))
			continue;
		*act = (enum source_act)i;
		return true;
	}
	return false;
}

int wire_errno(json_t *note)
{
	uint64_t number;

	if (!wire_number(note, "errno", 4095, &number) || !number)
		return -EPROTO;
	return -(int)number;
}
