#include <stdio.h>

int main(void)
{
    FILE *file = fopen("big", "w");
    static char block[1 << 16];
    while (file && fwrite(block, sizeof block, 1, file) == 1)
        ;
    return 0;
}
