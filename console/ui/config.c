// SPDX-License-Identifier: GPL-2.0-only
#include "ui/config.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "base/regular.h"
#include "remote/hostspec.h"
#include "source/holder.h"
#include "base/xdg.h"

#define SCROLLBACK 10000
#define SCROLLBACK_MAX 1000000

static void wrong(struct config *config, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void wrong(struct config *config, const char *fmt, ...)
{
	va_list ap;

	if (config->errors++)
		return;
	va_start(ap, fmt);
	vsnprintf(config->error, sizeof(config->error), fmt, ap);
	va_end(ap);
}

static bool yes_or_no(struct config *config, const char *name, const char *value, bool *flag)
{
	if (strcmp(value, "yes") && strcmp(value, "no")) {
		wrong(config, "%s is '%s': say yes or no", name, value);
		return false;
	}
	*flag = !strcmp(value, "yes");
	return true;
}

/* "size" for all guests, or "size@web*". False: it is no setting of theirs. */
static bool terminal(struct config *config, const char *name, const char *value)
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
	if (!terminals_add(config->terminals, text, guests, value, &why))
		wrong(config, "%.60s is '%.60s': %s", name, value, why);
	return true;
}

static void screen(struct config *config, const char *name, const char *value)
{
	uint64_t n;

	if (!strcmp(name, "mouse")) {
		yes_or_no(config, name, value, &config->mouse);
	} else if (!strcmp(name, "bell")) {
		yes_or_no(config, name, value, &config->bell);
	} else if (!strcmp(name, "scrollback")) {
		if (human_parse(value, 0, SCROLLBACK_MAX, &n))
			config->scrollback = (size_t)n;
		else
			wrong(config, "scrollback is '%s': it is a number of lines up to %d", value,
			      SCROLLBACK_MAX);
	} else if (!strcmp(name, "release-input")) {
		if (!holder_parse_release(value, &config->release_ms))
			wrong(config, "release-input is '%s': it is a time like 30s, 5m, or 0",
			      value);
	} else if (!terminal(config, name, value)) {
		wrong(config, "[screen] has no setting '%s'", name);
	}
}

static void guest(struct config *config, const char *name, const char *value)
{
	char text[SOURCE_NAME_SIZE + ORIGIN_KEY_SIZE];
	struct origin *origins;
	const char *why;

	if (config->origin_count == CONFIG_GUESTS_MAX) {
		wrong(config, "there are more than %d guests", CONFIG_GUESTS_MAX);
		return;
	}
	origins = reallocarray(config->origins, config->origin_count + 1, sizeof(*origins));
	if (!origins)
		return;
	config->origins = origins;
	if ((size_t)snprintf(text, sizeof(text), "%s=%s", name, value) >= sizeof(text))
		wrong(config, "guest %.40s: it is too long", name);
	else if (origin_parse(text, &origins[config->origin_count], &why))
		config->origin_count++;
	else
		wrong(config, "guest %s: %s", name, why);
}

static void host(struct config *config, const char *name, const char *value)
{
	char text[HOST_DESTINATION_SIZE];
	struct host parsed;
	const char *why = "it is too long";
	char *hosts;
	int len;

	len = snprintf(text, sizeof(text), "%s=%s", name, value);
	if (len >= (int)sizeof(text) || !host_parse(text, (size_t)len, &parsed, &why)) {
		wrong(config, "host %.40s: %s", name, why);
		return;
	}
	if (asprintf(&hosts, "%s%s%s", config->hosts ? config->hosts : "", config->hosts ? "," : "",
		     text) < 0)
		return;
	free(config->hosts);
	config->hosts = hosts;
}

/* "name" for all guests, or "name@web*". */
static void alert(struct config *config, const char *name, const char *value)
{
	char error[160];
	char text[128];
	char *guests;
	bool keep;

	if (!strcmp(name, "defaults")) {
		if (yes_or_no(config, name, value, &keep) && !keep) {
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
		wrong(config, "alert %s: %s", text, error);
}

static int on_line(void *user, const char *section, const char *name, const char *value)
{
	struct config *config = user;
	const char *why;

	if (!strcmp(section, "screen"))
		screen(config, name, value);
	else if (!strcmp(section, "guests"))
		guest(config, name, value);
	else if (!strcmp(section, "hosts"))
		host(config, name, value);
	else if (!strcmp(section, "alerts"))
		alert(config, name, value);
	else if (strcmp(section, "keys"))
		wrong(config, "there is no section [%s]", section);
	else if (!keymap_set(&config->keys, name, value, &why))
		wrong(config, "key %s = %s: %s", name, value, why);
	return 1;
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
	free(config);
}

bool config_path(char path[PATH_MAX])
{
	return xdg_path("XDG_CONFIG_HOME", ".config", "kpl011/screen.conf", path);
}

struct reading {
	struct config *config;
	FILE *file;
	int line;
};

/* As fgets(), but a line that is too long for inih is left out, or a path would be cut. */
static char *next_line(char *text, int size, void *arg)
{
	struct reading *reading = arg;
	int c;

	if (!fgets(text, size, reading->file))
		return NULL;
	reading->line++;
	if (strchr(text, '\n') || (int)strlen(text) < size - 1)
		return text;
	while ((c = getc(reading->file)) != '\n' && c != EOF)
		;
	wrong(reading->config, "line %d is longer than %d bytes", reading->line, size - 2);
	strcpy(text, "\n");
	return text;
}

int config_read(struct config *config, const char *path)
{
	struct reading reading = { .config = config, .file = regular_fopen(path) };
	int line;

	if (!reading.file)
		return -errno;
	line = ini_parse_stream(next_line, &reading, on_line, config);
	fclose(reading.file);
	if (line > 0)
		wrong(config, "line %d is neither a [section] nor NAME = VALUE", line);
	return line == -2 ? -ENOMEM : 0;
}
