// SPDX-License-Identifier: GPL-2.0-only
/* Apart, for tests to have another. */
#include "base/payers.h"

const char *payers_path(void)
{
	return "/etc/subuid";
}
