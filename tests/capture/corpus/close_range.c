#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/close_range.h>
#include <unistd.h>

int main(void)
{
    for (int i = 0; i < 6; i++)
        open("/dev/null", O_RDONLY);
    close_range(4, 5, 0);
    close_range(6, 7, CLOSE_RANGE_CLOEXEC);
    close_range(8, 3, 0);
    fcntl(7, F_GETFD);
    return close_range(3, ~0U, CLOSE_RANGE_UNSHARE);
}
