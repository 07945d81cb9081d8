/* SPDX-License-Identifier: GPL-2.0-only */
/* What a test that is root asks of the kernel beside its module. */
#ifndef KPL011_TEST_KERNEL_H
#define KPL011_TEST_KERNEL_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Write a file of the kernel's. 0 or -errno. */
static inline int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* Where the code of a function of the kernel or a module is: up to the next one. */
static inline bool function_range(const char *name, unsigned long *start, unsigned long *end)
{
	unsigned long address;
	char symbol[256];
	int pass;

	*start = 0;
	*end = -1UL;
	for (pass = 0; pass < 2; pass++) {
		FILE *file = fopen("/proc/kallsyms", "re");

		if (!file)
			return false;
		while (fscanf(file, "%lx %*c %255s%*[^\n]", &address, symbol) == 2) {
			if (!pass && !strcmp(symbol, name))
				*start = address;
			else if (pass && address > *start && address < *end)
				*end = address;
		}
		fclose(file);
	}
	return *start;
}

#endif
