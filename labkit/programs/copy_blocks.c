/* Copies standard input to standard output, a block at a time; the last block is shorter. */
#include <stdio.h>

int main(void)
{
    char block[8];
    size_t count;                                              // how much of the block is filled
    while ((count = fread(block, 1, sizeof block, stdin)) > 0) // step: get
        if (fwrite(block, 1, count, stdout) != count)          // step: put
            return 1;
    return ferror(stdin) != 0;                                 // step: end
}
