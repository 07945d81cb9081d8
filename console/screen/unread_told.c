// SPDX-License-Identifier: GPL-2.0-only
#include "screen/unread_told.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/msg.h"
#include "guests/fleet.h"
#include "source/source.h"

/* How long to wait, for all guests together, until the last keys are read; how often to look. */
#define WAIT_MS 1000
#define ASK_MS 10

/* Bytes that nobody has read, and that are lost when this program ends. */
static int unread(const struct guest *guest)
{
	return guest->src && guest->state == GUEST_LIVE ? source_unread_lost(guest->src) : 0;
}

static size_t unsent(const struct guest *guest)
{
	return guest->view ? view_queued(guest->view) : 0;
}

static bool any_waits(const struct ui *ui)
{
	for (size_t i = 0; i < fleet_count(ui->fleet); i++) {
		struct guest *guest = fleet_at(ui->fleet, i);

		if (guest->view)
			view_flush(guest->view);
		if (unread(guest) || unsent(guest))
			return true;
	}
	return false;
}

void ui_say_unread(struct ui *ui)
{
	uint64_t until = clock_ms() + WAIT_MS;

	while (any_waits(ui) && clock_ms() < until && loop_pause(ui->loop, ASK_MS))
		;
	for (size_t i = 0; i < fleet_count(ui->fleet); i++) {
		const struct guest *guest = fleet_at(ui->fleet, i);
		const char *name = guest->origin.name;
		size_t waits = unsent(guest);
		int lost = unread(guest);

		if (waits)
			msg_error(
				"%zu bytes that were typed were not sent to %s: it takes no input",
				waits, name);
		if (lost == SOURCE_UNREAD_SOME)
			msg_error("the last input typed at %s is lost: nobody has read it", name);
		else if (lost)
			msg_error("%d bytes that were typed at %s are lost: nobody has read them",
				  lost, name);
		if (guest->src)
			guest->src->settled = true;
	}
}
