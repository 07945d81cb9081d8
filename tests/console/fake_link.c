// SPDX-License-Identifier: GPL-2.0-only
#include "fake_link.h"

const struct link_ops *near_end;
void *near_arg;
struct loop *near_loop;

struct link {
	char nothing;
};

int link_new(struct loop *loop, const struct host *host, const char *command, bool asks,
	     const struct link_ops *ops, void *arg, struct link **link)
{
	static struct link made;

	(void)host;
	(void)command;
	(void)asks;
	near_end = ops;
	near_arg = arg;
	near_loop = loop;
	*link = &made;
	return 0;
}

void link_free(struct link *link)
{
	(void)link;
}

bool link_move(struct link *link, struct loop *loop)
{
	(void)link;
	near_loop = loop;
	return true;
}

struct outbox *link_box(struct link *link)
{
	(void)link;
	return NULL;
}
