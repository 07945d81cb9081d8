// SPDX-License-Identifier: GPL-2.0-only
#include "streams.h"

#define WAKE_US		4000	/* readers are woken so often at most */
#define PATIENCE	20	/* tries to print while it is held up */

struct guest guest;

bool guest_print(unsigned int n)
{
	while (n) {
		unsigned int first = guest.printed % BYTES;
		unsigned int part = n < BYTES - first ? n : BYTES - first;

		/* Nobody has more than that, at any time. */
		guest.printed += part;
		if (vm_store(&vm, REG(PL011_DR), 4, first, part))
			return false;
		n -= part;
	}
	return true;
}

/* Print up to @n bytes, if none of them can be lost. Returns how many. */
static unsigned int try_to_print(unsigned int n)
{
	uint64_t fr;

	if (n > FIFO)
		n = FIFO;
	if (vm_load(&vm, REG(PL011_FR), 4, &fr, 1))
		return 0;
	/* Held, or it was told for once that the FIFO is full. */
	if (!(fr & PL011_FR_TXFE))
		return 0;
	return guest_print(n) ? n : 0;
}

void guest_receive(unsigned int most)
{
	unsigned int i, n = info_of(files[0]).rx_queued;
	uint32_t ch[QUEUED];

	if (n > QUEUED)
		fail("%u characters are queued", n);
	if (n > most)
		n = most;
	if (!n || vm_load_each(&vm, REG(PL011_DR), ch, n) || lossy)
		return;
	for (i = 0; i < n; i++) {
		unsigned int from = ch[i] >> 7 & 1;

		if (ch[i] == PL011_BREAK)
			guest.breaks++;
		else if (ch[i] > 0xff ||
			 (ch[i] & 0x7f) != (guest.received[from] & 0x7f))
			fail("the guest received 0x%x for number %u of thread %u",
			     ch[i], guest.received[from], from);
		else
			guest.received[from]++;
	}
}

static bool may_be_held(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (actors[i].op->kind == HOLDS && !actors[i].done)
			return true;
	return false;
}

void *run_guest(void *arg)
{
	unsigned int *seed = &guest.seed;
	bool all_at_once = false;
	unsigned int tries = 0;

	(void)arg;
	while (!guest.quit) {
		unsigned int n = below(seed, 3) ? 1 + below(seed, 4) : FIFO;

		if (guest.last_held && guest.budget <= FIFO) {
			if (!all_at_once && !guest.held && may_be_held()) {
				nap(300);
				continue;
			}
			/* Nobody is to be woken for bytes before these any more. */
			if (!all_at_once)
				nap(2 * WAKE_US);
			all_at_once = true;
			n = FIFO;
		}
		if (guest.budget && tries < PATIENCE) {
			n = try_to_print(n < guest.budget ? n : guest.budget);
			guest.budget -= n;
			tries = n ? 0 : tries + 1;
			if (guest.types && !below(seed, 3))
				guest_receive(below(seed, 4) ? 1 + below(seed, 40) : ROOM + FIFO);
			if (!n || !below(seed, 8))
				nap(below(seed, 300));
			continue;
		}
		/* The rest is what sleepers need to end, and no more. */
		guest.over = true;
		if (guest.nudges && try_to_print(1))
			guest.nudges--;
		else if (guest.takes)
			guest_receive(atomic_exchange(&guest.takes, 0));
		else
			nap(100);
	}
	return NULL;
}
