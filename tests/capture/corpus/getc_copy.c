#define _GNU_SOURCE
#include <stdio.h>

int main(void)
{
    FILE *in = fopen("/etc/passwd", "r"), *out = fopen("copy.txt", "w");
    int c;
    if (!in || !out)
        return 1;
    while ((c = getc(in)) != EOF)
        putc(c, out);
    return fclose(in) || fclose(out);
}
