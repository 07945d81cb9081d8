// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/aside.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* It must not keep guests' ports open. */
static void close_but(unsigned int a, unsigned int b)
{
	unsigned int low = a < b ? a : b;
	unsigned int high = a < b ? b : a;

	if (low > 3)
		close_range(3, low - 1, 0);
	if (high > low + 1)
		close_range(low + 1, high - 1, 0);
	close_range(high + 1, ~0u, 0);
}

void aside_begin(pid_t parent, int a, int b)
{
	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGXFSZ)
			signal(sig, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The parent may have ended before that. */
	if (getppid() != parent)
		_exit(ASIDE_KILLED);
	close_but((unsigned int)a, (unsigned int)b);
}

int aside_result(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : ASIDE_KILLED;
}
