// SPDX-License-Identifier: GPL-2.0-only
#include "ui/keymap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

/* Ctrl-], like the escape key of `kpl011 console`. */
#define PREFIX_DEFAULT 0x1d

static const struct {
	const char *name;
	uint32_t key;
} key_names[] = {
	{ "Up", KEY_CODE_UP },
	{ "Down", KEY_CODE_DOWN },
	{ "Left", KEY_CODE_LEFT },
	{ "Right", KEY_CODE_RIGHT },
	{ "Shift-Up", KEY_CODE_SHIFT_UP },
	{ "Shift-Down", KEY_CODE_SHIFT_DOWN },
	{ "Shift-Left", KEY_CODE_SHIFT_LEFT },
	{ "Shift-Right", KEY_CODE_SHIFT_RIGHT },
	{ "Insert", KEY_CODE_INSERT },
	{ "Delete", KEY_CODE_DELETE },
	{ "Home", KEY_CODE_HOME },
	{ "End", KEY_CODE_END },
	{ "PageUp", KEY_CODE_PAGE_UP },
	{ "PageDown", KEY_CODE_PAGE_DOWN },
	{ "BackTab", KEY_CODE_BACKTAB },
	{ "Enter", KEY_ENTER_CODE },
	{ "Tab", KEY_TAB_CODE },
	{ "Esc", KEY_ESCAPE_CODE },
	{ "Backspace", KEY_BACKSPACE_CODE },
	{ "Space", ' ' },
};

#define KEY_NAMES (sizeof(key_names) / sizeof(key_names[0]))

#define KEYMAP_ROW(id, where, word, defaults, words) \
	[ACTION_##id] = { KEYMAP_##where, word, defaults, words },

static const struct {
	enum keymap_place place;
	const char *name;
	const char *keys;
	const char *help;
} actions[ACTIONS] = { KEYMAP_ACTIONS(KEYMAP_ROW) };

/* One character above ASCII, in UTF-8. */
static bool parse_utf8(const char *text, uint32_t *key)
{
	size_t len = strlen(text);

	if (utf8_check((const unsigned char *)text, len) != (int)len || len < 2)
		return false;
	utf8_get(text, key);
	return true;
}

static bool parse_control(const char *text, uint32_t *key)
{
	char c = *text;

	if (!c || text[1])
		return false;
	if (c == '?') {
		*key = 0x7f;
		return true;
	}
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c < '@' || c > '_')
		return false;
	*key = (uint32_t)c & 0x1f;
	return true;
}

bool key_parse(const char *text, uint32_t *key)
{
	if (!*text)
		return false;
	if (text[0] == '^' && text[1])
		return parse_control(text + 1, key);
	if (!strncasecmp(text, "Ctrl-", 5) && text[5])
		return parse_control(text + 5, key);
	if (!text[1] && *text > ' ' && *text < 0x7f) {
		*key = (uint32_t)*text;
		return true;
	}
	for (size_t i = 0; i < KEY_NAMES; i++) {
		if (strcasecmp(text, key_names[i].name))
			continue;
		*key = key_names[i].key;
		return true;
	}
	if (text[0] == 'F' && text[1] >= '1' && text[1] <= '9') {
		char *end;
		long n = strtol(text + 1, &end, 10);

		if (*end || n > 12)
			return false;
		*key = KEY_CODE_F1 + (uint32_t)n - 1;
		return true;
	}
	return parse_utf8(text, key);
}

const char *key_text(uint32_t key, char text[KEY_NAME_SIZE])
{
	for (size_t i = 0; i < KEY_NAMES; i++) {
		if (key == key_names[i].key) {
			snprintf(text, KEY_NAME_SIZE, "%s", key_names[i].name);
			return text;
		}
	}
	if (key < ' ')
		snprintf(text, KEY_NAME_SIZE, "Ctrl-%c", (char)(key | 0x40));
	else if (key < 0x7f)
		snprintf(text, KEY_NAME_SIZE, "%c", (char)key);
	else if (key >= KEY_CODE_F1 && key <= KEY_CODE_F12)
		snprintf(text, KEY_NAME_SIZE, "F%u", key - KEY_CODE_F1 + 1);
	else if (key < 0x110000)
		snprintf(text, KEY_NAME_SIZE, "U+%04X", key);
	else
		snprintf(text, KEY_NAME_SIZE, "no key");
	return text;
}

static void unbind(struct keymap *map, enum keymap_place place, uint32_t key)
{
	for (int i = ACTION_NONE + 1; i < ACTIONS; i++) {
		size_t to = 0;

		if (actions[i].place != place)
			continue;
		for (size_t from = 0; from < KEYMAP_KEYS_MAX; from++)
			if (map->keys[i][from] != key)
				map->keys[i][to++] = map->keys[i][from];
		while (to < KEYMAP_KEYS_MAX)
			map->keys[i][to++] = KEY_CODE_NONE;
	}
}

static bool bind_all(struct keymap *map, enum action action, const char *keys, const char **why)
{
	uint32_t found[KEYMAP_KEYS_MAX];
	size_t n = 0;

	while (*(keys += strspn(keys, " \t"))) {
		size_t len = strcspn(keys, " \t");
		char name[KEY_NAME_SIZE];

		*why = "a key is one character, or a name such as Ctrl-A, F1, Space or PageUp";
		if (len >= sizeof(name))
			return false;
		memcpy(name, keys, len);
		name[len] = '\0';
		keys += len;
		if (n == KEYMAP_KEYS_MAX - 1) {
			*why = "an action has at most five keys";
			return false;
		}
		if (!key_parse(name, &found[n++]))
			return false;
	}
	for (size_t i = 0; i < n; i++)
		unbind(map, actions[action].place, found[i]);
	for (size_t i = 0; i < KEYMAP_KEYS_MAX; i++)
		map->keys[action][i] = i < n ? found[i] : KEY_CODE_NONE;
	return true;
}

bool keymap_set(struct keymap *map, const char *name, const char *keys, const char **why)
{
	uint32_t prefix;

	if (!strcmp(name, "prefix")) {
		*why = "the prefix is one key, such as Ctrl-A to Ctrl-_ or F1 to F12";
		if (!key_parse(keys, &prefix))
			return false;
		map->prefix = prefix;
		return true;
	}
	for (int i = ACTION_NONE + 1; i < ACTIONS; i++)
		if (!strcmp(name, actions[i].name))
			return bind_all(map, (enum action)i, keys, why);
	*why = "no action has this name; the example screen.conf lists them";
	return false;
}

void keymap_init(struct keymap *map)
{
	const char *why;

	map->prefix = PREFIX_DEFAULT;
	for (int i = 0; i < ACTIONS; i++)
		for (size_t j = 0; j < KEYMAP_KEYS_MAX; j++)
			map->keys[i][j] = KEY_CODE_NONE;
	for (int i = ACTION_NONE + 1; i < ACTIONS; i++)
		if (!bind_all(map, (enum action)i, actions[i].keys, &why))
			abort();
}

enum action keymap_find(const struct keymap *map, enum keymap_place place, uint32_t key)
{
	for (int i = ACTION_NONE + 1; i < ACTIONS; i++) {
		if (actions[i].place != place)
			continue;
		for (size_t j = 0; j < KEYMAP_KEYS_MAX; j++)
			if (map->keys[i][j] == key && key != KEY_CODE_NONE)
				return (enum action)i;
	}
	return ACTION_NONE;
}

const char *keymap_key(const struct keymap *map, enum action action, char text[KEY_NAME_SIZE])
{
	return key_text(map->keys[action][0], text);
}

enum keymap_place keymap_place(enum action action)
{
	return actions[action].place;
}

const char *keymap_name(enum action action)
{
	return actions[action].name;
}

const char *keymap_help(enum action action)
{
	return actions[action].help;
}

const char *keymap_keys(const struct keymap *map, enum action action, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < KEYMAP_KEYS_MAX && map->keys[action][i] != KEY_CODE_NONE; i++) {
		char name[KEY_NAME_SIZE];

		key_text(map->keys[action][i], name);
		if (len + strlen(name) + 2 > size)
			break;
		len += (size_t)snprintf(text + len, size - len, "%s%s", len ? " " : "", name);
	}
	return text;
}
