/* SPDX-License-Identifier: GPL-2.0-only */
/* A directory of logs that keeps no list of its troubles, and the one guest "web1" of it. */
#ifndef LOGDIR_FAKE_H
#define LOGDIR_FAKE_H

/* So many failures were told, and are not over; and the error that came last. A test may set them
 * back. */
extern int logdir_failing;
extern int logdir_err;

#endif /* LOGDIR_FAKE_H */
