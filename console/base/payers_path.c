// SPDX-License-Identifier: GPL-2.0-only
/* In a file of its own, so that tests can use another path. */
#include "base/payers.h"

const char *payers_path(void)
{
	return "/etc/subuid";
}
