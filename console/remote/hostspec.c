// SPDX-License-Identifier: GPL-2.0-only
#include "remote/hostspec.h"

#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "source/words.h"

static bool name_ok(const char *name)
{
	if (!*name || strlen(name) >= SOURCE_NAME_SIZE || *name == '-')
		return false;
	for (; *name; name++)
		if (*name <= ' ' || *name > '~' || strchr("/,=:@*?[]\\", *name))
			return false;
	return true;
}

/* Whether neither ssh nor a shell on the way can take it for anything but a user and a host. */
static bool destination_ok(const char *text, const char **why)
{
	const char *at = strrchr(text, '@');

	*why = "it begins with a dash";
	if (*text == '-' || (at && at[1] == '-'))
		return false;
	*why = "the name of the host or user is missing";
	if (!*text || (at && (!at[1] || at == text)))
		return false;
	*why = "it has a character that names of users and hosts do not have";
	for (; *text; text++)
		if (*text <= ' ' || *text > '~' || strchr("'\"`$\\;&|<>(){}*?!#", *text))
			return false;
	return true;
}

/* Takes ":2222" off the end of a destination, and the brackets of an address. */
static bool take_port(struct host *host, const char **why)
{
	char *from = strrchr(host->destination, '@');
	char *close;
	char *colon;
	uint64_t port;

	from = from ? from + 1 : host->destination;
	colon = strchr(from, ':');
	if (*from == '[') {
		close = strchr(from, ']');
		*why = "its bracket is not closed, or something other than :PORT follows it";
		if (!close || (close[1] && close[1] != ':'))
			return false;
		colon = close[1] ? close + 1 : NULL;
		*close = '\0';
		memmove(from, from + 1, strlen(from));
	} else if (colon && strchr(colon + 1, ':')) {
		/* An address without brackets has no port. */
		return true;
	}
	if (!colon)
		return true;
	*why = "the port is not a number from 1 to 65535";
	if (!human_parse(colon + 1, 1, 65535, &port))
		return false;
	snprintf(host->port, sizeof(host->port), "%u", (unsigned int)port);
	*colon = '\0';
	return true;
}

bool host_parse(const char *text, size_t len, struct host *host, const char **why)
{
	char whole[HOST_DESTINATION_SIZE];
	const char *rest = whole;
	char *equals;

	*host = (struct host){ 0 };
	*why = "it is too long";
	if (len >= sizeof(whole))
		return false;
	memcpy(whole, text, len);
	whole[len] = '\0';
	equals = strchr(whole, '=');
	if (equals && *whole != '-') {
		*equals = '\0';
		rest = equals + 1;
		*why = "a name is 1 to 63 letters, digits, dots and dashes";
		if (!name_ok(whole))
			return false;
		strcpy(host->name, whole);
	}
	if (!strcmp(rest, HOST_LOCAL)) {
		host->local = true;
		strcpy(host->name, HOST_LOCAL);
		*why = "this machine is local, and has no other name";
		return !equals;
	}
	*why = "only this machine can be called local";
	if (!strcmp(host->name, HOST_LOCAL))
		return false;
	strcpy(host->destination, rest);
	if (!destination_ok(host->destination, why) || !take_port(host, why) ||
	    !destination_ok(host->destination, why))
		return false;
	if (equals)
		return true;
	rest = strrchr(host->destination, '@');
	rest = rest ? rest + 1 : host->destination;
	*why = "its name is too long or has a slash: give it another name, NAME=USER@HOST";
	if (strlen(rest) >= sizeof(host->name) || strchr(rest, '/'))
		return false;
	strcpy(host->name, rest);
	return true;
}
