/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exit statuses of kpl011. This is the only list: the enum, --help and the manual page follow
 * it, and scripts rely on the numbers. If a signal ends the program, it dies of that signal (in a
 * shell, 128 plus its number).
 */
#ifndef KPL011_STATUS_H
#define KPL011_STATUS_H

#define STATUS_LIST(X)                                                     \
	X(STATUS_OK, 0, "done")                                            \
	X(STATUS_FAILED, 1, "failed, for a reason not listed here")        \
	X(STATUS_USAGE, 2, "wrong usage, nothing was done")                \
	X(STATUS_NO_GUEST, 3, "no such guest or process")                  \
	X(STATUS_AMBIGUOUS, 4, "the name stands for several guests")       \
	X(STATUS_NO_MODULE, 5, "the kernel module or KVM is missing")      \
	X(STATUS_PERMISSION, 6, "not permitted")                           \
	X(STATUS_GONE, 7, "the guest is gone or detached")                 \
	X(STATUS_ATTACHED, 8, "the VM has a port at that address already") \
	X(STATUS_IN_USE, 9, "the address or the interrupt is in use")      \
	X(STATUS_NO_VM, 10, "the process is not a virtual machine")        \
	X(STATUS_TIMEOUT, 11, "the time given was not enough")             \
	X(STATUS_NO_HOST, 12, "a host was not reached")

#define STATUS_ENUM(name, number, text) name = (number),

enum status { STATUS_LIST(STATUS_ENUM) };

#undef STATUS_ENUM

/*
 * `expect` adds this to the number of the pattern that it found, counted from 1; for the first
 * pattern it returns STATUS_OK.
 */
#define STATUS_PATTERN 20

/*
 * Added to the number of a signal that the program is to die of. No exit status is that high, so
 * the status of another program, which is passed on, is never taken for a signal.
 */
#define STATUS_SIGNAL 256

/* The same as a shell reports it, where it has to be an exit status. */
#define STATUS_SHELL 128

/* What a program ends with whose loop has returned @sig: @status if neither signal nor error. */
static inline int status_after(int sig, int status)
{
	if (sig > 0)
		return STATUS_SIGNAL + sig;
	return sig < 0 ? STATUS_FAILED : status;
}

#endif /* KPL011_STATUS_H */
