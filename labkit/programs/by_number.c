/* The same system call three times: through the C library, by its number, and by the instruction itself (x86-64). */
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
    char bytes[3];
    long got;
    int fd = open("letters", O_RDONLY);
    if (fd < 0) {
        perror("letters");
        return 1;
    }
    if (read(fd, bytes, 3) != 3)
        return 1;
    if (syscall(SYS_read, fd, bytes, 3) != 3)
        return 1;
    __asm__ volatile("syscall" : "=a"(got) : "a"(0L), "D"((long)fd), "S"(bytes), "d"(3L) : "rcx", "r11", "memory");
    if (got != 3)
        return 1;
    printf("%.3s\n", bytes);
    return close(fd) < 0;
}
