/* The smallest program that says something: one call of the library, one line. */
#include <stdio.h>

int main(void)
{
    return puts("hello") == EOF; // step: say it
}
