/* Two lines of a diary on their way to storage; one of them does not get so far. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    FILE *diary = fopen("diary", "w");
    if (diary == NULL)
        return 1;
    if (fputs("Monday: rain\n", diary) == EOF) // step: fputs
        return 1;
    if (fflush(diary) == EOF)                  // step: fflush
        return 1;
    if (fsync(fileno(diary)) < 0)              // step: fsync
        return 1;
    if (fputs("Tuesday: sun\n", diary) == EOF) // step: Tuesday
        return 1;
    if (fclose(diary) == EOF)                  // step: fclose
        return 1;
    return 0;
}
