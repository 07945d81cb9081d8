// SPDX-License-Identifier: GPL-2.0-only
#include "told_all.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

char told_all[8192];

void __wrap_msg_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void __wrap_msg_error(const char *fmt, ...)
{
	size_t n = strlen(told_all);
	va_list ap;

	va_start(ap, fmt);
	n += (size_t)vsnprintf(told_all + n, sizeof(told_all) - n, fmt, ap);
	va_end(ap);
	if (n < sizeof(told_all))
		snprintf(told_all + n, sizeof(told_all) - n, "\n");
}
