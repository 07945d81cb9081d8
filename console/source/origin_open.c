// SPDX-License-Identifier: GPL-2.0-only
#include "source/origin_open.h"

#include "source/source_file.h"
#include "source/source_stream.h"

int origin_open(const struct origin *origin, struct source **src)
{
	if (origin->kind == ORIGIN_FILE)
		return file_open(origin, src);
	return stream_open(origin, src);
}
