/* io_uring: the request is put into memory that the kernel shares, and the answer is found there. */
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define AT(base, offset) ((unsigned *)((char *)(base) + (offset)))

int main(void)
{
    struct io_uring_params p = {0};
    char bytes[9];
    int fd = open("letters", O_RDONLY), ring = (int)syscall(SYS_io_uring_setup, 1, &p);
    if (fd < 0 || ring < 0) {
        perror(fd < 0 ? "letters" : "io_uring_setup");
        return 1;
    }
    size_t size = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
    void *queues = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
    struct io_uring_sqe *request =
        mmap(NULL, sizeof *request, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
    if (queues == MAP_FAILED || request == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    *request = (struct io_uring_sqe){.opcode = IORING_OP_READ, .fd = fd, .addr = (unsigned long)bytes, .len = 9};
    *AT(queues, p.sq_off.array) = 0;
    __atomic_store_n(AT(queues, p.sq_off.tail), 1, __ATOMIC_RELEASE);
    if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1) {
        perror("io_uring_enter");
        return 1;
    }
    struct io_uring_cqe *answer = (struct io_uring_cqe *)AT(queues, p.cq_off.cqes);
    printf("%d bytes: %.9s\n", answer->res, bytes);
    return answer->res != 9 || close(ring) < 0 || close(fd) < 0;
}
