/* One line, from fputs to the kernel. Where is it when the program has ended? */
#include <stdio.h>

int main(void)
{
    FILE *out = fopen("lines", "w");
    if (out == NULL)
        return 1;
    if (fputs("ten bytes\n", out) == EOF) // step: fputs
        return 1;
    if (fflush(out) != 0)                 // step: fflush
        return 1;
    return fclose(out) != 0;
}
