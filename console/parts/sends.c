// SPDX-License-Identifier: GPL-2.0-only
#include "parts/sends.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/human.h"
#include "ui/ui_ask.h"
#include "ui/ui_touch.h"
#include "ui/ui_type.h"
#include "ui/ui_windows.h"

struct bytes {
	const void *bytes;
	size_t len;
};

static void send_bulk(struct view *view, const void *arg)
{
	const struct bytes *bytes = arg;

	if (!view_send(view, bytes->bytes, bytes->len))
		return;
	view_bulk(view, false);
	view_flush(view);
}

static void send_break(struct view *view, const void *arg)
{
	(void)arg;
	if (view_break(view))
		view_flush(view);
}

static void paste(struct view *view, const void *arg)
{
	const struct bytes *bytes = arg;

	vt_paste_begin(view->vt);
	view_send(view, bytes->bytes, bytes->len);
	vt_paste_end(view->vt);
	view_bulk(view, true);
	view_flush(view);
}

static void paste_copied(struct ui *ui)
{
	struct bytes arg = { ui->copied, ui->copied_len };
	char *text;

	if (!ui->copied) {
		ui_say(ui, "nothing has been copied yet");
		return;
	}
	/* As if typed: Return ends a line. */
	text = malloc(ui->copied_len + 1);
	if (!text)
		return;
	for (size_t i = 0; i < ui->copied_len; i++)
		text[i] = ui->copied[i] == '\n' ? '\r' : ui->copied[i];
	arg.bytes = text;
	ui_each_typed(ui, paste, &arg);
	free(text);
}

static void send_file(struct ui *ui, const char *path)
{
	char *bytes = NULL;
	size_t len = 0;
	ssize_t n = -1;
	struct stat st;
	int err;
	int fd;

	if (!*path)
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st)) {
		ui_say(ui, "cannot read %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > VIEW_QUEUE) {
		ui_say(ui,
		       S_ISREG(st.st_mode) ? "%s has more than 64 MiB: use kpl011 send --file"
					   : "%s is not a regular file",
		       path);
		close(fd);
		return;
	}
	bytes = malloc((size_t)st.st_size + 1);
	while (bytes && (n = read(fd, bytes + len, (size_t)st.st_size - len)) > 0)
		len += (size_t)n;
	err = bytes ? errno : ENOMEM;
	close(fd);
	if (n < 0) {
		ui_say(ui, "cannot read %s: %s", path, strerror(err));
	} else {
		struct bytes arg = { bytes, len };

		ui_say(ui, "sending %zu bytes of %s", len, path);
		ui_each_typed(ui, send_bulk, &arg);
	}
	free(bytes);
}

static const struct ui_question which_file = {
	.label = "send the file",
	.done = send_file,
};

static void drop_input(struct ui *ui)
{
	struct view *view = ui_need_view(ui);
	char text[HUMAN_SIZE];

	if (!view)
		return;
	ui_say(ui, "%s of input dropped", human_bytes(view_queued(view), text));
	view_drop_queue(view);
}

void ui_sends_act(struct ui *ui, enum action action)
{
	switch (action) {
	case ACTION_PASTE:
		paste_copied(ui);
		break;
	case ACTION_BREAK:
		ui_each_typed(ui, send_break, NULL);
		break;
	case ACTION_SEND_FILE:
		ui_ask(ui, &which_file, NULL, "");
		break;
	case ACTION_DROP_INPUT:
		drop_input(ui);
		break;
	default:
		break;
	}
}
