// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/section.h"

#include <stdio.h>
#include <string.h>

#include "base/glob.h"
#include "base/inifile.h"

#define BLANKS " \t\r"

static const struct {
	const char *word;
	enum section_kind kind;
	bool of; /* a pattern or a name follows the word */
} words[] = {
	{ "daemon", SECTION_DAEMON, false },	 { "owner", SECTION_OWNER, true },
	{ "defaults", SECTION_DEFAULTS, false }, { "guest", SECTION_GUEST, true },
	{ "alerts", SECTION_ALERTS, false },	 { "alert", SECTION_ALERT, true },
};

/* Returns the end of the bracket expression that begins at @at, or NULL if it has none. */
static const char *behind_set(const char *at, const char *end)
{
	at++;
	if (at < end && (*at == '!' || *at == '^'))
		at++;
	/* A first ']' is an ordinary character. */
	if (at < end && *at == ']')
		at++;
	while (at < end && *at != ']') {
		char kind = at + 1 < end ? at[1] : '\0';

		if (*at == '\\') {
			at += 2;
		} else if (*at == '[' && (kind == ':' || kind == '.' || kind == '=')) {
			for (at += 2; at + 1 < end && (*at != kind || at[1] != ']'); at++)
				;
			at += 2;
		} else {
			at++;
		}
	}
	return at < end ? at + 1 : NULL;
}

/* Given the text after the '[' of a line, returns the ']' that closes it, or NULL. */
static const char *find_end(const char *at, const char *end)
{
	while (at && at < end && *at != ']') {
		if (*at == '[')
			at = behind_set(at, end);
		else
			at += *at == '\\' ? 2 : 1;
	}
	return at && at < end ? at : NULL;
}

static bool is_blank(char c)
{
	return c && strchr(BLANKS, c);
}

/* Blanks at the end count only after a backslash. */
static size_t without_blanks(const char *text, size_t len)
{
	while (len && is_blank(text[len - 1]) && !(len > 1 && text[len - 2] == '\\'))
		len--;
	return len;
}

static bool understand(const char *name, size_t len, struct section *section)
{
	size_t word = 0;
	size_t of;

	while (word < len && !is_blank(name[word]))
		word++;
	for (of = word; of < len && is_blank(name[of]); of++)
		;
	len = of + without_blanks(name + of, len - of);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].word) != word || memcmp(words[i].word, name, word))
			continue;
		section->kind = words[i].kind;
		snprintf(section->of, sizeof(section->of), "%.*s", (int)(len - of), name + of);
		if (!words[i].of)
			return !section->of[0];
		return section->of[0] || (section->kind == SECTION_ALERT && of > word);
	}
	return false;
}

bool section_get(const char *line, size_t len, struct section *section, char *why, size_t size)
{
	const char *end = line + len;
	const char *close = find_end(line + 1, end);
	int name_len;

	*section = (struct section){ 0 };
	if (!close && !memchr(line, ']', len)) {
		snprintf(why, size, "the section has no ']'");
		return false;
	}
	if (!close) {
		snprintf(
			why, size,
			"the section has no ']' of its own: a '[' in its pattern begins a set of characters, unless it is written \\[");
		return false;
	}
	name_len = (int)(close - line - 1);
	if (!inifile_is_empty(close + 1, end)) {
		snprintf(
			why, size,
			"there is something after the ']' that closes the section [%.*s]: a ']' in a name is written \\], and settings have lines of their own",
			name_len, line + 1);
		return false;
	}
	if (understand(line + 1, (size_t)name_len, section))
		return true;
	snprintf(
		why, size,
		"there is no section [%.*s]: [daemon], [owner PATTERN], [defaults], [guest PATTERN], [alerts], [alert NAME]",
		name_len, line + 1);
	return false;
}

/* Whether a set has no characters at all. Beyond ASCII only the locale knows. */
static bool is_empty(const char *set, size_t len)
{
	char glob[SECTION_OF_SIZE];

	if (len >= sizeof(glob))
		return false;
	memcpy(glob, set, len);
	glob[len] = '\0';
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)glob[i] >= 0x80)
			return false;
	for (int c = 1; c < 0x80; c++)
		if (glob_matches(glob, (char[]){ (char)c, '\0' }))
			return false;
	return true;
}

bool section_never(const char *glob, size_t max, char *why, size_t size)
{
	const char *end = glob + strlen(glob);
	const char *at = glob;
	size_t least = 0;

	while (at < end) {
		const char *behind = *at == '[' ? behind_set(at, end) : NULL;

		if (behind && is_empty(at, (size_t)(behind - at))) {
			snprintf(why, size, "no character is in %.*s", (int)(behind - at), at);
			return true;
		}
		if (*at == '\\' && at + 1 == end) {
			snprintf(why, size, "its last character is a backslash");
			return true;
		}
		least += *at != '*';
		at = behind ? behind : at + (*at == '\\' ? 2 : 1);
	}
	if (least <= max)
		return false;
	snprintf(why, size, "it is longer than the %zu bytes that there can be", max);
	return true;
}
