// SPDX-License-Identifier: GPL-2.0-only
/*
 * create-vm SECONDS makes VMs one after the other while a timer interrupts, and says how many
 * KVM_CREATE_VM it made fail with EINTR. KVM does not free the page table of those: kmemleak
 * finds two objects of each, with our module or without it, up to 6.12. See known.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static void interrupted(int sig)
{
	(void)sig;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = interrupted };
	struct itimerval every = { { 0, 700 }, { 0, 700 } }, never = { { 0, 0 }, { 0, 0 } };
	unsigned int made = 0, failed = 0;
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	time_t end;

	if (argc != 2 || kvm < 0)
		return fprintf(stderr, "usage: create-vm SECONDS, on a host with /dev/kvm\n"), 2;
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	end = time(NULL) + atoi(argv[1]);
	while (time(NULL) < end) {
		int vm = ioctl(kvm, KVM_CREATE_VM, 0);

		if (vm >= 0) {
			made++;
			close(vm);
		} else if (errno == EINTR) {
			failed++;
		} else {
			perror("KVM_CREATE_VM");
			return 1;
		}
	}
	setitimer(ITIMER_REAL, &never, NULL);
	printf("%u VMs made, %u interrupted\n", made, failed);
	return 0;
}
