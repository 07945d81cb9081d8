// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../kselftest.h"

/* Before the harness: without these nothing can be tested. */
static void __attribute__((constructor)) skip_without_module(void)
{
	static const char *const needs[] = { "/dev/kvm", "/dev/kpl011/control" };
	unsigned int i;

	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (access(needs[i], R_OK | W_OK))
			ksft_exit_skip("%s: %s\n", needs[i], strerror(errno));
	if (geteuid())
		ksft_exit_skip("only root can become other users, and load modules\n");
}
