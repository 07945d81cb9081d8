// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/losses.h"

#include "text/when.h"

#define EVERY_NS (60ull * 1000000000)

uint64_t losses_rest(struct losses *losses)
{
	uint64_t untold = losses->untold;

	losses->untold = 0;
	losses->told = when_now();
	return untold;
}

uint64_t losses_add(struct losses *losses, uint64_t count)
{
	losses->untold += count;
	if (losses->told && when_now() - losses->told <= EVERY_NS)
		return 0;
	return losses_rest(losses);
}
