/* Three bytes from the middle of a file, across the border of two blocks. */
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
    char three[3];
    int fd = open("blocks", O_RDWR);
    if (fd < 0)
        return 1;
    if (pread(fd, three, 3, 4095) != 3) // step: read
        return 1;
    if (pwrite(fd, "xyz", 3, 8191) != 3) // step: write
        return 1;
    if (pread(fd, three, 1, 8192) != 1) // step: one
        return 1;
    return close(fd) < 0;
}
