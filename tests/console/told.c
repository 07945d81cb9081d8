// SPDX-License-Identifier: GPL-2.0-only
#include "told.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/msg.h"

char told[512];
int told_count;

void msg_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(told, sizeof(told), fmt, ap);
	va_end(ap);
	told_count++;
}

void msg_more(const char *fmt, ...)
{
	(void)fmt;
}
