// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kpl011.h>

#include "source/source_port.h"

const char *port_page_text(uint32_t page)
{
	static const char *const texts[] = {
		[KPL011_PAGE_OFF] = "off",
		[KPL011_PAGE_UNMAPPED] = "unmapped",
		[KPL011_PAGE_MAPPED] = "mapped",
		[KPL011_PAGE_NO_FUNCTION] = "no function",
		[KPL011_PAGE_SIZE] = "page size",
		[KPL011_PAGE_PROTECTED] = "protected",
		[KPL011_PAGE_NO_MEMORY] = "no memory",
		[KPL011_PAGE_FORBIDDEN] = "forbidden",
		[KPL011_PAGE_REALTIME] = "realtime",
	};

	return page < sizeof(texts) / sizeof(*texts) ? texts[page] : "unknown";
}
