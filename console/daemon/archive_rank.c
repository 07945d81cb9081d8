// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/archive_rank.h"

#include <stdlib.h>

static bool has_files(const struct archive_guest *guest)
{
	return guest->logs[0].count || guest->logs[1].count;
}

bool archive_is_there(const struct archive_guest *guest)
{
	return has_files(guest) || guest->live[0].exists || guest->live[1].exists;
}

void archive_count_guest(struct archive *archive, const struct archive_guest *guest, uint64_t more)
{
	uint64_t *guests = &guest->owner->total[ARCHIVE_GUESTS];
	bool was = *guests;

	*guests += more;
	archive->total[ARCHIVE_GUESTS] += more;
	archive->owner_count += (size_t)(*guests > 0) - was;
}

void archive_changed(struct archive *archive, struct archive_guest *guest)
{
	bool there = archive_is_there(guest);

	if (there != guest->counted)
		archive_count_guest(archive, guest, there ? 1 : -(uint64_t)1);
	guest->counted = there;
	if (guest->changed)
		return;
	guest->changed = true;
	guest->next_changed = archive->changed;
	archive->changed = guest;
}

static int by_ranked(const struct archive_owner *x, const struct archive_owner *y,
		     enum archive_measure measure)
{
	if (x->ranked[measure] != y->ranked[measure])
		return x->ranked[measure] > y->ranked[measure] ? -1 : 1;
	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

static int owners_by_bytes(const void *a, const void *b)
{
	return by_ranked(a, b, ARCHIVE_BYTES);
}

static int owners_by_files(const void *a, const void *b)
{
	return by_ranked(a, b, ARCHIVE_FILES);
}

static int owners_by_guests(const void *a, const void *b)
{
	return by_ranked(a, b, ARCHIVE_GUESTS);
}

ordered_cmp *const archive_owners_by[ARCHIVE_MEASURES] = {
	owners_by_bytes,
	owners_by_files,
	owners_by_guests,
};

void archive_unrank_owner(struct archive *archive, struct archive_owner *owner)
{
	for (int m = 0; m < ARCHIVE_MEASURES; m++) {
		if (owner->ranked[m])
			ordered_take(&archive->most[m], owner, archive_owners_by[m]);
		owner->ranked[m] = 0;
	}
}

void archive_rank_owner(struct archive *archive, struct archive_owner *owner)
{
	archive_unrank_owner(archive, owner);
	for (int m = 0; m < ARCHIVE_MEASURES; m++) {
		owner->ranked[m] = owner->total[m];
		if (owner->ranked[m] &&
		    !ordered_put(&archive->most[m], owner, archive_owners_by[m]))
			owner->ranked[m] = 0;
	}
}

static int by_uid(const void *a, const void *b)
{
	const struct archive_owner *x = a;
	const struct archive_owner *y = b;

	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

struct archive_owner *archive_owner_after(const struct archive *archive, int64_t uid)
{
	struct archive_owner owner = { .uid = uid };

	return ordered_after(archive->owners, &owner, by_uid);
}

struct archive_owner *archive_owner(const struct archive *archive, int64_t uid)
{
	struct archive_owner owner = { .uid = uid };

	return ordered_find(archive->owners, &owner, by_uid);
}

struct archive_owner *archive_get_owner(struct archive *archive, int64_t uid)
{
	struct archive_owner *owner;

	if (archive->payer)
		uid = archive->payer(uid, archive->arg);
	owner = archive_owner(archive, uid);
	if (owner)
		return owner;
	owner = calloc(1, sizeof(*owner));
	if (!owner)
		return NULL;
	owner->uid = uid;
	if (ordered_put(&archive->owners, owner, by_uid))
		return owner;
	free(owner);
	return NULL;
}

void archive_put_owner(struct archive *archive, struct archive_owner *owner)
{
	bool seen = owner->small_seen.files && owner->small_look == archive->small_look;

	if (owner->entries || owner->small.files || seen)
		return;
	archive_unrank_owner(archive, owner);
	ordered_take(&archive->owners, owner, by_uid);
	free(owner);
}
