/* Three files opened, the middle one closed, two more opened. Which numbers do they get? */
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
    int a = open("a", O_RDONLY);
    int b = open("b", O_RDONLY);
    int c = open("c", O_RDONLY);
    if (a < 0 || b < 0 || c < 0)
        return 1;
    if (close(b) < 0)             // step: close
        return 1;
    int d = open("d", O_RDONLY);  // step: next
    int e = open("e", O_RDONLY);  // step: and next
    if (d < 0 || e < 0)
        return 1;
    return close(a) < 0 || close(c) < 0 || close(d) < 0 || close(e) < 0;
}
