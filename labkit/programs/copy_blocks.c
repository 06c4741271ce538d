/* Copies stdin to stdout, a block at a time. */
#include <stdio.h>

int main(void)
{
    char block[8];
    size_t n; // bytes in the block
    while ((n = fread(block, 1, sizeof block, stdin)) > 0) // step: get
        if (fwrite(block, 1, n, stdout) != n)              // step: put
            return 1;
    return ferror(stdin) != 0;                             // step: end
}
