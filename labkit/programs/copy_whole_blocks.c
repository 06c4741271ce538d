/* Wrong: size and count swapped in both, so that only whole blocks are copied. */
#include <stdio.h>

int main(void)
{
    char block[8];
    while (fread(block, sizeof block, 1, stdin) == 1)      // step: get
        if (fwrite(block, sizeof block, 1, stdout) != 1)   // step: put
            return 1;
    return ferror(stdin) != 0;                             // step: end
}
