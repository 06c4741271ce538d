#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
    int fd = open("data", O_RDWR | O_CREAT, 0644);
    ftruncate(fd, 8192);
    char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    map[0] = 'x';
    msync(map, 8192, MS_SYNC);
    return munmap(map, 8192);
}
