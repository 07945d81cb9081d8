// SPDX-License-Identifier: GPL-2.0-only
/* A hostile pattern on a hostile screen: each hit is on it, and they go one way. */
#include <stdint.h>
#include <string.h>

#include "must.h"
#include "vt/search.h"

static void on_send(const char *bytes, size_t len, void *arg)
{
	(void)bytes;
	(void)len;
	(void)arg;
}

static const struct vt_ops ops = { .send = on_send };

static bool enough(void *arg)
{
	(*(int *)arg)++;
	return true;
}

static void look(struct search *search, const struct vt *vt, bool backward)
{
	long top = -(long)vt_scrollback(vt);
	long last = backward ? 10 * 1000 : (top - 1) * 1000;
	enum search_result result = SEARCH_MORE;
	struct search_hit hit;
	int asked = 0;

	search_begin(search, vt, backward ? 10 : top, 0, backward);
	while (result != SEARCH_NONE && asked < 30) {
		long from, to;

		result = search_step(search, vt, enough, &asked, &hit);
		if (result != SEARCH_FOUND)
			continue;
		from = hit.row * 1000 + hit.col;
		to = hit.end_row * 1000 + hit.end_col;
		MUST(hit.row >= top && hit.end_row < 10 && hit.col >= 0 && hit.end_col <= 30);
		MUST(from < to);
		MUST(backward ? from < last : from > last);
		last = from;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The pattern ends with a line feed; what follows is the screen. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	struct search *search;
	char pattern[128];
	char error[128];
	struct vt *vt;

	if (!end || (size_t)(end - data) >= sizeof(pattern))
		return 0;
	memcpy(pattern, data, (size_t)(end - data));
	pattern[end - data] = '\0';
	search = search_new(pattern, error, sizeof(error));
	if (!search) {
		MUST(strlen(error) > 0 && strlen(error) < sizeof(error));
		return 0;
	}
	vt = vt_new(10, 30, 100, &ops, NULL);
	MUST(vt);
	vt_write(vt, end + 1, size - (size_t)(end + 1 - data));
	look(search, vt, false);
	look(search, vt, true);
	vt_free(vt);
	search_free(search);
	return 0;
}
