/* What the parts of the box's first process share. */
#ifndef GUEST_H
#define GUEST_H

#include <stddef.h>

/* boot.c: file systems, modules, the network's loopback. */
void boot(void);

/* serve.c: answers requests on `channel` until told to quit. */
void serve(int channel);

/* bytes.c: whole reads and writes; they end the box when the channel is gone. */
void put_all(int fd, const void *bytes, size_t count);
void get_all(int fd, void *bytes, size_t count);
void get_line(int fd, char *line, size_t size);

#endif
