/* How long does one take? Of several rounds of many, the shortest. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

static FILE *stream;
static int fd;

static int fputc_byte(void) { return fputc('x', stream) == EOF; }
static int getppid_call(void) { return syscall(SYS_getppid) < 0; } // next to nothing to do for the kernel
static int write_byte(void) { return pwrite(fd, "x", 1, 0) != 1; }
static int read_byte(void) { char byte; return pread(fd, &byte, 1, 0) != 1; }
static int write_fsync(void) { return write_byte() || fsync(fd) < 0; }

static int time_it(const char *name, int (*one)(void), int count)
{
    long long best = -1;
    for (int round = 0; round < 40; round++) {
        struct timespec start, end;
        int failed = clock_gettime(CLOCK_MONOTONIC, &start) < 0;
        for (int i = 0; i < count && !failed; i++)
            failed = one();
        if (failed || clock_gettime(CLOCK_MONOTONIC, &end) < 0)
            return perror(name), -1;
        long long took = (end.tv_sec - start.tv_sec) * 1000000000LL + end.tv_nsec - start.tv_nsec;
        best = best < 0 || took < best ? took : best;
    }
    return printf("%s: %lld ns for %d\n", name, best, count);
}

int main(void)
{
    struct statfs on;
    if ((stream = fopen("stream", "w")) == NULL || (fd = open("file", O_RDWR | O_CREAT, 0600)) < 0
        || fstatfs(fd, &on) < 0 || printf("on: %lx\n", (unsigned long)on.f_type) < 0)
        return perror("timed_calls"), 1;
    int bad = time_it("fputc", fputc_byte, 4096) < 0 || time_it("getppid", getppid_call, 1000) < 0
        || time_it("write", write_byte, 1000) < 0 || time_it("read", read_byte, 1000) < 0
        || time_it("write, fsync", write_fsync, 1) < 0;
    return fclose(stream) == EOF || close(fd) < 0 || bad;
}
