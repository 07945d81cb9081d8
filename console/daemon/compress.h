/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KPL011_COMPRESS_H
#define KPL011_COMPRESS_H

#include <stdbool.h>

/**
 * compress_file - make a compressed copy of a file, zstd with a checksum
 * @dir: the directory of both
 * @from: the file, which stays
 * @to: the copy; it is there when it is whole and on the disk, or not at all
 * @tmp_dir: where it is made, of the same file system
 * @tmp: its name there meanwhile
 * @other_group: whether its group could not be that of the file
 *
 * Waits for the disk. Return: 0 or a negative errno; then @tmp is gone
 */
int compress_file(int dir, const char *from, const char *to, int tmp_dir, const char *tmp,
		  bool *other_group);

#endif /* KPL011_COMPRESS_H */
