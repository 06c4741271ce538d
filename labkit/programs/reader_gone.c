/* The last reader has closed its end. What becomes of a write? */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    int ends[2];
    if (pipe(ends) < 0)
        return 1;
    if (close(ends[0]) < 0)                // step: nobody reads
        return 1;
    ssize_t put = write(ends[1], "hello", 5); // step: write
    if (put < 0) {
        perror("write");
        return 1;
    }
    printf("%zd bytes written\n", put);
    return close(ends[1]) < 0;
}
