/* Reads standard input for ever, whatever it is told. */
#include <stdio.h>

int main(void)
{
    for (;;)
        if (getchar() == EOF)
            clearerr(stdin);
}
