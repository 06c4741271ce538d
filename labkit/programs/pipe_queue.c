/* Two writes into a pipe, then reads of four bytes. What does each of them get? */
#include <unistd.h>

int main(void)
{
    char bytes[4];
    int ends[2];
    if (pipe(ends) < 0)                          // step: pipe
        return 1;
    if (write(ends[1], "one", 3) != 3)           // step: write one
        return 1;
    if (write(ends[1], "two", 3) != 3)           // step: write two
        return 1;
    if (read(ends[0], bytes, sizeof bytes) < 0)  // step: read
        return 1;
    if (read(ends[0], bytes, sizeof bytes) < 0)  // step: read again
        return 1;
    return close(ends[0]) < 0 || close(ends[1]) < 0;
}
