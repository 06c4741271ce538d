/* Says itself, after each step, what cachestat(2) tells it of each file: "FD cached dirty writeback", or "FD errno". */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *step, int fd)
{
    uint64_t all[2] = { 0, 0 }, found[5];
    char line[200];
    int n = syscall(451, fd, all, found, 0) < 0
        ? snprintf(line, sizeof line, "%d errno %d after %s\n", fd, errno, step)
        : snprintf(line, sizeof line, "%d %d %d %d after %s\n", fd, (int)found[0], (int)found[1], (int)found[2], step);
    if (write(2, line, n) != n)
        exit(9);
}

static void must(const char *step, long result)
{
    if (result < 0) {
        perror(step);
        exit(1);
    }
}
#define DO(call, ...) do { must(#call, call(__VA_ARGS__)); say(#call, fd); } while (0)

int main(int argc, char **argv)
{
    static char bytes[8 * 4096];
    memset(bytes, 'x', sizeof bytes);
    int fd = open("data", O_RDWR | O_CREAT | O_TRUNC, 0600), read_only = open(argc > 1 ? argv[1] : "data", O_RDONLY);
    must("open", fd);
    say("open", fd);
    DO(write, fd, bytes, 3 * 4096);
    DO(fsync, fd);
    DO(pwrite, fd, bytes, 1, 4096);
    DO(fdatasync, fd);
    struct iovec parts[2] = { { bytes, 4096 }, { bytes, 4096 } };
    DO(writev, fd, parts, 2);
    DO(sync_file_range, fd, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
    DO(posix_fadvise, fd, 0, 0, POSIX_FADV_DONTNEED);
    DO(pread, fd, bytes, 10, 0);
    DO(ftruncate, fd, 100);
    DO(fsync, fd);
    DO(truncate, "data", 5 * 4096);
    char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 4096);
    map[0] = 'y';
    DO(lseek, fd, 0, SEEK_SET);
    DO(msync, map, 4096, MS_SYNC);
    map[1] = 'z';
    DO(munmap, map, 4096);
    DO(syncfs, fd);
    if (fork() == 0) {
        must("write", write(fd, bytes, 4096));
        _exit(0);
    }
    DO(wait, NULL);
    int copy = open("copy", O_RDWR | O_CREAT | O_TRUNC, 0600);
    loff_t from = 0;
    DO(copy_file_range, fd, &from, copy, NULL, 2 * 4096, 0);
    say("copy_file_range", copy);
    must("lseek", lseek(fd, 0, SEEK_SET));
    must("sendfile", sendfile(copy, fd, NULL, 4096));
    say("sendfile", copy);
    int pipes[2];
    must("pipe", pipe(pipes));
    must("write", write(pipes[1], bytes, 4096));
    must("splice", splice(pipes[0], NULL, copy, NULL, 4096, 0));
    say("splice", copy);
    must("open", open("copy", O_WRONLY | O_TRUNC));
    say("open", copy);
    int name = open("data", O_PATH);
    say("open", name);
    say("open", fd);
    must("read", read(read_only, bytes, 10));
    say("read", read_only);
    must("rename", rename("copy", "data"));
    say("rename", fd);
    must("close", close(fd));
    say("close", copy);
    return 0;
}
