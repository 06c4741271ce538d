/* Wrong: whatever fread returns, a full block is written. */
#include <stdio.h>

int main(void)
{
    char block[8];
    while (fread(block, 1, sizeof block, stdin) > 0)                   // step: get
        if (fwrite(block, 1, sizeof block, stdout) != sizeof block)    // step: put
            return 1;
    return ferror(stdin) != 0;                                         // step: end
}
