#define _GNU_SOURCE
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

int main(void)
{
    struct winsize size;
    struct termios how;
    int waiting;
    ioctl(1, TIOCGWINSZ, &size);
    ioctl(1, TCGETS, &how);
    ioctl(0, FIONREAD, &waiting);
    return isatty(99);
}
