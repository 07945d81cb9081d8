/* SPDX-License-Identifier: GPL-2.0-only */
/* A disk that fails: dir_reads.c is in the place of getdents64(2), by --wrap. */
#ifndef KPL011_DIR_READS_H
#define KPL011_DIR_READS_H

/* How often names can still be read before EIO; negative: always. */
extern int reads_left;

#endif /* KPL011_DIR_READS_H */
