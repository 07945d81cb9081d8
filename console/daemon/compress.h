/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KPL011_COMPRESS_H
#define KPL011_COMPRESS_H

#include <stdbool.h>

/**
 * compress_file - make a copy of a file that is compressed by zstd, with a checksum
 * @from_dir: the directory of the file
 * @from: the file, which is kept
 * @to_dir: the directory of the copy
 * @to: the copy, which replaces what is there; with the file's owner, group, mode and times
 * @other_group: set to whether it could not be given the file's group
 *
 * Return: 0 when the copy is complete and on the disk, or a negative errno; then there is none
 */
int compress_file(int from_dir, const char *from, int to_dir, const char *to, bool *other_group);

#endif /* KPL011_COMPRESS_H */
