/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tested parts use of the kernel's lists. */
#ifndef UNIT_LINUX_LIST_H
#define UNIT_LINUX_LIST_H

#include <stddef.h>

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

#define LIST_HEAD(name)	struct list_head name = { &(name), &(name) }

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list->prev = list;
}

static inline void list_add_tail(struct list_head *entry, struct list_head *list)
{
	entry->next = list;
	entry->prev = list->prev;
	entry->prev->next = list->prev = entry;
}

static inline void list_del(struct list_head *entry)
{
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
	entry->next = entry->prev = NULL;
}

static inline void list_del_init(struct list_head *entry)
{
	list_del(entry);
	INIT_LIST_HEAD(entry);
}

static inline int list_empty(const struct list_head *list)
{
	return list->next == list;
}

#define container_of(at, type, member) \
	((type *)((char *)(at) - offsetof(type, member)))

#define list_for_each_entry(entry, list, member)				\
	for (entry = container_of((list)->next, __typeof__(*entry), member);	\
	     &entry->member != (list);						\
	     entry = container_of(entry->member.next, __typeof__(*entry), member))

#define list_for_each_entry_safe(entry, following, list, member)		\
	for (entry = container_of((list)->next, __typeof__(*entry), member),	\
	     following = container_of(entry->member.next, __typeof__(*entry), member); \
	     &entry->member != (list);						\
	     entry = following,							\
	     following = container_of(entry->member.next, __typeof__(*entry), member))

#endif
