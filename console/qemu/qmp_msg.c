// SPDX-License-Identifier: GPL-2.0-only
#include "qemu/qmp_msg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/msg.h"

/* Deeper messages are refused; no monitor sends such. */
#define DEPTH_MAX 32

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

ssize_t qmp_scan(struct qmp_scan *scan, const char *bytes, size_t len)
{
	for (; scan->at < len; scan->at++) {
		char c = bytes[scan->at];

		if (scan->escaped) {
			scan->escaped = false;
		} else if (scan->in_string) {
			scan->escaped = c == '\\';
			scan->in_string = c != '"';
		} else if (c == '{' || c == '[') {
			if (++scan->depth > DEPTH_MAX || (scan->depth == 1 && c == '['))
				return -EBADMSG;
		} else if (!scan->depth) {
			if (!is_blank(c))
				return -EBADMSG;
		} else if (c == '"') {
			scan->in_string = true;
		} else if ((c == '}' || c == ']') && !--scan->depth) {
			return (ssize_t)++scan->at;
		}
	}
	return 0;
}

static void read_answer(const json_t *root, struct qmp_msg *msg)
{
	const json_t *id = json_object_get(root, "id");
	const json_t *error = json_object_get(root, "error");
	const char *text;

	if (json_is_integer(id))
		msg->id = json_integer_value(id);
	msg->value = json_incref(json_object_get(root, "return"));
	if (msg->value) {
		msg->kind = QMP_RETURN;
	} else if (error) {
		msg->kind = QMP_ERROR;
		text = json_string_value(json_object_get(error, "desc"));
		msg_clean(msg->error, sizeof(msg->error), text ? text : "an error");
	}
}

void qmp_msg_read(const char *bytes, size_t len, struct qmp_msg *msg)
{
	json_t *root;

	*msg = (struct qmp_msg){ .kind = QMP_GARBAGE, .id = -1 };
	root = json_loadb(bytes, len, 0, NULL);
	if (json_object_get(root, "QMP"))
		msg->kind = QMP_GREETING;
	else if (json_object_get(root, "event"))
		msg->kind = QMP_EVENT;
	else
		read_answer(root, msg);
	json_decref(root);
}

bool qmp_msg_running(const json_t *value, bool *running)
{
	const json_t *told = json_object_get(value, "running");

	*running = json_is_true(told);
	return json_is_boolean(told);
}

/* Reads exactly @digits hexadecimal digits. Returns what follows them; NULL: there are fewer. */
static const char *read_hex(const char *p, unsigned int digits, uint64_t *number)
{
	static const char set[] = "0123456789abcdef";

	*number = 0;
	for (; digits; digits--, p++) {
		const char *digit = *p ? strchr(set, *p) : NULL;

		if (!digit)
			return NULL;
		*number = *number << 4 | (uint64_t)(digit - set);
	}
	return p;
}

bool qmp_msg_word(const json_t *value, uint64_t address, uint32_t *word)
{
	const char *p = json_string_value(value);
	uint64_t number;

	if (!p)
		return false;
	p = read_hex(p, 16, &number);
	if (!p || number != address || strncmp(p, ": 0x", 4))
		return false;
	p = read_hex(p + 4, 8, &number);
	if (!p || p[strspn(p, "\r\n")])
		return false;
	*word = (uint32_t)number;
	return true;
}
