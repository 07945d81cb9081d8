/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KPL011_COMPRESS_H
#define KPL011_COMPRESS_H

#include <stdbool.h>

/**
 * compress_file - make a copy of a file that is compressed by zstd, with a checksum
 * @dir: the directory of both
 * @from: the file, which is kept
 * @to: the copy, which appears when it is complete and on the disk
 * @tmp_dir: the directory where it is made, in the same file system
 * @tmp: its name there meanwhile
 * @other_group: set to whether it could not be given the file's group
 *
 * Waits for the disk. Return: 0 or a negative errno; then @tmp is removed if it was made
 */
int compress_file(int dir, const char *from, const char *to, int tmp_dir, const char *tmp,
		  bool *other_group);

#endif /* KPL011_COMPRESS_H */
