// SPDX-License-Identifier: GPL-2.0-only
#include "ui/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "base/inifile.h"
#include "base/xdg.h"
#include "remote/hostspec.h"
#include "source/holder.h"

#define SCROLLBACK 10000
#define SCROLLBACK_MAX 1000000

enum section {
	SECTION_NONE,
	SECTION_UNKNOWN, /* already reported */
	SECTION_SCREEN,
	SECTION_GUESTS,
	SECTION_HOSTS,
	SECTION_ALERTS,
	SECTION_KEYS,
};

struct reading {
	struct config *config;
	enum section section;
	size_t line;
	bool no_memory;
};

static void wrong(struct reading *reading, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void wrong(struct reading *reading, const char *fmt, ...)
{
	struct config *config = reading->config;
	struct config_wrong *all;
	char why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	all = reallocarray(config->wrong, config->wrong_count + 1, sizeof(*all));
	if (all) {
		config->wrong = all;
		all += config->wrong_count;
		*all = (struct config_wrong){ .line = reading->line, .why = strdup(why) };
	}
	if (all && all->why)
		config->wrong_count++;
	else
		reading->no_memory = true;
}

static bool yes_or_no(struct reading *reading, const char *name, const char *value, bool *flag)
{
	if (strcmp(value, "yes") && strcmp(value, "no")) {
		wrong(reading, "%s is '%s': say yes or no", name, value);
		return false;
	}
	*flag = !strcmp(value, "yes");
	return true;
}

/* "size" for all guests, or "size@web*". False: not a setting of terminals. */
static bool terminal(struct reading *reading, const char *name, const char *value)
{
	char text[SOURCE_NAME_SIZE + 64];
	const char *why;
	char *guests;

	if ((size_t)snprintf(text, sizeof(text), "%s", name) >= sizeof(text))
		return false;
	guests = strchr(text, '@');
	if (guests)
		*guests++ = '\0';
	if (!terminals_know(text))
		return false;
	if (!terminals_add(reading->config->terminals, text, guests, value, &why))
		wrong(reading, "%.60s is '%.60s': %s", name, value, why);
	return true;
}

static void screen(struct reading *reading, const char *name, const char *value)
{
	struct config *config = reading->config;
	uint64_t n;

	if (!strcmp(name, "mouse")) {
		yes_or_no(reading, name, value, &config->mouse);
	} else if (!strcmp(name, "bell")) {
		yes_or_no(reading, name, value, &config->bell);
	} else if (!strcmp(name, "scrollback")) {
		if (human_parse(value, 0, SCROLLBACK_MAX, &n))
			config->scrollback = (size_t)n;
		else
			wrong(reading, "scrollback is '%s': it is a number of lines up to %d",
			      value, SCROLLBACK_MAX);
	} else if (!strcmp(name, "release-input")) {
		if (!holder_parse_release(value, &config->release_ms))
			wrong(reading, "release-input is '%s': it is a time like 30s, 5m, or 0",
			      value);
	} else if (!terminal(reading, name, value)) {
		wrong(reading,
		      "[screen] has no setting '%s': it has mouse, bell, scrollback, release-input, size, encoding and backspace",
		      name);
	}
}

static void guest(struct reading *reading, const char *name, const char *value)
{
	struct config *config = reading->config;
	char text[SOURCE_NAME_SIZE + ORIGIN_KEY_SIZE];
	struct origin *origins;
	const char *why;

	if (config->origin_count == CONFIG_GUESTS_MAX) {
		wrong(reading, "there are more than %d guests: this one is left out",
		      CONFIG_GUESTS_MAX);
		return;
	}
	origins = reallocarray(config->origins, config->origin_count + 1, sizeof(*origins));
	if (!origins) {
		reading->no_memory = true;
		return;
	}
	config->origins = origins;
	if ((size_t)snprintf(text, sizeof(text), "%s=%s", name, value) >= sizeof(text))
		wrong(reading, "guest %.40s: its name or its source is too long", name);
	else if (origin_parse(text, &origins[config->origin_count], &why))
		config->origin_count++;
	else
		wrong(reading, "guest %s: %s", name, why);
}

static void host(struct reading *reading, const char *name, const char *value)
{
	struct config *config = reading->config;
	char text[HOST_DESTINATION_SIZE];
	struct host parsed;
	const char *why = "it is too long";
	char *hosts;
	int len;

	len = snprintf(text, sizeof(text), "%s=%s", name, value);
	if (len >= (int)sizeof(text) || !host_parse(text, (size_t)len, &parsed, &why)) {
		wrong(reading, "host %.40s: %s", name, why);
		return;
	}
	if (asprintf(&hosts, "%s%s%s", config->hosts ? config->hosts : "", config->hosts ? "," : "",
		     text) < 0) {
		reading->no_memory = true;
		return;
	}
	free(config->hosts);
	config->hosts = hosts;
}

/* "name" for all guests, or "name@web*". */
static void alert(struct reading *reading, const char *name, const char *value)
{
	struct config *config = reading->config;
	char error[160];
	char text[INIFILE_LINE_MAX + 1];
	char *guests;
	bool keep;

	if (!strcmp(name, "defaults")) {
		if (yes_or_no(reading, name, value, &keep) && !keep) {
			alerts_free(config->alerts);
			config->alerts = alerts_new();
		}
		return;
	}
	snprintf(text, sizeof(text), "%s", name);
	guests = strchr(text, '@');
	if (guests)
		*guests++ = '\0';
	if (config->alerts &&
	    !alerts_add(config->alerts, text, guests, value, error, sizeof(error)))
		wrong(reading, "alert %s: %s", text, error);
}

static void on_section(size_t line, const char *text, size_t len, void *arg)
{
	static const struct {
		const char *text;
		enum section section;
	} known[] = {
		{ "[screen]", SECTION_SCREEN }, { "[guests]", SECTION_GUESTS },
		{ "[hosts]", SECTION_HOSTS },	{ "[alerts]", SECTION_ALERTS },
		{ "[keys]", SECTION_KEYS },
	};
	struct reading *reading = arg;

	reading->line = line;
	reading->section = SECTION_UNKNOWN;
	if (!text)
		return;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t named = strlen(known[i].text);

		if (len >= named && !memcmp(text, known[i].text, named) &&
		    inifile_is_empty(text + named, text + len)) {
			reading->section = known[i].section;
			return;
		}
	}
	wrong(reading,
	      "there is no section %.*s, and what is in it is left out: there are [screen], [guests], [hosts], [alerts] and [keys]",
	      (int)len, text);
}

static void on_setting(size_t line, const char *name, const char *value, void *arg)
{
	struct reading *reading = arg;
	const char *why;

	reading->line = line;
	switch (reading->section) {
	case SECTION_NONE:
		wrong(reading, "'%s' is in no section: put it below [screen], or where it belongs",
		      name);
		break;
	case SECTION_UNKNOWN:
		break;
	case SECTION_SCREEN:
		screen(reading, name, value);
		break;
	case SECTION_GUESTS:
		guest(reading, name, value);
		break;
	case SECTION_HOSTS:
		host(reading, name, value);
		break;
	case SECTION_ALERTS:
		alert(reading, name, value);
		break;
	case SECTION_KEYS:
		if (!keymap_set(&reading->config->keys, name, value, &why))
			wrong(reading, "key %s = %s: %s", name, value, why);
		break;
	}
}

static void on_wrong(size_t line, const char *why, void *arg)
{
	struct reading *reading = arg;

	reading->line = line;
	wrong(reading, "%s", why);
}

struct config *config_new(void)
{
	struct config *config = calloc(1, sizeof(*config));

	if (!config)
		return NULL;
	keymap_init(&config->keys);
	config->scrollback = SCROLLBACK;
	config->mouse = true;
	config->bell = true;
	config->release_ms = HOLDER_RELEASE * 1000;
	config->alerts = alerts_new();
	config->terminals = terminals_new();
	if (!config->terminals || !config->alerts || !alerts_add_defaults(config->alerts)) {
		config_free(config);
		return NULL;
	}
	return config;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	alerts_free(config->alerts);
	terminals_free(config->terminals);
	free(config->hosts);
	free(config->origins);
	for (size_t i = 0; i < config->wrong_count; i++)
		free(config->wrong[i].why);
	free(config->wrong);
	free(config->path);
	free(config);
}

bool config_path(char path[PATH_MAX])
{
	return xdg_path("XDG_CONFIG_HOME", ".config", "kpl011/screen.conf", path);
}

int config_read(struct config *config, const char *path)
{
	static const struct inifile_ops ops = {
		.section = on_section,
		.setting = on_setting,
		.wrong = on_wrong,
	};
	struct reading reading = { .config = config };
	char *text;
	size_t len;
	int err;

	err = inifile_read(path, &text, &len);
	if (err)
		return err;
	config->path = strdup(path);
	if (config->path && inifile_parse(text, len, &ops, &reading))
		reading.no_memory = true;
	free(text);
	return !config->path || reading.no_memory ? -ENOMEM : 0;
}
