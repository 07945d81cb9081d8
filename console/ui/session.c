// SPDX-License-Identifier: GPL-2.0-only
#include "ui/session.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/newfile.h"
#include "base/regular.h"
#include "base/xdg.h"

bool session_path(char path[PATH_MAX])
{
	return xdg_path("XDG_STATE_HOME", ".local/state", "kpl011/screen.json", path);
}

static bool from_json(const json_t *json, struct session *session)
{
	const char *layout = json_string_value(json_object_get(json, "layout"));
	const json_t *guests = json_object_get(json, "guests");
	const json_t *folded;

	*session = (struct session){ 0 };
	if (!layout || strlen(layout) >= sizeof(session->layout) || !json_is_array(guests))
		return false;
	strcpy(session->layout, layout);
	for (size_t i = 0; i < json_array_size(guests) && i < LAYOUT_WINDOWS_MAX; i++) {
		const char *key = json_string_value(json_array_get(guests, i));

		if (!key || strlen(key) >= sizeof(session->guests[i]))
			return false;
		strcpy(session->guests[i], key);
	}
	session->sort = (int)json_integer_value(json_object_get(json, "sort"));
	session->group = (int)json_integer_value(json_object_get(json, "group"));
	folded = json_object_get(json, "folded");
	for (size_t i = 0; i < json_array_size(folded) && i < SESSION_FOLDED_MAX; i++) {
		const char *heading = json_string_value(json_array_get(folded, i));

		if (!heading || strlen(heading) >= sizeof(session->folded[i]))
			return false;
		strcpy(session->folded[i], heading);
	}
	session->list_hidden = json_is_true(json_object_get(json, "list_hidden"));
	return true;
}

int session_load(const char *path, struct session *session)
{
	json_error_t error;
	json_t *json;
	FILE *file;
	bool good;

	file = regular_fopen(path);
	if (!file)
		return -errno;
	json = json_loadf(file, 0, &error);
	fclose(file);
	good = json && from_json(json, session);
	json_decref(json);
	return good ? 0 : -EINVAL;
}

static json_t *to_json(const struct session *session)
{
	json_t *guests = json_array();
	json_t *folded = json_array();

	for (size_t i = 0; i < LAYOUT_WINDOWS_MAX; i++)
		json_array_append_new(guests, json_string(session->guests[i]));
	for (size_t i = 0; i < SESSION_FOLDED_MAX && session->folded[i][0]; i++)
		json_array_append_new(folded, json_string(session->folded[i]));
	return json_pack("{s:s, s:o, s:i, s:i, s:o, s:b}", "layout", session->layout, "guests",
			 guests, "sort", session->sort, "group", session->group, "folded", folded,
			 "list_hidden", session->list_hidden);
}

int session_save(const char *path, const struct session *session)
{
	json_t *json;
	char *text;
	int err;

	if (!xdg_make_dirs(path))
		return -errno;
	json = to_json(session);
	text = json ? json_dumps(json, JSON_INDENT(1)) : NULL;
	json_decref(json);
	if (!text)
		return -ENOMEM;
	/* Of several screens the last to write wins. No fsync: keys must not wait for the disk. */
	err = newfile_put(path, 0600, NEWFILE_QUICK, text, strlen(text));
	free(text);
	return err;
}
