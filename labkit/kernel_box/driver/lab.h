/* SPDX-License-Identifier: GPL-2.0 */
/* What programs and the driver of /dev/lab agree on. */
#ifndef LAB_H
#define LAB_H

#include <linux/ioctl.h>
#include <linux/types.h>

struct lab_counts {
	__u32 opens, releases, reads, writes, sleeps, interrupts, deferred;
};

#define LAB_COUNTS _IOR('L', 1, struct lab_counts)

#endif
