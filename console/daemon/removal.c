// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/removal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/human.h"
#include "base/msg.h"

void removal_forget(struct removal *removal, struct archive_file *file)
{
	if (file->stays && troubles_end(&removal->troubles, file->stays))
		msg_error("logs can be removed again that could not be: %s", strerror(file->stays));
	packer_forget(removal->packer, file);
	archive_remove(removal->archive, file);
}

static void stays(struct removal *removal, struct archive_file *file, const char *name,
		  const char *why, int err)
{
	if (file->stays == err)
		return;
	if (file->stays)
		troubles_end(&removal->troubles, file->stays);
	file->stays = err;
	if (troubles_begin(&removal->troubles, err))
		msg_error("cannot remove %s/%s, %s: %s; it is tried again", removal->dir->path,
			  name, why, strerror(err));
}

bool removal_do(struct removal *removal, struct archive_file *file, const char *why)
{
	struct logname name;
	char size[HUMAN_SIZE];
	char text[LOGNAME_SIZE];

	archive_name(file, &name);
	logname_put(&name, text);
	if (unlinkat(removal->dir->fd, text, 0) && errno != ENOENT) {
		stays(removal, file, text, why, errno);
		return false;
	}
	msg_error("removed %s (%s), %s", text, human_bytes(file->bytes, size), why);
	removal_forget(removal, file);
	return true;
}
