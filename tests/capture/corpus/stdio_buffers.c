#define _GNU_SOURCE
#include <stdio.h>

int main(void)
{
    FILE *file = fopen("out.txt", "w");
    if (!file)
        return 1;
    fprintf(file, "one %d\n", 1);
    fflush(file);
    fputs("two\n", file);
    fclose(file);
    printf("no newline");
    return 0;
}
