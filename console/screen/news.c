// SPDX-License-Identifier: GPL-2.0-only
#include "screen/news.h"

#include <string.h>

#include "guests/watcher.h"
#include "remote/hosts.h"
#include "source/source_port.h"
#include "ui/config.h"
#include "ui/ui_broadcast.h"
#include "ui/ui_order.h"
#include "ui/ui_term.h"
#include "ui/ui_touch.h"
#include "ui/ui_windows.h"

/* The fleet. */

/* Shows a guest in the windows that wait for it, and in an empty one with the focus. */
static void fill_windows(struct ui *ui, struct guest *guest)
{
	struct ui_window *window;

	for (size_t i = 0; i < LAYOUT_WINDOWS_MAX; i++) {
		window = &ui->windows[i];
		if (!window->view && guest_match(guest, window->wanted))
			ui_show(ui, window, guest);
	}
	window = ui_focus(ui);
	if (!window->view && !window->wanted[0])
		ui_show(ui, window, guest);
}

static void fleet_news(struct guest *guest, void *arg)
{
	struct ui *ui = arg;

	ui->list.stale = true;
	if (guest && guest->view)
		view_guest_changed(guest->view);
	/* At first, first_guests() chooses among all guests. */
	if (guest && ui->started)
		fill_windows(ui, guest);
	if (ui->term)
		ui_touch(ui);
}

/* Drops everything that refers to a guest that is about to be freed. */
static void fleet_forgot(struct guest *guest, void *arg)
{
	struct ui *ui = arg;

	ui_broadcast_forget(ui, guest);
	for (size_t i = 0; i < LAYOUT_WINDOWS_MAX; i++)
		if (ui->windows[i].view && ui->windows[i].view->guest == guest)
			ui_show(ui, &ui->windows[i], NULL);
	ui_list_forget(ui, guest);
	if (ui->confirm_guest == guest)
		ui->confirm_guest = NULL;
}

static void fleet_scanned(struct guest *guest, const unsigned char *bytes, size_t len, void *arg)
{
	struct ui *ui = arg;
	char found[GUEST_ALERT_SIZE];
	const char *name;

	name = alerts_scan(ui->config->alerts, &guest->line, guest->origin.name, bytes, len, found,
			   sizeof(found));
	if (!name)
		return;
	ui->list.stale = true;
	memcpy(guest->alert, found, sizeof(guest->alert));
	ui_say(ui, "%s: %s: %s", guest->origin.name, name, found);
	if (ui->config->bell)
		ui_term_put(ui, "\a", 1);
}

/* Says once that there may be guests that --find cannot find. */
static void say_denied(struct ui *ui)
{
	size_t denied = fleet_denied(ui->fleet);

	/* Another message is not replaced: this one can come later. */
	if (!denied || ui->told_denied || ui->message[0])
		return;
	ui->told_denied = true;
	ui_say(ui, "--find: no permission to look for the socket%s of %zu process%s; root has it",
	       denied == 1 ? "" : "s", denied, denied == 1 ? "" : "es");
}

/* The holder of the input may change, and the VM be reset, without any output. */
static void fleet_ticked(void *arg)
{
	struct ui *ui = arg;

	for (size_t i = 0; i < fleet_count(ui->fleet); i++) {
		struct view *view = fleet_at(ui->fleet, i)->view;

		if (!view)
			continue;
		view_refresh_input(view);
		view_look_for_reset(view);
	}
	say_denied(ui);
}

const struct fleet_ops ui_fleet_ops = {
	.changed = fleet_news,
	.scan = fleet_scanned,
	.tick = fleet_ticked,
	.forgotten = fleet_forgot,
};

/* Other hosts. */

static void host_changed(struct remote *remote, void *arg)
{
	struct ui *ui = arg;

	fleet_host_changed(ui->fleet, remote);
}

static void host_said(const char *text, void *arg)
{
	ui_say(arg, "%s", text);
}

static const struct remote_ops host_ops = {
	.changed = host_changed,
	.say = host_said,
};

bool ui_join_hosts(struct ui *ui)
{
	if (hosts_join(ui->loop))
		return false;
	hosts_set_ops(&host_ops, ui);
	hosts_keep();
	return true;
}

/* New VMs. */

static void vm_attached(pid_t pid, const struct attach_result *result, bool before, void *arg)
{
	(void)pid;
	if (!before)
		ui_say(arg, "%s: a new guest", result->name);
	fleet_look_around(((struct ui *)arg)->fleet);
}

static void vm_refused(pid_t pid, const struct attach_result *result, enum status status, void *arg)
{
	(void)status;
	/* Another watcher was faster, or the VM is another user's: not worth a message. */
	if (status == STATUS_PERMISSION)
		return;
	if (result->name[0])
		ui_say(arg, "%s gets no port: %s", result->name, result->reason);
	else
		ui_say(arg, "process %d gets no port: %s", (int)pid, result->reason);
}

static void watcher_failed(int err, void *arg)
{
	ui_say(arg, "new VMs may be missed: %s", strerror(-err));
}

static const struct watcher_ops watcher_ops = {
	.attached = vm_attached,
	.refused = vm_refused,
	.failed = watcher_failed,
};

void ui_watch_vms(struct ui *ui)
{
	struct attach_options opts;
	int err;

	ui->control = port_control_open();
	if (ui->control < 0)
		return;
	attach_defaults(&opts);
	err = watcher_new(ui->loop, ui->control, &opts, NULL, &watcher_ops, ui, &ui->watcher);
	if (err)
		watcher_failed(err, ui);
}
