// SPDX-License-Identifier: GPL-2.0-only
#include "screen/kept.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/regular.h"
#include "ui/session.h"
#include "ui/ui_order.h"
#include "ui/ui_touch.h"

/* How long after a change it is saved. */
#define SAVE_MS 300

static void gather(const struct ui *ui, struct session *session)
{
	*session = (struct session){
		.sort = ui->list.sort,
		.group = ui->list.group,
		.list_hidden = ui->list.hidden,
	};
	memcpy(session->folded, ui->list.folded, sizeof(session->folded));
	layout_write(ui->layout, session->layout);
	for (size_t i = 0; i < LAYOUT_WINDOWS_MAX; i++)
		strcpy(session->guests[i], ui->windows[i].wanted);
}

void ui_session_load(struct ui *ui)
{
	struct session *session = malloc(sizeof(*session));
	char path[PATH_MAX];
	int err = -ENOENT;

	if (!session)
		return;
	if (session_path(path))
		err = session_load(path, session);
	if (!err && !layout_read(ui->layout, session->layout))
		err = -EINVAL;
	ui->first_run = err == -ENOENT;
	if (!err) {
		for (size_t i = 0; i < LAYOUT_WINDOWS_MAX; i++)
			strcpy(ui->windows[i].wanted, session->guests[i]);
		ui->list.hidden = session->list_hidden;
		if (session->sort >= 0 && session->sort < UI_SORTS)
			ui->list.sort = (enum ui_sort)session->sort;
		if (session->group >= 0 && session->group < UI_GROUPS)
			ui->list.group = (enum ui_group)session->group;
		for (size_t i = 0; i < SESSION_FOLDED_MAX && session->folded[i][0]; i++)
			ui_rows_fold(&ui->list, session->folded[i], true);
	} else if (err != -ENOENT) {
		ui_say(ui, "%s is not used: %s", path,
		       err == -EINVAL ? "it is malformed" : regular_reason(err));
	}
	free(session);
}

/* Called at each frame: cheap when nothing changed. */
void ui_session_changed(struct ui *ui)
{
	struct session *session;

	if (!ui->keeps_session)
		return;
	session = malloc(sizeof(*session));
	if (!session)
		return;
	gather(ui, session);
	if (ui->session && !memcmp(ui->session, session, sizeof(*session))) {
		free(session);
		return;
	}
	free(ui->session);
	ui->session = session;
	if (!ui->save_set)
		loop_timer_set(ui->save, SAVE_MS);
	ui->save_set = true;
}

void ui_session_save(void *arg)
{
	struct ui *ui = arg;
	char path[PATH_MAX];
	int err;

	if (!ui->save_set)
		return;
	ui->save_set = false;
	if (!ui->session || !session_path(path))
		return;
	err = session_save(path, ui->session);
	if (err)
		ui_say(ui, "cannot save the windows in %s: %s", path, strerror(-err));
}
