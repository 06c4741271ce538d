/* Wrong: size and count swapped in fread, whose result is then taken for a number of bytes. */
#include <stdio.h>

int main(void)
{
    char block[8];
    size_t n; // blocks, not bytes
    while ((n = fread(block, sizeof block, 1, stdin)) > 0) // step: get
        if (fwrite(block, 1, n, stdout) != n)              // step: put
            return 1;
    return ferror(stdin) != 0;                             // step: end
}
